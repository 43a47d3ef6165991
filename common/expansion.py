"""Refuses compressed files that expand to far more than text does: of megabytes gigabytes.

What is read of them line by line or piece by piece is counted; lists and records compress ten- or
thirtyfold, and what was made to fill memory a thousandfold.
"""

from collections.abc import Iterator
from typing import BinaryIO

from common import errors
from common import sizes

_PIECE_BYTES = 1 << 20
_HARMLESS_BYTES = 64 << 20
_MAX_RATIO = 200


def refuse_bomb(path: str, expanded: int, compressed: int) -> None:
    """Raises InputError when so many bytes came of so few that they are no file of text.

    Args:
        path: the file, for the message.
        expanded: bytes that were read so far,
        compressed: and of how many bytes of the file, all that are decompressed ahead among them.
    """
    if expanded > _HARMLESS_BYTES and expanded > _MAX_RATIO * compressed:
        raise errors.InputError(
            f'{path} expands over {_MAX_RATIO}-fold, to {sizes.show(expanded)} and more, as files '
            'do that are made to fill memory; if it is meant, decompress it first'
        )


def read(path: str, content: BinaryIO, raw: BinaryIO, max_bytes: int) -> bytes:
    """Returns what a file holds, of too much the first max_bytes + 1 bytes.

    Args:
        path: the file, for messages.
        content: what decompresses it; raw itself when it is not compressed.
        raw: the file.
        max_bytes: how much is not too much.

    Raises:
        InputError: when it expands as no text does.
    """
    return b''.join(_pieces(path, content, raw, max_bytes + 1))


def _pieces(path: str, content: BinaryIO, raw: BinaryIO, wanted: int) -> Iterator[bytes]:
    expanded = 0
    while piece := content.read(min(_PIECE_BYTES, wanted - expanded)):
        expanded += len(piece)
        if content is not raw and raw.seekable():  # A pipe does not say how far it was read.
            refuse_bomb(path, expanded, raw.tell())
        yield piece
