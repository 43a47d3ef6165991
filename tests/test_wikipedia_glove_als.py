"""Tests of the least-squares solver."""

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest

from tests import glove_testdata
from wikipedia import cooccurrence_reader
from wikipedia import glove
from wikipedia import glove_als
from wikipedia import glove_settings
from wikipedia import glove_training


def _table(size: int = 91, dim: int = 5) -> jax.Array:
    return glove.to_table(glove.init_parameters(jax.random.key(1), jnp.arange(size) > 0, dim))


class GloveAlsTest(absltest.TestCase):
    def test_word_solves_its_normal_equations(self):
        # One batch of one word against NumPy's least squares, in double precision.
        pairs, config = glove_testdata.make_pairs(), glove_als.AlsConfig(x_max=2.0, ridge=0.7)
        before = np.asarray(_table(), dtype=np.float64)
        batches = glove_als.RowBatches(pairs, 91)
        batch = next(batches.shuffled(np.random.default_rng(0)))
        self.assertLen(batch.words, 1)
        after = glove_als._solve_batch(
            _table(),
            batch.words,
            batch.others,
            batch.counts,
            batch.owners,
            config.x_max,
            config.alpha,
            config.ridge,
            config.bias_ridge,
        )
        word = batch.words[0]
        first = pairs.rows == word
        second = pairs.columns == word
        others = np.concatenate([pairs.columns[first], pairs.rows[second]])
        counts = np.concatenate([pairs.counts[first], pairs.counts[second]]).astype(np.float64)
        root = np.sqrt(np.minimum(1, counts / 2.0) ** 0.75)
        left = np.c_[before[others, :-1], np.ones(len(others))] * root[:, None]
        right = (np.log(counts) - before[others, -1]) * root
        penalty = np.diag(np.sqrt([0.7] * 5 + [config.bias_ridge]))
        want = np.linalg.lstsq(np.r_[left, penalty], np.r_[right, np.zeros(6)], rcond=None)[0]
        np.testing.assert_allclose(after[word], want, rtol=2e-4, atol=2e-5)
        changed = np.flatnonzero((np.asarray(after) != before.astype(np.float32)).any(1))
        self.assertEqual(changed.tolist(), [word])

    def test_loss_falls_in_every_sweep(self):
        pairs, config = glove_testdata.make_pairs(), glove_als.AlsConfig(ridge=0.05)
        settings = glove_settings.TrainingConfig()
        batches, table = glove_als.RowBatches(pairs, 91), _table()
        losses, objectives = [], []
        for epoch in range(8):
            loss = glove_training.mean_loss(table, pairs, settings)
            losses.append(loss)
            objectives.append(loss * len(pairs) + glove_als.objective_penalty(table, config))
            table = glove_als.sweep(table, batches, np.random.default_rng(epoch), config)
        self.assertTrue((np.diff(losses) < 0).all(), losses)
        self.assertTrue((np.diff(objectives) < 0).all(), objectives)
        # The counts follow from 3 dimensions, so 5 explain them but for the ridge.
        self.assertLess(losses[-1], 0.02 * losses[0])

    def test_batches_hold_every_pair_from_both_sides_once(self):
        pairs = glove_testdata.make_pairs()
        seen = {}
        for batch in glove_als.RowBatches(pairs, 91).shuffled(np.random.default_rng(2)):
            for others, counts, owner in zip(batch.others, batch.counts, batch.owners, strict=True):
                for other, count in zip(others[counts > 0], counts[counts > 0], strict=True):
                    self.assertNotIn((batch.words[owner], other), seen)
                    seen[batch.words[owner], other] = count
        want = {}
        for row, column, count in zip(pairs.rows, pairs.columns, pairs.counts, strict=True):
            want[row, column] = want[column, row] = count
        self.assertEqual(seen, want)

    def test_rows_longer_than_a_chunk(self):
        # Word 1 stands beside 299 others, all counts e: one sweep nearly explains them.
        rows = np.arange(2, 301, dtype=np.int32)
        pairs = cooccurrence_reader.Pairs(rows, np.ones_like(rows), np.full(299, np.e, np.float32))
        table = _table(301, 2)
        for epoch in range(4):
            table = glove_als.sweep(
                table,
                glove_als.RowBatches(pairs, 301),
                np.random.default_rng(epoch),
                glove_als.AlsConfig(x_max=1.0, ridge=1e-3, bias_ridge=1e-3),
            )
        loss = glove_training.mean_loss(table, pairs, glove_settings.TrainingConfig())
        self.assertLess(loss, 1e-4)

    def test_mask_stays_zero(self):
        table = glove_als.sweep(
            _table(),
            glove_als.RowBatches(glove_testdata.make_pairs(), 91),
            np.random.default_rng(0),
            glove_als.AlsConfig(),
        )
        self.assertEqual(np.abs(table[0]).sum(), 0.0)
        self.assertTrue((np.abs(table[1:]).sum(1) > 0).all())


if __name__ == '__main__':
    absltest.main()
