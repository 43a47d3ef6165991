"""From embeddings to recommendations: what make_recommendations does between its flags."""

import dataclasses
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from common import datasets
from common import errors
from common import metadata
from common import records
from common import retrieval
from common.pb import recsys_pb2
from pinterest import categories
from pinterest import embeddings
from pinterest import page_looks
from pinterest import pair_splits
from pinterest import pairs
from pinterest import recommendations
from pinterest import search

SIMILARITIES = {'dot': 'dot product', 'cosine': 'cosine similarity'}


@dataclasses.dataclass(frozen=True)
class Files:
    """Paths of what is read; '' for none.

    Attributes:
        embeddings: of products, and of scenes where scene_embeddings is empty.
        scene_embeddings: of scenes.
        pairs: which products are in which scenes.
        categories: of products.
        model_dir: the model, which knows how pairs were split.
    """

    embeddings: str
    scene_embeddings: str = ''
    pairs: str = ''
    categories: str = ''
    model_dir: str = ''


@dataclasses.dataclass(frozen=True)
class Filter:
    """Which scenes get products, and which ones.

    Attributes:
        split: of the scenes; see pair_splits.choose.
        categories: any of these or below; empty for all.
        same_category: only categories of the products that are known to be in the scene.
    """

    split: str = pair_splits.ALL
    categories: Sequence[str] = ()
    same_category: bool = False


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What is recommended from.

    Attributes:
        queries: Q scenes, in the order of their ids.
        scenes: float32[Q, D], their vectors.
        product_ids: of N products, in order.
        products: float32[N, D], their vectors.
        categories: of products, as far as known.
        groups: which products each scene may get.
        sources: the data sets, as Dataset.describe gives them.
    """

    queries: list[page_looks.Query]
    scenes: np.ndarray
    product_ids: list[str]
    products: np.ndarray
    categories: Mapping[str, str]
    groups: Sequence[search.Group]
    sources: list[dict[str, Any]]


def load(files: Files, choice: Filter, options: records.ReadOptions, *, threads: int) -> Inputs:
    """Reads and checks everything.

    Args:
        files: paths.
        choice: which products may be recommended.
        options: how strict to read.
        threads: for decompression.

    Raises:
        InputError: for unusable input, or none left to recommend.
    """
    bad = datasets.BadRecords(options.max_bad_records)
    category_of = categories.read_categories(files.categories, bad) if files.categories else {}
    true_pairs = pairs.read_pairs(files.pairs, bad) if files.pairs else []
    scenes, products, sources = _read_embeddings(files, options, threads)
    if bad.total():
        logging.warning('Skipped %s', bad.summary())
    logging.info('Read %d scenes and %d products', len(scenes), len(products))
    if choice.categories:
        products = _keep_products(products, choice.categories, category_of, files)
    if choice.split != pair_splits.ALL:
        _, chosen = pair_splits.choose(files.model_dir, true_pairs, category_of, choice.split)
        scenes = _keep_scenes(scenes, {pair.scene for pair in chosen}, choice.split)
    queries = make_queries(scenes.ids, true_pairs)
    every = [(np.arange(len(queries)), None)]
    groups = _group(queries, products.ids, category_of) if choice.same_category else every
    return Inputs(
        queries, scenes.vectors, products.ids, products.vectors, category_of, groups, sources
    )


def make_queries(
    scene_ids: Iterable[str], true_pairs: Iterable[pairs.Pair]
) -> list[page_looks.Query]:
    """Returns queries for scenes, or for scenes seen with a product in mind; see pair_id."""
    of_scene: dict[str, dict[str, pairs.Pair]] = {}
    for pair in true_pairs:
        of_scene.setdefault(pair.scene, {}).setdefault(pair.product, pair)
    queries = []
    for name in scene_ids:
        scene, product = embeddings.split_id(name)
        known = of_scene.get(scene, {})
        found = [known[product]] if product in known else [] if product else known.values()
        queries.append(page_looks.Query(name, scene, tuple(found)))
    return queries


def write_records(
    path: str,
    inputs: Inputs,
    found: recommendations.Recommendations,
    *,
    overwrite: bool,
    num_workers: int,
) -> metadata.Meta:
    """Writes the Recommendation records of all scenes.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    return records.write_parts(
        path,
        recommendations.to_payloads(
            [query.id for query in inputs.queries], inputs.product_ids, found
        ),
        proto=recsys_pb2.Recommendation,
        records_per_part=100_000,
        inputs=inputs.sources,
        totals={
            'scenes': len(inputs.queries),
            'products': len(inputs.product_ids),
            'recommended': int(np.count_nonzero(found.places >= 0)),
            'scenes_with_fewer': found.num_short,
        },
        overwrite=overwrite,
        num_workers=num_workers,
    )


