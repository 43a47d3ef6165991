"""GloVe by alternating least squares.

With all other words held fixed, the GloVe loss of one word is a weighted least-squares problem in
its vector and bias, which a Cholesky factorisation solves exactly:

    (sum_j w_ij c_j c_j' + ridge) x_i = sum_j w_ij c_j (log N_ij - b_j),   c_j = (x_j, 1)

Words are solved in random order, a few at a time, each batch in the one table that the next batch
reads. Since words of a batch do not see each other's new vectors, batches are kept to a small share
of the words; then every sweep lowers the loss with its ridge, which solving all words from an old
table would not.
"""

import dataclasses
import functools
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from scipy import sparse

from wikipedia import cooccurrence_reader
from wikipedia import glove

# Words are cut into chunks of pairs, so that there is one shape to compile for all: 128 pairs of 66
# float32 columns stay in a core's cache between the gather and the product.
_CHUNK = 128
_BATCH_CHUNKS = 1024
_BATCH_WORDS = 512
_MIN_BATCHES = 64


@dataclasses.dataclass(frozen=True)
class AlsConfig:
    """Settings of the solver.

    Attributes:
        x_max: count from which a pair weighs 1, in sums of 1/distance.
        alpha: exponent of the weight.
        ridge: penalty on the squared length of each vector; > 0.
        bias_ridge: the same on each squared bias. Small: a bias that may not grow pushes the words'
            frequencies into the vectors, which costs similarity.
    """

    x_max: float = 10.0
    alpha: float = 0.75
    ridge: float = 4.0
    bias_ridge: float = 0.01


@dataclasses.dataclass(frozen=True)
class Batch:
    """Some words with all their pairs, in C chunks of L pairs; the rest is padding.

    Attributes:
        words: int32[R], embedding indices; V for padding.
        others: int32[C, L], the other word of each pair.
        counts: float32[C, L]; 0 for padding.
        owners: int32[C], ascending, which of words a chunk belongs to.
    """

    words: np.ndarray
    others: np.ndarray
    counts: np.ndarray
    owners: np.ndarray


