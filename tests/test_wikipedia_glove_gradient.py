"""Tests of the gradient solver."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl.testing import absltest
from absl.testing import parameterized

from tests import glove_testdata
from wikipedia import glove
from wikipedia import glove_gradient
from wikipedia import glove_settings
from wikipedia import glove_training

_OPTAX = {'adagrad': optax.adagrad, 'adam': optax.adam}


def _table() -> jax.Array:
    return glove.to_table(glove.init_parameters(jax.random.key(1), jnp.arange(91) > 0, 5))


def _dense_loss(table, batch):
    predicted = glove.Glove(91, 5).apply(
        {'params': glove.from_table(table)}, batch.first, batch.second
    )
    return len(batch.counts) * glove.glove_loss(predicted, batch.counts, x_max=3.0)


class GloveGradientTest(parameterized.TestCase):
    @parameterized.parameters('adagrad', 'adam')
    def test_step_equals_optax_on_the_whole_table(self, rule):
        # Words repeat within the batch, on both sides.
        batch = glove_gradient.Batch(
            jnp.array([5, 7, 7, 90]), jnp.array([1, 5, 1, 2]), jnp.array([1.0, 8.0, 0.3, 2.0])
        )
        table = _table()
        optimiser = _OPTAX[rule](0.1)
        config = glove_gradient.GradientConfig(rule, 0.1, x_max=3.0)
        state = glove_gradient.train_step(glove_gradient.init_state(table, rule), batch, config)
        gradient = jax.grad(_dense_loss)(table, batch)
        change, _ = optimiser.update(gradient, optimiser.init(table), table)
        np.testing.assert_allclose(state.table, table + change, rtol=1e-4, atol=1e-6)
        changed = np.flatnonzero((np.asarray(state.table) != np.asarray(table)).any(1))
        self.assertEqual(changed.tolist(), [1, 2, 5, 7, 90])

    def test_adagrad_equals_optax_over_steps(self):
        pairs, table = glove_testdata.make_pairs(), _table()
        config = glove_gradient.GradientConfig('adagrad', 0.1, x_max=3.0)
        state, optimiser = glove_gradient.init_state(table, 'adagrad'), optax.adagrad(0.1)
        moments = optimiser.init(table)
        for start in (0, 50, 100):
            part = slice(start, start + 50)
            batch = glove_gradient.Batch(pairs.rows[part], pairs.columns[part], pairs.counts[part])
            state = glove_gradient.train_step(state, batch, config)
            change, moments = optimiser.update(jax.grad(_dense_loss)(table, batch), moments)
            table = table + change
        np.testing.assert_allclose(state.table, table, rtol=1e-3, atol=1e-5)

    @parameterized.parameters(('adagrad', 0.1), ('adam', 0.05))
    def test_epochs_lower_the_loss(self, rule, rate):
        pairs = glove_testdata.make_pairs()
        state = glove_gradient.init_state(_table(), rule)
        config = glove_gradient.GradientConfig(rule, rate)
        settings = glove_settings.TrainingConfig()
        before = glove_training.mean_loss(state.table, pairs, settings)
        for epoch in range(20):
            state = glove_gradient.train_epoch(
                state, pairs, np.random.default_rng(epoch), config, batch_size=64
            )
        after = glove_training.mean_loss(state.table, pairs, settings)
        self.assertLess(after, 0.15 * before)
        self.assertEqual(np.abs(state.table[0]).sum(), 0.0)

    def test_epoch_takes_every_pair_once(self):
        pairs = glove_testdata.make_pairs()
        seen = []
        for batch in glove_gradient._shuffled(pairs, np.random.default_rng(0), 32):
            real = batch.counts > 0
            seen += zip(batch.first[real], batch.second[real], batch.counts[real], strict=True)
        want = zip(pairs.rows, pairs.columns, pairs.counts, strict=True)
        self.assertEqual(sorted(seen), sorted(want))


if __name__ == '__main__':
    absltest.main()
