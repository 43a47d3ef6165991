"""Outputs that are either complete or not there.

What is written goes to a temporary name beside the target and is renamed when whole, so that a
reader never meets half a file, and a run that fails leaves what was there before.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator

from common import errors

# What a directory of ours holds: an output is never put in the place of other things.
_MARKERS = ('_SUCCESS', '_meta.json', 'config.json', 'index.html')


def refuse_existing(path: str, overwrite: bool) -> None:
    """Raises InputError unless an output may be written at path.

    Call it before work starts; the functions below ask again when they rename.

    Raises:
        InputError: when path exists and may not be replaced, or its folder cannot be written.
    """
    if os.path.lexists(path) and not overwrite:
        raise errors.InputError(f'{path} already exists; remove it, or replace it by --overwrite')
    if os.path.isdir(path) and os.listdir(path):
        _refuse_foreign(path)
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise errors.InputError(f'cannot write {path}: {folder} is not a folder')
    if not os.access(folder, os.W_OK | os.X_OK):
        raise errors.InputError(f'cannot write {path}: no permission to write in {folder}')


def _refuse_foreign(path: str) -> None:
    names = sorted(os.listdir(path))
    if not any(name in _MARKERS or name.startswith('part-') for name in names):
        raise errors.InputError(
            f'{path} holds {names[0]}, which no program of this kind wrote; it is not replaced: '
            'name another path'
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
    refuse_existing(path, overwrite)
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
    refuse_existing(path, overwrite)
    if os.path.isdir(path):
        raise errors.InputError(f'{path} is a directory, and a file is to be written there')
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
