"""Files on disks that are mounted, and, in programs that run on Spark, in Hadoop's file systems.

A path with a scheme other than file:// is remote. Only programs that start a JVM can reach one:
they call hadoop_files.enable(); elsewhere a remote path is refused in words.
"""

import contextlib
import glob
import os
import pathlib
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from typing import Protocol

from common import errors

_SCHEME = re.compile(r'([A-Za-z][A-Za-z0-9+.-]+)://')
# Tasks that were given up may put files into a folder while it is removed; in seconds.
_REMOVE_AFTER = (0.0, 0.2, 1.0, 2.0)
_LOCAL = re.compile(r'file:(//(localhost)?)?(?=/)')


class FileSystem(Protocol):
    """What data sets and outputs need of the place where they stand."""

    def canonical(self, path: str) -> str:
        """Returns the same string for all names of one file."""

    def parent(self, path: str) -> str:
        """Returns the folder that holds path; the root holds itself."""

    def exists(self, path: str) -> bool:
        """Returns whether there is anything at path, a dangling link too."""

    def is_directory(self, path: str) -> bool:
        """Returns whether path is a directory."""

    def is_file(self, path: str) -> bool:
        """Returns whether path is a regular file."""

    def names(self, folder: str, *, files_only: bool = False) -> list[str]:
        """Returns the sorted names of what a directory holds."""

    def glob(self, pattern: str) -> list[str]:
        """Returns the sorted paths that match."""

    def is_writable(self, folder: str) -> bool:
        """Returns whether something can be put into a directory, as far as can be told."""

    def make_directory(self, path: str) -> None:
        """Makes a directory, and those above it."""

    def rename(self, source: str, target: str) -> None:
        """Renames a file or directory within its file system.

        Raises:
            FileExistsError: when target exists, unless it is an empty directory.
        """

    def remove(self, path: str) -> None:
        """Removes a file, or a directory with all it holds; says nothing where it cannot."""

    def write_text(self, path: str, text: str) -> None:
        """Writes a small file."""

    def local_copy(self, path: str) -> contextlib.AbstractContextManager[str]:
        """Yields where a file can be opened: path itself, or a copy for the time of the block."""

    def put_file(self, local: str, path: str, overwrite: bool) -> None:
        """Moves a file of this machine to path, at once as others see it.

        Raises:
            FileExistsError: when path exists and overwrite is not set.
        """

    def staging_name(self, temporary: str) -> str:
        """Returns where to write what put_file will move: temporary, or a name on this machine."""


class MountedFiles:
    """Disks of this machine and what is mounted; implements FileSystem."""

    def canonical(self, path: str) -> str:
        return os.path.realpath(path)

    def parent(self, path: str) -> str:
        return os.path.dirname(os.path.abspath(path))

    def exists(self, path: str) -> bool:
        return os.path.lexists(path)

    def is_directory(self, path: str) -> bool:
        return os.path.isdir(path)

    def is_file(self, path: str) -> bool:
        return os.path.isfile(path)

    def names(self, folder: str, *, files_only: bool = False) -> list[str]:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not files_only or entry.is_file())

    def glob(self, pattern: str) -> list[str]:
        return sorted(glob.glob(pattern))

    def is_writable(self, folder: str) -> bool:
        return os.access(folder, os.W_OK | os.X_OK)

    def make_directory(self, path: str) -> None:
        os.makedirs(path, exist_ok=True)

    def rename(self, source: str, target: str) -> None:
        try:
            # Renaming a directory onto one that is not empty fails: of two runs exactly one wins.
            os.rename(source, target)
        except OSError:
            if os.path.lexists(target):
                raise FileExistsError(target) from None
            raise

    def remove(self, path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            doomed = f'{path.rstrip("/")}-{secrets.token_hex(4)}'
            with contextlib.suppress(OSError):
                os.rename(path, doomed)  # Whoever still writes to path finds nothing there.
                path = doomed
            for seconds in _REMOVE_AFTER:
                time.sleep(seconds)
                shutil.rmtree(path, ignore_errors=True)
                if not os.path.lexists(path):
                    break
        else:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def write_text(self, path: str, text: str) -> None:
        pathlib.Path(path).write_text(text, encoding='utf-8')

    @contextlib.contextmanager
    def local_copy(self, path: str) -> Iterator[str]:
        yield path

    def put_file(self, local: str, path: str, overwrite: bool) -> None:
        if overwrite:
            os.replace(local, path)
            return
        try:
            os.link(local, path)  # Renames without replacing.
        except FileExistsError:
            raise
        except OSError:  # A file system without hard links.
            if os.path.lexists(path):
                raise FileExistsError(path) from None
            os.rename(local, path)

    def staging_name(self, temporary: str) -> str:
        return temporary


_MOUNTED = MountedFiles()
_remote: FileSystem | None = None


def enable_remote(remote: FileSystem) -> None:
    """Makes remote paths those of a file system, for this process."""
    global _remote
    _remote = remote


def is_remote(path: str) -> bool:
    """Returns whether a path has a scheme other than file://."""
    return bool(_SCHEME.match(path)) and local_path(path) == path


def local_path(path: str) -> str:
    """Returns a file:// path without the scheme, and any other as it is."""
    return _LOCAL.sub('', path, count=1) if _LOCAL.match(path) else path


def overlap(path: str, other: str) -> bool:
    """Returns whether one of two paths is, holds or lies in the other."""
    system = of(path)
    if system is not of(other):
        return False
    one, two = (system.canonical(name).rstrip('/') + '/' for name in (path, other))
    return one.startswith(two) or two.startswith(one)


def of(path: str) -> FileSystem:
    """Returns the file system of a path.

    Raises:
        InputError: when the path is remote, and remote paths cannot be reached.
    """
    if not is_remote(path):
        return _MOUNTED
    if _remote is None:
        raise errors.InputError(
            f'{path} is not on a disk that is mounted here, and only programs on Spark reach '
            f'others; copy it first, for example by: hdfs dfs -get {path}'
        )
    return _remote
