"""Losses of ranking: positives above negatives, for ragged rows in padded arrays.

Every loss takes the scores of positives, float[B, M], and of negatives, float[B, N], of B queries,
with masks that say which are there, and returns one number a query, float[B]: 0 for a query that
lacks either. Callers add or average over queries as they like, so that padding weighs nothing.
Gradients are finite wherever scores are, padding included.
"""

import jax
import jax.numpy as jnp

_EULER = 0.5772156649015329
_LOWEST = -1e30  # In place of minus infinity, whose gradients are not numbers.
_TINY = 1e-12


def bpr(
    positive: jax.Array,
    negative: jax.Array,
    positive_mask: jax.Array | None = None,
    negative_mask: jax.Array | None = None,
) -> jax.Array:
    """Returns float[B], the mean of -log sigmoid(positive - negative) over all pairs of a query.

    Args:
        positive: float[B, M], scores.
        negative: float[B, N], scores.
        positive_mask: bool[B, M], which positives there are; all when None.
        negative_mask: bool[B, N], which negatives there are; all when None.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Rendle et al. 2009, BPR: Bayesian Personalized Ranking from Implicit Feedback, BPR-Opt.
    """
    present, absent = _masks(positive, negative, positive_mask, negative_mask)
    pairs = jax.nn.softplus(negative[:, None, :] - positive[:, :, None])
    return _mean(_mean(pairs, absent[:, None, :]), present) * jnp.any(absent, axis=1)


def warp(
    positive: jax.Array,
    negative: jax.Array,
    positive_mask: jax.Array | None = None,
    negative_mask: jax.Array | None = None,
    *,
    num_items: int,
    margin: float = 1.0,
) -> jax.Array:
    """Returns float[B], the mean over positives of the weighted approximate-rank pairwise loss.

    A positive whose rank is r costs L(r) = 1 + 1/2 + … + 1/r times the hinge
    margin + negative - positive, for a negative that violates the margin. The paper draws negatives
    one by one until the first violates, and guesses r from their number; here all N are drawn at
    once, r is num_items - 1 times the share that violates, and the hinge is the violators' mean:
    what the paper's draw has for its expectation, with less noise. No gradient goes through L.

    Args:
        positive: float[B, M], scores.
        negative: float[B, N], scores of a uniform sample of the items.
        positive_mask: bool[B, M], which positives there are; all when None.
        negative_mask: bool[B, N], which negatives there are; all when None.
        num_items: items that the negatives were drawn from.
        margin: in the unit of the scores.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Weston, Bengio, Usunier 2011, WSABIE, equations 2 to 5.
    """
    present, absent = _masks(positive, negative, positive_mask, negative_mask)
    return _mean(_warp_terms(positive, negative, absent, num_items, margin), present)


def k_order(
    positive: jax.Array,
    negative: jax.Array,
    positive_mask: jax.Array | None = None,
    negative_mask: jax.Array | None = None,
    *,
    num_items: int,
    k: int = 1,
    num_drawn: int = 5,
    margin: float = 1.0,
) -> jax.Array:
    """Returns float[B], the k-th order statistic loss on top of warp.

    The paper draws num_drawn positives of a query, orders them by falling score, and takes a step
    for the k-th. This is the expectation over those draws (without replacement): positive number i
    of m by score weighs C(i - 1, k - 1) C(m - i, num_drawn - k) / C(m, num_drawn). k = 1 cares for
    the positives that rank best already, k = num_drawn for the worst. A query with fewer positives
    draws them all, and k shrinks in proportion, rounded up.

    Args:
        positive: float[B, M], scores.
        negative: float[B, N], scores of a uniform sample of the items.
        positive_mask: bool[B, M], which positives there are; all when None.
        negative_mask: bool[B, N], which negatives there are; all when None.
        num_items: items that the negatives were drawn from.
        k: which of the drawn positives learns, from 1 to num_drawn.
        num_drawn: how many are drawn.
        margin: in the unit of the scores.

    Raises:
        ValueError: for shapes that do not fit, or a k that is not in 1..num_drawn.

    Source: Weston, Yee, Weiss 2013, Learning to Rank Recommendations with the k-Order Statistic
    Loss, section 3.
    """
    if not 1 <= k <= num_drawn:
        raise ValueError(f'k is {k}, want 1 to num_drawn = {num_drawn}')
    present, absent = _masks(positive, negative, positive_mask, negative_mask)
    terms = _warp_terms(positive, negative, absent, num_items, margin)
    return jnp.sum(_order_weights(positive, present, k, num_drawn) * terms, axis=1)