def page_content(
    inputs: Inputs,
    found: recommendations.Recommendations,
    settings: recommendations.Settings,
    notes: Sequence[str],
) -> page_looks.Content:
    """Returns what the pages show."""
    similarity = SIMILARITIES[settings.similarity]
    return page_looks.Content(
        queries=inputs.queries,
        found=found,
        product_ids=inputs.product_ids,
        categories=inputs.categories,
        similarity=similarity,
        shows_similarity=settings.diversity > 0,
        summary=(
            f'{len(inputs.queries):,} scenes, and what is recommended to each of '
            f'{len(inputs.product_ids):,} products by {similarity}'
        ),
        notes=notes,
    )


def describe(
    inputs: Inputs, found: recommendations.Recommendations, settings: recommendations.Settings
) -> list[str]:
    """Returns sentences on what was recommended."""
    count = len(inputs.product_ids)
    spread = recommendations.measure_spread(found.places, count)
    if not settings.reranks:
        return [f'Recommended: {spread}.']
    nearest = recommendations.measure_spread(found.nearest, count)
    limit = settings.max_per_product
    how = [f'diversity {settings.diversity:g}'] if settings.diversity else []
    how += [f'no product to more than {limit:,} scenes'] if limit else []
    sentences = [f'The nearest: {nearest}. With {" and ".join(how)}: {spread}.']
    if found.num_short:
        sentences.append(
            f'{found.num_short:,} scenes have fewer products than asked for: no more were left.'
        )
    return sentences


def describe_recall(
    inputs: Inputs, found: recommendations.Recommendations, similarity: retrieval.Metric
) -> str:
    """Returns a sentence on how many of the nearest products an approximate search found."""
    recall, sample = recommendations.measure_recall(
        found, inputs.scenes, inputs.products, inputs.groups, similarity
    )
    return (
        f'The approximate search found {100 * recall:.2f} % of the nearest products of '
        f'{sample:,} scenes.'
    )


def _read_embeddings(
    files: Files, options: records.ReadOptions, threads: int
) -> tuple[embeddings.Embeddings, embeddings.Embeddings, list[dict[str, Any]]]:
    """Returns scenes, products and the descriptions of their data sets."""
    data = records.open_dataset(files.embeddings, recsys_pb2.Embedding, options)
    both = embeddings.read(data, threads=threads)
    products, scenes, sources = both.of_kind(embeddings.PRODUCT), both, [data.describe()]
    if files.scene_embeddings:
        data = records.open_dataset(files.scene_embeddings, recsys_pb2.Embedding, options)
        scenes = embeddings.read(data, threads=threads)
        sources.append(data.describe())
    scenes = scenes.of_kind(embeddings.SCENE)
    if not len(products):
        raise errors.InputError(f'{files.embeddings} holds no product')
    if not len(scenes):
        where = files.scene_embeddings or files.embeddings
        raise errors.InputError(f'{where} holds no scene; name one by --scene_embeddings')
    if scenes.model_hash != products.model_hash or (
        scenes.vectors.shape[1] != products.vectors.shape[1]
    ):
        raise errors.InputError(
            f'{files.scene_embeddings} and {files.embeddings} were made by different models; '
            'embed both with one'
        )
    return scenes, products, sources


def _keep_scenes(
    scenes: embeddings.Embeddings, wanted: Collection[str], split: str
) -> embeddings.Embeddings:
    """Returns the scenes of a split."""
    places = [place for place, name in enumerate(scenes.ids) if embeddings.scene_of(name) in wanted]
    if not places:
        raise errors.InputError(f'no scene of the {split} split has an embedding')
    return scenes.choose(places)


def _keep_products(
    products: embeddings.Embeddings,
    wanted: Sequence[str],
    category_of: Mapping[str, str],
    files: Files,
) -> embeddings.Embeddings:
    """Returns the products in the wanted categories."""
    places = [
        place
        for place, name in enumerate(products.ids)
        if recommendations.in_categories(category_of.get(name, ''), wanted)
    ]
    if not places:
        raise errors.InputError(
            f'none of the {len(products)} products of {files.embeddings} is of the category '
            f'{" or ".join(map(repr, wanted))} according to {files.categories}'
        )
    return products.choose(places)


def _group(
    queries: Sequence[page_looks.Query],
    product_ids: Sequence[str],
    category_of: Mapping[str, str],
) -> list[search.Group]:
    wanted = [{category_of.get(pair.product, '') for pair in query.true_pairs} for query in queries]
    groups = recommendations.group_by_category(
        wanted, [category_of.get(name, '') for name in product_ids]
    )
    if not groups:
        raise errors.InputError(
            'no scene has a product of a known category, so --same_category leaves nothing; do '
            'pairs, categories and embeddings belong together?'
        )
    return groups