class RowBatches:
    """The co-occurrence matrix with both triangles, served as batches of words in random order."""

    def __init__(self, pairs: cooccurrence_reader.Pairs, num_embeddings: int) -> None:
        """Builds the matrix.

        Args:
            pairs: each unordered pair once.
            num_embeddings: number of rows V.
        """
        shape = (num_embeddings, num_embeddings)
        lower = sparse.coo_array((pairs.counts, (pairs.rows, pairs.columns)), shape).tocsr()
        matrix = (lower + lower.T).tocsr()
        matrix.sort_indices()
        self._others, self._counts = matrix.indices, matrix.data
        self._starts = matrix.indptr[:-1].astype(np.int64)
        self._lengths = np.diff(matrix.indptr).astype(np.int64)
        self._chunks = -(-self._lengths // _CHUNK)
        self._used = np.flatnonzero(self._lengths)
        self._num_embeddings = num_embeddings
        self._batch_words = min(_BATCH_WORDS, max(1, len(self._used) // _MIN_BATCHES))
        typical = int(1.5 * self._chunks.sum() * self._batch_words / max(1, len(self._used)))
        self._batch_chunks = max(min(_BATCH_CHUNKS, typical + 1), int(self._chunks.max()))

    def shuffled(self, random: np.random.Generator) -> Iterator[Batch]:
        """Yields every word that has pairs once."""
        order = random.permutation(self._used)
        ends = np.cumsum(self._chunks[order])
        start, done = 0, 0
        while start < len(order):
            stop = int(np.searchsorted(ends, done + self._batch_chunks, side='right'))
            stop = min(stop, start + self._batch_words)
            yield self._pack(order[start:stop])
            start, done = stop, int(ends[stop - 1])

    def _pack(self, words: np.ndarray) -> Batch:
        chunks, lengths = self._chunks[words], self._lengths[words]
        first = np.cumsum(lengths) - lengths
        run = np.arange(lengths.sum())
        source = np.repeat(self._starts[words] - first, lengths) + run
        target = np.repeat((np.cumsum(chunks) - chunks) * _CHUNK - first, lengths) + run
        others = np.zeros(self._batch_chunks * _CHUNK, dtype=np.int32)
        counts = np.zeros(self._batch_chunks * _CHUNK, dtype=np.float32)
        others[target], counts[target] = self._others[source], self._counts[source]
        owners = np.full(self._batch_chunks, self._batch_words - 1, dtype=np.int32)
        owners[: chunks.sum()] = np.repeat(np.arange(len(words)), chunks)
        padded = np.full(self._batch_words, self._num_embeddings, dtype=np.int32)
        padded[: len(words)] = words
        shape = (self._batch_chunks, _CHUNK)
        return Batch(padded, others.reshape(shape), counts.reshape(shape), owners)


def sweep(
    table: jax.Array, batches: RowBatches, random: np.random.Generator, config: AlsConfig
) -> jax.Array:
    """Solves every word once.

    Args:
        table: float[V, D + 1], vectors and biases; its buffer is not used again.
        batches: the pairs.
        random: decides the order.
        config: settings.

    Returns:
        float[V, D + 1].
    """
    settings = (config.x_max, config.alpha, config.ridge, config.bias_ridge)
    for batch in batches.shuffled(random):
        arrays = (batch.words, batch.others, batch.counts, batch.owners)
        table = _solve_batch(table, *arrays, *settings)
    return table


@functools.partial(jax.jit, donate_argnums=0)
def _solve_batch(
    table: jax.Array,
    words: jax.Array,
    others: jax.Array,
    counts: jax.Array,
    owners: jax.Array,
    x_max: float,
    alpha: float,
    ridge: float,
    bias_ridge: float,
) -> jax.Array:
    """Returns the table with the rows of a batch solved."""
    size = table.shape[1]
    gram = _gram(table, others, counts, owners, len(words), x_max, alpha)
    penalty = jnp.full(size, ridge).at[-1].set(bias_ridge)
    left = gram[:, :size, :size] + jnp.diag(penalty)
    right = gram[:, :size, size]
    factors = jnp.linalg.cholesky(left)
    solved = jax.vmap(lambda a, b: jax.scipy.linalg.cho_solve((a, True), b))(factors, right)
    return table.at[words].set(solved, mode='drop')


def _gram(
    table: jax.Array,
    others: jax.Array,
    counts: jax.Array,
    owners: jax.Array,
    num_words: int,
    x_max: float,
    alpha: float,
) -> jax.Array:
    """Returns float[R, D + 2, D + 2]: for each word, the products of (x_j, 1, log N_ij - b_j)."""
    size = table.shape[1] + 1
    root = jnp.sqrt(glove.pair_weight(counts, x_max=x_max, alpha=alpha))
    targets = glove.log_counts(counts)

    def add_chunk(gram: jax.Array, chunk: tuple[jax.Array, ...]) -> tuple[jax.Array, None]:
        other, root, target, owner = chunk
        # Padding points at row 0, so indices are always in bounds; 'clip' skips a slow check.
        vectors = table.at[other].get(mode='clip')
        one = jnp.ones_like(target)[:, None]
        rest = (target - vectors[:, -1])[:, None]
        columns = jnp.concatenate([vectors[:, :-1], one, rest], 1) * root[:, None]
        return gram.at[owner].add(columns.T @ columns), None

    empty = jnp.zeros((num_words, size, size), dtype=table.dtype)
    return jax.lax.scan(add_chunk, empty, (others, root, targets, owners))[0]


def objective_penalty(table: jax.Array, config: AlsConfig) -> float:
    """Returns the ridge term: what a sweep lowers is the loss summed over pairs, plus this."""
    squares = np.sum(np.asarray(table, dtype=np.float64) ** 2, axis=0)
    return float(config.ridge * squares[:-1].sum() + config.bias_ridge * squares[-1])
