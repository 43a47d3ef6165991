"""GloVe: word vectors whose dot products explain how often words stand near each other.

Source: Pennington, Socher and Manning 2014, GloVe: Global Vectors for Word Representation. As in
Bischof and Yee's book, one embedding serves both sides of a pair.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn


class Glove(nn.Module):
    """One shared embedding and a bias for each word.

    Attributes:
        num_embeddings: number of words V, the mask included.
        features: embedding dimension D.
    """

    num_embeddings: int
    features: int

    def setup(self) -> None:
        """Makes the tables."""
        small = nn.initializers.normal(stddev=0.1)
        self.token_embedding = nn.Embed(self.num_embeddings, self.features, embedding_init=small)
        self.bias = nn.Embed(self.num_embeddings, 1, embedding_init=nn.initializers.zeros)

    def __call__(self, first: jax.Array, second: jax.Array) -> jax.Array:
        """Predicts natural-log co-occurrence.

        Args:
            first: int[B], embedding indices.
            second: int[B], those of the other word of each pair.

        Returns:
            float[B].

        Raises:
            ValueError: unless both are rank 1 with one shape.
        """
        if first.ndim != 1 or first.shape != second.shape:
            raise ValueError(f'want two [B] arrays, got {first.shape} and {second.shape}')
        dot = jnp.sum(self.token_embedding(first) * self.token_embedding(second), axis=-1)
        # A bias is [B, 1]: added to [B] as it is, it would broadcast to [B, B].
        return dot + self.bias(first)[:, 0] + self.bias(second)[:, 0]


def pair_weight(counts: jax.Array, *, x_max: float = 10.0, alpha: float = 0.75) -> jax.Array:
    """Returns how much each pair counts in the loss.

    Args:
        counts: float[...], observed co-occurrence, in sums of 1/distance; 0 stands for padding.
        x_max: count from which a pair weighs 1, in the unit of counts.
        alpha: exponent of the weight, dimensionless.

    Returns:
        float[...], from 0 to 1; 0 for padding.

    Source: Pennington et al. 2014, equation 9.
    """
    weight = jnp.minimum(1.0, counts / x_max) ** alpha
    return jnp.where(counts > 0, weight, 0.0)


def log_counts(counts: jax.Array) -> jax.Array:
    """Returns natural logarithms, float[...]; 0 for a count of 0, which is padding."""
    return jnp.log(jnp.where(counts > 0, counts, 1.0))


def glove_loss(
    predicted: jax.Array, counts: jax.Array, *, x_max: float = 10.0, alpha: float = 0.75
) -> jax.Array:
    """Returns the mean weighted squared error of predicted log counts.

    Args:
        predicted: float[B], the model's natural-log co-occurrence for each pair.
        counts: float[B], observed co-occurrence, in sums of 1/distance; > 0, or 0 for padding,
            which weighs nothing.
        x_max: count from which a pair weighs 1, in the unit of counts.
        alpha: exponent of the weight, dimensionless.

    Returns:
        float[], the mean over B.

    Raises:
        ValueError: unless both are rank 1 with one shape.

    Source: Pennington et al. 2014, equation 8.
    """
    if predicted.ndim != 1 or predicted.shape != counts.shape:
        raise ValueError(f'want two [B] arrays, got {predicted.shape} and {counts.shape}')
    weight = pair_weight(counts, x_max=x_max, alpha=alpha)
    return jnp.mean(weight * (predicted - log_counts(counts)) ** 2)


def init_parameters(key: jax.Array, used: jax.Array, features: int) -> dict[str, Any]:
    """Returns the parameters to start from.

    Args:
        key: random key.
        used: bool[V], whether a word occurs in any pair; the others stay at zero, so that nothing
            is near them.
        features: embedding dimension.

    Returns:
        The parameter tree of Glove.
    """
    pair = jnp.zeros(1, dtype=jnp.int32)
    tree = Glove(len(used), features).init(key, pair, pair)['params']
    table = tree['token_embedding']['embedding']
    tree['token_embedding']['embedding'] = jnp.where(used[:, None], table, 0.0)
    return tree


def to_table(tree: dict[str, Any]) -> jax.Array:
    """Returns a parameter tree as float[V, D + 1]: the embedding, and the bias as last column."""
    return jnp.concatenate([tree['token_embedding']['embedding'], tree['bias']['embedding']], 1)


def from_table(table: jax.Array) -> dict[str, Any]:
    """Returns the parameter tree of a table that to_table made."""
    return {
        'token_embedding': {'embedding': table[:, :-1]},
        'bias': {'embedding': table[:, -1:]},
    }


def recenter(table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Moves the origin of the vectors to their weighted mean, which changes no prediction.

    With x = z + m, the dot product x_i . x_j is z_i . z_j plus one term for each of the two words,
    which their biases take up. The loss does not say where the origin is, but cosines depend on it.

    Args:
        table: float[V, D + 1], vectors and biases.
        weights: float[V], >= 0, of the words in the mean; a word that weighs nothing stays where it
            is.

    Returns:
        float[V, D + 1].
    """
    used = weights > 0
    if not used.any():
        return table
    vectors = table[used, :-1].astype(np.float64)
    mean = weights[used] @ vectors / weights.sum()
    moved = table.copy()
    moved[used, :-1] = vectors - mean
    moved[used, -1] += vectors @ mean - mean @ mean / 2
    return moved
