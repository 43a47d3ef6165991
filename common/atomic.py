"""Outputs that are either complete or not there.

What is written goes to a temporary name beside the target and is renamed when whole, so that a
reader never meets half a file, and a run that fails leaves what was there before.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterable
from collections.abc import Iterator

from absl import logging

from common import errors
from common import file_systems

# The names in a data set, a model, a listing of pages, an evaluation, a search index, training
# data, generated playlists and photographs: an output is never put in the place of a directory that
# holds anything else.
_KINDS = tuple(
    re.compile(pattern)
    for pattern in (
        r'_SUCCESS|_meta\.json|_siteinfo\.json|part-\d{5,}(\.bz2)?|redirects|marginals|validation|'
        r'test|\..*\.crc',
        r'README\.md|config\.json|metrics\.jsonl|parameters\.msgpack|[\w.-]+\.bz2(\.meta\.json)?',
        r'index\.html|(page|scene)-\d+\.html|images',
        r'index\.html|results\.json|queries\.jsonl',
        r'index\.html|links|text',
        r'config\.json|catalogue\.jsonl|tantivy',
        r'_SUCCESS|_meta\.json|train|validation|test|tracks',
        r'mpd\.slice\.\d+-\d+\.json(\.gz)?|_truth\.json|_(track|playlist)_themes\.csv',
        r'fashion(-cat)?\.json|images|_synthetic\.json',
    )
)


def refuse_existing(
    path: str, overwrite: bool, inputs: Iterable[str] = (), *, directory: bool | None = None
) -> None:
    """Raises InputError unless an output may be written at path; names what was left beside it.

    Call it before work starts; the functions below ask again when they rename.

    Args:
        path: where the output is to stand.
        overwrite: whether it may replace what stands there.
        inputs: files, directories and globs that will be read, and must survive.
        directory: whether the output is a directory (or a file); None when either.

    Raises:
        UsageError: when path is empty, names a directory by its last slash where a file is wanted,
            or is, holds or lies in an input.
        InputError: when path exists and may not be replaced, or its folder cannot be written.
    """
    _refuse_existing(path, overwrite, inputs, directory)
    system = file_systems.of(path)
    folder = system.parent(path)
    if system.is_directory(folder):
        name = re.escape(os.path.basename(path.rstrip('/')))
        missing = '' if system.exists(path) else path
        name_leftovers(folder, rf'{name}(\.meta\.json)?', missing)


def name_leftovers(folder: str, name: str, missing: str = '') -> None:
    """Warns of temporary files in a folder that runs left which could not clean up.

    They are not removed, since a run on another machine may be at it.

    Args:
        folder: where to look.
        name: of the output, a regular expression.
        missing: the output, where it is not there: one that was being replaced can be what is left.
    """
    advice = (
        f'it may be what stood at {missing}: look before you remove it' if missing else 'remove it'
    )
    pattern = re.compile(rf'\.{name}\.tmp-\d+-[0-9a-f]{{8}}(-[0-9a-f]{{8}})?')
    names: list[str] = []
    with contextlib.suppress(PermissionError):  # There are folders that can only be written.
        names = file_systems.of(folder).names(folder)
    for found in names:
        if pattern.fullmatch(found):
            logging.warning(
                '%s was left by a run that was killed; %s, unless that still runs',
                os.path.join(folder, found),
                advice,
            )


def _refuse_existing(
    path: str, overwrite: bool, inputs: Iterable[str], directory: bool | None
) -> None:
    if not path:
        raise errors.UsageError('the path of an output is empty')
    if directory is False and path.endswith('/'):
        raise errors.UsageError(f'{path} names a directory, and a file is to be written')
    for source in inputs:
        refuse_input(path, source)
    system = file_systems.of(path)
    if system.exists(path):
        _refuse_other_kind(path, directory)
        if not overwrite:
            raise errors.InputError(
                f'{path} already exists; remove it, or replace it by --overwrite'
            )
        _refuse_foreign(path)
    folder = system.parent(path)
    while not system.exists(folder) and system.parent(folder) != folder:
        folder = system.parent(folder)
    if not system.is_directory(folder):
        raise errors.InputError(f'cannot write {path}: {folder} is not a folder')
    if not system.is_writable(folder):
        raise errors.InputError(f'cannot write {path}: no permission to write in {folder}')


def refuse_input(path: str, source: str) -> None:
    """Raises UsageError when an output would stand in, on or around an input (may be a glob)."""
    system = file_systems.of(source)
    for name in system.glob(source) or [source]:
        if system.exists(name) and file_systems.overlap(path, name):
            raise errors.UsageError(
                f'the output {path} is, holds or lies in the input {name}; name another output'
            )


def _refuse_other_kind(path: str, directory: bool | None) -> None:
    system = file_systems.of(path)
    is_directory = system.is_directory(path)
    is_link = not file_systems.is_remote(path) and os.path.islink(path.rstrip('/'))
    if is_link or not (is_directory or system.is_file(path)):
        kind = 'link' if is_link else 'pipe or a device'
        raise errors.InputError(f'{path} is a {kind}; it is not replaced: name another path')
    if directory is not None and is_directory != directory:
        found, wanted = ('directory', 'file') if is_directory else ('file', 'directory')
        raise errors.InputError(
            f'{path} is a {found}, and a {wanted} is to be written; it is not replaced: name '
            'another path'
        )


def _refuse_foreign(path: str) -> None:
    system = file_systems.of(path)
    names = system.names(path) if system.is_directory(path) else []
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
    folder, name = file_systems.of(path).parent(path), os.path.basename(path.rstrip('/'))
    return os.path.join(folder, f'.{name}.tmp-{os.getpid()}-{secrets.token_hex(4)}')


@contextlib.contextmanager
def output_directory(path: str, overwrite: bool = False) -> Iterator[str]:
    """Yields an empty temporary directory that becomes path when the block ends without an error.

    Raises:
        InputError: when path exists (at the start or by the end) and overwrite is not set.
    """
    path = path.rstrip('/')
    _refuse_existing(path, overwrite, (), directory=True)
    system = file_systems.of(path)
    temporary = temporary_name(path)
    try:
        with _naming_output(path, temporary):
            system.make_directory(temporary)
            yield temporary
        _replace_directory(system, temporary, path, overwrite)
    finally:
        system.remove(temporary)


@contextlib.contextmanager
def output_file(path: str, overwrite: bool = False) -> Iterator[str]:
    """Yields a temporary file name whose file becomes path when the block ends without an error.

    Raises:
        InputError: when path exists (at the start or by the end) and overwrite is not set.
    """
    _refuse_existing(path, overwrite, (), directory=False)
    system = file_systems.of(path)
    temporary = system.staging_name(temporary_name(path))
    try:
        with _naming_output(path, temporary):
            os.makedirs(os.path.dirname(temporary), exist_ok=True)
            yield temporary
        with _explained(path):
            system.put_file(temporary, path, overwrite)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)


@contextlib.contextmanager
def _naming_output(path: str, temporary: str) -> Iterator[None]:
    """Says which output a disk did not take, which an error in the middle of a file does not."""
    try:
        yield
    except OSError as error:
        place = str(error.filename or '')
        full = error.errno in errors.DISK_FULL and (not place or place.startswith(temporary))
        if not full and place != temporary:
            raise
        raise errors.unwritable(path, error) from error


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise errors.InputError(
            f'{path} was made by another run meanwhile; left as it is'
        ) from None


def _replace_directory(
    system: file_systems.FileSystem, temporary: str, path: str, overwrite: bool
) -> None:
    old = None
    if overwrite and system.exists(path):
        with contextlib.suppress(FileNotFoundError):  # Another run that replaces it was sooner.
            aside = temporary_name(path)
            system.rename(path, aside)
            old = aside
    try:
        with _explained(path):
            system.rename(temporary, path)
    except Exception:
        if old is not None:
            with contextlib.suppress(FileExistsError):
                system.rename(old, path)
        raise
    if old is not None:
        system.remove(old)
