"""The products nearest to scenes: exact, or by a graph of near neighbours."""

import logging
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np

from common import retrieval

# For float32[Q, D] queries and k, int64[Q, K] places of the best items and float32[Q, K] scores,
# K = min(k, N), as retrieval.top_k returns them.
Finder = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]
# Prepares float32[N, D] items for being searched.
Method = Callable[[np.ndarray], Finder]
# Rows of queries, and the places of the items that they may find; None for all items.
Group = tuple[np.ndarray, np.ndarray | None]


def normalize(vectors: np.ndarray) -> np.ndarray:
    """Returns float32[..., D] with length 1; a vector of zeros stays."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1).astype(np.float32)


def exact(similarity: retrieval.Metric) -> Method:
    """Returns exact search by blocks of a matrix product; ties go to the lower place."""

    def prepare(items: np.ndarray) -> Finder:
        return lambda queries, k: retrieval.top_k(queries, items, k, metric=similarity)

    return prepare


def hnsw(
    similarity: retrieval.Metric,
    *,
    links: int = 32,
    ef_construction: int = 80,
    ef_search: int = 128,
    num_threads: int = 1,
) -> Method:
    """Returns approximate search in a hierarchical navigable small world, by faiss.

    Args:
        similarity: 'dot' or 'cosine'.
        links: edges of an item in the graph; more find better, in more memory.
        ef_construction: candidates kept while the graph is built.
        ef_search: candidates kept while it is searched.
        num_threads: that build the graph. Several add items in an order that is not always the
            same, and nor are then the results.

    Source: Malkov and Yashunin, Efficient and Robust Approximate Nearest Neighbor Search Using
    Hierarchical Navigable Small World Graphs (2018).
    """

    def prepare(items: np.ndarray) -> Finder:
        logging.getLogger('faiss').setLevel(logging.WARNING)  # It tells what it is loaded for.
        import faiss

        faiss.omp_set_num_threads(num_threads)
        index = faiss.IndexHNSWFlat(items.shape[1], links, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = ef_construction
        index.add(np.ascontiguousarray(normalize(items) if similarity == 'cosine' else items))

        def find(queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
            index.hnsw.efSearch = max(ef_search, k)
            if similarity == 'cosine':
                queries = normalize(queries)
            scores, places = index.search(np.ascontiguousarray(queries), min(k, index.ntotal))
            scores[places < 0] = -np.inf
            return _sort(places, scores)

        return find

    return prepare


class Catalogue:
    """Items of which each query may find some."""

    def __init__(self, items: np.ndarray, groups: Sequence[Group], method: Method) -> None:
        """Prepares the search.

        Args:
            items: float32[N, D].
            groups: no item is in two of them; a query may be in several, or in none.
            method: exact or hnsw.
        """
        self._num_items = len(items)
        self._groups = [
            (rows, members, method(items if members is None else items[members]))
            for rows, members in groups
        ]

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Finds the k best items for each query among those that it may find.

        Args:
            queries: float32[Q, D].
            k: how many.

        Returns:
            int64[Q, K] places in items, best first, and float32[Q, K] scores, K = min(k, N); where
            there are fewer, the places are -1 and the scores -inf. Of equals the lower place wins.
        """
        width = min(k, self._num_items)
        places = np.full((len(queries), width), -1, dtype=np.int64)
        scores = np.full(places.shape, -np.inf, dtype=np.float32)
        for rows, members, find in self._groups:
            found, found_scores = find(queries[rows], k)
            if members is not None:
                found = np.where(found >= 0, members[found], -1)
            both = np.concatenate([places[rows], found], axis=1)
            both_scores = np.concatenate([scores[rows], found_scores], axis=1)
            both, both_scores = _sort(both, both_scores)
            places[rows], scores[rows] = both[:, :width], both_scores[:, :width]
        return places, scores


def recall(found: np.ndarray, wanted: np.ndarray) -> float:
    """Returns which share of the places in int[Q, K] wanted, but for -1, found has in its rows."""
    shares = (found[:, :, None] == wanted[:, None, :]).any(axis=1) & (wanted >= 0)
    return float(shares.sum() / max(1, np.count_nonzero(wanted >= 0)))


def _sort(places: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns both by falling score, of equal ones by place."""
    order = np.lexsort((places, -scores), axis=1)
    return np.take_along_axis(places, order, axis=1), np.take_along_axis(scores, order, axis=1)
