"""TFRecord files, without TensorFlow.

A record is its length as a little-endian uint64, the masked CRC-32C of these eight bytes, the
payload, and the masked CRC-32C of the payload.

Source: https://www.tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details".
"""

import dataclasses
import hashlib
import os
import struct
from collections.abc import Iterator

import google_crc32c

from common import datasets
from common import metadata

_LENGTH = struct.Struct('<Q')
_CRC = struct.Struct('<I')
_HEADER_BYTES = _LENGTH.size + _CRC.size
_MASK_DELTA = 0xA282EAD8
_BLOCK_BYTES = 1 << 20


def masked_crc(data: bytes) -> int:
    """Returns the CRC-32C of data, rotated right by 15 bits and moved by a constant."""
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def frame(payload: bytes) -> bytes:
    """Returns a payload as a record."""
    length = _LENGTH.pack(len(payload))
    return b''.join(
        (length, _CRC.pack(masked_crc(length)), payload, _CRC.pack(masked_crc(payload)))
    )


@dataclasses.dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes:
        payloads: of the records, in order.
        sha256: of the bytes of the file.
    """

    payloads: list[bytes]
    sha256: str


def read(path: str, bad: datasets.BadRecords, data: bytes | None = None) -> Content:
    """Returns the records of a file.

    A record whose payload is damaged is left out alone; after a damaged length the rest of the file
    is lost, and counts as one record.

    Args:
        path: the file.
        bad: counts what is damaged.
        data: what the file holds, where it is not to be opened.

    Raises:
        InputError: when more is damaged than bad allows; it names the byte.
    """
    if data is None:
        with open(path, 'rb') as file:
            data = file.read()
    return Content(list(_split(path, data, bad)), hashlib.sha256(data).hexdigest())


def _split(path: str, data: bytes, bad: datasets.BadRecords) -> Iterator[bytes]:
    view = memoryview(data)
    start = 0
    while start < len(data):
        place = f'byte {start}'
        if len(data) - start < _HEADER_BYTES:
            bad.add(path, place, 'the last record is cut off')
            return
        (length,) = _LENGTH.unpack_from(data, start)
        (crc,) = _CRC.unpack_from(data, start + _LENGTH.size)
        if crc != masked_crc(bytes(view[start : start + _LENGTH.size])):
            bad.add(path, place, 'the length of a record fails its CRC: damaged, or no TFRecords')
            return
        begin = start + _HEADER_BYTES
        end = begin + length
        if end + _CRC.size > len(data):
            bad.add(path, place, 'the last record is cut off')
            return
        payload = bytes(view[begin:end])
        if _CRC.unpack_from(data, end)[0] == masked_crc(payload):
            yield payload
        else:
            bad.add(path, place, 'a record fails its CRC')
        start = end + _CRC.size


class PartsWriter:
    """Writes records to part-NNNNN.tfrecord files in a folder.

    Attributes:
        parts: what the metadata says of the files that are whole, all once it has finished.
    """

    def __init__(self, root: str, folder: str, records_per_part: int) -> None:
        """Makes the folder.

        Args:
            root: where the metadata stands.
            folder: name of the folder in root; names of parts begin with it.
            records_per_part: a part ends after so many records.
        """
        self.parts: list[metadata.Part] = []
        self._root, self._folder, self._records_per_part = root, folder, records_per_part
        self._part: _Part | None = None
        os.makedirs(os.path.join(root, folder), exist_ok=True)

    def add(self, payload: bytes) -> None:
        """Appends a record."""
        if self._part is None:
            name = os.path.join(self._folder, f'part-{len(self.parts):05d}.tfrecord')
            self._part = _Part(self._root, name)
        self._part.add(frame(payload))
        if self._part.records == self._records_per_part:
            self.finish()

    def finish(self) -> list[metadata.Part]:
        """Ends the last part; returns all."""
        if self._part is not None:
            self.parts.append(self._part.finish())
            self._part = None
        return self.parts


class _Part:
    """A file that is being written, opened for each block, so that no file is left open."""

    def __init__(self, root: str, name: str) -> None:
        self.records = 0
        self._name, self._path = name, os.path.join(root, name)
        self._pending: list[bytes] = []
        self._size = 0
        self._digest = hashlib.sha256()

    def add(self, record: bytes) -> None:
        self._pending.append(record)
        self.records += 1
        self._size += len(record)
        if self._size >= _BLOCK_BYTES:
            self._flush()

    def _flush(self) -> None:
        block = b''.join(self._pending)
        self._digest.update(block)
        with open(self._path, 'ab') as file:
            file.write(block)
        self._pending, self._size = [], 0

    def finish(self) -> metadata.Part:
        self._flush()
        return metadata.Part(self._name, self.records, self._digest.hexdigest())
