"""Data sets of records: one serialized protocol buffer a line, base64, in bzip2.

A data set is a directory of part-NNNNN.bz2 with `_meta.json` and an empty `_SUCCESS`; a dictionary
is a single file with its metadata beside it. `read(open_dataset(path, message))` yields messages.
What write_parts and write_file make appears whole or not at all.
"""

import collections
import concurrent.futures
import hashlib
import os
import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import BinaryIO

from google.protobuf import message as protobuf_message

from common import atomic
from common import errors
from common import file_systems
from common import metadata
from common import processors
from common import record_lines
from common.datasets import STDIN
from common.datasets import Dataset
from common.datasets import ReadOptions
from common.datasets import open_dataset
from common.datasets import refuse_unrelated

# With what is defined below: the whole API.
__all__ = ['Dataset', 'ReadOptions', 'open_dataset', 'refuse_unrelated']


def read(
    data: Dataset,
    part: str | None = None,
    *,
    threads: int = 1,
    content: bytes | None = None,
    parse: Callable[[bytes], Any] | None = None,
) -> Iterator[Any]:
    """Yields the messages of a data set in order, with bounded memory.

    Args:
        data: what to read; data.bad counts what was corrupt.
        part: one of its files; all when None.
        threads: for decompression.
        content: of the file, compressed, where it is not to be opened.
        parse: turns a serialized message into what is yielded in its place, and raises DecodeError
            where data.message would.

    Raises:
        InputError: when more is corrupt than data.bad allows.
    """
    parse = parse or data.message.FromString
    for path, number, payload in _read_numbered(data, part, threads, content):
        try:
            yield parse(payload)
        except protobuf_message.DecodeError:
            data.bad.add(path, f'line {number}', f'not a {data.message.DESCRIPTOR.name}')


def read_payloads(data: Dataset, part: str | None = None, *, threads: int = 1) -> Iterator[bytes]:
    """Yields the serialized messages of a data set: `read` without the parsing."""
    for _, _, payload in _read_numbered(data, part, threads):
        yield payload


def _read_numbered(
    data: Dataset, part: str | None, threads: int, content: bytes | None = None
) -> Iterator[tuple[str, int, bytes]]:
    for path in data.parts if part is None else (part,):
        number = 0
        digest = hashlib.sha256()
        bad_before = data.bad.total()
        verified = path in data.known and data.verify
        lines = record_lines.read_lines(path, threads, digest, data.bad, content=content)
        for line in lines:
            number += 1
            try:
                payload = record_lines.decode_line(line)
            except ValueError:
                data.bad.add(path, f'line {number}', 'not base64')
                continue
            yield path, number, payload
        if verified:
            _verify(path, data.known[path], number, digest.hexdigest(), bad_before, data)


def _verify(
    path: str, known: metadata.Part, records: int, sha256: str, bad_before: int, data: Dataset
) -> None:
    """Compares what was read of a part with what its metadata says."""
    already = data.bad.total() - bad_before
    missing = known.records - records
    if missing > 0:
        data.bad.add(path, f'after line {records}', 'records missing', missing)
    elif not already and (missing < 0 or sha256 != known.sha256):
        raise errors.InputError(
            f'{path} is not what its metadata says ({records} records, {known.records} promised); '
            'make it again, or read it as it is with --allow_incomplete'
        )


def part_name(number: int) -> str:
    """Returns the name of a part: part-00007.bz2."""
    return f'part-{number:05d}.bz2'


def _group_lines(
    payloads: Iterable[bytes], max_records: int, max_bytes: int
) -> Iterator[tuple[bytes, int]]:
    """Yields encoded lines, joined, in groups of at most max_records or just over max_bytes."""
    lines: list[bytes] = []
    size = 0
    for payload in payloads:
        line = record_lines.encode_line(payload)
        lines.append(line)
        size += len(line)
        if len(lines) >= max_records or size >= max_bytes:
            yield b''.join(lines), len(lines)
            lines, size = [], 0
    if lines:
        yield b''.join(lines), len(lines)


