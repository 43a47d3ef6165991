"""The triplet loss of scenes and products, and which negatives it is taken over.

Scores are dot products. Which products may be negatives of a scene is a mask, so that one loss
serves negatives that were drawn for each scene and those that are the other products of the batch.

Source: Bischof and Yee, Building Recommendation Systems in Python and JAX, chapter 5 (loss and
regulariser); Schroff et al., FaceNet (CVPR 2015), section 3.2 (semi-hard negatives); Hermans et
al., In Defense of the Triplet Loss (2017), section 2 (the mean over what is not 0).
"""

import jax
import jax.numpy as jnp

_LEAST_ATTENTION = 1e-3  # Added, since a logarithm is steep near 0.


def score_all(scenes: jax.Array, products: jax.Array) -> jax.Array:
    """Returns float32[B, P], the dot product of each scene with each product.

    Args:
        scenes: float32[B, D].
        products: float32[P, D].

    Raises:
        ValueError: unless both are rank 2 with the same D.
    """
    if scenes.ndim != 2 or products.ndim != 2 or scenes.shape[1] != products.shape[1]:
        raise ValueError(f'want [B, D] and [P, D], got {scenes.shape} and {products.shape}')
    return scenes @ products.T


def triplet_loss(scores: jax.Array, negatives: jax.Array, margin: float) -> jax.Array:
    """Returns the mean of max(0, margin + negative score - positive score) where it is above 0.

    Triplets that are right already do not count: a mean over all would fade as they become more.

    Args:
        scores: float32[B, P], P at least B; that of scene b with its positive is scores[b, b].
        negatives: bool[B, P], which products are negatives of which scene.
        margin: by how much a positive is to be ahead, in the unit of scores.

    Returns:
        float32[], 0 when every triplet is right.

    Raises:
        ValueError: when the shapes do not fit.
    """
    _check(scores, negatives)
    violations = jax.nn.relu(margin + scores - jnp.diagonal(scores)[:, None]) * negatives
    return jnp.sum(violations) / jnp.maximum(jnp.sum(violations > 0), 1)


def semi_hard_negatives(scores: jax.Array, candidates: jax.Array, margin: float) -> jax.Array:
    """Returns bool[B, P], of the candidates one negative for each scene.

    It is the one with the highest score among those that the positive is ahead of by less than the
    margin; where there is none, that with the lowest score of those that are ahead of the positive,
    or, when none of these either, the one with the highest score, whose loss is 0.

    Args:
        scores: float32[B, P], P at least B; that of scene b with its positive is scores[b, b].
        candidates: bool[B, P], which products may be negatives; a row without any gets none.
        margin: see triplet_loss.

    Raises:
        ValueError: when the shapes do not fit.
    """
    _check(scores, candidates)
    lead = jnp.diagonal(scores)[:, None] - scores
    # The lower the cost the sooner chosen: first by kind, then by score within the kind.
    ahead = candidates & (lead > 0)
    within = ahead & (lead < margin)
    beaten = candidates & (lead <= 0)
    kind = jnp.where(
        jnp.any(within, axis=1, keepdims=True),
        within,
        jnp.where(jnp.any(beaten, axis=1, keepdims=True), beaten, ahead),
    )
    chosen = jnp.argmin(jnp.where(kind, jnp.abs(lead), jnp.inf), axis=1)
    return kind & (jnp.arange(scores.shape[1]) == chosen[:, None])


def unit_ball_penalty(embeddings: jax.Array) -> jax.Array:
    """Returns float32[], the mean of what vectors are longer than 1, for float32[B, D].

    Raises:
        ValueError: unless embeddings is rank 2.
    """
    if embeddings.ndim != 2:
        raise ValueError(f'want [B, D], got {embeddings.shape}')
    squares = jnp.sum(jnp.square(embeddings), axis=-1)
    # Inside the ball nothing depends on the root, whose slope at 0 is infinite.
    lengths = jnp.sqrt(jnp.where(squares > 1.0, squares, 1.0))
    return jnp.mean(lengths - 1.0)


def attention_loss(attention: jax.Array, boxes: jax.Array) -> jax.Array:
    """Returns float32[], the mean of minus the logarithm of what share of attention is in boxes.

    Args:
        attention: float32[B, S, S], of which each square sums to 1.
        boxes: float32[B, 4], relative to the squares; every pixel that they touch is in them.

    Raises:
        ValueError: when the shapes do not fit.
    """
    count, size = attention.shape[:2]
    if attention.shape != (count, size, size) or boxes.shape != (count, 4):
        raise ValueError(f'want [B, S, S] and [B, 4], got {attention.shape} and {boxes.shape}')
    starts = jnp.arange(size) / size
    touched = (boxes[:, :2, None] < starts + 1 / size) & (boxes[:, 2:, None] > starts)
    inside = jnp.einsum('bhw,bh,bw->b', attention, touched[:, 1], touched[:, 0])
    return -jnp.mean(jnp.log(inside + _LEAST_ATTENTION))


def _check(scores: jax.Array, mask: jax.Array) -> None:
    if scores.ndim != 2 or scores.shape[0] > scores.shape[1] or scores.shape != mask.shape:
        raise ValueError(f'want two [B, P] arrays, P >= B, got {scores.shape} and {mask.shape}')
    if mask.dtype != jnp.bool_:
        raise ValueError(f'want a mask of bool, got {mask.dtype}')
