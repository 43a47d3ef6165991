"""How sure a mean over queries is: bootstrap intervals, paired tests, and Holm's correction.

Everything takes float64[Q, M], M measurements of the same Q queries, and treats the columns at
once. Queries that share something, such as a playlist asked about with one and with five of its
tracks, are no independent witnesses: groups, int[Q], says which belong together, and whole groups
are drawn and flipped.
"""

import dataclasses

import numpy as np
from scipy import special

_BLOCK_ELEMENTS = 1 << 21
# Beyond this, independent groups are merged at random, which leaves them independent, so that the
# work is bounded. The width of an interval is then off by about 1 / sqrt(2 * 4096) = 1.1 %.
_MAX_GROUPS = 4096
_MAX_RESAMPLES = 1_000_000


@dataclasses.dataclass(frozen=True)
class Intervals:
    """Means of M columns and the intervals around them.

    Attributes:
        mean: float64[M].
        low: float64[M]; NaN where there are fewer than two groups.
        high: float64[M].
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def bootstrap_means(
    values: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    resamples: int = 10_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Intervals:
    """Returns means with bias-corrected and accelerated (BCa) bootstrap intervals.

    Args:
        values: float64[Q, M], finite, with Q from 1.
        groups: int[Q], queries with the same number belong together; None when none do.
        resamples: how many samples to draw.
        confidence: of each interval by itself.
        seed: of the draws.

    Raises:
        ValueError: for other shapes or values.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 14.3; whole
    groups as in Davison and Hinkley, Bootstrap Methods and Their Application (1997), section 3.8.
    """
    _check(values, groups, resamples)
    if not 0 < confidence < 1:
        raise ValueError(f'confidence is {confidence}, want it between 0 and 1')
    mean = values.mean(axis=0)
    rng = np.random.default_rng(seed)
    sums, sizes = _group_sums(values, groups, rng)
    if len(sizes) < 2:
        unknown = np.full(len(mean), np.nan)
        return Intervals(mean, unknown, unknown)
    replicates = _resample(sums, sizes, resamples, rng)
    ends = _bca_levels(replicates, mean, _acceleration(sums, sizes), confidence)
    low, high = _quantiles(np.sort(replicates, axis=0), ends)
    constant = np.ptp(values, axis=0) == 0  # Rounding alone would make a width there.
    return Intervals(mean, np.where(constant, mean, low), np.where(constant, mean, high))


def sign_flip_test(
    differences: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> np.ndarray:
    """Returns two-sided p-values of paired differences, by flipping their signs.

    When two systems are equally good, a query (or a group of them) favours either as often, so the
    mean difference is compared with what it is under random signs: all of them where there are no
    more than resamples, otherwise resamples of them and the one observed.

    Args:
        differences: float64[Q, M], one system's measurements less the other's; finite, Q from 1.
        groups: int[Q], as in bootstrap_means.
        resamples: how many random signs to try; no p-value is below 1 / (resamples + 1).
        seed: of the signs.

    Returns:
        float64[M].

    Raises:
        ValueError: for other shapes or values.

    Source: Smucker, Allan and Carterette, A Comparison of Statistical Significance Tests for
    Information Retrieval Evaluation (CIKM 2007); the count includes what was observed as in Phipson
    and Smyth (2010).
    """
    _check(differences, groups, resamples)
    rng = np.random.default_rng(seed)
    sums, _ = _group_sums(differences, groups, rng)
    size = len(sums)
    exact = size < 31 and 2**size <= resamples
    total = 2**size if exact else resamples
    # Sums that are equal on paper differ in their last bits.
    observed = np.abs(sums.sum(axis=0)) - 1e-12 * np.abs(sums).sum(axis=0)
    beyond = np.zeros(differences.shape[1], np.int64)
    step = max(1, _BLOCK_ELEMENTS // size)
    for start in range(0, total, step):
        count = min(step, total - start)
        if exact:
            bits = np.arange(start, start + count)[:, None] >> np.arange(size) & 1
        else:
            bits = rng.integers(0, 2, (count, size), dtype=np.int8)
        beyond += np.count_nonzero(np.abs((2.0 * bits - 1.0) @ sums) >= observed, axis=0)
    return beyond / total if exact else (beyond + 1) / (total + 1)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Returns the p-values of a family of tests, adjusted for their number.

    Rejecting what is below α then errs anywhere in the family with a probability of at most α.

    Args:
        p_values: float64[N].

    Returns:
        float64[N], at least p_values and at most 1.

    Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979).
    """
    if p_values.ndim != 1:
        raise ValueError(f'want p-values [N], got {p_values.shape}')
    order = np.argsort(p_values, kind='stable')
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p_values[order] * factors))
    return adjusted


