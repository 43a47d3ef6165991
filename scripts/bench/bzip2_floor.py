"""How long some processes need only to bunzip the input of a step and to bzip its output.

python scripts/bench/bzip2_floor.py INPUT OUTPUT [--processes=N]

INPUT is a dump or a data set, OUTPUT a data set, both there already. Each process gets its share of
both, holds what it is to compress before the clock starts, and uses what the programs use, bz2, at
our level for all that is written. It keeps and does nothing else, so that no program on these
processes can be faster.
"""

import argparse
import bz2
import dataclasses
import glob
import json
import multiprocessing
import os
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from common import record_lines

_STREAM = re.compile(rb'BZh91AY&SY')
_BLOCK_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class Floor:
    """Seconds, and the bytes of input and output as they are without compression."""

    seconds: float
    bytes_read: int
    bytes_written: int


def measure(source: str, output: str, processes: int) -> Floor:
    """Measures the floor of a step that made output of source."""
    context = multiprocessing.get_context('spawn')
    barrier = context.Barrier(processes)
    results = context.Queue()
    reads, writes = _shares(_pieces(source), processes), _shares(_pieces(output), processes)
    workers = [
        context.Process(target=_work, args=(read, write, barrier, results))
        for read, write in zip(reads, writes, strict=True)
    ]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    seconds, read, written = zip(*found, strict=True)
    return Floor(max(seconds), sum(read), sum(written))


# A file, and the place of a stream in it; None for the whole file.
_Piece = tuple[str, tuple[int, int] | None]


def _pieces(path: str) -> list[_Piece]:
    if os.path.isdir(path):
        return [(part, None) for part in sorted(glob.glob(f'{path}/**/part-*.bz2', recursive=True))]
    if not path.endswith('.xml.bz2'):
        return [(path, None)]
    with open(path, 'rb') as file:
        starts = [match.start() for match in _STREAM.finditer(file.read())]
    return [
        (path, place) for place in zip(starts, [*starts[1:], os.path.getsize(path)], strict=True)
    ]


def _shares(pieces: list[_Piece], number: int) -> list[list[_Piece]]:
    """Gives the largest that is left to whoever has least."""
    shares: list[list[_Piece]] = [[] for _ in range(number)]
    sizes = [0] * number
    for piece in sorted(pieces, key=_size, reverse=True):
        least = sizes.index(min(sizes))
        shares[least].append(piece)
        sizes[least] += _size(piece)
    return shares


def _size(piece: _Piece) -> int:
    path, place = piece
    return place[1] - place[0] if place else os.path.getsize(path)


def _work(reads: list[_Piece], writes: list[_Piece], barrier: object, results: object) -> None:
    contents = [b''.join(_decompress(piece)) for piece in writes]
    barrier.wait()
    began = time.perf_counter()
    read = sum(len(block) for piece in reads for block in _decompress(piece))
    for content in contents:
        bz2.compress(content, record_lines.COMPRESSION_LEVEL)
    results.put((time.perf_counter() - began, read, sum(map(len, contents))))


def _decompress(piece: _Piece) -> list[bytes]:
    path, place = piece
    if place is None:
        with bz2.open(path) as stream:
            return list(iter(lambda: stream.read(_BLOCK_BYTES), b''))
    with open(path, 'rb') as file:
        file.seek(place[0])
        return [bz2.decompress(file.read(place[1] - place[0]))]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('input')
    parser.add_argument('output')
    parser.add_argument('--processes', type=int, default=os.cpu_count())
    flags = parser.parse_args()
    print(json.dumps(dataclasses.asdict(measure(flags.input, flags.output, flags.processes))))


if __name__ == '__main__':
    main()