def softmax(
    positive: jax.Array,
    negative: jax.Array,
    positive_mask: jax.Array | None = None,
    negative_mask: jax.Array | None = None,
    *,
    log_expected_counts: jax.Array | None = None,
) -> jax.Array:
    """Returns float[B], the mean over positives of the cross-entropy against the negatives.

    Each positive competes with the negatives, not with other positives. When the negatives are a
    sample, log_expected_counts makes their sum an unbiased estimate of that over all items (the
    logQ correction); without it they are taken as all there is.

    Args:
        positive: float[B, M], scores, natural logs of unnormalised probabilities.
        negative: float[B, N], scores.
        positive_mask: bool[B, M], which positives there are; all when None.
        negative_mask: bool[B, N], which negatives there are; all when None.
        log_expected_counts: float[N] or float[B, N], of each negative the log of how often the
            sampler was expected to draw it, N times its probability.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bengio, Senécal 2008, Adaptive Importance Sampling; Yi et al. 2019, Sampling-Bias-
    Corrected Neural Modeling, section 3.
    """
    present, absent = _masks(positive, negative, positive_mask, negative_mask)
    if log_expected_counts is not None:
        if log_expected_counts.shape not in (negative.shape, negative.shape[1:]):
            raise ValueError(
                f'want log_expected_counts {negative.shape[1:]} or {negative.shape}, got '
                f'{log_expected_counts.shape}'
            )
        negative = negative - log_expected_counts
    total = jax.nn.logsumexp(jnp.where(absent, negative, _LOWEST), axis=1)
    terms = jax.nn.softplus(total[:, None] - positive)
    return _mean(terms, present) * jnp.any(absent, axis=1)


def mean_triplet(
    positive: jax.Array,
    negative: jax.Array,
    positive_mask: jax.Array | None = None,
    negative_mask: jax.Array | None = None,
    *,
    margin: float = 1.0,
) -> jax.Array:
    """Returns float[B], the hinge margin + mean negative - mean positive.

    Args:
        positive: float[B, M], scores.
        negative: float[B, N], scores.
        positive_mask: bool[B, M], which positives there are; all when None.
        negative_mask: bool[B, N], which negatives there are; all when None.
        margin: in the unit of the scores.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13.
    """
    present, absent = _masks(positive, negative, positive_mask, negative_mask)
    hinge = jax.nn.relu(margin + _mean(negative, absent) - _mean(positive, present))
    return hinge * _both(present, absent)


def extremal_triplet(
    positive: jax.Array,
    negative: jax.Array,
    positive_mask: jax.Array | None = None,
    negative_mask: jax.Array | None = None,
    *,
    margin: float = 1.0,
) -> jax.Array:
    """Returns float[B], the hinge margin + highest negative - lowest positive.

    Args:
        positive: float[B, M], scores.
        negative: float[B, N], scores.
        positive_mask: bool[B, M], which positives there are; all when None.
        negative_mask: bool[B, N], which negatives there are; all when None.
        margin: in the unit of the scores.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13.
    """
    present, absent = _masks(positive, negative, positive_mask, negative_mask)
    highest = jnp.max(jnp.where(absent, negative, _LOWEST), axis=1)
    lowest = jnp.min(jnp.where(present, positive, -_LOWEST), axis=1)
    return jnp.where(_both(present, absent), jax.nn.relu(margin + highest - lowest), 0.0)


def self_attraction(
    affinity: jax.Array, mask: jax.Array | None = None, *, target: float = 0.5
) -> jax.Array:
    """Returns float[B], the mean shortfall of the affinity between items of one list.

    Every item is paired with every other item of its list that is there, never with itself.

    Args:
        affinity: float[B, M, M], of each item to each.
        mask: bool[B, M], which items there are; all when None.
        target: affinity from which a pair costs nothing.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13.
    """
    pairs = _pair_mask(affinity, mask)
    return _mean(jax.nn.relu(target - affinity), pairs, (1, 2))


def self_repulsion(
    affinity: jax.Array, mask: jax.Array | None = None, *, target: float = 0.0
) -> jax.Array:
    """Returns float[B], the mean excess of the affinity between items of one list.

    Every item is paired with every other item of its list that is there, never with itself.

    Args:
        affinity: float[B, M, M], of each item to each.
        mask: bool[B, M], which items there are; all when None.
        target: affinity up to which a pair costs nothing.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13.
    """
    pairs = _pair_mask(affinity, mask)
    return _mean(jax.nn.relu(affinity - target), pairs, (1, 2))