def _check(values: np.ndarray, groups: np.ndarray | None, resamples: int) -> None:
    if values.ndim != 2 or len(values) < 1 or not np.isfinite(values).all():
        raise ValueError(f'want finite values [Q, M] with Q from 1, got {values.shape}')
    if groups is not None and groups.shape != (len(values),):
        raise ValueError(f'want groups [{len(values)}], got {groups.shape}')
    if not 1 <= resamples <= _MAX_RESAMPLES:
        raise ValueError(f'resamples is {resamples}, want 1 to {_MAX_RESAMPLES}')


def _group_sums(
    values: np.ndarray, groups: np.ndarray | None, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Returns float64[G, M], the sum of each group, and float64[G], how many queries are in it."""
    place = np.arange(len(values))
    if groups is not None:
        place = np.unique(groups, return_inverse=True)[1]
    size = int(place.max()) + 1
    if size > _MAX_GROUPS:
        place = rng.permutation(size)[place] % _MAX_GROUPS
        size = _MAX_GROUPS
    order = np.argsort(place, kind='stable')
    starts = np.searchsorted(place[order], np.arange(size))
    sums = np.add.reduceat(values[order], starts, axis=0)
    return sums, np.bincount(place, minlength=size).astype(np.float64)


def _resample(
    sums: np.ndarray, sizes: np.ndarray, resamples: int, rng: np.random.Generator
) -> np.ndarray:
    """Returns float64[resamples, M], means over groups drawn with replacement."""
    size = len(sizes)
    replicates = np.empty((resamples, sums.shape[1]))
    step = max(1, _BLOCK_ELEMENTS // size)
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = rng.integers(0, size, (count, size)) + size * np.arange(count)[:, None]
        times = np.bincount(drawn.ravel(), minlength=count * size).reshape(count, size)
        weights = times.astype(np.float64)
        replicates[start : start + count] = (weights @ sums) / (weights @ sizes)[:, None]
    return replicates


def _acceleration(sums: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Returns float64[M], how the error of the mean changes with it, from leaving groups out."""
    without = (sums.sum(axis=0) - sums) / (sizes.sum() - sizes)[:, None]
    change = without.mean(axis=0) - without
    spread = np.sum(change**2, axis=0) ** 1.5
    cubes = np.sum(change**3, axis=0)
    return np.divide(cubes, 6 * spread, out=np.zeros_like(cubes), where=spread > 0)


def _bca_levels(
    replicates: np.ndarray, mean: np.ndarray, acceleration: np.ndarray, confidence: float
) -> np.ndarray:
    """Returns float64[2, M], the shares of the replicates where the intervals begin and end."""
    below = np.count_nonzero(replicates < mean, axis=0)
    equal = np.count_nonzero(replicates == mean, axis=0)
    count = len(replicates)
    share = np.clip((below + equal / 2) / count, 0.5 / count, 1 - 0.5 / count)
    bias = special.ndtri(share)
    tails = np.array([[(1 - confidence) / 2], [(1 + confidence) / 2]])
    shifted = bias + special.ndtri(tails)
    return special.ndtr(bias + shifted / (1 - acceleration * shifted))


def _quantiles(ordered: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Returns float64[L, M], quantiles of rising columns, each at levels of its own."""
    place = levels * (len(ordered) - 1)
    floor = np.floor(place).astype(np.int64)
    ceiling = np.minimum(floor + 1, len(ordered) - 1)
    columns = np.arange(ordered.shape[1])
    part = place - floor
    return ordered[floor, columns] * (1 - part) + ordered[ceiling, columns] * part
