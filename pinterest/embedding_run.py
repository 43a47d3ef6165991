"""From photographs to embeddings: what make_embeddings does between its flags."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

import numpy as np
from absl import logging

from common import datasets
from common import errors
from common import progress
from pinterest import categories
from pinterest import embeddings
from pinterest import pairs
from pinterest import photograph_store
from pinterest import photographs

Batch = tuple[str, list[str], np.ndarray]
_CHUNK = 512
_DEFAULT_OPTIONS = photograph_store.Options()


class Embedder(Protocol):
    """What is wanted of a model; trained_model.TrainedModel is one."""

    config: Mapping[str, Any]
    model_hash: str
    needs_boxes: bool

    def embed_scenes(
        self, images: np.ndarray, boxes: np.ndarray | None, frames: np.ndarray | None
    ) -> np.ndarray:
        """Returns float32[N, D] for uint8[N, S, S, 3] and two float32[N, 4] in their squares."""

    def embed_products(self, images: np.ndarray) -> np.ndarray:
        """Returns float32[N, D] for uint8[N, S, S, 3]."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What to embed.

    Attributes:
        scenes: identifiers, each with the box of a product in it; None where none is known.
        products: identifiers.
    """

    scenes: Mapping[str, pairs.Pair | None]
    products: Sequence[str]


def request_pairs(
    true_pairs: Iterable[pairs.Pair], catalogue: Iterable[str], needs_boxes: bool
) -> Request:
    """Returns what to embed for pairs and a catalogue of products.

    Args:
        true_pairs: their scenes and products.
        catalogue: more products.
        needs_boxes: whether a scene is embedded once for each of its products; see
            embeddings.pair_id. Of several boxes of one product in one scene the first counts.
    """
    scenes: dict[str, pairs.Pair | None] = {}
    products = dict.fromkeys(catalogue)
    for pair in true_pairs:
        name = embeddings.pair_id(pair.scene, pair.product) if needs_boxes else pair.scene
        scenes.setdefault(name, pair if needs_boxes else None)
        products[pair.product] = None
    return Request(dict(sorted(scenes.items())), sorted(products))


def request_ids(ids: Iterable[str], kind: str) -> Request:
    """Returns what to embed for photographs of one kind."""
    names = sorted(ids)
    if kind == embeddings.SCENE:
        return Request(dict.fromkeys(names), [])
    return Request({}, names)


def make_request(
    pairs_path: str,
    categories_path: str,
    image_dir: str,
    kind: str,
    bad: datasets.BadRecords,
    *,
    needs_boxes: bool,
) -> tuple[Request, list[dict[str, Any]]]:
    """Returns what to embed, and where that was read.

    Args:
        pairs_path: their scenes and products; '' for none.
        categories_path: a catalogue; '' for none.
        image_dir: directory of the photographs, all of which are meant when there is neither.
        kind: what they show, and what the catalogue names when there are no pairs.
        bad: counts what in the files cannot be used.
        needs_boxes: see request_pairs.

    Raises:
        InputError: when a file cannot be used, or nothing is to be embedded.
    """
    catalogue = categories.read_categories(categories_path, bad) if categories_path else {}
    inputs = [{'path': categories_path, 'records': len(catalogue)}] if categories_path else []
    if pairs_path:
        true_pairs = pairs.read_pairs(pairs_path, bad)
        inputs.insert(0, {'path': pairs_path, 'records': len(true_pairs)})
        return request_pairs(true_pairs, catalogue, needs_boxes), inputs
    ids = catalogue if categories_path else photographs.find_all(image_dir, bad)
    if not ids:
        raise errors.InputError(f'{categories_path or image_dir} names no photograph')
    return request_ids(ids, kind), inputs


def embed(
    model: Embedder,
    image_dir: str,
    request: Request,
    bad: datasets.BadRecords,
    options: photograph_store.Options = _DEFAULT_OPTIONS,
) -> Iterator[Batch]:
    """Yields the embeddings of scenes, then of products, each in the order of the ids.

    Args:
        model: the model.
        image_dir: directory of the photographs.
        request: what to embed. A scene without a box is embedded whole, as if the product looked
            for were nowhere in it.
        bad: counts photographs that are missing or cannot be decoded.
        options: how to keep decoded photographs.

    Yields:
        Kind, ids and float32[B, D].

    Raises:
        InputError: when too many photographs are bad.
    """
    with progress.Progress(len(request.scenes) + len(request.products), 'embeddings') as shown:
        for batch in _embed_both(model, image_dir, request, bad, options):
            yield batch
            shown.add(len(batch[1]))


def counted(
    batches: Iterable[Batch], totals: dict[str, int], bad: datasets.BadRecords
) -> Iterator[Batch]:
    """Yields the same, and leaves in totals how many of each kind there were, and how many bad."""
    totals.update({'scenes': 0, 'products': 0, 'bad_records': bad.total()})
    for kind, ids, vectors in batches:
        yield kind, ids, vectors
        totals['scenes' if kind == embeddings.SCENE else 'products'] += len(ids)
        totals['bad_records'] = bad.total()
    totals['bad_records'] = bad.total()


def collect(batches: Iterable[Batch], model_hash: str, image_dir: str) -> embeddings.Embeddings:
    """Returns embeddings in memory.

    Raises:
        InputError: when there are none.
    """
    ids: list[str] = []
    kinds: list[str] = []
    parts = []
    for kind, names, vectors in batches:
        ids += names
        kinds += [kind] * len(names)
        parts.append(vectors)
    if not ids:
        raise errors.InputError(f'{image_dir} has no photograph that can be used')
    return embeddings.Embeddings(ids, kinds, np.concatenate(parts), model_hash)


def _embed_both(
    model: Embedder,
    image_dir: str,
    request: Request,
    bad: datasets.BadRecords,
    options: photograph_store.Options,
) -> Iterator[Batch]:
    size = model.config['image_size']

    def open_table(ids: Iterable[str]) -> photograph_store.Table:
        return photograph_store.open_table(image_dir, list(dict.fromkeys(ids)), size, bad, options)

    if request.scenes:
        table = open_table(map(embeddings.scene_of, request.scenes))
        yield from _embed_scenes(model, table, request.scenes)
        del table  # Two of them may not fit into memory.
    if request.products:
        table = open_table(request.products)
        for start in range(0, len(table.ids), _CHUNK):
            rows = slice(start, start + _CHUNK)
            vectors = model.embed_products(np.asarray(table.images[rows]))
            yield embeddings.PRODUCT, list(table.ids[rows]), vectors
    if bad.total():
        logging.warning('Left out %s', bad.summary())


def _embed_scenes(
    model: Embedder,
    table: photograph_store.Table,
    scenes: Mapping[str, pairs.Pair | None],
) -> Iterator[Batch]:
    names = [name for name in scenes if embeddings.scene_of(name) in table.row_of]
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        rows = table.rows(map(embeddings.scene_of, chunk))
        frames = table.frames[rows]
        nowhere = (0.0, 0.0, 0.0, 0.0)
        given = [pair.bbox if (pair := scenes[name]) else nowhere for name in chunk]
        boxes = photographs.map_boxes(frames, np.array(given, np.float32))
        yield embeddings.SCENE, chunk, model.embed_scenes(table.images[rows], boxes, frames)
