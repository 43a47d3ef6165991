"""How well systems find the product of each pair of a scene and a product.

A query is a pair; what is ranked for it is a catalogue that its product is in. Scores may be equal:
of a tie every order is as likely, and the measures are their means over the orders, so that a
system which scores all alike measures what chance gives.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from common import comparisons

CUTOFFS = (1, 5, 10, 50)
_BLOCK_ELEMENTS = 1 << 22

MEASURES = (
    *(
        comparisons.Measure(
            f'recall_{k}', f'Recall@{k}', f'Share of the pairs whose product is among the first {k}'
        )
        for k in CUTOFFS
    ),
    comparisons.Measure('mrr', 'MRR', 'Mean of 1 / rank of the product'),
    comparisons.Measure(
        'auc', 'AUC', 'How often the product is ranked above another one; chance is 0.5'
    ),
)
BINARY_ACCURACY = comparisons.Measure(
    'binary_accuracy',
    'Binary accuracy',
    'How often the product is ranked above another one of its category, drawn by lot; chance is '
    '0.5. Pairs whose product is alone in its category are left out',
)
# For the queries in rows, float[B, N] scores of the catalogue.
System = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Queries:
    """Pairs, and the catalogue that their products are looked for in.

    Attributes:
        places: int[Q], of each pair the place of its product in the catalogue.
        scenes: int[Q], the same number for pairs of the same scene.
        categories: int[N], of each product of the catalogue.
        others_compete: whether other products of the same scene are ranked against the pair's.
    """

    places: np.ndarray
    scenes: np.ndarray
    categories: np.ndarray
    others_compete: bool = True

    def __len__(self) -> int:
        """Returns the number of pairs."""
        return len(self.places)

    def of_scene(self, rows: np.ndarray) -> np.ndarray:
        """Returns bool[B, N], which products are known to be in the scenes of pairs."""
        wanted, index = np.unique(self.scenes[rows], return_inverse=True)
        known = np.zeros((len(wanted), len(self.categories)), dtype=bool)
        members = np.flatnonzero(np.isin(self.scenes, wanted))
        known[np.searchsorted(wanted, self.scenes[members]), self.places[members]] = True
        return known[index]


def measure(system: System, queries: Queries) -> np.ndarray:
    """Measures a system.

    Returns:
        float64[Q, M + 1]: MEASURES, then binary accuracy, NaN where there is none.

    Raises:
        ValueError: when a score is no number, or a query has nothing to be ranked against.
    """
    values = np.empty((len(queries), len(MEASURES) + 1))
    step = max(1, _BLOCK_ELEMENTS // max(1, len(queries.categories)))
    for start in range(0, len(queries), step):
        rows = np.arange(start, min(start + step, len(queries)))
        values[rows] = _measure_block(system(rows), queries, rows)
    return values


def constant(num_products: int) -> System:
    """Returns a system that knows nothing: chance."""
    return lambda rows: np.zeros((len(rows), num_products), np.float32)


def popularity(counts: np.ndarray) -> System:
    """Returns a system that ranks all products by int[N] counts."""
    return lambda rows: np.broadcast_to(counts.astype(np.float32), (len(rows), len(counts)))


def by_vectors(scenes: np.ndarray, products: np.ndarray) -> System:
    """Returns a system that ranks by the dot product of float32[Q, D] and float32[N, D]."""
    return lambda rows: scenes[rows] @ products.T


def best_of_scene(queries: Queries) -> System:
    """Returns what no system exceeds that sees a scene but not which of its products is meant."""
    return lambda rows: queries.of_scene(rows).astype(np.float32)


def recommended(system: System, queries: Queries, k: int) -> np.ndarray:
    """Returns int64[Q, K], the first K = min(k, N) products for each query, ties by place."""
    found = np.empty((len(queries), min(k, len(queries.categories))), dtype=np.int64)
    step = max(1, _BLOCK_ELEMENTS // max(1, len(queries.categories)))
    for start in range(0, len(queries), step):
        rows = np.arange(start, min(start + step, len(queries)))
        found[rows] = np.argsort(-system(rows), axis=1, kind='stable')[:, : found.shape[1]]
    return found


def _measure_block(scores: np.ndarray, queries: Queries, rows: np.ndarray) -> np.ndarray:
    """Returns float64[B, M + 1] of float[B, N] scores."""
    if scores.shape != (len(rows), len(queries.categories)) or np.isnan(scores).any():
        raise ValueError(f'want numbers [{len(rows)}, {len(queries.categories)}], no NaN')
    places = queries.places[rows]
    own = np.take_along_axis(scores, places[:, None], axis=1)
    if queries.others_compete:
        rivals = np.ones(scores.shape, dtype=bool)
    else:
        rivals = ~queries.of_scene(rows)
    rivals[np.arange(len(rows)), places] = False
    above, equal = (scores > own) & rivals, (scores == own) & rivals
    same = queries.categories[places][:, None] == queries.categories
    values = _measure_counts(*(np.count_nonzero(one, axis=1) for one in (above, equal, rivals)))
    binary = _wins(*(np.count_nonzero(one & same, axis=1) for one in (above, equal, rivals)))
    return np.column_stack([values, binary])


def _measure_counts(above: np.ndarray, equal: np.ndarray, rivals: np.ndarray) -> np.ndarray:
    """Returns float64[B, M] for int[B] numbers of rivals that score above, alike, and in all."""
    if not rivals.all():
        raise ValueError('a query has nothing to be ranked against')
    # The rank is one of above + 1 to above + equal + 1.
    ranks = equal + 1
    recalls = [np.clip(k - above, 0, ranks) / ranks for k in CUTOFFS]
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, rivals.max(initial=0) + 2))])
    reciprocal = (harmonic[above + ranks] - harmonic[above]) / ranks
    return np.column_stack([*recalls, reciprocal, _wins(above, equal, rivals)])


def _wins(above: np.ndarray, equal: np.ndarray, rivals: np.ndarray) -> np.ndarray:
    """Returns which share of the rivals scores below, a tie being half; NaN without rivals."""
    share = np.full(len(rivals), np.nan)
    np.divide(rivals - above - equal / 2, rivals, out=share, where=rivals > 0)
    return share