def write_parts(
    path: str,
    payloads: Iterable[bytes],
    *,
    proto: type[protobuf_message.Message],
    records_per_part: int = 1000,
    bytes_per_part: int = 32 << 20,
    site: Mapping[str, Any] | None = None,
    inputs: Iterable[Mapping[str, Any]] = (),
    totals: Mapping[str, int] | None = None,
    side_files: Mapping[str, str] | None = None,
    overwrite: bool = False,
    num_workers: int = 1,
) -> metadata.Meta:
    """Writes a data set: parts, metadata and _SUCCESS, which appear together at the end.

    Args:
        path: directory to make.
        payloads: serialized messages, in order.
        proto: their class.
        records_per_part: a part ends after so many records,
        bytes_per_part: or when it has so many bytes before compression.
        site: the wiki that the records come from.
        inputs: what they were made from, as Dataset.describe gives it.
        totals: counts for the metadata; read when all payloads were written.
        side_files: texts by name to put beside the parts; read when all payloads were written.
        overwrite: whether path may be replaced.
        num_workers: threads that compress, no more at once than processors. The bytes written do
            not depend on it.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    groups = _group_lines(payloads, records_per_part, bytes_per_part)
    with atomic.output_directory(path, overwrite) as folder:
        parts = tuple(_compress_groups(folder, groups, num_workers))
        meta = metadata.Meta(proto.DESCRIPTOR.full_name, parts, site, tuple(inputs), totals or {})
        finish_directory(folder, meta, side_files)
    return meta


def finish_directory(
    folder: str, meta: metadata.Meta, side_files: Mapping[str, str] | None = None
) -> None:
    """Writes the metadata and, last, _SUCCESS into a directory whose parts are whole."""
    system = file_systems.of(folder)
    for name, text in {**(side_files or {}), metadata.META_NAME: metadata.to_json(meta)}.items():
        system.write_text(os.path.join(folder, name), text)
    system.write_text(os.path.join(folder, metadata.SUCCESS_NAME), '')


def _compress_groups(
    folder: str, groups: Iterable[tuple[bytes, int]], num_workers: int
) -> Iterator[metadata.Part]:
    """Writes each group as a part, several at a time (bz2 leaves the GIL), few in memory."""

    def write(number: int, lines: bytes, records: int) -> metadata.Part:
        name = part_name(number)
        with processors.BZIP2_TURNS, open(os.path.join(folder, name), 'wb') as file:
            stream = record_lines.LineWriter(file)
            stream.write(lines, records)
            return stream.finish(name)

    if num_workers == 1:
        for number, (lines, records) in enumerate(groups):
            yield write(number, lines, records)
        return
    pending: collections.deque[concurrent.futures.Future[metadata.Part]] = collections.deque()
    with concurrent.futures.ThreadPoolExecutor(num_workers) as pool:
        for number, (lines, records) in enumerate(groups):
            pending.append(pool.submit(write, number, lines, records))
            if len(pending) > num_workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _write_stream(file: BinaryIO, name: str, payloads: Iterable[bytes]) -> metadata.Part:
    stream = record_lines.LineWriter(file)
    for lines, records in _group_lines(payloads, sys.maxsize, record_lines.BLOCK_BYTES):
        stream.write(lines, records)
    return stream.finish(name)


def write_file(
    path: str,
    payloads: Iterable[bytes],
    *,
    proto: type[protobuf_message.Message],
    site: Mapping[str, Any] | None = None,
    inputs: Iterable[Mapping[str, Any]] = (),
    overwrite: bool = False,
) -> metadata.Meta:
    """Writes one file of records with its metadata beside it; '-' is standard output, without.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    if path == STDIN:
        part = _write_stream(sys.stdout.buffer, path, payloads)
        return metadata.Meta(proto.DESCRIPTOR.full_name, (part,), site, tuple(inputs))
    with atomic.output_file(path, overwrite) as temporary, open(temporary, 'wb') as file:
        part = _write_stream(file, os.path.basename(path), payloads)
    meta = metadata.Meta(proto.DESCRIPTOR.full_name, (part,), site, tuple(inputs))
    # Between the two steps the file stands without its own metadata, and reading it says so.
    with atomic.output_file(metadata.sidecar(path), overwrite=True) as temporary:
        with open(temporary, 'w', encoding='utf-8') as file:
            file.write(metadata.to_json(meta))
    return meta
