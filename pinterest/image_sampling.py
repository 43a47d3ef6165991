"""Batches of square images, looked at through rectangles: cropped, enlarged, mirrored, blanked.

Rectangles are left, top, right, bottom relative to the square, from 0 to 1. One whose right is
smaller than its left mirrors what is in it.
"""

import jax
import jax.numpy as jnp

Region = tuple[float, float, float, float]
WHOLE: Region = (0.0, 0.0, 1.0, 1.0)


def resample(images: jax.Array, regions: jax.Array) -> jax.Array:
    """Returns float32[B, S, S, 3]: of each image its region, stretched over the whole square.

    Bilinear: rows first, of the two nearest each, then columns.

    Args:
        images: float32[B, S, S, 3].
        regions: float32[B, 4].

    Raises:
        ValueError: when the shapes do not fit.
    """
    _check(images, regions, 2)
    for axis in (1, 0):
        images = _interpolate(images, regions[:, axis], regions[:, axis + 2], axis)
    return images


def blank(images: jax.Array, rectangles: jax.Array) -> jax.Array:
    """Returns the images with 0 in every pixel whose centre is in one of R rectangles.

    Args:
        images: float32[B, S, S, 3].
        rectangles: float32[B, R, 4].

    Raises:
        ValueError: when the shapes do not fit.
    """
    _check(images, rectangles, 3)
    size = images.shape[1]
    centres = (jnp.arange(size) + 0.5) / size
    low, high = rectangles[..., :2, None], rectangles[..., 2:, None]
    inside = (low <= centres) & (centres < high)  # [B, R, 2, S]: columns, rows
    hidden = jnp.any(inside[:, :, 1, :, None] & inside[:, :, 0, None, :], axis=1)
    return jnp.where(hidden[..., None], 0.0, images)


def compose(outer: jax.Array, inner: jax.Array) -> jax.Array:
    """Returns float32[B, 4], rectangles inner, which are relative to outer, in the whole square."""
    if outer.shape != inner.shape or outer.ndim != 2 or outer.shape[1] != 4:
        raise ValueError(f'want two [B, 4] arrays, got {outer.shape} and {inner.shape}')
    corner, extent = outer[:, :2], outer[:, 2:] - outer[:, :2]
    return jnp.tile(corner, 2) + inner * jnp.tile(extent, 2)


def relative(rectangles: jax.Array, outer: jax.Array) -> jax.Array:
    """Returns float32[B, 4], where rectangles of the whole square lie in outer, not mirrored."""
    if outer.shape != rectangles.shape or outer.ndim != 2 or outer.shape[1] != 4:
        raise ValueError(f'want two [B, 4] arrays, got {rectangles.shape} and {outer.shape}')
    corner, extent = outer[:, :2], outer[:, 2:] - outer[:, :2]
    ends = (rectangles - jnp.tile(corner, 2)) / jnp.tile(extent, 2)
    first, last = ends[:, :2], ends[:, 2:]
    return jnp.concatenate([jnp.minimum(first, last), jnp.maximum(first, last)], axis=1)


def _interpolate(images: jax.Array, low: jax.Array, high: jax.Array, axis: int) -> jax.Array:
    """Returns float32[B, S, S, 3], each image between two ends, stretched over the whole.

    Args:
        images: float32[B, S, S, 3].
        low: float32[B], the ends.
        high: float32[B].
        axis: 0 from left to right, 1 from top to bottom.
    """
    size = images.shape[1]
    places = (jnp.arange(size) + 0.5) / size
    centres = (low[:, None] + (high - low)[:, None] * places) * size - 0.5
    centres = jnp.clip(centres, 0.0, size - 1.0)
    first = centres.astype(jnp.int32)
    take = jax.vmap(lambda image, chosen: jnp.take(image, chosen, axis=1 - axis))
    shares = jnp.expand_dims(centres - first, (3, 1 + axis))
    second = jnp.minimum(first + 1, size - 1)
    return (1.0 - shares) * take(images, first) + shares * take(images, second)


def _check(images: jax.Array, rectangles: jax.Array, rank: int) -> None:
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3:
        raise ValueError(f'want images [B, S, S, 3], got {images.shape}')
    if (
        rectangles.ndim != rank
        or rectangles.shape[0] != images.shape[0]
        or rectangles.shape[-1] != 4
    ):
        raise ValueError(
            f'want {images.shape[0]} x 4 numbers of rank {rank}, got {rectangles.shape}'
        )
