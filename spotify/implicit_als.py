"""Matrix factorisation for implicit feedback by alternating least squares, in JAX.

A row (playlist) u and a column (track) i are predicted by x_u . y_i, where 1 is wanted of what is
observed and 0 of everything else. With w the weight of what is not observed, r_ui > 0 the strength
of an observation, and n_u the observations of a row (likewise for columns),

    sum_observed (w + alpha r_ui) (1 - x_u . y_i)^2 + w sum_others (x_u . y_i)^2
        + sum_u ridge_u |x_u|^2 + sum_i ridge_i |y_i|^2,
    ridge_u = ridge (n_u + w columns)^exponent

is minimised for all rows with columns held fixed, then for all columns. Both are least squares in
each row by itself: with S = Y'Y of all columns,

    (w S + ridge_u + sum_i alpha r_ui y_i y_i') x_u = sum_i (w + alpha r_ui) y_i.

Both tables are first turned so that S is diagonal, which changes no prediction. What is the same
for all rows is then a diagonal: it costs nothing, and dividing by it leaves the identity and one
square for each observation, for which conjugate gradients from the last solution want few steps. So
a sweep takes time in proportion to the observations times the dimension; and since every step
descends, it never raises the objective.

Sources: Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit feedback datasets";
Takacs, Pilaszy and Tikk 2011, "Applications of the conjugate gradient method for implicit feedback
collaborative filtering"; Rendle et al. 2021, "Revisiting the performance of iALS on item
recommendation benchmarks" (the ridge, with an exponent of 1 its best).
"""

import dataclasses
import functools
import os
from concurrent import futures

import jax
import jax.numpy as jnp
import numpy as np
from scipy import sparse

from spotify import factorization_settings
from spotify import observation_batches

# The vectors of a batch, 2 MB, stay near the core from one step to the next.
_BATCH_FLOATS = 1 << 19
_MIN_CHUNKS = 64
_TINY = np.float32(1e-30)


@dataclasses.dataclass(frozen=True)
class Tables:
    """The vectors: float32[U, D] of the rows and float32[I, D] of the columns."""

    rows: np.ndarray
    columns: np.ndarray


def prepare() -> None:
    """Lets threads compute at the same time; call it before JAX is first used, for speed only.

    By itself JAX hands all that is computed on a CPU to one other thread.
    """
    jax.config.update('jax_cpu_enable_async_dispatch', False)


def ridges(
    frequencies: np.ndarray | int, num_others: int, config: factorization_settings.AlsConfig
) -> np.ndarray:
    """Returns the penalties on the squared lengths of vectors.

    Args:
        frequencies: int[N], observations of each row (or of one).
        num_others: how many columns there are.
        config: settings.
    """
    weights = np.asarray(frequencies) + config.unobserved_weight * num_others
    return config.ridge * weights**config.frequency_exponent


def init_tables(shape: tuple[int, int], dim: int, scale: float, seed: int) -> Tables:
    """Returns rows of zeros, and random columns of about the length that scale says."""
    random = np.random.default_rng(seed)
    columns = random.normal(0.0, scale / np.sqrt(dim), (shape[1], dim)).astype(np.float32)
    return Tables(np.zeros((shape[0], dim), np.float32), columns)


class Solver:
    """A matrix of observations, ready to be swept over."""

    def __init__(
        self, matrix: sparse.csr_array, dim: int, config: factorization_settings.AlsConfig
    ) -> None:
        """Packs the observations.

        Args:
            matrix: float32[U, I], strengths, > 0.
            dim: dimension D of the vectors.
            config: settings.
        """
        self._config = config
        self._rows = _Side(matrix, dim, config)
        self._columns = _Side(matrix.T.tocsr(), dim, config)
        weights = config.unobserved_weight + config.alpha * matrix.data.astype(np.float64)
        self._nothing_predicted = float(weights.sum())

    def sweep(self, tables: Tables) -> tuple[Tables, float]:
        """Solves all rows, then all columns.

        Returns:
            The tables, turned, and the objective that they reach. They are the same to the bit
            however many cores there are to solve batches at the same time.
        """
        with futures.ThreadPoolExecutor(os.cpu_count()) as executor:
            rows, columns, _ = self._rows.solve(*_turn(tables.rows, tables.columns), executor)
            columns, rows, gain = self._columns.solve(*_turn(columns, rows), executor)
        penalty = float(self._rows.ridges @ np.sum(np.square(rows, dtype=np.float64), axis=1))
        return Tables(rows, columns), self._nothing_predicted - gain + penalty


class _Placed:
    """A batch on the device."""

    def __init__(self, batch: observation_batches.Batch) -> None:
        self.rows = batch.rows
        arrays = (batch.rows, batch.ridges, batch.owners, batch.columns, batch.strengths)
        self.arrays = tuple(map(jnp.asarray, arrays))


