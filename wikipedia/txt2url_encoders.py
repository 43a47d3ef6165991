"""Encoders: from the vectors of a text's words, in order, to the vector of the text.

A text is padded to some length, and what is padded weighs 0: it changes nothing. The mean knows no
order; lstm and attention add what they make of it to the mean, with a last layer that starts at
zero, so that they begin where the mean does.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn

from wikipedia import txt2url_settings

_TINY = 1e-12


class TextEncoder(nn.Module):
    """Encodes texts and the words that stand for articles.

    Attributes:
        config: settings.
    """

    config: txt2url_settings.ModelConfig

    def setup(self) -> None:
        """Makes the layers."""
        config = self.config
        # Words' vectors as they are, as long as there are as many dimensions.
        self.projection = nn.Dense(config.embedding_dim, use_bias=False, kernel_init=_near_identity)
        if config.encoder == txt2url_settings.LSTM:
            self.context = nn.RNN(nn.OptimizedLSTMCell(config.hidden_size))
        elif config.encoder == txt2url_settings.ATTENTION:
            self.context = SelfAttention(config.hidden_size, config.num_heads)
        if config.encoder != txt2url_settings.MEAN:
            zeros = nn.initializers.zeros
            self.added = nn.Dense(config.embedding_dim, use_bias=False, kernel_init=zeros)

    def __call__(self, vectors: jax.Array, weights: jax.Array) -> jax.Array:
        """Returns float[B, D], the vectors of texts, of length 1 (0 for one without words).

        Args:
            vectors: float[B, L, W], of words.
            weights: float[B, L], of words; 0 for padding, which may stand at the end alone.
        """
        mean = self.projection(weighted_mean(vectors, weights))
        if self.config.encoder == txt2url_settings.MEAN:
            return normalize(mean)
        present = weights > 0
        if self.config.encoder == txt2url_settings.LSTM:
            outputs = self.context(vectors)
        else:
            outputs = self.context(vectors, present)
        return normalize(mean + self.added(weighted_mean(outputs, weights)))

    def encode_article(self, vectors: jax.Array, weights: jax.Array) -> jax.Array:
        """Returns float[B, D], what articles say, from their words in any order."""
        return normalize(self.projection(weighted_mean(vectors, weights)))

    def project(self, means: jax.Array) -> jax.Array:
        """Returns float[B, D], what articles say, from the weighted means of their words."""
        return normalize(self.projection(means))


class SelfAttention(nn.Module):
    """What each word makes of the others: one layer of attention, and one of each word alone.

    Attributes:
        size: width of all heads together.
        num_heads: heads.
    """

    size: int
    num_heads: int

    @nn.compact
    def __call__(self, vectors: jax.Array, present: jax.Array) -> jax.Array:
        """Returns float[B, L, size].

        Args:
            vectors: float[B, L, W].
            present: bool[B, L].
        """
        positions = _positions(vectors.shape[1], self.size)
        inputs = nn.LayerNorm()(nn.Dense(self.size)(vectors)) + positions
        mask = present[:, None, None, :]
        attend = nn.MultiHeadDotProductAttention(self.num_heads, qkv_features=self.size)
        outputs = nn.LayerNorm()(inputs + attend(inputs, mask=mask))
        return outputs + nn.Dense(self.size)(nn.gelu(nn.Dense(2 * self.size)(outputs)))


def weighted_mean(vectors: jax.Array, weights: jax.Array) -> jax.Array:
    """Returns float[B, W], zeros where all weights are 0.

    Args:
        vectors: float[B, L, W].
        weights: float[B, L], not below 0.

    Raises:
        ValueError: for shapes that do not fit.
    """
    if vectors.ndim != 3 or weights.shape != vectors.shape[:2]:
        raise ValueError(f'want [B, L, W] and [B, L], got {vectors.shape} and {weights.shape}')
    total = jnp.sum(weights, axis=1, keepdims=True)
    return jnp.einsum('bl,blw->bw', weights, vectors) / jnp.maximum(total, _TINY)


def normalize(vectors: jax.Array) -> jax.Array:
    """Returns the vectors at length 1, zeros as they are; gradients are finite everywhere."""
    squares = jnp.sum(vectors**2, axis=-1, keepdims=True)
    return jnp.where(squares > _TINY, vectors * jax.lax.rsqrt(jnp.maximum(squares, _TINY)), 0.0)


def _near_identity(
    key: jax.Array, shape: tuple[int, int], dtype: jnp.dtype = jnp.float32
) -> jax.Array:
    """Returns float[W, D]: the identity, or columns at right angles where W and D differ."""
    if shape[0] == shape[1]:
        return jnp.eye(*shape, dtype=dtype)
    return nn.initializers.orthogonal()(key, shape, dtype)


def _positions(length: int, size: int) -> jax.Array:
    """Returns float[L, size], sines and cosines of the places.

    Source: Vaswani et al. 2017, Attention Is All You Need, section 3.5.
    """
    half = (size + 1) // 2
    rates = 10_000.0 ** (-jnp.arange(half) / half)
    angles = jnp.arange(length)[:, None] * rates
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=1)[:, :size]
