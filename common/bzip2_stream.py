"""Reads bzip2 on several cores, block by block, and verifies all of it.

A bzip2 stream is a header, blocks of up to 900 kB that start at any bit with a mark and the
checksum of their content, and an end mark with a checksum of the checksums. Files hold one stream
or many (multistream dumps). A block can be decoded alone, wrapped as a stream of its own, and the
standard library's decoder lets go of the interpreter lock, so threads are enough. A damaged mark
loses nothing silently: the block before it fails to decode.
"""

import bz2
import collections
import concurrent.futures
import dataclasses
import re
from collections.abc import Callable
from collections.abc import Iterator
from typing import BinaryIO

from common import processors

_BLOCK_MARK = 0x314159265359
_END_MARK = 0x177245385090
_HEADER = re.compile(rb'BZh[1-9]')
_NOT_ZERO = re.compile(rb'[^\0]')
_HEADER_BITS = 32
_MARK_BITS = 48
_CHECKSUM_BITS = 32
_BLOCK_HEAD_BITS = _MARK_BITS + _CHECKSUM_BITS
_READ_BYTES = 1 << 20
_PADDING_BYTES = 64  # So many zeros after what looks like an end mark say that it is one.
_MAX_BLOCK_BYTES = 2 << 20  # Compressed; 900 kB at worst, and half as much again by chance.


class DamagedError(Exception):
    """The compressed bytes are damaged or end too early; says where in the file."""


def _shifts() -> dict[bytes, int]:
    """Returns the five whole bytes inside a mark at each bit shift, and that shift."""
    shifts = {}
    for mark in (_BLOCK_MARK, _END_MARK):
        for shift in range(8):
            shifts[(mark << (8 - shift)).to_bytes(7, 'big')[1:6]] = shift
    return shifts


_SHIFTS = _shifts()
_CANDIDATE = re.compile(b'|'.join(re.escape(inside) for inside in _SHIFTS), re.DOTALL)


