"""Which products are recommended to each scene, and how widely they are spread."""

import dataclasses
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from common import metrics
from common import retrieval
from common.pb import recsys_pb2
from pinterest import categories
from pinterest import reranking
from pinterest import search

_MAX_CANDIDATES = 8_000_000  # Of all scenes; at some 30 bytes each.
_GROWTH = 4
_RECALL_SCENES = 1000


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to recommend.

    Attributes:
        top_k: recommendations for a scene.
        similarity: 'dot' or 'cosine'.
        num_candidates: nearest products to choose from, when it is not just the nearest.
        diversity: from 0 to 1; see reranking.
        max_per_product: how many scenes may get one product; None for no limit.
    """

    top_k: int = 10
    similarity: retrieval.Metric = 'dot'
    num_candidates: int = 100
    diversity: float = 0.0
    max_per_product: int | None = None

    @property
    def reranks(self) -> bool:
        """Whether anything but the nearest products could be recommended."""
        return self.diversity > 0 or self.max_per_product is not None


@dataclasses.dataclass(frozen=True)
class Spread:
    """How widely recommendations are spread over the products.

    Attributes:
        coverage: share of the products that are recommended at all.
        gini: Gini index of how often, 0 when all are recommended equally often.
        most: how often the one that is recommended most.
    """

    coverage: float
    gini: float
    most: int

    def __str__(self) -> str:
        """Returns the figures in words."""
        share = 100 * self.coverage
        return (
            f'{share:.1f} % of the products, Gini index {self.gini:.3f}, the commonest '
            f'{self.most} times'
        )


@dataclasses.dataclass(frozen=True)
class Recommendations:
    """The products of Q scenes.

    Attributes:
        places: int[Q, K], products, best first; -1 where there are fewer.
        scores: float32[Q, K], what they were ranked by, falling; -inf where there are fewer.
        similarities: float32[Q, K], to the scene; -inf where there are fewer.
        nearest: int[Q, K], the products nearest to the scene, -1 where there are fewer.
    """

    places: np.ndarray
    scores: np.ndarray
    similarities: np.ndarray
    nearest: np.ndarray

    @property
    def num_short(self) -> int:
        """How many scenes have fewer products than there are places."""
        return int(np.count_nonzero((self.places < 0).any(axis=1)))


def recommend(
    scenes: np.ndarray,
    products: np.ndarray,
    groups: Sequence[search.Group],
    settings: Settings,
    method: search.Method,
) -> Recommendations:
    """Recommends products to scenes.

    Args:
        scenes: float32[Q, D].
        products: float32[N, D], N from 1; of equals the first is recommended.
        groups: which products which scenes may get; see search.Catalogue.
        settings: how.
        method: how to search.
    """
    catalogue = search.Catalogue(products, groups, method)
    width = min(settings.top_k, len(products))
    count = max(settings.top_k, settings.num_candidates) if settings.reranks else width
    while True:
        candidates, similarities = catalogue.search(scenes, count)
        columns, scores = reranking.rerank(
            candidates,
            similarities,
            products,
            width,
            similarity=settings.similarity,
            diversity=settings.diversity,
            max_per_item=settings.max_per_product,
        )
        # A scene whose candidates are all taken must go on looking, if there are more.
        short = (columns[:, -1] < 0) & (candidates[:, -1] >= 0) & (count < len(products))
        if not short.any() or count * _GROWTH * len(scenes) > _MAX_CANDIDATES:
            break
        count *= _GROWTH
    chosen = np.maximum(columns, 0)
    places = np.where(columns >= 0, np.take_along_axis(candidates, chosen, axis=1), -1)
    similarities = np.where(
        columns >= 0, np.take_along_axis(similarities, chosen, axis=1), np.float32(-np.inf)
    )
    return Recommendations(places, scores, similarities, candidates[:, :width].copy())


def measure_recall(
    found: Recommendations,
    scenes: np.ndarray,
    products: np.ndarray,
    groups: Sequence[search.Group],
    similarity: retrieval.Metric,
) -> tuple[float, int]:
    """Returns which share of the nearest products was found, and for how many scenes that is known.

    Args:
        found: what recommend returned.
        scenes: float32[Q, D]; of many a sample is looked at, always the same.
        products: as given to recommend.
        groups: as given to recommend.
        similarity: as given to recommend.
    """
    sample = np.arange(len(scenes))
    if len(scenes) > _RECALL_SCENES:
        sample = np.random.default_rng(0).choice(sample, _RECALL_SCENES, replace=False)
    groups = [(np.intersect1d(rows, sample), members) for rows, members in groups]
    exact = search.Catalogue(products, groups, search.exact(similarity))
    nearest, _ = exact.search(scenes, found.nearest.shape[1])
    return search.recall(found.nearest[sample], nearest[sample]), len(sample)


def group_by_category(
    wanted: Sequence[Collection[str]], found: Sequence[str]
) -> list[search.Group]:
    """Returns groups in which each scene may find the products of its categories.

    Args:
        wanted: categories for each scene.
        found: the category of each product, '' for none.
    """
    members: dict[str, list[int]] = {}
    for place, category in enumerate(found):
        members.setdefault(category, []).append(place)
    rows: dict[str, list[int]] = {}
    for row, names in enumerate(wanted):
        for name in sorted(set(names)):
            rows.setdefault(name, []).append(row)
    return [
        (np.array(rows[name]), np.array(members[name]))
        for name in sorted(rows.keys() & members.keys())
        if name
    ]


def in_categories(category: str, wanted: Sequence[str]) -> bool:
    """Returns whether a category is one of those wanted, or below one."""
    return any(
        category == name or category.startswith(name + categories.SEPARATOR) for name in wanted
    )


def to_payloads(
    scene_ids: Sequence[str], product_ids: Sequence[str], found: Recommendations
) -> Iterator[bytes]:
    """Yields a serialized Recommendation for each scene, one without products included."""
    for scene, places, scores in zip(scene_ids, found.places, found.scores, strict=True):
        count = int(np.count_nonzero(places >= 0))
        yield recsys_pb2.Recommendation(
            query=scene,
            item=[product_ids[place] for place in places[:count]],
            score=scores[:count].tolist(),
        ).SerializeToString()


def measure_spread(places: np.ndarray, num_products: int) -> Spread:
    """Returns the spread of int[Q, K] recommended products, -1 for none."""
    counts = metrics.exposure(places, num_products)
    return Spread(metrics.coverage(counts), metrics.gini(counts), int(counts.max()))
