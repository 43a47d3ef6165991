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
    is_positive, is_negative = _masks(positive, negative, positive_mask, negative_mask)
    pairs = jax.nn.softplus(negative[:, None, :] - positive[:, :, None])
    return masked_mean(masked_mean(pairs, is_negative[:, None, :]), is_positive) * jnp.any(
        is_negative, axis=1
    )


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

    The negatives are a uniform sample of the items. A positive whose rank is r costs
    L(r) = 1 + 1/2 + … + 1/r times the hinge margin + negative - positive, for a negative that
    violates the margin. The paper draws negatives
    one by one until the first violates, and guesses r from their number; here all N are drawn at
    once, r is num_items - 1 times the share that violates, and the hinge is the violators' mean:
    what the paper's draw has for its expectation, with less noise. No gradient goes through L.

    Args:
        positive, negative, positive_mask, negative_mask: as bpr.
        num_items: items that the negatives were drawn from.
        margin: in the unit of the scores.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Weston, Bengio, Usunier 2011, WSABIE, equations 2 to 5.
    """
    is_positive, is_negative = _masks(positive, negative, positive_mask, negative_mask)
    return masked_mean(_warp_terms(positive, negative, is_negative, num_items, margin), is_positive)


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
        positive, negative, positive_mask, negative_mask: as bpr.
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
    is_positive, is_negative = _masks(positive, negative, positive_mask, negative_mask)
    terms = _warp_terms(positive, negative, is_negative, num_items, margin)
    return jnp.sum(_order_weights(positive, is_positive, k, num_drawn) * terms, axis=1)


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
        positive, negative, positive_mask, negative_mask: as bpr; scores are natural logs of
            probabilities up to a factor.
        log_expected_counts: float[N] or float[B, N], of each negative the log of how often the
            sampler was expected to draw it, N times its probability.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bengio, Senécal 2008, Adaptive Importance Sampling; Yi et al. 2019, Sampling-Bias-
    Corrected Neural Modeling, section 3.
    """
    is_positive, is_negative = _masks(positive, negative, positive_mask, negative_mask)
    if log_expected_counts is not None:
        if log_expected_counts.shape not in (negative.shape, negative.shape[1:]):
            raise ValueError(
                f'want log_expected_counts {negative.shape[1:]} or {negative.shape}, got '
                f'{log_expected_counts.shape}'
            )
        negative = negative - log_expected_counts
    total = jax.nn.logsumexp(jnp.where(is_negative, negative, _LOWEST), axis=1)
    terms = jax.nn.softplus(total[:, None] - positive)
    return masked_mean(terms, is_positive) * jnp.any(is_negative, axis=1)


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
        positive, negative, positive_mask, negative_mask: as bpr.
        margin: in the unit of the scores.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13.
    """
    is_positive, is_negative = _masks(positive, negative, positive_mask, negative_mask)
    hinge = jax.nn.relu(
        margin + masked_mean(negative, is_negative) - masked_mean(positive, is_positive)
    )
    return hinge * _both(is_positive, is_negative)


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
        positive, negative, positive_mask, negative_mask: as bpr.
        margin: in the unit of the scores.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13.
    """
    is_positive, is_negative = _masks(positive, negative, positive_mask, negative_mask)
    highest = jnp.max(jnp.where(is_negative, negative, _LOWEST), axis=1)
    lowest = jnp.min(jnp.where(is_positive, positive, -_LOWEST), axis=1)
    return jnp.where(_both(is_positive, is_negative), jax.nn.relu(margin + highest - lowest), 0.0)


def _warp_terms(
    positive: jax.Array, negative: jax.Array, is_negative: jax.Array, num_items: int, margin: float
) -> jax.Array:
    """Returns float[B, M], the loss of each positive."""
    hinge = margin + negative[:, None, :] - positive[:, :, None]
    violating = (hinge > 0) & is_negative[:, None, :]
    violators = jnp.sum(violating, axis=2)
    share = violators / jnp.maximum(jnp.sum(is_negative, axis=1), 1)[:, None]
    rank = jax.lax.stop_gradient(share * (num_items - 1))
    weight = jax.scipy.special.digamma(rank + 1.0) + _EULER  # Harmonic numbers, also between them.
    return weight * masked_mean(hinge, violating)


def _order_weights(
    positive: jax.Array, is_positive: jax.Array, k: int, num_drawn: int
) -> jax.Array:
    """Returns float[B, M]: how probable it is that a positive is the k-th best of those drawn."""
    score = jax.lax.stop_gradient(jnp.where(is_positive, positive, _LOWEST))
    place = jnp.argsort(jnp.argsort(-score, axis=1), axis=1) + 1.0
    count = jnp.sum(is_positive, axis=1, keepdims=True).astype(score.dtype)
    drawn = jnp.minimum(count, num_drawn)
    kth = jnp.ceil(k * drawn / num_drawn)
    possible = is_positive & (place >= kth) & (count - place >= drawn - kth)
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
        check_mask('positive_mask', positive_mask, positive),
        check_mask('negative_mask', negative_mask, negative),
    )


def check_mask(name: str, mask: jax.Array | None, values: jax.Array) -> jax.Array:
    """Returns a mask as bool of the shape of values, all True for None."""
    if mask is None:
        return jnp.ones(values.shape, dtype=bool)
    if mask.shape != values.shape or mask.dtype != bool:
        raise ValueError(f'want {name} bool{values.shape}, got {mask.dtype}{mask.shape}')
    return mask


def _both(is_positive: jax.Array, is_negative: jax.Array) -> jax.Array:
    return jnp.any(is_positive, axis=1) & jnp.any(is_negative, axis=1)


def masked_mean(values: jax.Array, mask: jax.Array, axis: int | tuple[int, ...] = -1) -> jax.Array:
    """Returns the mean over axis of the values that the mask keeps; 0 where it keeps none."""
    kept = jnp.sum(jnp.where(mask, values, 0.0), axis=axis)
    return kept / jnp.maximum(jnp.sum(mask, axis=axis), 1)
