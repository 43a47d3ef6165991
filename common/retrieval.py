"""Exact search for the items that fit a query best, by blocks of a matrix product in NumPy."""

from typing import Literal

import numpy as np

Metric = Literal['dot', 'cosine']
_PRODUCT_BYTES = 64 << 20  # Of the scores held at a time, however many queries and items there are.
_QUERY_BLOCK = 1024


def top_k(
    queries: np.ndarray,
    items: np.ndarray,
    k: int,
    *,
    metric: Metric = 'dot',
    exclude: np.ndarray | None = None,
    block_size: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the k best items for each query, best first; of equal scores the lower index wins.

    Args:
        queries: float[Q, D].
        items: float[N, D].
        k: how many; all that there are when there are fewer.
        metric: 'dot' or 'cosine'. The cosine with a vector of zeros is 0.
        exclude: int[Q, E], items that a query must not find; -1 fills up shorter rows.
        block_size: items scored at a time; as fits 64 MiB when None. Scores are held for one block.

    Returns:
        int64[Q, K] indices and float32[Q, K] scores, K = min(k, N). A query for which exclude
        leaves fewer than K items has index -1 and score -inf in the last places.

    Raises:
        ValueError: for shapes that do not fit, numbers that are not finite, or a k below 1.
    """
    queries, items, exclude = _check(queries, items, k, metric, exclude, block_size)
    width = min(k, len(items))
    indices = np.full((len(queries), width), -1, dtype=np.int64)
    scores = np.full((len(queries), width), -np.inf, dtype=np.float32)
    if metric == 'cosine':
        queries = queries * _inverse_norms(queries)
    for start in range(0, len(queries), _QUERY_BLOCK):
        rows = slice(start, start + _QUERY_BLOCK)
        indices[rows], scores[rows] = _search(
            queries[rows], items, width, metric, exclude[rows], block_size
        )
    return indices, scores


def _check(
    queries: np.ndarray,
    items: np.ndarray,
    k: int,
    metric: str,
    exclude: np.ndarray | None,
    block_size: int | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    queries = np.asarray(queries, dtype=np.float32)
    items = np.asarray(items, dtype=np.float32)
    if queries.ndim != 2 or items.ndim != 2 or queries.shape[1] != items.shape[1]:
        raise ValueError(f'want [Q, D] and [N, D], got {queries.shape} and {items.shape}')
    if metric not in ('dot', 'cosine'):
        raise ValueError(f'metric {metric!r} is neither dot nor cosine')
    if k < 1 or (block_size is not None and block_size < 1):
        raise ValueError(f'k is {k} and block_size {block_size}; both must be at least 1')
    for name, rows in (('query', queries), ('item', items)):
        # A sum is finite unless a number is not, or numbers are too large to be multiplied anyway.
        bad = np.flatnonzero(~np.isfinite(rows.sum(axis=1)))
        if bad.size:
            raise ValueError(f'{name} {bad[0]} has numbers that are not finite')
    if exclude is None:
        exclude = np.empty((len(queries), 0), dtype=np.int64)
    exclude = np.asarray(exclude, dtype=np.int64)
    if exclude.ndim != 2 or len(exclude) != len(queries):
        raise ValueError(f'want exclude [{len(queries)}, E], got {exclude.shape}')
    return queries, items, exclude


def _inverse_norms(vectors: np.ndarray) -> np.ndarray:
    """Returns float32[N, 1], 1 for a vector of zeros."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return 1.0 / np.where(norms > 0, norms, 1.0)


def _search(
    queries: np.ndarray,
    items: np.ndarray,
    k: int,
    metric: str,
    exclude: np.ndarray,
    block_size: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the best of all items for one block of queries."""
    count = len(queries)
    block_size = block_size or max(k, _PRODUCT_BYTES // (4 * max(1, count)), 1)
    indices = np.full((count, k), -1, dtype=np.int64)
    scores = np.full((count, k), -np.inf, dtype=np.float32)
    for start in range(0, len(items), block_size):
        block = items[start : start + block_size]
        product = queries @ block.T
        if metric == 'cosine':
            product *= _inverse_norms(block).T
        where_row, where = np.nonzero((exclude >= start) & (exclude < start + len(block)))
        product[where_row, exclude[where_row, where] - start] = -np.inf
        found, found_scores = _best_of_block(product, k, scores)
        indices = np.concatenate([indices, found + start], axis=1)
        scores = np.concatenate([scores, found_scores], axis=1)
        order = np.lexsort((indices, -scores), axis=1)[:, :k]
        indices = np.take_along_axis(indices, order, axis=1)
        scores = np.take_along_axis(scores, order, axis=1)
    indices[np.isneginf(scores)] = -1
    return indices, scores


def _best_of_block(product: np.ndarray, k: int, best: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns, of float32[Q, B] scores, a padded superset of the k best that could still win.

    Args:
        product: scores of a block.
        k: how many are wanted.
        best: float32[Q, k], the best scores of the blocks before, falling.

    Returns:
        int64[Q, C] places in the block, rising in each row, and their scores; -inf fills up.
    """
    floor = best[:, -1]  # An equal score further on loses against the lower index.
    above = product > floor[:, None]
    crowded = np.flatnonzero(np.count_nonzero(above, axis=1) > 4 * k)
    for row in crowded:
        scores = product[row]
        kth = np.partition(scores, len(scores) - k)[len(scores) - k]
        above[row] &= scores >= kth
        ties = np.flatnonzero(above[row] & (scores == kth))
        surplus = int(np.count_nonzero(above[row])) - k
        if surplus > 0:
            above[row, ties[len(ties) - surplus :]] = False
    row, place = np.divmod(np.flatnonzero(above), above.shape[1])  # Faster than of two dimensions.
    counts = np.bincount(row, minlength=len(product))
    column = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    found = np.zeros((len(product), int(counts.max(initial=0))), dtype=np.int64)
    scores = np.full(found.shape, -np.inf, dtype=np.float32)
    found[row, column] = place
    scores[row, column] = product[row, place]
    return found, scores
