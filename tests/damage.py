"""Inputs as they should not be: missing, empty, cut off, of another kind."""

import bz2
import pathlib
import shutil
from collections.abc import Callable

import numpy as np

from common import records
from common.pb import recsys_pb2

_GARBAGE = np.random.default_rng(3).bytes(5000)


def missing(source: pathlib.Path, path: pathlib.Path) -> None:
    """Leaves nothing at path."""


def empty(source: pathlib.Path, path: pathlib.Path) -> None:
    """Makes an empty file, or an empty directory where the source is one."""
    if source.is_dir():
        path.mkdir()
    else:
        path.write_bytes(b'')


def swapped(source: pathlib.Path, path: pathlib.Path) -> None:
    """Makes a directory where the source is a file, and a file where it is a directory."""
    if source.is_dir():
        path.write_text('words\n')
    else:
        path.mkdir()


def garbage(source: pathlib.Path, path: pathlib.Path) -> None:
    """Copies the source, with random bytes for the contents of its largest file."""
    copy(source, path)
    largest(path).write_bytes(_GARBAGE)


def truncated(source: pathlib.Path, path: pathlib.Path) -> None:
    """Copies the source, and cuts its largest file in half."""
    copy(source, path)
    contents = largest(path).read_bytes()
    largest(path).write_bytes(contents[: len(contents) // 2])


def other_kind(source: pathlib.Path, path: pathlib.Path) -> None:
    """Makes whole records of a message that no program wants here, in a directory or a file."""
    write = records.write_parts if source.is_dir() else records.write_file
    payload = recsys_pb2.Redirect(url='x', target='y').SerializeToString()
    write(str(path), [payload], proto=recsys_pb2.Redirect)


def broken_line(source: pathlib.Path, path: pathlib.Path) -> None:
    """Copies a data set, and puts a line that is no record among those of a part."""
    copy(source, path)
    lines = bz2.decompress(largest(path).read_bytes()).splitlines(keepends=True)
    lines.insert(len(lines) // 2, b'this is no record!\n')
    largest(path).write_bytes(bz2.compress(b''.join(lines)))


WAYS: tuple[Callable[[pathlib.Path, pathlib.Path], None], ...] = (
    missing,
    empty,
    swapped,
    other_kind,
    garbage,
    truncated,
)


def copy(source: pathlib.Path, path: pathlib.Path) -> None:
    """Copies a file, with the metadata beside it, or a directory."""
    if source.is_dir():
        shutil.copytree(source, path)
        return
    shutil.copy(source, path)
    metadata = source.with_name(f'{source.name}.meta.json')
    if metadata.exists():
        shutil.copy(metadata, path.with_name(f'{path.name}.meta.json'))


def largest(path: pathlib.Path) -> pathlib.Path:
    """Returns path itself, or the largest file of that directory; where possible no metadata."""
    if not path.is_dir():
        return path
    files = sorted(file for file in path.rglob('*') if file.is_file())
    files = [file for file in files if not file.name.startswith(('_', '.'))] or files
    files = [file for file in files if file.suffix not in ('.json', '.jsonl', '.md')] or files
    return max(files, key=lambda file: file.stat().st_size)
