"""From candidates to recommendations: more diverse ones, and no product everywhere.

Recommendations are made in rounds, and in each round every scene gets one product.

- Which it would like best is a matter of similarity and, on wish, of novelty: a candidate is worth
  (1 - diversity) * similarity(scene, candidate) - diversity * cosine(candidate, nearest one that
  the scene has), where the latter counts as 0 when below. That is the maximal marginal relevance of
  Carbonell and Goldstein (SIGIR 1998) with lambda = 1 - diversity. Dot products have a scale of
  their own, another for each scene: then the cosine counts in units of the similarity of the best
  candidate.
- When a product is wanted more often than it may still be recommended, it goes to the scenes that
  it is worth most to, of equals to the first, and the others ask for their next best, until nobody
  has to: deferred acceptance (Gale and Shapley, College Admissions and the Stability of Marriage,
  1962). The outcome does not depend on the order of asking, and is fair in that no scene misses a
  product in favour of one that it is worth less to, and none gets a second product before each had
  its first.
"""

import numpy as np

from common import retrieval
from pinterest import search

_BLOCK_BYTES = 32 << 20


def rerank(
    candidates: np.ndarray,
    scores: np.ndarray,
    items: np.ndarray,
    k: int,
    *,
    similarity: retrieval.Metric = 'dot',
    diversity: float = 0.0,
    max_per_item: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Chooses up to k of the candidates of each query.

    Args:
        candidates: int[Q, M], places in items; -1 where there are fewer.
        scores: float32[Q, M], their similarity to the query, falling.
        items: float32[N, D].
        k: how many to choose.
        similarity: what scores are made of.
        diversity: from 0, where only similarity to the query counts, to 1.
        max_per_item: how many queries may get one item; None for no limit.

    Returns:
        int[Q, K] columns of candidates, in the order of choice, and float32[Q, K] what they were
        worth then, falling, K = min(k, M); where there are fewer, columns are -1, worths -inf.
    """
    width = min(k, candidates.shape[1])
    columns = np.full((len(candidates), width), -1, dtype=np.int64)
    worths = np.full(columns.shape, -np.inf, dtype=np.float32)
    free = candidates >= 0
    remaining = None if max_per_item is None else np.full(len(items), max_per_item, dtype=np.int64)
    unit = np.ones(len(scores), np.float32) if similarity == 'cosine' else _best(scores)
    novelty = _Novelty(candidates, items, unit) if diversity else None
    for rank in range(width):
        worth = scores
        if novelty is not None:
            relevance = np.float32(1 - diversity) * np.where(free, scores, 0)
            worth = relevance - np.float32(diversity) * novelty.nearest
        worth = np.where(free, worth, -np.inf)
        chosen = np.argmax(worth, axis=1)
        if remaining is not None:
            chosen = _share_out(worth, candidates, remaining)
        rows = np.flatnonzero((chosen >= 0) & (worth[np.arange(len(worth)), chosen] > -np.inf))
        chosen = chosen[rows]
        columns[rows, rank], worths[rows, rank] = chosen, worth[rows, chosen]
        free[rows, chosen] = False
        if remaining is not None:
            np.subtract.at(remaining, candidates[rows, chosen], 1)
        if novelty is not None:
            novelty.add(rows, chosen)
    return columns, worths


class _Novelty:
    """Follows how near each candidate is to what its query has already.

    Attributes:
        nearest: float32[Q, M], the largest cosine to a chosen item, at least 0, times the unit of
            the query.
    """

    def __init__(self, candidates: np.ndarray, items: np.ndarray, unit: np.ndarray) -> None:
        self.nearest = np.zeros(candidates.shape, dtype=np.float32)
        self._candidates, self._items, self._unit = candidates, items, unit

    def add(self, rows: np.ndarray, columns: np.ndarray) -> None:
        """Notes that queries, one row each, got the candidates in columns."""
        row_bytes = 4 * max(1, self._candidates.shape[1] * self._items.shape[1])
        step = max(1, _BLOCK_BYTES // row_bytes)
        for start in range(0, len(rows), step):
            block = rows[start : start + step]
            candidates = self._candidates[block]
            chosen = candidates[np.arange(len(block)), columns[start : start + step]]
            vectors = search.normalize(self._items[candidates])
            theirs = search.normalize(self._items[chosen])
            near = np.matmul(vectors, theirs[:, :, None])[:, :, 0] * self._unit[block, None]
            self.nearest[block] = np.maximum(self.nearest[block], near)


def _best(scores: np.ndarray) -> np.ndarray:
    """Returns float32[Q], the highest score of each query, at least 0."""
    return np.maximum(scores.max(axis=1, initial=0.0), 0.0)


def _share_out(worth: np.ndarray, candidates: np.ndarray, remaining: np.ndarray) -> np.ndarray:
    """Returns which candidate each query gets, one at most, when items may run out.

    Args:
        worth: float32[Q, M], -inf for a candidate that is out of the question.
        candidates: int[Q, M], places of items.
        remaining: int64[N], how many queries may still get each item.

    Returns:
        int64[Q] columns, -1 for queries that get none.
    """
    order = np.argsort(-worth, axis=1, kind='stable')
    asked = np.zeros(len(worth), dtype=np.int64)  # How many candidates a query was refused.
    held = np.full(len(worth), -1, dtype=np.int64)
    wanted = np.zeros(len(remaining), dtype=bool)
    asking = np.arange(len(worth))
    while True:
        asking = asking[asked[asking] < worth.shape[1]]
        columns = order[asking, asked[asking]]
        possible = worth[asking, columns] > -np.inf
        asking, columns = asking[possible], columns[possible]
        if not len(asking):
            return held
        held[asking] = columns
        items = candidates[asking, columns]
        wanted[items] = True
        holders = np.flatnonzero(held >= 0)
        holders = holders[wanted[candidates[holders, held[holders]]]]
        wanted[items] = False
        asking = _refused(holders, held, worth, candidates, remaining)
        held[asking] = -1
        asked[asking] += 1


def _refused(
    holders: np.ndarray,
    held: np.ndarray,
    worth: np.ndarray,
    candidates: np.ndarray,
    remaining: np.ndarray,
) -> np.ndarray:
    """Returns the queries among holders whose item is worth more to enough others."""
    items = candidates[holders, held[holders]]
    order = np.lexsort((holders, -worth[holders, held[holders]], items))
    items = items[order]
    starts = np.flatnonzero(np.diff(items, prepend=-1))
    place = np.arange(len(items)) - np.repeat(starts, np.diff(starts, append=len(items)))
    return np.sort(holders[order[place >= remaining[items]]])
