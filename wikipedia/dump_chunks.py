"""Cuts the byte stream of a dump: the header, blocks of whole pages, and how the dump ends.

In a dump `</page>` stands only where a page ends, since text is escaped, so that a search for
these bytes cuts it without parsing. What lies between two cuts is parsed elsewhere, on other cores.
"""

import dataclasses
import re
from collections.abc import Iterator

from common import errors
from common.bzip2_stream import DamagedError

PAGE_END = b'</page>'
DUMP_END = b'</mediawiki>'
_PAGE_START = re.compile(rb'<page[\s>]')
_BLOCK_BYTES = 4 << 20
_MAX_HEADER_BYTES = 16 << 20
MAX_PAGE_BYTES = 256 << 20


@dataclasses.dataclass(frozen=True)
class Block:
    """Whole pages.

    Attributes:
        start: where they start in the decompressed dump, in bytes.
        data: their XML.
    """

    start: int
    data: bytes


@dataclasses.dataclass(frozen=True)
class Ending:
    """What follows the last page.

    Attributes:
        stop: bytes of the decompressed dump.
        damage: why it could not be read on; None when it was read to its end.
        start: where the rest starts.
        rest: the bytes after the last page.
    """

    stop: int
    damage: str | None
    start: int
    rest: bytes

    @property
    def complete(self) -> bool:
        return self.damage is None and self.rest.strip() == DUMP_END


class ChunkedDump:
    """A dump, cut. Read the header first, then the blocks, then the ending."""

    def __init__(self, path: str, chunks: Iterator[bytes], block_bytes: int = _BLOCK_BYTES) -> None:
        self._path = path
        self._chunks = chunks
        self._block_bytes = block_bytes
        self._start = 0
        self._rest = b''
        self._damage: str | None = None
        self.header = self._read_header()

    def _next_chunk(self) -> bytes:
        """Returns more bytes, none at the end or from where the file is damaged."""
        try:
            return next(filter(None, self._chunks), b'')
        except DamagedError as error:
            self._damage = str(error)
            return b''

    def _read_header(self) -> bytes:
        """Returns what stands before the first page, or all when there is none."""
        data = bytearray()  # To which a byte at a time can be added, as hostile dumps have it.
        searched = 0
        while True:
            found = _PAGE_START.search(data, searched)
            if found:
                self._start, self._rest = found.start(), bytes(data[found.start() :])
                return bytes(data[: found.start()])
            if len(data) > _MAX_HEADER_BYTES:
                raise errors.InputError(
                    f'{self._path} has no <page> in its first {len(data)} bytes; it is no dump of '
                    'pages'
                )
            searched = max(0, len(data) - 5)
            chunk = self._next_chunk()
            if not chunk:
                end = data.rfind(DUMP_END)
                end = len(data) if end < 0 else end
                self._start, self._rest = end, bytes(data[end:])
                return bytes(data[:end])
            data += chunk

    def blocks(self) -> Iterator[Block]:
        """Yields the pages.

        Raises:
            InputError: when a page is too large for a record.
        """
        wanted = self._block_bytes
        pieces, size = [self._rest], len(self._rest)
        while chunk := self._next_chunk():
            pieces.append(chunk)
            size += len(chunk)
            if size < wanted:
                continue
            block = self._cut(b''.join(pieces))
            if block is None and size > MAX_PAGE_BYTES:
                raise errors.InputError(
                    f'{self._path} has a page of over {MAX_PAGE_BYTES >> 20} MiB at byte '
                    f'{self._start}, too large for a record; leave it out of the dump'
                )
            # Doubling keeps the search of a huge page linear in its size.
            wanted = self._block_bytes if block else 2 * size
            pieces, size = [self._rest], len(self._rest)
            if block:
                yield block
        block = self._cut(b''.join(pieces))
        if block:
            yield block

    def _cut(self, data: bytes) -> Block | None:
        """Returns the whole pages of what is at hand, and keeps the rest."""
        stop = data.rfind(PAGE_END)
        if stop < 0:
            self._rest = data
            return None
        stop += len(PAGE_END)
        block = Block(self._start, data[:stop])
        self._start += stop
        self._rest = data[stop:]
        return block

    def ending(self) -> Ending:
        """Returns what follows the last page; ask when the blocks were read."""
        return Ending(self._start + len(self._rest), self._damage, self._start, self._rest)
