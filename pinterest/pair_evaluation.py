"""Evaluates a model of scenes and products, and what it is compared with, on the same pairs."""

import collections
import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from common import comparison_summary
from common import comparisons
from common import errors
from common import metrics
from pinterest import embeddings
from pinterest import pair_metrics
from pinterest import pairs

if TYPE_CHECKING:  # It starts JAX.
    from pinterest import geometry_baseline

MODEL, POPULAR, CHANCE = 'model', 'most popular', 'random'
GEOMETRY, SEEN_GEOMETRY = 'geometry only', 'geometry seen'
CEILING = 'best possible'
SHOWN = 10
TEST, EVERY = 'products of these pairs', 'products in all'
_NO_CATEGORY = 'no category'


@dataclasses.dataclass(frozen=True)
class Geometry:
    """What a model that sees no pixel may know.

    Attributes:
        boxes: of each pair (scene, product), in the square of its scene: left, top, right, bottom.
        aspects: of each product, the width of its photograph over its height.
        seen: of each pair the rectangles [R, 4] that can be seen in the model's view of its scene;
            empty when it sees the whole scene.
    """

    boxes: Mapping[tuple[str, str], np.ndarray]
    aspects: Mapping[str, float]
    seen: Mapping[tuple[str, str], np.ndarray] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Task:
    """What to evaluate on.

    Attributes:
        queries: pairs to ask about; those that have no embedding are left out.
        train: pairs that systems may learn from; may be empty.
        vectors: of scenes and products.
        categories: of products.
        others_compete: see pair_metrics.Queries.
    """

    queries: Sequence[pairs.Pair]
    train: Sequence[pairs.Pair]
    vectors: embeddings.Embeddings
    categories: Mapping[str, str]
    others_compete: bool = True


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What was measured.

    Attributes:
        pairs: the Q that were asked about.
        categories: Q, of their products.
        measures: M; binary accuracy is among them.
        systems: S names.
        references: R names.
        values: float64[Q, S + R, M], NaN for a product that is alone in its category.
        use: coverage and Gini index of the first SHOWN products, by system.
        num_missing: pairs that were left out since they have no embeddings.
        catalogue_sizes: products by catalogue, TEST and, if there are more products, EVERY.
    """

    pairs: list[pairs.Pair]
    categories: list[str]
    measures: list[comparisons.Measure]
    systems: tuple[str, ...]
    references: tuple[str, ...]
    values: np.ndarray
    use: dict[str, dict[str, float]]
    num_missing: int
    catalogue_sizes: dict[str, int]

    def summarise(self, resamples: int, seed: int) -> list[comparison_summary.Summary]:
        """Returns the summary of all queries, then of each category by falling number of them.

        Measures that a category has no query for are missing in it.
        """
        partial = np.isnan(self.values).any(axis=(0, 1))
        rows = np.flatnonzero(~np.isnan(self.values).any(axis=(1, 2)))
        overall, *others = self._summarise(np.arange(len(self.pairs)), ~partial, resamples, seed)
        others.sort(key=lambda one: (-one.queries, one.category))
        summaries = [overall, *others]
        if partial.any() and len(rows):
            found = self._summarise(rows, partial, resamples, seed)
            by_category = {one.category: one for one in found}
            summaries = [_merge(one, by_category.get(one.category)) for one in summaries]
        return summaries

    def _summarise(
        self, rows: np.ndarray, columns: np.ndarray, resamples: int, seed: int
    ) -> list[comparison_summary.Summary]:
        """Summarises some queries by some measures."""
        scores = comparisons.Scores(
            tuple(one.name for one, wanted in zip(self.measures, columns, strict=True) if wanted),
            self.systems,
            self.references,
            [self.pairs[row].scene for row in rows],
            [self.categories[row] for row in rows],
            {},
            self.values[rows][:, :, columns],
        )
        return comparison_summary.summarise(scores, resamples=resamples, seed=seed)


def evaluate(task: Task, geometry: Geometry | None = None) -> Evaluation:
    """Evaluates the model, chance and, where they can be had, popularity and geometry.

    Args:
        task: what on.
        geometry: of all pairs and products; None when photographs are not at hand.

    Raises:
        InputError: when there are no queries, or nothing to rank.
    """
    return _Evaluator(task, geometry).evaluate()


def _merge(
    whole: comparison_summary.Summary, binary: comparison_summary.Summary | None
) -> comparison_summary.Summary:
    if binary is None:
        return whole
    estimates = {
        name: {**by_measure, **binary.estimates[name]}
        for name, by_measure in whole.estimates.items()
    }
    differences = [*whole.differences, *binary.differences]
    return dataclasses.replace(whole, estimates=estimates, differences=differences)


def _among_all(measure: comparisons.Measure) -> comparisons.Measure:
    """Returns the measure for the catalogue of all products."""
    return dataclasses.replace(
        measure,
        name=f'{measure.name}_all',
        title=f'{measure.title}, all products',
        definition=f'{measure.definition}; among all products',
    )


class _Evaluator:
    """Puts queries, catalogues and systems together."""

    def __init__(self, task: Task, geometry: Geometry | None) -> None:
        self._task, self._geometry = task, geometry
        # Fitted once, for all catalogues.
        self._baselines: dict[str, geometry_baseline.GeometryBaseline] = {}
        scenes = task.vectors.of_kind(embeddings.SCENE)
        self._products = task.vectors.of_kind(embeddings.PRODUCT)
        self._row_of = {name: row for row, name in enumerate(scenes.ids)}
        self._place_of = {name: place for place, name in enumerate(self._products.ids)}
        self._pairs, self._rows = self._find_queries()
        self._scenes = scenes.vectors[self._rows]
        self._by_pair = any(embeddings.split_id(scenes.ids[row])[1] for row in self._rows)

    def _find_queries(self) -> tuple[list[pairs.Pair], list[int]]:
        """Returns the pairs that can be asked about, each once, and the rows of their scenes."""
        found: dict[tuple[str, str], tuple[pairs.Pair, int]] = {}
        for pair in self._task.queries:
            name = embeddings.pair_id(pair.scene, pair.product)
            row = self._row_of.get(name, self._row_of.get(pair.scene))
            if row is not None and pair.product in self._place_of:
                found.setdefault((pair.scene, pair.product), (pair, row))
        if not found:
            raise errors.InputError(
                f'none of {len(self._task.queries)} pairs has embeddings of its scene and its '
                'product; were they embedded from the same pairs and photographs?'
            )
        asked, rows = zip(*found.values(), strict=True)
        return list(asked), list(rows)

    def evaluate(self) -> Evaluation:
        """Measures every system in every catalogue."""
        tested = sorted({self._place_of[pair.product] for pair in self._pairs})
        catalogues = {TEST: np.array(tested)}
        if len(tested) < len(self._products):
            catalogues[EVERY] = np.arange(len(self._products))
        kinds = [*pair_metrics.MEASURES, pair_metrics.BINARY_ACCURACY]
        measures = [*kinds, *(_among_all(one) for one in kinds)]
        distinct = {(pair.scene, pair.product) for pair in self._task.queries}
        values = np.concatenate([self._measure(one) for one in catalogues.values()], axis=2)
        return Evaluation(
            self._pairs,
            [self._category(pair.product) or _NO_CATEGORY for pair in self._pairs],
            measures[: values.shape[2]],
            tuple(self._names),
            (CEILING,) if self._has_ceiling else (),
            values,
            self._use(catalogues[TEST]),
            len(distinct) - len(self._pairs),
            {name: len(members) for name, members in catalogues.items()},
        )

    @property
    def _names(self) -> list[str]:
        systems = [MODEL]
        if self._geometry is not None and self._task.train:
            systems += [GEOMETRY, *([SEEN_GEOMETRY] if self._geometry.seen else [])]
        counts = collections.Counter(pair.product for pair in self._task.train)
        if counts and max(counts.values()) > 1:
            systems.append(POPULAR)
        return [*systems, CHANCE]

    def _queries(self, members: np.ndarray) -> pair_metrics.Queries:
        """Returns the queries to a catalogue of the products in members."""
        places = [self._place_of[pair.product] for pair in self._pairs]
        scenes = np.unique([pair.scene for pair in self._pairs], return_inverse=True)[1]
        names = [self._category(self._products.ids[member]) for member in members]
        categories = np.unique(names, return_inverse=True)[1]
        return pair_metrics.Queries(
            np.searchsorted(members, places), scenes, categories, self._task.others_compete
        )

    def _measure(self, members: np.ndarray) -> np.ndarray:
        """Returns float64[Q, S + R, M + 1]."""
        queries = self._queries(members)
        if len(members) < 2:
            raise errors.InputError('the pairs to ask about are all of one product')
        systems = [self._system(name, members) for name in self._names]
        if self._has_ceiling:
            systems.append(pair_metrics.best_of_scene(queries))
        try:
            values = [pair_metrics.measure(system, queries) for system in systems]
        except ValueError as error:
            raise errors.InputError(f'{error}; evaluate on pairs of more scenes') from error
        return np.stack(values, axis=1)

    @property
    def _has_ceiling(self) -> bool:
        """Whether a scene that is seen alike for all of its products cannot tell them apart."""
        return self._task.others_compete and not self._by_pair

    def _system(self, name: str, members: np.ndarray) -> pair_metrics.System:
        ids = [self._products.ids[member] for member in members]
        if name == MODEL:
            return pair_metrics.by_vectors(self._scenes, self._products.vectors[members])
        if name == POPULAR:
            counts = collections.Counter(pair.product for pair in self._task.train)
            return pair_metrics.popularity(np.array([counts[product] for product in ids]))
        if name in (GEOMETRY, SEEN_GEOMETRY):
            return self._geometry_system(name, ids)
        return pair_metrics.constant(len(ids))

    def _geometry_system(self, name: str, ids: Sequence[str]) -> pair_metrics.System:
        known = self._geometry
        assert known is not None
        rectangles = known.boxes if name == GEOMETRY else known.seen
        if name not in self._baselines:
            self._baselines[name] = self._fit_geometry(rectangles, known.aspects)
        baseline = self._baselines[name]
        boxes = np.array([rectangles[pair.scene, pair.product] for pair in self._pairs])
        aspects = np.array([known.aspects[product] for product in ids], np.float32)
        return lambda rows: baseline.score(boxes[rows].astype(np.float32), aspects)

    def _fit_geometry(
        self, rectangles: Mapping[tuple[str, str], np.ndarray], aspect_of: Mapping[str, float]
    ) -> 'geometry_baseline.GeometryBaseline':
        from pinterest import geometry_baseline

        train = [(pair.scene, pair.product) for pair in self._task.train]
        train = [key for key in train if key in rectangles and key[1] in aspect_of]
        return geometry_baseline.GeometryBaseline(
            np.array([rectangles[key] for key in train], np.float32),
            np.array([aspect_of[product] for _, product in train], np.float32),
        )

    def _category(self, product: str) -> str:
        return self._task.categories.get(product, '')

    def _use(self, members: np.ndarray) -> dict[str, dict[str, float]]:
        """Returns coverage and Gini index of the systems that rank by more than chance."""
        queries, used = self._queries(members), {}
        for name in self._names:
            if name == CHANCE:
                continue
            found = pair_metrics.recommended(self._system(name, members), queries, SHOWN)
            counts = metrics.exposure(found, len(members))
            used[name] = {'coverage': metrics.coverage(counts), 'gini': metrics.gini(counts)}
        return used