class _Side:
    """The rows of a matrix in batches."""

    def __init__(
        self, matrix: sparse.csr_array, dim: int, config: factorization_settings.AlsConfig
    ) -> None:
        self._config = config
        self.ridges = ridges(np.diff(matrix.indptr), matrix.shape[1], config)
        num_chunks = max(_MIN_CHUNKS, _BATCH_FLOATS // (observation_batches.CHUNK * dim))
        packed = observation_batches.pack(matrix, self.ridges, num_chunks)
        self._batches = [_Placed(batch) for batch in packed]

    def solve(
        self,
        start: np.ndarray,
        others: np.ndarray,
        spectrum: np.ndarray,
        executor: futures.Executor,
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Solves every row, with the columns held fixed.

        Args:
            start: float32[U, D], the solutions before.
            others: float32[I, D], the columns, turned so that Y'Y is diagonal.
            spectrum: float32[D], that diagonal.
            executor: for batches.

        Returns:
            float32[U, D], 0 in rows without observations; others; and by how much the objective,
            but for the penalty of others, is below that of predicting 0 everywhere.
        """
        config = self._config
        tables = jnp.asarray(start), jnp.asarray(others), jnp.asarray(spectrum)
        weights = jnp.float32(config.alpha), jnp.float32(config.unobserved_weight)

        def solve(batch: _Placed) -> tuple[np.ndarray, np.ndarray]:
            found = _solve_batch(*tables, *batch.arrays, *weights, cg_steps=config.cg_steps)
            return jax.device_get(found)

        solved = np.zeros((len(start) + 1, start.shape[1]), np.float32)
        gain = 0.0
        for batch, found in zip(self._batches, executor.map(solve, self._batches), strict=True):
            solved[batch.rows], gains = found
            gain += float(gains.sum(dtype=np.float64))
        return solved[:-1], others, gain


def _turn(rows: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turns both tables so that Y'Y of others is diagonal; returns them and the diagonal."""
    spectrum, turn = np.linalg.eigh(np.asarray(_gram(others), np.float64))
    turn = turn.astype(np.float32)
    rows, others = (np.asarray(_multiply(table, turn)) for table in (rows, others))
    return rows, others, spectrum.clip(0).astype(np.float32)


@jax.jit
def _gram(table: jax.Array) -> jax.Array:
    return jnp.einsum('nd,ne->de', table, table, precision='highest')


@jax.jit
def _multiply(table: jax.Array, turn: jax.Array) -> jax.Array:
    return jnp.matmul(table, turn, precision='highest')


@functools.partial(jax.jit, static_argnames='cg_steps')
def _solve_batch(
    table: jax.Array,
    others: jax.Array,
    spectrum: jax.Array,
    rows: jax.Array,
    ridges: jax.Array,
    owners: jax.Array,
    columns: jax.Array,
    strengths: jax.Array,
    alpha: jax.Array,
    unobserved_weight: jax.Array,
    *,
    cg_steps: int,
) -> tuple[jax.Array, jax.Array]:
    """Takes steps from the rows of a table to the solutions of a batch.

    With the scale s = (w S + ridge)^-1/2, observations h_i = sqrt(alpha r_i) s y_i and z = x / s,
    the equation to solve is z + sum_i h_i (h_i . z) = b, b = sum_i t_i h_i, where
    t_i = (w + alpha r_i) / sqrt(alpha r_i). With e = b - left hand side, the objective of a row is
    z . (b + e) below what it is at 0.

    Returns:
        float32[R, D], x, and float32[R], how much the objective of each row is below that at 0.
    """
    scale = jax.lax.rsqrt(unobserved_weight * spectrum + ridges[:, None])
    weights = alpha * strengths
    roots = jnp.sqrt(weights)
    targets = jnp.where(weights > 0, (unobserved_weight + weights) / jnp.maximum(roots, _TINY), 0)
    # Padding points at column 0, so indices are always in bounds; 'clip' skips a slow check.
    vectors = others.at[columns].get(mode='clip') * roots[:, :, None]
    vectors *= scale.at[owners].get(mode='clip')[:, None, :]

    def multiply(values: jax.Array) -> jax.Array:
        """Returns float32[C, L]: h_i . z, for values z of rows."""
        return jnp.einsum('cld,cd->cl', vectors, values.at[owners].get(mode='clip'))

    def combine(values: jax.Array) -> jax.Array:
        """Returns float32[R, D]: the sums of v_i h_i, for values v of observations."""
        sums = jnp.einsum('cld,cl->cd', vectors, values)
        return jax.ops.segment_sum(sums, owners, len(rows), indices_are_sorted=True)

    def dot(left: jax.Array, right: jax.Array) -> jax.Array:
        return jnp.sum(left * right, axis=1, keepdims=True)

    def descend(_: int, state: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        solution, error, direction, square, gain = state
        image = direction + combine(multiply(direction))
        step = square / jnp.maximum(dot(direction, image), _TINY)
        error -= step * image
        next_square = dot(error, error)
        turned = error + next_square / jnp.maximum(square, _TINY) * direction
        return solution + step * direction, error, turned, next_square, gain + step * square

    solution = table.at[rows].get(mode='clip') / scale
    products = multiply(solution)
    error = combine(targets - products) - solution
    # Where the start is: z . (b + e); each step of conjugate gradients adds what it gains.
    gain = jax.ops.segment_sum(
        jnp.sum(targets * products, axis=1), owners, len(rows), indices_are_sorted=True
    )
    gain = gain[:, None] + dot(solution, error)
    state = (solution, error, error, dot(error, error), gain)
    solution, _, _, _, gain = jax.lax.fori_loop(0, cg_steps, descend, state)
    return solution * scale, gain[:, 0]
