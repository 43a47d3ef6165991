"""From pairs and a model to an evaluation: what evaluate_recommendations does with its flags."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from absl import logging

from common import datasets
from common import errors
from common import models
from common import records
from common.pb import recsys_pb2
from pinterest import categories
from pinterest import embedding_run
from pinterest import embeddings
from pinterest import pair_evaluation
from pinterest import pair_splits
from pinterest import pairs
from pinterest import photographs

_FULL = 'full'  # See scene_views, which starts JAX.


@dataclasses.dataclass(frozen=True)
class Files:
    """Paths; '' for what is not given.

    Attributes:
        pairs: of scenes and products.
        categories: of products.
        model_dir: the model.
        embeddings: those that it made.
        image_dir: photographs.
    """

    pairs: str
    categories: str
    model_dir: str = ''
    embeddings: str = ''
    image_dir: str = ''


def run(
    files: Files,
    *,
    split: str,
    others_compete: bool,
    options: records.ReadOptions,
    threads: int,
) -> pair_evaluation.Evaluation:
    """Evaluates.

    Args:
        files: paths. Without embeddings the model embeds the photographs; without photographs
            there is no baseline of geometry.
        split: which pairs to ask about; see pair_splits.choose.
        others_compete: whether other products of the same scene are ranked against a pair's.
        options: how strict to read.
        threads: for decompression.

    Raises:
        InputError: when something cannot be read, or does not belong together.
    """
    bad = datasets.BadRecords(options.max_bad_records)
    category_of = categories.read_categories(files.categories, bad)
    true_pairs = pairs.read_pairs(files.pairs, bad)
    train, queries = pair_splits.choose(files.model_dir, true_pairs, category_of, split)
    vectors = _load_vectors(files, true_pairs, category_of, options, bad, threads)
    geometry = _known_geometry(files, train, queries, vectors) if files.image_dir else None
    if bad.total():
        logging.warning('Left out %s', bad.summary())
    return pair_evaluation.evaluate(
        pair_evaluation.Task(queries, train, vectors, category_of, others_compete), geometry
    )


def _known_geometry(
    files: Files,
    train: Sequence[pairs.Pair],
    queries: Sequence[pairs.Pair],
    vectors: embeddings.Embeddings,
) -> pair_evaluation.Geometry | None:
    """Returns the geometry of all pairs; None where a photograph that matters cannot be read."""
    geometry = measure_geometry(files.image_dir, [*train, *queries], vectors, files.model_dir)
    seen = {embeddings.split_id(name)[0] for name in vectors.of_kind(embeddings.SCENE).ids}
    asked = [pair for pair in queries if pair.scene in seen]
    scenes = {pair.scene for pair in asked if (pair.scene, pair.product) not in geometry.boxes}
    products = set(vectors.of_kind(embeddings.PRODUCT).ids) - geometry.aspects.keys()
    if scenes or products:
        logging.warning(
            'No baseline of geometry: %s lacks photographs of %d scenes and %d products',
            files.image_dir, len(scenes), len(products),
        )  # fmt: skip
        return None
    return geometry if any((one.scene, one.product) in geometry.boxes for one in train) else None


def measure_geometry(
    image_dir: str,
    true_pairs: Iterable[pairs.Pair],
    vectors: embeddings.Embeddings,
    model_dir: str = '',
) -> pair_evaluation.Geometry:
    """Reads the sizes of photographs, as far as they can be read.

    Args:
        image_dir: directory of the photographs.
        true_pairs: whose boxes are wanted.
        vectors: whose products' proportions are wanted.
        model_dir: the model whose view of scenes may betray something; '' for none.
    """
    distinct = {(pair.scene, pair.product): pair for pair in reversed(list(true_pairs))}
    scenes = _aspects(image_dir, {scene for scene, _ in distinct})
    known = {key: pair for key, pair in distinct.items() if pair.scene in scenes}
    frames = np.array([_frame(scenes[pair.scene]) for pair in known.values()]).reshape(-1, 4)
    boxes = photographs.map_boxes(
        frames, np.array([pair.bbox for pair in known.values()]).reshape(-1, 4)
    )
    products = vectors.of_kind(embeddings.PRODUCT).ids
    return pair_evaluation.Geometry(
        dict(zip(known, boxes, strict=True)),
        _aspects(image_dir, products),
        dict(zip(known, _seen(model_dir, boxes, frames), strict=False)),
    )


def _seen(model_dir: str, boxes: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Returns float32[N, R, 4], what the model's view shows of the boxes; [0, 1, 4] for nothing."""
    view = models.load_config(model_dir).get('scene_view', _FULL) if model_dir else _FULL
    if view == _FULL or not len(boxes):
        return np.empty((0, 1, 4), np.float32)
    from pinterest import trained_model  # Starts JAX.

    model = trained_model.load(model_dir)
    return model.seen_rectangles(np.float32(boxes), np.float32(frames))


def _load_vectors(
    files: Files,
    true_pairs: Sequence[pairs.Pair],
    category_of: Mapping[str, str],
    options: records.ReadOptions,
    bad: datasets.BadRecords,
    threads: int,
) -> embeddings.Embeddings:
    if not files.embeddings:
        return _embed(files, true_pairs, category_of, bad)
    data = records.open_dataset(files.embeddings, recsys_pb2.Embedding, options)
    vectors = embeddings.read(data, threads=threads)
    if files.model_dir:
        from pinterest import trained_model

        model = trained_model.load(files.model_dir)
        if vectors.model_hash != model.model_hash:
            raise errors.InputError(
                f'{files.embeddings} were not made by {files.model_dir}, or it was trained anew '
                'since; make them again'
            )
    return vectors


def _embed(
    files: Files,
    true_pairs: Sequence[pairs.Pair],
    category_of: Mapping[str, str],
    bad: datasets.BadRecords,
) -> embeddings.Embeddings:
    """Embeds all scenes, and those products of pairs and catalogue that have a photograph."""
    from pinterest import trained_model

    model = trained_model.load(files.model_dir)
    catalogue = photographs.find(files.image_dir, category_of)
    request = embedding_run.request_pairs(true_pairs, catalogue, model.needs_boxes)
    batches = embedding_run.embed(model, files.image_dir, request, bad)
    return embedding_run.collect(batches, model.model_hash, files.image_dir)


def _aspects(image_dir: str, ids: Iterable[str]) -> dict[str, float]:
    """Returns width over height of those photographs that can be read."""
    aspects = {}
    for name, path in photographs.find(image_dir, ids).items():
        try:
            header = photographs.check(path)
        except photographs.PhotographError:
            continue
        aspects[name] = header.width / header.height
    return aspects


def _frame(aspect: float) -> tuple[float, float, float, float]:
    """Returns where a photograph lies in its square, as photographs.load fits it."""
    wide, high = min(1.0, aspect), min(1.0, 1.0 / aspect)
    return (1 - wide) / 2, (1 - high) / 2, (1 + wide) / 2, (1 + high) / 2
