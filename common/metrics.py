"""Metrics of ranked lists, vectorised over queries.

Most functions take `hits`, bool[Q, K]: whether the item at each rank of each of Q lists is
relevant, best rank first, False where a list is shorter than K; and `num_relevant`, int[Q]: how
many items are relevant to each query, in the list or not. That is at least 1: a query without an
answer has no recall, so leave it out. They return float64[Q]; papers report the mean over queries
(of average_precision mAP, of reciprocal_rank MRR). from_ranks makes hits of known ranks.

Sources: Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008), chapter 8, for
precision, recall, R-precision and average precision; Voorhees (1999) for the reciprocal rank;
others at their functions. Definitions in use differ (Tamm et al., Quality Metrics in Recommender
Systems: Do We Calculate Metrics Consistently?, RecSys 2021), so the docstrings say which it is.
"""

import numpy as np


def precision(hits: np.ndarray, k: int) -> np.ndarray:
    """Returns precision@k: hits among the first k, divided by k even where a list is shorter.

    Args:
        hits: bool[Q, K].
        k: from 1 to K.

    Returns:
        float64[Q].

    Raises:
        ValueError: for another shape or k.
    """
    return _count(hits, k) / k


def hit_rate(hits: np.ndarray, k: int) -> np.ndarray:
    """Returns hit rate@k: 1 where any of the first k is relevant, and 0 elsewhere; as precision."""
    return (_count(hits, k) > 0).astype(np.float64)


def recall(hits: np.ndarray, num_relevant: np.ndarray, k: int) -> np.ndarray:
    """Returns recall@k: hits among the first k, divided by the number of relevant items.

    Args:
        hits: bool[Q, K].
        num_relevant: int[Q].
        k: from 1 to K.

    Returns:
        float64[Q]; no more than k / num_relevant.

    Raises:
        ValueError: for other shapes, another k, or a query with no relevant item or too many hits.
    """
    return _count(hits, k) / check(hits, num_relevant)


