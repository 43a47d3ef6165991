"""Random changes of photographs that leave what they show as it is; pure functions of a key."""

import jax
import jax.numpy as jnp

from pinterest import image_sampling

_BRIGHTNESS, _CONTRAST, _SATURATION = 0.2, 0.3, 0.3
_GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601


def random_regions(key: jax.Array, boxes: jax.Array, min_extent: float) -> jax.Array:
    """Returns float32[B, 4], squares around boxes in the square, every other one mirrored.

    Args:
        key: of the choice.
        boxes: float32[B, 4], what is to stay in sight; a box without extent is a point.
        min_extent: length of the smallest side, relative to the whole; the largest is whole.
    """
    extent_key, place_key, mirror_key = jax.random.split(key, 3)
    count = boxes.shape[0]
    first, last = jnp.clip(boxes[:, :2], 0.0, 1.0), jnp.clip(boxes[:, 2:], 0.0, 1.0)
    extents = jax.random.uniform(extent_key, (count, 1), minval=min_extent, maxval=1.0)
    extents = jnp.maximum(extents, jnp.max(last - first, axis=1, keepdims=True))
    lowest = jnp.clip(last - extents, 0.0, 1.0 - extents)
    highest = jnp.clip(first, lowest, 1.0 - extents)
    low = lowest + jax.random.uniform(place_key, (count, 2)) * (highest - lowest)
    left, top, right, bottom = jnp.split(jnp.concatenate([low, low + extents], axis=1), 4, axis=1)
    mirrored = jax.random.bernoulli(mirror_key, shape=(count, 1))
    ends = jnp.where(mirrored, right, left), jnp.where(mirrored, left, right)
    return jnp.concatenate([ends[0], top, ends[1], bottom], axis=1)


def jitter_colours(key: jax.Array, images: jax.Array, strength: float) -> jax.Array:
    """Returns images with other brightness, contrast and saturation.

    Args:
        key: of the changes.
        images: float32[B, S, S, 3], pixels from -0.5 to 0.5; what is 0 (blanked, or beside the
            photograph) changes with brightness only.
        strength: 0 for no change, 1 for up to 20 % of the range in brightness and 30 % in contrast
            and saturation.
    """
    if not strength:
        return images
    shape = (images.shape[0], 1, 1, 1)
    keys = jax.random.split(key, 3)
    shift, contrast, saturation = (
        strength * limit * jax.random.uniform(key, shape, minval=-1.0)
        for key, limit in zip(keys, (_BRIGHTNESS, _CONTRAST, _SATURATION), strict=True)
    )
    grey = jnp.sum(images * jnp.array(_GREY), axis=-1, keepdims=True)
    images = grey + (1.0 + saturation) * (images - grey)
    return jnp.clip((1.0 + contrast) * images + shift, -0.5, 0.5)


def augment(
    key: jax.Array,
    images: jax.Array,
    regions: jax.Array,
    boxes: jax.Array,
    *,
    min_extent: float,
    colour_strength: float,
) -> tuple[jax.Array, jax.Array]:
    """Returns random parts of regions of images, with other colours, and the boxes in them.

    Args:
        key: of the changes.
        images: float32[B, S, S, 3], pixels from -0.5 to 0.5.
        regions: float32[B, 4], what to take parts of.
        boxes: float32[B, 4], what is to stay in sight, relative to the regions.
        min_extent: see random_regions.
        colour_strength: see jitter_colours.
    """
    place_key, colour_key = jax.random.split(key)
    inner = random_regions(place_key, boxes, min_extent)
    parts = image_sampling.resample(images, image_sampling.compose(regions, inner))
    parts = jitter_colours(colour_key, parts, colour_strength)
    return parts, image_sampling.relative(boxes, inner)
