"""Reads the JSON files of the Shop the Look sets, plain or gzip, known by their first bytes."""

import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from common import errors
from common import expansion

_GZIP_MAGIC = b'\x1f\x8b'
_MAX_LINE_BYTES = 1 << 20
_MAX_FILE_BYTES = 1 << 30


def read_lines(path: str) -> Iterator[tuple[int, bytes]]:
    """Yields the lines of a file that are not blank, with their numbers from 1.

    Raises:
        InputError: when compressed data is damaged or a line is far too long.
    """
    for number, line in enumerate(_read_pieces(path, _MAX_LINE_BYTES), start=1):
        if len(line) > _MAX_LINE_BYTES:
            raise errors.InputError(
                f'{path}, line {number}: over {_MAX_LINE_BYTES >> 20} MiB; JSON lines are wanted, '
                'a pair each'
            )
        if line.strip():
            yield number, line


def read_whole(path: str) -> bytes:
    """Returns the content of a file.

    Raises:
        InputError: when compressed data is damaged, or there is far too much.
    """
    pieces, size = [], 0
    for piece in _read_pieces(path, _MAX_LINE_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > _MAX_FILE_BYTES:
            raise errors.InputError(f'{path} holds over {_MAX_FILE_BYTES >> 30} GiB; split it')
    return b''.join(pieces)


def _read_pieces(path: str, max_bytes: int) -> Iterator[bytes]:
    """Yields the lines of a file, those over max_bytes in pieces of one byte more."""
    try:
        with open(path, 'rb') as raw:
            zipped = raw.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
            file: BinaryIO = gzip.GzipFile(fileobj=raw) if zipped else raw
            size = 0
            while piece := file.readline(max_bytes + 1):
                size += len(piece)
                if zipped and raw.seekable():  # A pipe does not say how far it was read.
                    expansion.refuse_bomb(path, size, raw.tell())
                yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise errors.InputError(f'{path}: gzip data damaged or cut off ({error})') from error