def r_precision(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Returns R-precision: precision at the rank that equals the number of relevant items.

    Where a query has more than K relevant items, ranks beyond K are misses.

    Raises:
        ValueError: as recall.
    """
    relevant = check(hits, num_relevant)
    within = np.arange(hits.shape[1]) < relevant[:, None]
    return np.count_nonzero(hits & within, axis=1) / relevant


def average_precision(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Returns average precision: the sum of the precision at each hit, by the number of relevant.

    Relevant items beyond the list count as never found, as in trec_eval; other definitions of
    mAP@K divide by no more than K.

    Raises:
        ValueError: as recall.
    """
    relevant = check(hits, num_relevant)
    at_rank = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return np.sum(at_rank * hits, axis=1) / relevant


def first_hit(hits: np.ndarray) -> np.ndarray:
    """Returns int64[Q], the rank of the first hit of bool[Q, K], from 1; 0 where there is none."""
    check_hits(hits)
    return np.where(hits.any(axis=1), 1 + np.argmax(hits, axis=1), 0)


def reciprocal_rank(hits: np.ndarray) -> np.ndarray:
    """Returns 1 / rank of the first hit, 0 where there is none: float64[Q] of bool[Q, K]."""
    rank = first_hit(hits)
    return np.where(rank > 0, 1.0 / np.maximum(rank, 1), 0.0)


def ndcg(hits: np.ndarray, num_relevant: np.ndarray, k: int | None = None) -> np.ndarray:
    """Returns NDCG@k of binary relevance.

    A hit at rank i gains 1 / log2(i + 1), as in Burges et al. (2005) and in scikit-learn; the ideal
    list has min(num_relevant, k) hits in front. k is K when None.

    Raises:
        ValueError: as recall.
    """
    relevant = check(hits, num_relevant)
    k = _check_k(hits, hits.shape[1] if k is None else k)
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(discount)[np.minimum(relevant, k) - 1]
    return hits[:, :k] @ discount / ideal


def graded_ndcg(gains: np.ndarray, all_gains: np.ndarray, k: int | None = None) -> np.ndarray:
    """Returns NDCG@k of graded relevance, with discount 1 / log2(rank + 1).

    Args:
        gains: float[Q, K], at least 0: what the item at each rank is worth; its grade g, or
            2**g - 1 as in Burges et al. (2005).
        all_gains: float[Q, N], in any order: what every item is worth, in the list or not.
        k: from 1 to K; K when None.

    Returns:
        float64[Q]; 0 where every gain is 0.

    Raises:
        ValueError: for other shapes or another k, or a negative gain.
    """
    if gains.ndim != 2 or all_gains.ndim != 2 or len(gains) != len(all_gains):
        raise ValueError(f'want [Q, K] and [Q, N], got {gains.shape} and {all_gains.shape}')
    if (gains < 0).any() or (all_gains < 0).any():
        raise ValueError('a gain is negative')
    k = _check_k(gains, gains.shape[1] if k is None else k)
    best = -np.sort(-all_gains, axis=1)[:, :k]
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = best @ discount[: best.shape[1]]
    return np.divide(gains[:, :k] @ discount, ideal, out=np.zeros(len(gains)), where=ideal > 0)


def auc(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Returns the area under the ROC curve of each query.

    That is how often a relevant item scores above another one; a tie is half (Mann and Whitney).

    Args:
        scores: float[Q, N], higher is better.
        relevant: bool[Q, N], with at least one True and one False in each row.

    Returns:
        float64[Q].

    Raises:
        ValueError: for other shapes, or a row of one kind only.
    """
    from scipy import stats

    if scores.ndim != 2 or scores.shape != relevant.shape or relevant.dtype != bool:
        raise ValueError(
            f'want scores and bool relevant [Q, N], got {scores.shape} and {relevant.dtype} '
            f'{relevant.shape}'
        )
    positive = np.count_nonzero(relevant, axis=1)
    negative = relevant.shape[1] - positive
    if (positive < 1).any() or (negative < 1).any():
        raise ValueError('a query has only relevant items, or none')
    ranks = stats.rankdata(scores, axis=1) if scores.size else np.zeros(scores.shape)
    above = np.sum(ranks * relevant, axis=1) - positive * (positive + 1) / 2
    return above / (positive * negative)


def from_ranks(ranks: np.ndarray, k: int) -> np.ndarray:
    """Returns hits of queries that have one relevant item each.

    Args:
        ranks: int[Q], the rank of that item, from 1; 0 where it was not found.
        k: length of the lists; a rank beyond it is a miss.

    Returns:
        bool[Q, k].

    Raises:
        ValueError: for another shape or a negative rank.
    """
    if ranks.ndim != 1 or (ranks < 0).any():
        raise ValueError(f'want [Q] ranks from 0, got {ranks.shape}')
    return ranks[:, None] == np.arange(1, k + 1)


def exposure(recommended: np.ndarray, num_items: int) -> np.ndarray:
    """Returns how often each item is recommended.

    Args:
        recommended: int[Q, K], items from 0 to num_items - 1; -1 where a list is shorter.
        num_items: N, the size of the catalogue; the result is int64[N].

    Raises:
        ValueError: for another shape, or an item outside the catalogue.
    """
    if recommended.ndim != 2:
        raise ValueError(f'want recommended [Q, K], got {recommended.shape}')
    items = recommended[recommended != -1].astype(np.int64)
    if items.size and (items.min() < 0 or items.max() >= num_items):
        raise ValueError(f'items from {items.min()} to {items.max()}, want 0 to {num_items - 1}')
    return np.bincount(items, minlength=num_items)


def coverage(counts: np.ndarray) -> float:
    """Returns catalogue coverage, the share of items with a count (from exposure) above 0.

    Source: Ge, Delgado-Battenfeld and Jannach, Beyond Accuracy (RecSys 2010).
    """
    _check_counts(counts)
    return float(np.count_nonzero(counts) / len(counts))


def gini(counts: np.ndarray) -> float:
    """Returns the Gini index of exposure: 0 when all items are recommended equally often.

    Args:
        counts: int[N], what exposure returns, with items that were never recommended as 0.

    Returns:
        From 0 to 1 - 1/N, where one item gets everything; 0 when nothing was recommended.

    Source: Shani and Gunawardana, Evaluating Recommendation Systems (2011), section 3.3.
    """
    _check_counts(counts)
    total = counts.sum(dtype=np.float64)
    if total == 0:
        return 0.0
    size = len(counts)
    weights = 2 * np.arange(1, size + 1, dtype=np.float64) - size - 1
    return float(weights @ np.sort(counts) / (size * total))


def average_popularity(recommended: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    """Returns the average recommendation popularity (ARP) of each list: its popularity bias.

    Args:
        recommended: int[Q, K], items from 0; -1 where a list is shorter.
        popularity: float[N], such as in how many playlists an item occurs, or the logarithm of one
            more than that, which a few hits do not dominate.

    Returns:
        float64[Q], the mean over the items of a list; 0 for an empty one.

    Source: Yin et al., Challenging the Long Tail Recommendation (VLDB 2012), as used by
    Abdollahpouri, Burke and Mobasher, Managing Popularity Bias (2019).
    """
    if recommended.ndim != 2 or popularity.ndim != 1:
        raise ValueError(f'want [Q, K] and [N], got {recommended.shape} and {popularity.shape}')
    if recommended.size and not -1 <= recommended.min() <= recommended.max() < len(popularity):
        raise ValueError(
            f'items from {recommended.min()} to {recommended.max()}, want 0 to '
            f'{len(popularity) - 1}, or -1 for none'
        )
    listed = recommended >= 0
    known = np.append(popularity.astype(np.float64), 0.0)  # -1 takes the 0 at the end.
    return known[recommended].sum(axis=1) / np.maximum(np.count_nonzero(listed, axis=1), 1)


def check_hits(hits: np.ndarray) -> None:
    """Raises ValueError unless hits is bool[Q, K] with K from 1."""
    if hits.ndim != 2 or hits.dtype != bool or hits.shape[1] < 1:
        raise ValueError(f'want bool hits [Q, K] with K from 1, got {hits.dtype} {hits.shape}')


def check(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Returns num_relevant, or raises ValueError unless it fits hits."""
    check_hits(hits)
    if num_relevant.shape != (len(hits),) or num_relevant.dtype.kind not in 'iu':
        raise ValueError(
            f'want int num_relevant [{len(hits)}], got {num_relevant.dtype} {num_relevant.shape}'
        )
    if (num_relevant < 1).any():
        place = int(np.argmax(num_relevant < 1))
        raise ValueError(f'query {place} has {num_relevant[place]} relevant items; leave it out')
    found = np.count_nonzero(hits, axis=1)
    if (found > num_relevant).any():
        place = int(np.argmax(found > num_relevant))
        raise ValueError(
            f'query {place} has {found[place]} hits, and {num_relevant[place]} relevant items'
        )
    return num_relevant


def _check_k(ranked: np.ndarray, k: int) -> int:
    if not 1 <= k <= ranked.shape[1]:
        raise ValueError(f'k is {k}, want 1 to {ranked.shape[1]}, the length of the lists')
    return k


def _check_counts(counts: np.ndarray) -> None:
    if counts.ndim != 1 or not len(counts) or (counts < 0).any():
        raise ValueError(f'want counts [N] from 0 with N from 1, got {counts.shape}')


def _count(hits: np.ndarray, k: int) -> np.ndarray:
    """Returns int64[Q], the hits among the first k."""
    check_hits(hits)
    return np.count_nonzero(hits[:, : _check_k(hits, k)], axis=1)
