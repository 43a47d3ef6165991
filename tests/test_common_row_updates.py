"""Steps on some rows against optax's on the whole table."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl.testing import absltest
from absl.testing import parameterized

from common import row_updates

_ROWS, _DIM = 11, 3
# Optax with the same constants as ours; its adam moves rows without gradient too.
_OPTAX = {
    'sgd': lambda rate: optax.sgd(rate),
    'adagrad': lambda rate: optax.adagrad(rate, initial_accumulator_value=0.0, eps=0.0),
    'adam': lambda rate: optax.adam(rate),
}


class RowUpdatesTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(3)
        self.table = random.normal(size=(_ROWS, _DIM)).astype(np.float32)
        self.random = random

    @parameterized.parameters('sgd', 'adagrad', 'adam')
    def test_equals_optax_with_repeated_rows(self, rule):
        state = row_updates.init(jnp.array(self.table), rule)
        step = jax.jit(functools.partial(row_updates.update, rule=rule, learning_rate=0.1))
        optimizer = _OPTAX[rule](0.1)
        table = jnp.array(self.table)
        dense_state = optimizer.init(table)
        # Every step touches rows 2, 5 and 7 (some twice or more), so that adam's means agree.
        for rows in ([2, 5, 5, 7, 2, 5], [7, 7, 7, 7, 5, 2], [5, 2, 7, 2, 2, 2]):
            gradients = self.random.normal(size=(6, _DIM)).astype(np.float32)
            state = step(state, jnp.array(rows), gradients)
            dense = np.zeros_like(self.table)
            np.add.at(dense, rows, gradients)
            if rule == 'adagrad':
                dense[dense == 0] = 1e-30  # Optax divides by the root of the sum.
            change, dense_state = optimizer.update(jnp.array(dense), dense_state, table)
            touched = np.isin(np.arange(_ROWS), rows)[:, None]
            table = table + jnp.where(touched, change, 0.0)
        np.testing.assert_allclose(state.table, table, rtol=2e-5, atol=1e-6)
        self.assertEqual(int(state.step), 3)

    @parameterized.parameters('sgd', 'adagrad', 'adam')
    def test_other_rows_keep_their_bits(self, rule):
        state = row_updates.init(jnp.array(self.table), rule)
        # _ROWS and beyond is padding.
        rows = jnp.array([4, _ROWS, 8, _ROWS + 3, 4])
        new = row_updates.update(state, rows, jnp.ones((5, _DIM)), rule=rule, learning_rate=0.1)
        others = ~np.isin(np.arange(_ROWS), [4, 8])
        for before, after in ((state.table, new.table), (state.second, new.second)):
            if after.size:
                np.testing.assert_array_equal(before[others], after[others])
                self.assertTrue(np.all(before[~others] != after[~others]))

    @parameterized.parameters('sgd', 'adagrad', 'adam')
    def test_a_gradient_of_zero_moves_nothing_at_first(self, rule):
        state = row_updates.init(jnp.array(self.table), rule)
        new = row_updates.update(
            state, jnp.array([3]), jnp.zeros((1, _DIM)), rule=rule, learning_rate=0.1
        )
        np.testing.assert_array_equal(new.table, self.table)

    def test_refuses_other_shapes(self):
        state = row_updates.init(jnp.array(self.table), 'sgd')
        with self.assertRaisesRegex(ValueError, r'want rows \[R\]'):
            row_updates.update(
                state, jnp.array([[1]]), jnp.ones((1, _DIM)), rule='sgd', learning_rate=0.1
            )
        with self.assertRaisesRegex(ValueError, r'want rows \[R\]'):
            row_updates.update(
                state, jnp.array([1]), jnp.ones((1, 1)), rule='sgd', learning_rate=0.1
            )
        with self.assertRaisesRegex(ValueError, 'want a table'):
            row_updates.init(jnp.zeros(3), 'sgd')
        with self.assertRaisesRegex(ValueError, 'want a table'):
            row_updates.init(jnp.zeros((3, 2)), 'momentum')


if __name__ == '__main__':
    absltest.main()