def norm_excess(vectors: jax.Array, mask: jax.Array | None = None, *, max_norm: float) -> jax.Array:
    """Returns float[B], the sum over a list of how far the vectors' lengths exceed max_norm.

    Args:
        vectors: float[B, M, D].
        mask: bool[B, M], which vectors there are; all when None.
        max_norm: Euclidean length that costs nothing.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13.
    """
    if vectors.ndim != 3:
        raise ValueError(f'want vectors [B, M, D], got {vectors.shape}')
    mask = _mask('mask', mask, vectors[:, :, 0])
    norms = jnp.sqrt(jnp.maximum(jnp.sum(vectors**2, axis=2), _TINY))
    return jnp.sum(jnp.where(mask, jax.nn.relu(norms - max_norm), 0.0), axis=1)


def _warp_terms(
    positive: jax.Array, negative: jax.Array, absent: jax.Array, num_items: int, margin: float
) -> jax.Array:
    """Returns float[B, M], the loss of each positive."""
    hinge = margin + negative[:, None, :] - positive[:, :, None]
    violating = (hinge > 0) & absent[:, None, :]
    violators = jnp.sum(violating, axis=2)
    share = violators / jnp.maximum(jnp.sum(absent, axis=1), 1)[:, None]
    rank = jax.lax.stop_gradient(share * (num_items - 1))
    weight = jax.scipy.special.digamma(rank + 1.0) + _EULER  # Harmonic numbers, also between them.
    return weight * _mean(hinge, violating)


def _order_weights(positive: jax.Array, present: jax.Array, k: int, num_drawn: int) -> jax.Array:
    """Returns float[B, M]: how probable it is that a positive is the k-th best of those drawn."""
    score = jax.lax.stop_gradient(jnp.where(present, positive, _LOWEST))
    place = jnp.argsort(jnp.argsort(-score, axis=1), axis=1) + 1.0
    count = jnp.sum(present, axis=1, keepdims=True).astype(score.dtype)
    drawn = jnp.minimum(count, num_drawn)
    kth = jnp.ceil(k * drawn / num_drawn)
    possible = present & (place >= kth) & (count - place >= drawn - kth)
    log_weight = (
        _log_choose(place - 1, kth - 1)
        + _log_choose(count - place, drawn - kth)
        - _log_choose(count, drawn)
    )
    return jnp.where(possible, jnp.exp(log_weight), 0.0)


def _log_choose(total: jax.Array, chosen: jax.Array) -> jax.Array:
    """Returns the log of the binomial coefficient; meaningless unless 0 <= chosen <= total."""
    gammaln = jax.scipy.special.gammaln
    return gammaln(total + 1) - gammaln(chosen + 1) - gammaln(jnp.maximum(total - chosen, 0) + 1)


def _masks(
    positive: jax.Array,
    negative: jax.Array,
    positive_mask: jax.Array | None,
    negative_mask: jax.Array | None,
) -> tuple[jax.Array, jax.Array]:
    """Checks shapes; returns the masks as bool[B, M] and bool[B, N]."""
    if positive.ndim != 2 or negative.ndim != 2 or len(positive) != len(negative):
        raise ValueError(f'want [B, M] and [B, N] scores, got {positive.shape} {negative.shape}')
    return (
        _mask('positive_mask', positive_mask, positive),
        _mask('negative_mask', negative_mask, negative),
    )


def _mask(name: str, mask: jax.Array | None, values: jax.Array) -> jax.Array:
    if mask is None:
        return jnp.ones(values.shape, dtype=bool)
    if mask.shape != values.shape or mask.dtype != bool:
        raise ValueError(f'want {name} bool{values.shape}, got {mask.dtype}{mask.shape}')
    return mask


def _pair_mask(affinity: jax.Array, mask: jax.Array | None) -> jax.Array:
    """Checks shapes; returns bool[B, M, M], the pairs of two items that are there."""
    if affinity.ndim != 3 or affinity.shape[1] != affinity.shape[2]:
        raise ValueError(f'want affinity [B, M, M], got {affinity.shape}')
    mask = _mask('mask', mask, affinity[:, :, 0])
    other = ~jnp.eye(affinity.shape[1], dtype=bool)
    return mask[:, :, None] & mask[:, None, :] & other


def _both(present: jax.Array, absent: jax.Array) -> jax.Array:
    return jnp.any(present, axis=1) & jnp.any(absent, axis=1)


def _mean(values: jax.Array, mask: jax.Array, axis: int | tuple[int, ...] = -1) -> jax.Array:
    """Returns the mean over axis of the values that the mask keeps; 0 where it keeps none."""
    kept = jnp.sum(jnp.where(mask, values, 0.0), axis=axis)
    return kept / jnp.maximum(jnp.sum(mask, axis=axis), 1)
