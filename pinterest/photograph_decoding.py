"""Decodes many photographs to squares of one size, in threads and in order."""

import concurrent.futures
import dataclasses
import hashlib
import os
from collections.abc import Iterator

import numpy as np
import PIL

from common import datasets
from common import progress
from pinterest import photographs

_CHUNK = 256
# Goes into the key of what is cached: raise it when decoding changes.
_VERSION = 1


@dataclasses.dataclass(frozen=True)
class Chunk:
    """Some photographs that could be decoded.

    Attributes:
        ids: N identifiers.
        images: uint8[N, S, S, 3], RGB.
        frames: float32[N, 4], where each lies in its square: left, top, right, bottom, 0 to 1.
    """

    ids: list[str]
    images: np.ndarray
    frames: np.ndarray


class Decoder:
    """Decodes photographs in order, in threads."""

    def __init__(self, image_dir: str, paths: dict[str, str], size: int, num_threads: int) -> None:
        self.image_dir, self.paths, self.size = image_dir, paths, size
        self.faults: list[tuple[str, str]] = []
        self._num_threads = num_threads or 2 * (os.cpu_count() or 1)

    def key(self) -> str:
        """Returns a hash of what the squares depend on: names, sizes and dates of the files."""
        digest = hashlib.sha256(f'{_VERSION} {PIL.__version__} {self.size}\n'.encode())
        for identifier, path in self.paths.items():
            status = os.stat(path)
            line = f'{identifier} {path} {status.st_size} {status.st_mtime_ns}\n'
            digest.update(line.encode('utf-8', 'surrogateescape'))
        return f'squares-{digest.hexdigest()[:32]}'

    def chunks(self, bad: datasets.BadRecords) -> Iterator[Chunk]:
        """Yields those that can be decoded; counts the others and remembers them as faults."""
        places = list(self.paths.items())
        with (
            concurrent.futures.ThreadPoolExecutor(self._num_threads) as pool,
            progress.Progress(len(places), 'photographs') as shown,
        ):
            for start in range(0, len(places), _CHUNK):
                yield self._decode(pool, places[start : start + _CHUNK], bad)
                shown.add(min(_CHUNK, len(places) - start))

    def _decode(
        self,
        pool: concurrent.futures.Executor,
        places: list[tuple[str, str]],
        bad: datasets.BadRecords,
    ) -> Chunk:
        ids, squares = [], []
        results = pool.map(lambda place: _load(place[1], self.size), places)
        for (identifier, path), result in zip(places, results, strict=True):
            if isinstance(result, str):
                self.faults.append((os.path.basename(path), result))
                bad.add(self.image_dir, *self.faults[-1])
            else:
                ids.append(identifier)
                squares.append(result)
        images = np.zeros((len(ids), self.size, self.size, 3), np.uint8)
        for row, square in enumerate(squares):
            images[row] = square.pixels
        frames = np.array([square.frame for square in squares], np.float32).reshape(-1, 4)
        return Chunk(ids, images, frames)


def _load(path: str, size: int) -> photographs.Square | str:
    """Returns the square of a photograph, or what is wrong with it."""
    try:
        return photographs.load(path, size)
    except photographs.PhotographError as error:
        return error.reason
