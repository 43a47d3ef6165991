"""What the model may see of a scene: all of it, all but the product, or a part without the product.

    full    the whole scene
    mask    the box of the product is blanked, enlarged by a random part of its size on each side,
            and so are other boxes, drawn from those of other pairs: neither place nor size nor
            proportions of the hole tell which product is missing
    crop    the largest of the four parts of the scene left of, right of, above and below the box,
            stretched over the square, as in Complete the Look

Randomness comes from a key and the box alone, so that a scene looks the same in every batch.

Source: Kang et al., Complete the Look: Scene-based Complementary Product Recommendation (CVPR
2019), section 4 (crop).
"""

import functools

import jax
import jax.numpy as jnp

from pinterest import image_sampling

FULL, MASK, CROP = 'full', 'mask', 'crop'
VIEWS = (FULL, MASK, CROP)
NUM_DECOYS = 3
_MAX_PADDING = 0.5
# Pixels that decoding and sampling may have mixed with those of the product, on either side.
_BORDER_PIXELS = 2


def apply(
    view: str,
    key: jax.Array,
    images: jax.Array,
    boxes: jax.Array,
    frames: jax.Array,
    decoys: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Returns images without what the view hides, and the regions of them that are to be seen.

    Args:
        view: full, mask or crop.
        key: of the choice of what is blanked.
        images: float32[B, S, S, 3], pixels from -0.5 to 0.5.
        boxes: float32[B, 4], of the product in the square of each scene.
        frames: float32[B, 4], where the photograph lies in the square.
        decoys: float32[M, 4], boxes of other pairs; only mask uses them.

    Returns:
        float32[B, S, S, 3] and float32[B, 4]; the view is one resampled to the other.
    """
    size = images.shape[1]
    whole = jnp.broadcast_to(jnp.array(image_sampling.WHOLE), boxes.shape)
    if view == FULL:
        return images, whole
    if view == MASK:
        rectangles = mask_rectangles(key, boxes, decoys, size)
        return image_sampling.blank(images, rectangles), whole
    if view == CROP:
        return images, crop_regions(boxes, frames, size)
    raise ValueError(f'view {view!r}, want one of {VIEWS}')


def mask_rectangles(key: jax.Array, boxes: jax.Array, decoys: jax.Array, size: int) -> jax.Array:
    """Returns float32[B, 1 + NUM_DECOYS, 4], what is blanked: the box first, then decoys.

    Args:
        key: of the choice.
        boxes: float32[B, 4].
        decoys: float32[M, 4], to choose from.
        size: pixels on a side of the squares.
    """
    keys = jax.vmap(functools.partial(_fold_box, key))(boxes)
    return jax.vmap(functools.partial(_rectangles, decoys=decoys, size=size))(keys, boxes)


def crop_regions(boxes: jax.Array, frames: jax.Array, size: int) -> jax.Array:
    """Returns float32[B, 4], the largest part of each frame beside the box.

    Args:
        boxes: float32[B, 4].
        frames: float32[B, 4].
        size: pixels on a side of the squares.
    """
    border = _BORDER_PIXELS / size
    parts = []
    for side in range(4):
        # Left of the box ends at its left, right of it starts at its right, and so on.
        edge = boxes[:, side] + (-border if side < 2 else border)
        parts.append(frames.at[:, (side + 2) % 4].set(edge))
    extents = jnp.stack([jnp.maximum(part[:, 2:] - part[:, :2], 0.0) for part in parts])
    largest = jnp.argmax(jnp.prod(extents, axis=-1), axis=0)
    region = jnp.take_along_axis(jnp.stack(parts), largest[None, :, None], axis=0)[0]
    low = region[:, :2]
    return jnp.concatenate([low, jnp.maximum(region[:, 2:], low)], axis=1)


def _fold_box(key: jax.Array, box: jax.Array) -> jax.Array:
    """Returns a key that depends on the numbers of the box too."""
    for number in range(4):
        key = jax.random.fold_in(key, jax.lax.bitcast_convert_type(box[number], jnp.uint32))
    return key


def _rectangles(key: jax.Array, box: jax.Array, decoys: jax.Array, size: int) -> jax.Array:
    """Returns float32[1 + NUM_DECOYS, 4] for a single box [4]."""
    choice_key, padding_key = jax.random.split(key)
    chosen = jax.random.choice(choice_key, decoys, (NUM_DECOYS,), axis=0)
    rectangles = jnp.concatenate([box[None], chosen])
    extents = jnp.tile(rectangles[:, 2:] - rectangles[:, :2], 2)
    padding = jax.random.uniform(padding_key, rectangles.shape, maxval=_MAX_PADDING) * extents
    padding += _BORDER_PIXELS / size
    return rectangles + padding * jnp.array([-1.0, -1.0, 1.0, 1.0])
