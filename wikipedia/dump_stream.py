"""Opens MediaWiki dumps: finds the files, decompresses them, and turns their text into UTF-8.

What a file is follows from its first bytes, not from its name: XML, bzip2 of one stream or many
(decompressed on several cores), or gzip. Dumps that were saved as UTF-16 are converted.
"""

import codecs
import contextlib
import dataclasses
import glob
import gzip
import os
import re
import sys
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from common import bzip2_stream
from common import errors
from common.bzip2_stream import DamagedError

STDIN = '-'
_CHUNK_BYTES = 1 << 20
_PEEK_BYTES = 8
_GLOB_CHARACTERS = frozenset('*?[')
_MULTISTREAM_INDEX = re.compile(r'-index\d*\.txt')
_DUMP_NAME = re.compile(r'\.xml(\.|-|$)')
_UNSUPPORTED = {
    b'7z\xbc\xaf\x27\x1c': ('7-Zip', '7z x -so'),
    b'\xfd7zXZ\0': ('xz', 'xz -dc'),
    b'\x28\xb5\x2f\xfd': ('Zstandard', 'zstd -dc'),
    b'PK\x03\x04': ('zip', 'unzip -p'),
}


@dataclasses.dataclass
class DumpStream:
    """An open dump.

    Attributes:
        path: its name.
        size: bytes of the file, compressed as it is; 0 for a pipe.
        chunks: its text as UTF-8 bytes, about a megabyte at a time; raises DamagedError where the
            file is damaged, after all the text before.
    """

    path: str
    size: int
    chunks: Iterator[bytes]
    _file: '_CountingFile'

    @property
    def position(self) -> int:
        """How many bytes of the file were read."""
        return self._file.position


def find_dumps(pattern: str) -> list[str]:
    """Returns the files that a flag means.

    Args:
        pattern: '-', or files, directories and globs between commas. The order given counts; a
            glob's and a directory's files come in the order of the numbers in their names, so
            that pages-articles2 comes before pages-articles10. Indexes of multistream dumps are
            left out.

    Raises:
        InputError: when one is not there.
    """
    paths: list[str] = []
    for entry in pattern.split(',') if not os.path.lexists(pattern) else [pattern]:
        paths += _find_entry(entry.strip())
    repeated = {path for path in paths if paths.count(path) > 1}
    if repeated:
        raise errors.InputError(f'{min(repeated)} is named twice; name each dump once')
    return paths


def _find_entry(entry: str) -> list[str]:
    if os.path.isdir(entry):
        names = [name for name in os.listdir(entry) if _DUMP_NAME.search(name)]
        found = _in_dump_order(os.path.join(entry, name) for name in names)
    elif entry == STDIN or os.path.lexists(entry):
        return [entry]
    elif _GLOB_CHARACTERS.intersection(entry):
        found = _in_dump_order(path for path in glob.glob(entry) if os.path.isfile(path))
    else:
        raise errors.InputError(f'{entry or "(nothing)"} does not exist; name a dump, a glob or -')
    if not found:
        raise errors.InputError(f'no dump matches {entry}; its name should have .xml in it')
    return found


def _in_dump_order(paths: Iterator[str]) -> list[str]:
    def key(path: str) -> list[tuple[str, int]]:
        return [(text, int(digits or 0)) for text, digits in re.findall(r'(\D*)(\d*)', path)]

    return sorted((path for path in paths if not _MULTISTREAM_INDEX.search(path)), key=key)


def total_size(paths: list[str]) -> int:
    """Returns the bytes of all files, or 0 when one is a pipe."""
    sizes = [os.path.getsize(path) if os.path.isfile(path) else 0 for path in paths]
    return sum(sizes) if all(sizes) else 0


@contextlib.contextmanager
def open_dump(path: str, num_threads: int) -> Iterator[DumpStream]:
    """Opens a dump for reading once, from the front.

    Args:
        path: file or named pipe; '-' is standard input.
        num_threads: for decompression.

    Raises:
        InputError: when it is empty, or compressed in a way that is not read here.
    """
    with contextlib.ExitStack() as stack:
        raw = sys.stdin.buffer if path == STDIN else stack.enter_context(_open_file(path))
        file = _CountingFile(raw)
        content = _decompress(path, file, num_threads)
        stack.callback(content.close)
        size = os.path.getsize(path) if os.path.isfile(path) else 0
        yield DumpStream(path, size, _as_utf8(content), file)


def _open_file(path: str) -> BinaryIO:
    if os.path.isdir(path):
        raise errors.InputError(f'{path} is a directory; name its files, as in {path}/*.xml.bz2')
    return open(path, 'rb')


class _CountingFile:
    """What the decoders need of a file, pipes included: peek once, read, and the position."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._peeked = raw.read(_PEEK_BYTES)
        self.position = 0

    def peek(self) -> bytes:
        return self._peeked

    def read(self, size: int = _CHUNK_BYTES) -> bytes:
        data, self._peeked = self._peeked[:size], self._peeked[size:]
        if len(data) < size:
            data += self._raw.read(size - len(data))
        self.position += len(data)
        return data


def _decompress(path: str, file: _CountingFile, num_threads: int) -> Iterator[bytes]:
    start = file.peek()
    if not start:
        raise errors.InputError(f'{path} is empty; download the dump again')
    for magic, (name, command) in _UNSUPPORTED.items():
        if start.startswith(magic):
            raise errors.InputError(
                f'{path} is compressed by {name}, which is not read here; pipe it in: '
                f'{command} {path} | … --input_file=-'
            )
    if start.startswith(b'BZh'):
        return bzip2_stream.decompress(file, num_threads)
    if start.startswith(b'\x1f\x8b'):
        return _gunzip(file)
    return _plain(file)


def _plain(file: _CountingFile) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _gunzip(file: _CountingFile) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file, mode='rb') as unzipped:
            while chunk := unzipped.read1(_CHUNK_BYTES):
                yield chunk
    except EOFError:
        raise DamagedError(f'its gzip data ends early, at byte {file.position}') from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DamagedError(
            f'its gzip data is damaged before byte {file.position} ({error})'
        ) from None


def _as_utf8(content: Iterator[bytes]) -> Iterator[bytes]:
    """Yields the content, converted when it starts as UTF-16 does."""
    first = next(content, b'')
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield from _from_utf16(first, content, 'utf-16')
    elif first.startswith((b'<\0', b'\0<')):
        yield from _from_utf16(first, content, 'utf-16-le' if first[0] else 'utf-16-be')
    else:
        yield first
        yield from content


def _from_utf16(first: bytes, content: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    chunk = first
    try:
        while chunk:
            yield decoder.decode(chunk).encode('utf-8')
            done += len(chunk)
            chunk = next(content, b'')
        decoder.decode(b'', final=True)
    except UnicodeDecodeError as error:
        raise DamagedError(
            f'it is not good UTF-16 near byte {done + error.start} ({error.reason})'
        ) from None
