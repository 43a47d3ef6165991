"""Outputs that are either complete or not there.

What is written goes to a temporary name beside the target and is renamed when whole, so that a
reader never meets half a file, and a run that fails leaves what was there before.
"""

import contextlib
import glob
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from collections.abc import Iterator

from common import errors

# The names in a data set, a model, a listing of pages, an evaluation, a search index, training
# data, generated playlists and photographs: an output is never put in the place of a directory that
# holds anything else.
_KINDS = tuple(
    re.compile(pattern)
    for pattern in (
        r'_SUCCESS|_meta\.json|_siteinfo\.json|part-\d{5,}(\.bz2)?|redirects|marginals|\..*\.crc',
        r'README\.md|config\.json|metrics\.jsonl|parameters\.msgpack|[\w.-]+\.bz2(\.meta\.json)?',
        r'index\.html|(page|scene)-\d+\.html|images',
        r'index\.html|results\.json|queries\.jsonl',
        r'links|text',
        r'config\.json|catalogue\.jsonl|tantivy',
        r'_SUCCESS|_meta\.json|train|validation|test|tracks',
        r'mpd\.slice\.\d+-\d+\.json(\.gz)?|_truth\.json|_(track|playlist)_themes\.csv',
        r'fashion(-cat)?\.json|images|_synthetic\.json',
    )
)


def refuse_existing(
    path: str, overwrite: bool, inputs: Iterable[str] = (), *, directory: bool | None = None
) -> None:
    """Raises InputError unless an output may be written at path.

    Call it before work starts; the functions below ask again when they rename.

    Args:
        path: where the output is to stand.
        overwrite: whether it may replace what stands there.
        inputs: files, directories and globs that will be read, and must survive.
        directory: whether the output is a directory (or a file); None when either.

    Raises:
        UsageError: when path is empty or is, holds or lies in an input.
        InputError: when path exists and may not be replaced, or its folder cannot be written.
    """
    if not path:
        raise errors.UsageError('the path of an output is empty')
    for source in inputs:
        refuse_input(path, source)
    if os.path.lexists(path):
        if not overwrite:
            raise errors.InputError(
                f'{path} already exists; remove it, or replace it by --overwrite'
            )
        _refuse_foreign(path, directory)
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise errors.InputError(f'cannot write {path}: {folder} is not a folder')
    if not os.access(folder, os.W_OK | os.X_OK):
        raise errors.InputError(f'cannot write {path}: no permission to write in {folder}')


def refuse_input(path: str, source: str) -> None:
    """Raises UsageError when an output would stand in, on or around an input (may be a glob)."""
    output = os.path.realpath(path)
    for name in glob.glob(source) or [source]:
        found = os.path.realpath(name)
        if os.path.lexists(name) and os.path.commonpath([output, found]) in (output, found):
            raise errors.UsageError(
                f'the output {path} is, holds or lies in the input {name}; name another output'
            )


def _refuse_foreign(path: str, directory: bool | None) -> None:
    is_directory = os.path.isdir(path)
    if directory is not None and is_directory != directory:
        found, wanted = ('directory', 'file') if is_directory else ('file', 'directory')
        raise errors.InputError(
            f'{path} is a {found}, and a {wanted} is to be written; it is not replaced: name '
            'another path'
        )
    names = sorted(os.listdir(path)) if is_directory else []
    if names and not any(all(kind.fullmatch(name) for name in names) for kind in _KINDS):
        foreign = next(
            (n for n in names if not any(kind.fullmatch(n) for kind in _KINDS)), names[0]
        )
        raise errors.InputError(
            f'{path} holds {foreign}, and is no output of one program; it is not replaced: name '
            'another path'
        )


def temporary_name(path: str) -> str:
    """Returns a fresh hidden name beside path."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(folder, f'.{name}.tmp-{os.getpid()}-{secrets.token_hex(4)}')


@contextlib.contextmanager
def output_directory(path: str, overwrite: bool = False) -> Iterator[str]:
    """Yields an empty temporary directory that becomes path when the block ends without an error.

    Raises:
        InputError: when path exists (at the start or by the end) and overwrite is not set.
    """
    path = path.rstrip('/')
    refuse_existing(path, overwrite, directory=True)
    temporary = temporary_name(path)
    os.makedirs(temporary)
    try:
        yield temporary
        _replace_directory(temporary, path, overwrite)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def output_file(path: str, overwrite: bool = False) -> Iterator[str]:
    """Yields a temporary file name whose file becomes path when the block ends without an error.

    Raises:
        InputError: when path exists (at the start or by the end) and overwrite is not set.
    """
    refuse_existing(path, overwrite, directory=False)
    temporary = temporary_name(path)
    os.makedirs(os.path.dirname(temporary), exist_ok=True)
    try:
        yield temporary
        if overwrite:
            os.replace(temporary, path)
        else:
            _link_new(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _link_new(temporary: str, path: str) -> None:
    """Renames without replacing, so that of two runs that write one path exactly one wins."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise errors.InputError(
            f'{path} was made by another run meanwhile; left as it is'
        ) from None
    except OSError:  # A file system without hard links.
        refuse_existing(path, overwrite=False)
        os.rename(temporary, path)


def _replace_directory(temporary: str, path: str, overwrite: bool) -> None:
    old = None
    if overwrite and os.path.lexists(path):
        old = temporary_name(path)
        os.rename(path, old)
    try:
        # Renaming a directory onto one that is not empty fails: of two runs exactly one wins.
        os.rename(temporary, path)
    except OSError:
        if old is not None:
            os.rename(old, path)
        if os.path.lexists(path):
            raise errors.InputError(
                f'{path} was made by another run meanwhile; left as it is'
            ) from None
        raise
    if old is not None:
        _remove(old)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        os.unlink(path)
