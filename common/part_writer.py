"""Writes a part of a data set record by record, as the tasks of Spark do."""

import contextlib
import os
from collections.abc import Iterator

from common import atomic
from common import errors
from common import metadata
from common import record_lines


@contextlib.contextmanager
def _naming_part(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.unwritable(path, error) from error


class PartWriter:
    """Writes one part record by record; a context manager that renames the file when whole.

    Two writers of one part do each other no harm, if they write the same: each has a temporary
    name of its own.

    Attributes:
        part: what the metadata says of the file, once the block has ended.
    """

    part: metadata.Part

    def __init__(self, path: str, scratch: str) -> None:
        """Takes the path of the part and a folder for temporary files in the same file system."""
        self._path = path
        self._scratch = scratch
        self._lines: list[bytes] = []
        self._size = 0

    def __enter__(self) -> 'PartWriter':
        """Opens the temporary file."""
        name = os.path.basename(self._path)
        self._temporary = atomic.temporary_name(os.path.join(self._scratch, name))
        self._file = open(self._temporary, 'wb')
        self._stream = record_lines.LineWriter(self._file)
        return self

    def add(self, payload: bytes) -> None:
        """Appends a serialized message."""
        line = record_lines.encode_line(payload)
        self._lines.append(line)
        self._size += len(line)
        if self._size >= record_lines.BLOCK_BYTES:
            self._flush()

    def _flush(self) -> None:
        with _naming_part(self._path):
            self._stream.write(b''.join(self._lines), len(self._lines))
        self._lines, self._size = [], 0

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Renames the file, or removes it after an error."""
        try:
            with _naming_part(self._path), self._file:
                if kind is None:
                    self._flush()
                    self.part = self._stream.finish(os.path.basename(self._path))
            if kind is None:
                os.replace(self._temporary, self._path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._temporary)
