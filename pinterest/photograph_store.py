"""Photographs decoded and resized once, to squares of uint8, in memory or on disk.

Decoding runs in threads, outside Python's lock. Squares that fit into the limit are kept in memory;
others in a file that is mapped into memory, so that a batch is a few reads of pages that the
operating system has cached. With a cache directory the file stays there and serves the next run on
the same photographs.
"""

import dataclasses
import functools
import json
import os
import pathlib
import tempfile
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np
from absl import logging

from common import atomic
from common import datasets
from common import errors
from common import sizes
from pinterest import pairs
from pinterest import photograph_decoding
from pinterest import photographs

_IMAGES_NAME = 'images.uint8'
_FRAMES_NAME = 'frames.float32'
_INDEX_NAME = 'index.json'


@dataclasses.dataclass(frozen=True)
class Options:
    """How to keep squares.

    Attributes:
        cache_limit: bytes of squares to hold in memory; what is larger is kept on disk.
        cache_dir: keeps the squares for the next run; '' for a temporary file, if any.
        num_threads: that decode; 0 for two per core.
    """

    cache_limit: int = 2 * 10**9
    cache_dir: str = ''
    num_threads: int = 0


@dataclasses.dataclass(frozen=True)
class Table:
    """N photographs as squares of S pixels.

    Attributes:
        ids: N identifiers.
        images: uint8[N, S, S, 3], RGB; an array or a read-only map of a file.
        frames: float32[N, 4], where the photograph lies in its square: left, top, right, bottom,
            from 0 to 1.
    """

    ids: Sequence[str]
    images: np.ndarray
    frames: np.ndarray

    @functools.cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each identifier."""
        return {identifier: row for row, identifier in enumerate(self.ids)}

    def rows(self, ids: Iterable[str]) -> np.ndarray:
        """Returns int32[B], the rows of identifiers."""
        return np.array([self.row_of[identifier] for identifier in ids], np.int32)


@dataclasses.dataclass(frozen=True)
class Store:
    """The photographs of P pairs, each decoded once.

    Attributes:
        pairs: those whose two photographs can be used, in the order in which they were given.
        scenes: squares of their scenes.
        products: squares of their products.
    """

    pairs: list[pairs.Pair]
    scenes: Table
    products: Table

    @functools.cached_property
    def scene_rows(self) -> np.ndarray:
        """int32[P], of each pair the row in scenes."""
        return self.scenes.rows(pair.scene for pair in self.pairs)

    @functools.cached_property
    def product_rows(self) -> np.ndarray:
        """int32[P], of each pair the row in products."""
        return self.products.rows(pair.product for pair in self.pairs)

    @functools.cached_property
    def boxes(self) -> np.ndarray:
        """float32[P, 4], of each pair the box of the product in the square of the scene."""
        boxes = np.array([pair.bbox for pair in self.pairs], np.float32).reshape(-1, 4)
        return photographs.map_boxes(self.scenes.frames[self.scene_rows], boxes)


def open_store(
    image_dir: str,
    all_pairs: Sequence[pairs.Pair],
    bad: datasets.BadRecords,
    *,
    scene_size: int,
    product_size: int,
    options: Options = Options(),
) -> Store:
    """Decodes the photographs of pairs.

    Args:
        image_dir: directory of the photographs.
        all_pairs: pairs.
        bad: counts photographs that are missing or cannot be decoded; their pairs are left out.
        scene_size: pixels on a side of the squares of scenes.
        product_size: the same of products.
        options: how to keep them.

    Raises:
        InputError: when too many photographs are bad.
    """
    scene_ids = list(dict.fromkeys(pair.scene for pair in all_pairs))
    product_ids = list(dict.fromkeys(pair.product for pair in all_pairs))
    needed = _num_bytes(len(scene_ids), scene_size) + _num_bytes(len(product_ids), product_size)
    # Both in memory or both on disk: each gets the limit, or nothing.
    limit = needed if needed <= options.cache_limit else 0
    options = dataclasses.replace(options, cache_limit=limit)
    scenes = open_table(image_dir, scene_ids, scene_size, bad, options)
    products = open_table(image_dir, product_ids, product_size, bad, options)
    usable = [
        pair
        for pair in all_pairs
        if pair.scene in scenes.row_of and pair.product in products.row_of
    ]
    return Store(usable, scenes, products)


def open_table(
    image_dir: str,
    ids: Sequence[str],
    size: int,
    bad: datasets.BadRecords,
    options: Options = Options(),
) -> Table:
    """Decodes photographs, or finds them decoded in the cache directory.

    Args:
        image_dir: directory of the photographs.
        ids: identifiers, each once.
        size: pixels on a side of the squares.
        bad: counts photographs that are missing or cannot be decoded; they get no row.
        options: how to keep them.

    Raises:
        InputError: when too many photographs are bad.
    """
    paths = photographs.find(image_dir, ids)
    for identifier in ids:
        if identifier not in paths:
            bad.add(image_dir, identifier, photographs.MISSING)
    in_memory = _num_bytes(len(paths), size) <= options.cache_limit
    decoder = photograph_decoding.Decoder(image_dir, paths, size, options.num_threads)
    if options.cache_dir:
        folder = os.path.join(options.cache_dir, decoder.key())
        if not os.path.isdir(folder):
            _keep(folder, decoder, bad)
        else:
            logging.info('Decoded photographs are taken from %s', folder)
            _count_again(folder, image_dir, bad)
        return _map(folder, size, in_memory)
    if in_memory:
        return _collect(decoder, bad)
    where = tempfile.gettempdir()
    logging.info('%s of squares are kept in %s', sizes.show(_num_bytes(len(paths), size)), where)
    with tempfile.TemporaryDirectory(prefix='photographs-') as folder:
        _write(folder, decoder, bad)
        # The file loses its name here, and its place on disk when the map is closed.
        return _map(folder, size, in_memory=False)


def _num_bytes(count: int, size: int) -> int:
    return count * size * size * 3


def _collect(decoder: photograph_decoding.Decoder, bad: datasets.BadRecords) -> Table:
    """Decodes into memory."""
    size = decoder.size
    images = np.empty((len(decoder.paths), size, size, 3), np.uint8)
    frames = np.empty((len(decoder.paths), 4), np.float32)
    ids: list[str] = []
    for chunk in decoder.chunks(bad):
        rows = slice(len(ids), len(ids) + len(chunk.ids))
        images[rows], frames[rows] = chunk.images, chunk.frames
        ids += chunk.ids
    return Table(ids, images[: len(ids)], frames[: len(ids)])


def _keep(folder: str, decoder: photograph_decoding.Decoder, bad: datasets.BadRecords) -> None:
    """Decodes into a new directory; one that another run made meanwhile is as good."""
    is_whole = False
    try:
        with atomic.output_directory(folder) as temporary:
            _write(temporary, decoder, bad)
            is_whole = True
    except errors.InputError:
        if not is_whole or not os.path.isdir(folder):
            raise


def _write(folder: str, decoder: photograph_decoding.Decoder, bad: datasets.BadRecords) -> None:
    """Decodes into files."""
    ids: list[str] = []
    with (
        open(os.path.join(folder, _IMAGES_NAME), 'wb') as images,
        open(os.path.join(folder, _FRAMES_NAME), 'wb') as frames,
    ):
        for chunk in decoder.chunks(bad):
            images.write(chunk.images)
            frames.write(chunk.frames)
            ids += chunk.ids
    index = json.dumps({'ids': ids, 'faults': decoder.faults})
    pathlib.Path(folder, _INDEX_NAME).write_text(index, encoding='utf-8')


def _map(folder: str, size: int, in_memory: bool) -> Table:
    """Returns what _write left, its squares read or mapped."""
    ids = _read_index(folder)['ids']
    path, shape = os.path.join(folder, _IMAGES_NAME), (len(ids), size, size, 3)
    try:
        if os.path.getsize(path) != _num_bytes(len(ids), size):
            raise ValueError(f'{os.path.getsize(path)} bytes of squares for {len(ids)} photographs')
        if in_memory or not ids:  # No file without bytes can be mapped.
            images = np.fromfile(path, np.uint8).reshape(shape)
        else:
            images = np.memmap(path, np.uint8, mode='r', shape=shape)
        frames = np.fromfile(os.path.join(folder, _FRAMES_NAME), np.float32)
        return Table(ids, images, frames.reshape(len(ids), 4))
    except ValueError as error:
        raise _damaged(folder, error) from error


def _count_again(folder: str, image_dir: str, bad: datasets.BadRecords) -> None:
    """Counts what could not be decoded when the squares were made."""
    for name, reason in _read_index(folder)['faults']:
        bad.add(image_dir, name, reason)


def _read_index(folder: str) -> dict[str, list]:
    try:
        index = json.loads(pathlib.Path(folder, _INDEX_NAME).read_text(encoding='utf-8'))
        ids, faults = list(map(str, index['ids'])), [(str(a), str(b)) for a, b in index['faults']]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(folder, error) from error
    return {'ids': ids, 'faults': faults}


def _damaged(folder: str, error: Exception) -> errors.InputError:
    return errors.InputError(
        f'{folder}, which holds decoded photographs, is damaged ({error}); remove it'
    )
