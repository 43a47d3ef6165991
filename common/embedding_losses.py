"""Losses of embeddings in lists: how alike the items of a list are, and how long their vectors.

Lists are padded, with a mask of what is there, and every loss returns one number a list, float[B].
Gradients are finite wherever the input is, at vectors of zeros too.

Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13.
"""

import jax
import jax.numpy as jnp

from common import losses

_TINY = 1e-12


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
    """
    pairs = _pair_mask(affinity, mask)
    return losses.masked_mean(jax.nn.relu(target - affinity), pairs, (1, 2))


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
    """
    pairs = _pair_mask(affinity, mask)
    return losses.masked_mean(jax.nn.relu(affinity - target), pairs, (1, 2))


def norm_excess(vectors: jax.Array, mask: jax.Array | None = None, *, max_norm: float) -> jax.Array:
    """Returns float[B], the sum over a list of how far the vectors' lengths exceed max_norm.

    Args:
        vectors: float[B, M, D].
        mask: bool[B, M], which vectors there are; all when None.
        max_norm: Euclidean length that costs nothing.

    Raises:
        ValueError: for shapes that do not fit.
    """
    if vectors.ndim != 3:
        raise ValueError(f'want vectors [B, M, D], got {vectors.shape}')
    mask = losses.check_mask('mask', mask, vectors[:, :, 0])
    norms = jnp.sqrt(jnp.maximum(jnp.sum(vectors**2, axis=2), _TINY))
    return jnp.sum(jnp.where(mask, jax.nn.relu(norms - max_norm), 0.0), axis=1)


def _pair_mask(affinity: jax.Array, mask: jax.Array | None) -> jax.Array:
    """Checks shapes; returns bool[B, M, M], the pairs of two items that are there."""
    if affinity.ndim != 3 or affinity.shape[1] != affinity.shape[2]:
        raise ValueError(f'want affinity [B, M, M], got {affinity.shape}')
    mask = losses.check_mask('mask', mask, affinity[:, :, 0])
    other = ~jnp.eye(affinity.shape[1], dtype=bool)
    return mask[:, :, None] & mask[:, None, :] & other