class _Bits:
    """A window on a file, addressed by absolute bit and byte."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._window = b''
        self._start = 0

    @property
    def end(self) -> int:
        """The byte after the window."""
        return self._start + len(self._window)

    def reach(self, stop_byte: int) -> bool:
        """Reads on until the window reaches a byte; returns whether the file does."""
        while self.end < stop_byte:
            more = self._file.read(_READ_BYTES)
            if not more:
                return False
            self._window += more
        return True

    def forget(self, stop_byte: int) -> None:
        if stop_byte - self._start >= _READ_BYTES:
            self._window = self._window[stop_byte - self._start :]
            self._start = stop_byte

    def number(self, bit: int, count: int) -> int:
        """Returns bits as a number; DamagedError when the file ends before."""
        stop = -(-(bit + count) // 8)
        if not self.reach(stop):
            raise DamagedError(f'it ends at byte {self.end} in the middle of a bzip2 stream')
        window = self._window[bit // 8 - self._start : stop - self._start]
        number = int.from_bytes(window, 'big') >> (8 * stop - bit - count)
        return number & ((1 << count) - 1)

    def is_header(self, byte: int) -> bool:
        self.reach(byte + 4)
        return _HEADER.match(self._window, byte - self._start) is not None

    def zeros_at(self, byte: int) -> bool:
        """Tells whether padding begins here, or the file ends."""
        self.reach(byte + _PADDING_BYTES)
        place = byte - self._start
        return _NOT_ZERO.search(self._window[place : place + _PADDING_BYTES]) is None

    def only_zeros_from(self, byte: int) -> bool:
        """Tells whether padding or nothing follows, and forgets what is before.

        Tapes and block devices pad.
        """
        self.reach(byte + 1)
        while _NOT_ZERO.search(self._window, byte - self._start) is None:
            byte = self.end
            self.forget(byte)
            if not self.reach(byte + 1):
                return True
        return False

    def next_mark(self, bit: int, combined: int) -> int:
        """Returns where the first mark from a bit on starts; combined is the checksum so far."""
        search = bit // 8
        while True:
            end = self.end  # To look at a mark can move it.
            for match in _CANDIDATE.finditer(self._window, search - self._start):
                found = 8 * (self._start + match.start() - 1) + _SHIFTS[match[0]]
                if found >= bit and self._is_mark(found, combined):
                    return found
            search = max(search, end - 6)
            if self.end > end:
                continue
            if self.end - bit // 8 > _MAX_BLOCK_BYTES:
                raise DamagedError(f'no block follows the one at byte {bit // 8}')
            if not self.reach(self.end + 1):
                raise DamagedError(f'it ends at byte {self.end} in the middle of a bzip2 stream')

    def _is_mark(self, bit: int, combined: int) -> bool:
        mark = self.number(bit, _MARK_BITS)
        if mark != _END_MARK:
            return mark == _BLOCK_MARK
        if self.number(bit + _MARK_BITS, _CHECKSUM_BITS) == combined:
            return True
        after = -(-(bit + _BLOCK_HEAD_BITS) // 8)
        return self.is_header(after) or self.zeros_at(after)


@dataclasses.dataclass(frozen=True)
class _Block:
    """The bits of a block, mark included; none for the end mark of a stream."""

    byte: int
    checksum: int
    bits: int = 0
    count: int = 0

    def joined(self, other: '_Block') -> '_Block':
        bits = (self.bits << other.count) | other.bits
        return dataclasses.replace(self, bits=bits, count=self.count + other.count)

    def decode(self) -> bytes:
        """Returns the content; DamagedError unless the block is whole and its checksum right."""
        count = _HEADER_BITS + self.count + _BLOCK_HEAD_BITS
        padding = -count % 8
        stream = int.from_bytes(b'BZh9') << self.count | self.bits
        stream = (stream << _MARK_BITS | _END_MARK) << _CHECKSUM_BITS | self.checksum
        data = (stream << padding).to_bytes((count + padding) // 8)
        decoder = bz2.BZ2Decompressor()
        try:
            with processors.BZIP2_TURNS:
                content = decoder.decompress(data)
        except OSError:
            raise self._damaged() from None
        if not decoder.eof or decoder.unused_data:
            raise self._damaged()
        return content

    def _damaged(self) -> DamagedError:
        return DamagedError(f'its bzip2 block at byte {self.byte} is damaged')


def _blocks(file: BinaryIO) -> Iterator[_Block]:
    """Yields the blocks and stream ends of a file, undecoded."""
    bits = _Bits(file)
    byte = 0
    while True:
        if not bits.is_header(byte):
            raise DamagedError(f'no bzip2 stream starts at byte {byte}')
        position = 8 * byte + _HEADER_BITS
        combined = 0
        while (mark := bits.number(position, _MARK_BITS)) == _BLOCK_MARK:
            checksum = bits.number(position + _MARK_BITS, _CHECKSUM_BITS)
            combined = _combine(combined, checksum)
            stop = bits.next_mark(position + _BLOCK_HEAD_BITS, combined)
            count = stop - position
            yield _Block(position // 8, checksum, bits.number(position, count), count)
            bits.forget(stop // 8)
            position = stop
        if mark != _END_MARK:
            raise DamagedError(f'no bzip2 block starts at byte {position // 8}')
        yield _Block(position // 8, bits.number(position + _MARK_BITS, _CHECKSUM_BITS))
        byte = -(-(position + _BLOCK_HEAD_BITS) // 8)
        bits.forget(byte)
        if not bits.is_header(byte):
            if bits.only_zeros_from(byte):
                return
            raise DamagedError(f'no bzip2 stream starts at byte {byte}')


def _combine(combined: int, checksum: int) -> int:
    """Returns the checksum of the blocks of a stream with one more."""
    return ((combined << 1 | combined >> 31) & 0xFFFFFFFF) ^ checksum


class _Inline(concurrent.futures.Executor):
    """Runs a task when it is submitted."""

    def submit(self, task: Callable[[], bytes], /) -> concurrent.futures.Future[bytes]:
        future = concurrent.futures.Future()
        try:
            future.set_result(task())
        except DamagedError as error:
            future.set_exception(error)
        return future


def decompress(file: BinaryIO, num_threads: int) -> Iterator[bytes]:
    """Yields the decompressed content, about 900 kB at a time.

    Args:
        file: of one or more bzip2 streams; need not be seekable.
        num_threads: decoders; 1 decodes in this thread.

    Raises:
        DamagedError: after the whole blocks before the damage, but for one whose end it hides.
    """
    parallel = num_threads > 1
    executor = concurrent.futures.ThreadPoolExecutor(num_threads) if parallel else _Inline()
    with executor:
        try:
            yield from _decoded(_blocks(file), executor, num_threads + 1 if parallel else 2)
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


def _decoded(
    blocks: Iterator[_Block], executor: concurrent.futures.Executor, ahead: int
) -> Iterator[bytes]:
    pending: collections.deque = collections.deque()
    damage = None
    combined = 0
    while True:
        while damage is None and _has_room(pending, ahead):
            try:
                block = next(blocks, None)
            except DamagedError as error:
                damage = error
                break
            if block is None:
                break
            pending.append((block, executor.submit(block.decode) if block.count else None))
        if not pending:
            break
        block, future = pending.popleft()
        if future is None:
            if combined != block.checksum:
                raise DamagedError(
                    f'the checksum of its bzip2 stream that ends at byte {block.byte} is wrong'
                )
            combined = 0
            continue
        combined = _combine(combined, block.checksum)
        yield _content(block, future, pending)
    if damage is not None:
        raise damage


def _has_room(pending: collections.deque, ahead: int) -> bool:
    """Returns whether fewer blocks are in work than may be; ends of streams are among them."""
    return len(pending) < 4 * ahead and sum(bool(future) for _, future in pending) < ahead


def _content(
    block: _Block, future: concurrent.futures.Future[bytes], pending: collections.deque
) -> bytes:
    """Returns a block's content; what looks like a mark can occur inside a block by chance."""
    try:
        return future.result()
    except DamagedError as error:
        if not pending or not pending[0][0].count:
            raise
        try:
            content = block.joined(pending[0][0]).decode()
        except DamagedError:
            raise error from None
        pending.popleft()
        return content
