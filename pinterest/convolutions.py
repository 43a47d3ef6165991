"""Convolutions and poolings whose slopes a CPU is quick at.

XLA is slow there at what the slope of a strided convolution and of an average over windows are made
of: convolutions with gaps in a window as large as the image, and sums scattered over overlapping
windows. Both are sums of slices too, and matrix products of what is in the windows, and these it is
quick at. On other devices convolutions have XLA's own slopes.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

_LAYOUT = ('NHWC', 'HWIO', 'NHWC')


def average_pool(images: jax.Array) -> jax.Array:
    """Returns float[B, ceil(S / 2), ceil(S / 2), C], means of 3 x 3 pixels, two pixels apart.

    Pixels beside the images count as 0, as flax.linen.avg_pool with padding SAME has it.

    Args:
        images: float[B, S, S, C].
    """
    for axis in (1, 2):
        parts = _strided(images, axis, 3, 2)
        images = sum(parts[1:], parts[0])
    return images / 9.0


def convolve(
    images: jax.Array, kernel: jax.Array, strides: tuple[int, int], padding: str, **others: Any
) -> jax.Array:
    """Returns what lax.conv_general_dilated returns, in whose place flax.linen.Conv takes it.

    Args:
        images: float[B, S, S, C].
        kernel: float[K, K, C, F].
        strides: the same number twice.
        padding: SAME.
        others: what else flax.linen.Conv says, which must be what it says by default.

    Returns:
        float[B, ceil(S / stride), ceil(S / stride), F].

    Raises:
        ValueError: when something else is asked for.
    """
    plain = {'lhs_dilation': (1, 1), 'rhs_dilation': (1, 1), 'feature_group_count': 1}
    squares = strides[0] == strides[1] and kernel.shape[0] == kernel.shape[1]
    if (
        padding != 'SAME'
        or not squares
        or any(others.get(key, one) != one for key, one in plain.items())
    ):
        raise ValueError(f'cannot convolve with {padding}, {strides}, {kernel.shape}, {others}')
    return _convolve(images, kernel, strides[0])


def _by_xla(images: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    return lax.conv_general_dilated(
        images, kernel, (stride, stride), 'SAME', dimension_numbers=_LAYOUT
    )


_convolve = jax.custom_vjp(_by_xla, nondiff_argnums=(2,))


def _convolve_forward(
    images: jax.Array, kernel: jax.Array, stride: int
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _by_xla(images, kernel, stride), (images, kernel)


def _convolve_backward(
    stride: int, given: tuple[jax.Array, jax.Array], slope: jax.Array
) -> tuple[jax.Array, jax.Array]:
    def slopes_of(way: Any) -> Any:
        return lambda images, kernel, slope: jax.vjp(
            functools.partial(way, stride=stride), images, kernel
        )[1](slope)

    return lax.platform_dependent(
        *given, slope, cpu=slopes_of(_by_windows), default=slopes_of(_by_xla)
    )


_convolve.defvjp(_convolve_forward, _convolve_backward)


def _by_windows(images: jax.Array, kernel: jax.Array, stride: int) -> jax.Array:
    """Returns the convolution as one matrix product of all windows."""
    side = kernel.shape[0]
    windows = jnp.concatenate(
        [
            part
            for rows in _strided(images, 1, side, stride)
            for part in _strided(rows, 2, side, stride)
        ],
        axis=-1,
    )
    flat = windows.reshape(-1, windows.shape[-1]) @ kernel.reshape(-1, kernel.shape[-1])
    return flat.reshape(*windows.shape[:3], -1)


def _strided(images: jax.Array, axis: int, side: int, stride: int) -> list[jax.Array]:
    """Returns for each place in a window of so many pixels what is there in all windows."""
    size = images.shape[axis]
    count = -(-size // stride)
    missing = max(0, (count - 1) * stride + side - size)
    ends = [(0, 0)] * images.ndim
    ends[axis] = (missing // 2, missing - missing // 2)
    padded = jnp.pad(images, ends)
    last = (count - 1) * stride + 1
    return [lax.slice_in_dim(padded, place, place + last, stride, axis) for place in range(side)]
