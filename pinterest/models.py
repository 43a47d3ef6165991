"""The two-tower network of the shop-the-look model: one tower for scenes, one for products.

Each tower has the parts of the book's: blocks, four of them with 16, 32, 64 and 128 filters unless
told otherwise, each of an average pooling, two strided 3 x 3 convolutions (one of them the
residual), batch normalisation, swish and 1 x 1 convolutions, so that a block divides the size by
four. Three things make it quick on a CPU. A block pools its input, where the book pools its output:
normalisations and 1 x 1 convolutions, which take most of the time, see a quarter of the pixels. The
two strided convolutions, which have the same input, are one with twice the filters. And slopes are
worked out as pinterest/convolutions.py says.

What becomes of the blocks is the pooling:

    mean     as in the book: the mean over what is left of the image, and a dense layer
    slots    the image has a few slots, such as for a hat, a bag, shoes. Each attends to places, by
             where they are and what the first two blocks see there; a slot's part of the vector is
             a soft histogram of the colours and edges there, of which the last block says how much
             it counts. So the vector of a scene can hold what each of its products looks like,
             and that of a product has it in the same place. Slots see no more than 64 x 64 places,
             so that what they cost does not grow with the photographs.

Source: Bischof and Yee, Building Recommendation Systems in Python and JAX, chapter 5; for the
slots, attention as in Bahdanau et al. 2015, section 3.1, and the Bhattacharyya coefficient, the dot
product of the roots of histograms.
"""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn

from pinterest import convolutions
from pinterest import look_settings

FILTERS = look_settings.parse_filters(look_settings.FILTERS)
MEAN, SLOTS = POOLINGS = ('mean', 'slots')
NUM_SLOTS = 6
# Pixels on a side that photographs are shrunk to, or to less than twice as many, and then halved.
_SLOTS_SIZE = 64
# What slots leave among intermediates, for attention_of_products.
ATTENTION, WEIGHTS = 'attention', 'weights'
_CONTEXT = 32
_COLOUR_SCALE, _EDGE_SCALE, _SHARPNESS = 4.0, 2.0, 4.0
_LEAST_SHARE = 1e-4  # Added to the shares of a histogram, whose roots would be steep at 0.
_VECTOR_SCALE = 2.0
_MOMENTUM = 0.9  # A short training has few steps for running statistics to follow.


class ShopTheLook(nn.Module):
    """Scenes and products to vectors whose dot product says how well they go together.

    Variables are {'params': …, 'batch_stats': …}; with train, apply it with
    mutable=['batch_stats'] and keep the collection that it returns.

    Attributes:
        output_size: dimension D of the vectors.
        pooling: mean or slots.
        filters: of the blocks of either tower.
    """

    output_size: int
    pooling: str = SLOTS
    filters: tuple[int, ...] = FILTERS

    def setup(self) -> None:
        """Makes the towers."""
        self.scene_tower = Tower(self.output_size, self.pooling, self.filters)
        self.product_tower = Tower(self.output_size, self.pooling, self.filters)

    def __call__(
        self, scenes: jax.Array, products: jax.Array, train: bool
    ) -> tuple[jax.Array, jax.Array]:
        """Returns the embeddings of both."""
        return self.scene_embedding(scenes, train), self.product_embedding(products, train)

    def scene_embedding(self, images: jax.Array, train: bool) -> jax.Array:
        """Returns float32[B, D] for float32[B, S, S, 3]; see normalize for the pixels."""
        return self.scene_tower(images, train)

    def product_embedding(self, images: jax.Array, train: bool) -> jax.Array:
        """Returns float32[B, D] for float32[B, S, S, 3]; see normalize for the pixels."""
        return self.product_tower(images, train)


def of_settings(settings: Mapping[str, Any]) -> ShopTheLook:
    """Returns the network that settings speak of.

    Args:
        settings: 'output_size', 'pooling' and 'filters', as in look_settings.TrainingConfig;
            without the last, the filters are FILTERS.

    Raises:
        KeyError: when a setting is missing.
        TypeError: when filters is no text.
        ValueError: when a setting makes no sense.
    """
    size, pooling = settings['output_size'], settings['pooling']
    if pooling not in POOLINGS or type(size) is not int:
        raise ValueError(f'pooling {pooling!r}, output_size {size!r}')
    filters = settings.get('filters', look_settings.FILTERS)
    if not isinstance(filters, str):
        raise TypeError(f'filters {filters!r}')
    return ShopTheLook(size, pooling, look_settings.parse_filters(filters))


class Tower(nn.Module):
    """Images to vectors.

    Attributes:
        output_size: dimension D.
        pooling: mean or slots.
        filters: of the blocks.
    """

    output_size: int
    pooling: str
    filters: tuple[int, ...]

    @nn.compact
    def __call__(self, images: jax.Array, train: bool) -> jax.Array:
        """Returns float32[B, D].

        Args:
            images: float32[B, S, S, 3].
            train: whether to normalise by the batch, and move the running statistics, or by these.

        Raises:
            ValueError: when images has another shape.
        """
        if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3:
            raise ValueError(f'want images [B, S, S, 3], got {images.shape}')
        x, seen = images, []
        for filters in self.filters:
            x = Block(filters)(x, train)
            seen.append(x)
        means = jnp.mean(x, axis=(1, 2))
        if self.pooling == SLOTS:
            return Slots(self.output_size)(images, seen[:2], means)
        return nn.Dense(self.output_size)(means)


