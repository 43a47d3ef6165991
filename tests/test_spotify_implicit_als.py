"""Tests of the solver against plain NumPy in double precision."""

import os
from unittest import mock

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from scipy import sparse

from spotify import factorization_settings
from spotify import implicit_als
from spotify import observation_batches

_SHAPE = (37, 29)


def _matrix(seed=2, shape=_SHAPE, density=0.25):
    """Returns strengths of observations; the last row and column have none."""
    random = np.random.default_rng(seed)
    dense = random.choice([0.3, 1.0, 2.0], shape) * (random.random(shape) < density)
    dense[-1], dense[:, -1] = 0, 0
    return sparse.csr_array(dense.astype(np.float32))


def _config(**settings):
    # Exact: more steps than dimensions.
    return factorization_settings.AlsConfig(
        **{'alpha': 3.0, 'unobserved_weight': 0.5, 'ridge': 0.2, 'cg_steps': 12} | settings
    )


def _solve(matrix, others, config):
    """Returns the solutions of the normal equations of all rows, one by one."""
    others = np.asarray(others, np.float64)
    strengths = matrix.toarray().astype(np.float64)
    solved = np.zeros((len(strengths), others.shape[1]))
    for row, values in enumerate(strengths):
        weights = config.unobserved_weight + config.alpha * values
        frequency = (values > 0).sum() + config.unobserved_weight * len(values)
        ridge = config.ridge * frequency**config.frequency_exponent
        left = (others * weights[:, None]).T @ others + ridge * np.eye(others.shape[1])
        if values.any():
            solved[row] = np.linalg.solve(left, others.T @ (weights * (values > 0)))
    return solved


def _objective(tables, matrix, config):
    """Returns what is to be minimised, cell by cell."""
    rows, columns = np.asarray(tables.rows, np.float64), np.asarray(tables.columns, np.float64)
    strengths = matrix.toarray().astype(np.float64)
    observed = strengths > 0
    weights = config.unobserved_weight + config.alpha * strengths
    total = np.sum(weights * (observed - rows @ columns.T) ** 2)
    for table, cells in ((rows, observed), (columns, observed.T)):
        frequency = cells.sum(1) + config.unobserved_weight * cells.shape[1]
        ridges = config.ridge * frequency**config.frequency_exponent
        total += np.sum(ridges * np.sum(table**2, 1))
    return total


class ImplicitAlsTest(parameterized.TestCase):
    @parameterized.parameters(({},), ({'frequency_exponent': 1.0, 'ridge': 0.01},))
    def test_a_sweep_solves_the_normal_equations(self, settings):
        matrix, config = _matrix(), _config(**settings)
        start = implicit_als.init_tables(_SHAPE, 5, 1.0, seed=4)
        tables, objective = implicit_als.Solver(matrix, 5, config).sweep(start)
        rows = _solve(matrix, start.columns, config)
        columns = _solve(matrix.T.tocsr(), rows, config)
        # The tables are turned, so compare what they predict.
        found = tables.rows.astype(np.float64) @ tables.columns.T
        np.testing.assert_allclose(found, rows @ columns.T, atol=2e-5)
        self.assertEqual(np.abs(tables.rows[-1]).sum() + np.abs(tables.columns[-1]).sum(), 0)
        wanted = _objective(tables, matrix, config)
        np.testing.assert_allclose(objective, wanted, rtol=1e-5)

    @parameterized.product(exponent=(0.0, 1.0), cg_steps=(1, 3), unobserved_weight=(0.0, 1.0))
    def test_objective_falls_in_every_sweep(self, exponent, cg_steps, unobserved_weight):
        matrix = _matrix()
        config = _config(
            frequency_exponent=exponent, cg_steps=cg_steps, unobserved_weight=unobserved_weight
        )
        solver = implicit_als.Solver(matrix, 4, config)
        tables = implicit_als.init_tables(_SHAPE, 4, 0.1, seed=4)
        last = np.inf
        for _ in range(10):
            tables, objective = solver.sweep(tables)
            np.testing.assert_allclose(objective, _objective(tables, matrix, config), rtol=1e-5)
            self.assertLess(objective, last)
            last = objective

    def test_rows_longer_than_a_batch(self):
        # A column in 3,000 rows takes 188 chunks of 16; at 1,024 dimensions a batch has 64.
        matrix = sparse.hstack([sparse.csr_array(np.ones((3000, 1), np.float32)),
                                _matrix(3, (3000, 40), 0.1)]).tocsr()  # fmt: skip
        sizes = {
            batch.columns.shape[0]
            for batch in observation_batches.pack(matrix.T.tocsr(), np.ones(41), 64)
        }
        self.assertEqual(sizes, {64, 256})
        config = _config(cg_steps=8)
        with mock.patch.object(implicit_als, '_BATCH_FLOATS', 0):
            solver = implicit_als.Solver(matrix, 3, config)
        start = implicit_als.init_tables(matrix.shape, 3, 1.0, seed=4)
        tables, objective = solver.sweep(start)
        rows = _solve(matrix, start.columns, config)
        columns = _solve(matrix.T.tocsr(), rows, config)
        np.testing.assert_allclose(tables.rows @ tables.columns.T, rows @ columns.T, atol=5e-5)
        np.testing.assert_allclose(objective, _objective(tables, matrix, config), rtol=1e-5)

    def test_same_bits_on_any_number_of_cores(self):
        matrix = _matrix(5, (900, 300), 0.1)
        found = []
        for cores in (1, 4):
            with mock.patch.object(os, 'cpu_count', return_value=cores):
                solver = implicit_als.Solver(matrix, 6, _config(cg_steps=3))
                tables = implicit_als.init_tables(matrix.shape, 6, 0.1, seed=4)
                for _ in range(2):
                    tables, objective = solver.sweep(tables)
            found.append((tables.rows.tobytes(), tables.columns.tobytes(), objective))
        self.assertEqual(found[0], found[1])

    def test_batches_hold_every_observation_once(self):
        matrix = _matrix(5, (900, 300), 0.1)
        seen = {}
        for batch in observation_batches.pack(matrix, np.arange(900.0), 64):
            self.assertEqual(batch.columns.shape, (64, 16))
            for columns, strengths, owner in zip(
                batch.columns, batch.strengths, batch.owners, strict=True
            ):
                row = batch.rows[owner]
                for column, strength in zip(columns, strengths, strict=True):
                    if strength:
                        self.assertNotIn((row, column), seen)
                        seen[row, column] = strength
                        self.assertEqual(batch.ridges[owner], row)
        wanted = matrix.tocoo()
        self.assertEqual(
            seen, dict(zip(zip(*wanted.coords, strict=True), wanted.data, strict=True))
        )


if __name__ == '__main__':
    absltest.main()
