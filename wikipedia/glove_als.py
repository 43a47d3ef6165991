"""GloVe by alternating least squares.

With all other words held fixed, the GloVe loss of one word is a weighted least-squares problem in
its vector and bias, which a Cholesky factorisation solves exactly:

    (sum_j w_ij c_j c_j' + ridge) x_i = sum_j w_ij c_j (log N_ij - b_j),   c_j = (x_j, 1)

Words are solved in random order, a few at a time, each batch in the one table that the next batch
reads. Since words of a batch do not see each other's new vectors, batches are kept to a small share
of the words; then every sweep lowers the loss with its ridge, which solving all words from an old
table would not.

Nearly all of the time goes into sums of c_j c_j', which are symmetric: NumPy hands A' A to the BLAS
routine that computes one half only. Cores share a batch as threads, and what a word gets does not
depend on how many there are.
"""

import collections
import dataclasses
import itertools
import os
from collections.abc import Callable
from collections.abc import Iterator
from concurrent import futures

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from wikipedia import cooccurrence_reader

# Pairs whose vectors are gathered at once: 2,048 of 66 float32 columns, half a MB, stay in a core's
# cache between the gather and the product.
_BLOCK = 2048
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


class PairRows:
    """The co-occurrence matrix with both triangles, row by row.

    Attributes:
        others: int32[2N], the other word of each pair, row after row.
        logs: float32[2N], natural logarithms of the counts.
        starts: int64[V + 1], where the pairs of each row start.
    """

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
        self.others = matrix.indices
        self.logs = np.log(matrix.data, out=matrix.data)
        self.starts = matrix.indptr.astype(np.int64)
        self._lengths = np.diff(self.starts)
        self._used = np.flatnonzero(self._lengths)
        self._batch_words = min(_BATCH_WORDS, max(1, len(self._used) // _MIN_BATCHES))

    def shuffled(self, random: np.random.Generator) -> Iterator[list[np.ndarray]]:
        """Yields every word that has pairs once: batches, each in shares, those with most first.

        A share is one word, or several that have no more than a block of pairs together.
        """
        order = random.permutation(self._used)
        for start in range(0, len(order), self._batch_words):
            yield self._shares(order[start : start + self._batch_words])

    def _shares(self, words: np.ndarray) -> list[np.ndarray]:
        words = words[np.argsort(-self._lengths[words], kind='stable')]
        ends = np.cumsum(self._lengths[words])
        shares, start, done = [], 0, 0
        while start < len(words):
            stop = int(np.searchsorted(ends, done + _BLOCK, side='right'))
            stop = max(stop, start + 1)
            shares.append(words[start:stop])
            start, done = stop, int(ends[stop - 1])
        return shares


def sweep(
    table: np.ndarray, rows: PairRows, random: np.random.Generator, config: AlsConfig
) -> np.ndarray:
    """Solves every word once.

    Args:
        table: float32[V, D + 1], vectors and biases.
        rows: the pairs.
        random: decides the order.
        config: settings.

    Returns:
        float32[V, D + 1].
    """
    # Columns are (x_j, 1, b_j), so that one gather brings all that a pair needs.
    wide = np.insert(np.asarray(table, dtype=np.float32), -1, 1.0, axis=1)

    cores = os.cpu_count() or 1
    with futures.ThreadPoolExecutor(cores) as executor:
        for shares in rows.shuffled(random):
            # Half of the threads begin with the longest rows, half with the shortest: the many
            # calls for the latter would wait for each other.
            left = collections.deque(shares)
            take = itertools.islice(itertools.cycle((left.popleft, left.pop)), cores)
            found = executor.map(lambda one: _solve_shares(wide, rows, one, config), take)
            for words, solved in itertools.chain.from_iterable(list(found)):
                wide[words, :-2] = solved[:, :-1]
                wide[words, -1] = solved[:, -1]
    return np.delete(wide, -2, axis=1)


def _solve_shares(
    wide: np.ndarray, rows: PairRows, take: Callable[[], np.ndarray], config: AlsConfig
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns the words of the shares that it takes, until none is left, with what they get."""
    found = []
    while True:
        try:
            words = take()
        except IndexError:
            return found
        found.append((words, _solve_words(wide, rows, words, config)))


def _solve_words(
    wide: np.ndarray, rows: PairRows, words: np.ndarray, config: AlsConfig
) -> np.ndarray:
    """Returns the vectors and biases that a share of words gets, float32[R, D + 1]."""
    size = wide.shape[1] - 1
    penalty = np.full(size, config.ridge, dtype=np.float32)
    penalty[-1] = config.bias_ridge
    solved = np.empty((len(words), size), dtype=np.float32)
    grams = _grams(wide, rows, words, config)
    for place, gram in enumerate(grams):
        left = gram[:size, :size]
        left[np.diag_indices(size)] += penalty
        _, solved[place], failed = lapack.sposv(left, gram[:size, size])
        if failed:
            solved[place] = np.nan
    return solved


def _grams(
    wide: np.ndarray, rows: PairRows, words: np.ndarray, config: AlsConfig
) -> Iterator[np.ndarray]:
    """Yields, for each word, the weighted products of (x_j, 1, log N_ij - b_j), [D + 2, D + 2]."""
    starts, stops = rows.starts[words], rows.starts[words + 1]
    if len(words) == 1:
        blocks = range(starts[0], stops[0], _BLOCK)
        pieces = (slice(start, min(start + _BLOCK, stops[0])) for start in blocks)
        parts = (_columns(wide, rows.others[piece], rows.logs[piece], config) for piece in pieces)
        yield sum(part.T @ part for part in parts)
        return
    pieces = [slice(start, stop) for start, stop in zip(starts, stops, strict=True)]
    others = np.concatenate([rows.others[piece] for piece in pieces])
    logs = np.concatenate([rows.logs[piece] for piece in pieces])
    columns = _columns(wide, others, logs, config)
    for part in np.split(columns, np.cumsum(stops - starts)[:-1]):
        yield part.T @ part


def _columns(
    wide: np.ndarray, others: np.ndarray, logs: np.ndarray, config: AlsConfig
) -> np.ndarray:
    """Returns (x_j, 1, log N_ij - b_j) times the root of its weight for each pair, [n, D + 2]."""
    columns = wide.take(others, axis=0, mode='clip')
    np.subtract(logs, columns[:, -1], out=columns[:, -1])
    # The root of the weight of glove.pair_weight, from the logarithm.
    root = np.exp(config.alpha / 2 * np.minimum(logs - np.float32(np.log(config.x_max)), 0))
    columns *= root[:, None]
    return columns


def objective_penalty(table: np.ndarray, config: AlsConfig) -> float:
    """Returns the ridge term: what a sweep lowers is the loss summed over pairs, plus this."""
    squares = np.sum(np.asarray(table, dtype=np.float64) ** 2, axis=0)
    return float(config.ridge * squares[:-1].sum() + config.bias_ridge * squares[-1])