class Slots(nn.Module):
    """Pools an image to a histogram for each of NUM_SLOTS slots.

    Attributes:
        output_size: dimension D; the histograms have D / NUM_SLOTS bins, rounded up, and the last
            is cut off.
    """

    output_size: int

    @nn.compact
    def __call__(self, images: jax.Array, seen: list[jax.Array], means: jax.Array) -> jax.Array:
        """Returns float32[B, D].

        Args:
            images: float32[B, S, S, 3].
            seen: what the first blocks see.
            means: float32[B, F], of the last block.

        Raises:
            ValueError: when output_size is below look_settings.MIN_SLOTS_SIZE.
        """
        least = look_settings.MIN_SLOTS_SIZE
        if self.output_size < least:
            raise ValueError(f'slots want an output_size of {least}: {self.output_size}')
        small = shrink(images, 2 * max(1, images.shape[1] // _SLOTS_SIZE))
        count, side = small.shape[:2]
        bins = -(-self.output_size // NUM_SLOTS)
        edges = _conv(bins, 3, 1)(_EDGE_SCALE * small)
        pixels = nn.relu(nn.Dense(bins)(_COLOUR_SCALE * small) + edges)
        shares = jax.nn.softmax(_SHARPNESS * nn.Dense(bins)(pixels), axis=-1)
        context = nn.Dense(_CONTEXT)(pixels)
        for x in seen:
            x = nn.Dense(_CONTEXT)(nn.swish(x))
            context += jax.image.resize(x, (count, side, side, _CONTEXT), 'linear')
        attention = nn.Dense(NUM_SLOTS)(nn.swish(context))
        attention += nn.Dense(NUM_SLOTS, use_bias=False)(_places(side))
        attention = jax.nn.softmax(attention.reshape(count, -1, NUM_SLOTS), axis=1)
        self.sow('intermediates', ATTENTION, attention.reshape(count, side, side, NUM_SLOTS))
        histograms = jnp.einsum('bps,bpf->bsf', attention, shares.reshape(count, -1, bins))
        roots = jnp.sqrt(histograms + _LEAST_SHARE)
        roots -= jnp.mean(roots, axis=-1, keepdims=True)
        weights = nn.sigmoid(nn.Dense(NUM_SLOTS)(means))
        self.sow('intermediates', WEIGHTS, weights)
        vectors = _VECTOR_SCALE * roots * weights[:, :, None]
        return vectors.reshape(count, -1)[:, : self.output_size]


class Block(nn.Module):
    """A residual block that divides the size of its input by four.

    Attributes:
        filters: F.
    """

    filters: int

    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        """Returns float32[B, S / 4, S / 4, F], rounded up, for float32[B, S, S, C]."""
        x = convolutions.average_pool(x)
        both = _conv(2 * self.filters, 3, 2)(x)
        x, residual = jnp.split(both, 2, axis=-1)
        for _ in range(2):
            x = nn.swish(_normalize_batch(x, train))
            x = _conv(self.filters, 1, 1)(x)
        bias = self.param('bias', nn.initializers.zeros, (self.filters,))
        return _normalize_batch(x, train) + residual + bias


def normalize(images: jax.Array) -> jax.Array:
    """Returns uint8 pixels as float32 from -0.5 to 0.5."""
    return images.astype(jnp.float32) / 255.0 - 0.5


def shrink(images: jax.Array, factor: int) -> jax.Array:
    """Returns float32[B, S / factor, S / factor, C], rounded up, the means of squares of pixels.

    By sums of slices, since XLA is slow at reductions of windows, and more so at their slopes. The
    squares at the end are filled up by the last pixels.

    Args:
        images: float32[B, S, S, C].
        factor: side of a square in pixels.
    """
    if factor == 1:
        return images
    missing = -images.shape[1] % factor
    if missing:
        ends = ((0, 0), (0, missing), (0, missing), (0, 0))
        images = jnp.pad(images, ends, mode='edge')
    count, size, _, channels = images.shape
    size //= factor
    rows = images.reshape(count, size, factor, size * factor * channels)
    rows = sum(rows[:, :, place] for place in range(factor))
    squares = rows.reshape(count, size, size, factor, channels)
    return sum(squares[:, :, :, place] for place in range(factor)) / factor**2


def attention_of_products(intermediates: Mapping[str, Any]) -> jax.Array:
    """Returns float32[B, S, S], where in scenes the slots look that count for their products.

    Args:
        intermediates: that a ShopTheLook with slots left for B scenes and at least B products.
    """
    (places,) = intermediates['scene_tower']['Slots_0'][ATTENTION]
    (weights,) = intermediates['product_tower']['Slots_0'][WEIGHTS]
    weights = weights[: len(places)]
    shares = weights / jnp.sum(weights, axis=1, keepdims=True)
    return jnp.einsum('bhwk,bk->bhw', places, shares)


def _places(side: int) -> jax.Array:
    """Returns float32[side, side, 5], x, y and their products, x and y from -1 to 1."""
    steps = jnp.linspace(-1.0, 1.0, side)
    y, x = jnp.meshgrid(steps, steps, indexing='ij')
    return jnp.stack([x, y, x * x, y * y, x * y], axis=-1)


def _conv(filters: int, side: int, stride: int) -> nn.Conv:
    """Returns a layer of square filters without a bias."""
    return nn.Conv(
        filters,
        (side, side),
        strides=stride,
        use_bias=False,
        conv_general_dilated=convolutions.convolve,
    )


def _normalize_batch(x: jax.Array, train: bool) -> jax.Array:
    """Returns x normalised by channel, with a learned scale and, as the book, no learned shift."""
    return nn.BatchNorm(use_running_average=not train, momentum=_MOMENTUM, use_bias=False)(x)
