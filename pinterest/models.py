"""The two-tower network of the shop-the-look model: one tower for scenes, one for products.

Each tower has the parts of the book's: four blocks of filters 16, 32, 64 and 128, each of an
average pooling, two strided 3 x 3 convolutions (one of them the residual), batch normalisation,
swish and 1 x 1 convolutions, so that a block divides the size by four; then the mean over what is
left of the image and a dense layer. Two things make it four to five times as quick on a CPU. A
block pools its input, where the book pools its output: normalisations and 1 x 1 convolutions, which
take most of the time, see a quarter of the pixels. And the two strided convolutions, which have the
same input, are one with twice the filters.

Source: Bischof and Yee, Building Recommendation Systems in Python and JAX, chapter 5.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn

FILTERS = (16, 32, 64, 128)
_MOMENTUM = 0.9  # A short training has few steps for running statistics to follow.


class ShopTheLook(nn.Module):
    """Scenes and products to vectors whose dot product says how well they go together.

    Variables are {'params': …, 'batch_stats': …}; with train, apply it with
    mutable=['batch_stats'] and keep the collection that it returns.

    Attributes:
        output_size: dimension D of the vectors.
        filters: of the blocks of either tower.
    """

    output_size: int
    filters: tuple[int, ...] = FILTERS

    def setup(self) -> None:
        """Makes the towers."""
        self.scene_tower = Tower(self.output_size, self.filters)
        self.product_tower = Tower(self.output_size, self.filters)

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


class Tower(nn.Module):
    """Images to vectors.

    Attributes:
        output_size: dimension D.
        filters: of the blocks.
    """

    output_size: int
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
        x = images
        for filters in self.filters:
            x = Block(filters)(x, train)
        return nn.Dense(self.output_size)(jnp.mean(x, axis=(1, 2)))


class Block(nn.Module):
    """A residual block that divides the size of its input by four.

    Attributes:
        filters: F.
    """

    filters: int

    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        """Returns float32[B, S / 4, S / 4, F], rounded up, for float32[B, S, S, C]."""
        x = nn.avg_pool(x, (3, 3), strides=(2, 2), padding='SAME')
        both = nn.Conv(2 * self.filters, (3, 3), strides=2, use_bias=False)(x)
        x, residual = jnp.split(both, 2, axis=-1)
        for _ in range(2):
            x = nn.swish(_normalize_batch(x, train))
            x = nn.Conv(self.filters, (1, 1), use_bias=False)(x)
        bias = self.param('bias', nn.initializers.zeros, (self.filters,))
        return _normalize_batch(x, train) + residual + bias


def normalize(images: jax.Array) -> jax.Array:
    """Returns uint8 pixels as float32 from -0.5 to 0.5."""
    return images.astype(jnp.float32) / 255.0 - 0.5


def _normalize_batch(x: jax.Array, train: bool) -> jax.Array:
    """Returns x normalised by channel, with a learned scale and, as the book, no learned shift."""
    return nn.BatchNorm(use_running_average=not train, momentum=_MOMENTUM, use_bias=False)(x)
