"""Tests of the least-squares solver."""

import os
from unittest import mock

import numpy as np
from absl.testing import absltest

from tests import glove_testdata
from wikipedia import cooccurrence_reader
from wikipedia import glove_als
from wikipedia import glove_settings
from wikipedia import glove_training


def _table(size: int = 91, dim: int = 5) -> np.ndarray:
    table = np.random.default_rng(1).normal(0, 0.1, (size, dim + 1)).astype(np.float32)
    table[0] = table[:, -1] = 0
    return table


class GloveAlsTest(absltest.TestCase):
    def test_word_solves_its_normal_equations(self):
        # The first word of a sweep against NumPy's least squares, in double precision.
        pairs, config = glove_testdata.make_pairs(), glove_als.AlsConfig(x_max=2.0, ridge=0.7)
        before = _table().astype(np.float64)
        rows = glove_als.PairRows(pairs, 91)
        shares = next(rows.shuffled(np.random.default_rng(0)))
        self.assertEqual([len(share) for share in shares], [1])
        word = shares[0][0]
        first = pairs.rows == word
        second = pairs.columns == word
        others = np.concatenate([pairs.columns[first], pairs.rows[second]])
        counts = np.concatenate([pairs.counts[first], pairs.counts[second]]).astype(np.float64)
        root = np.sqrt(np.minimum(1, counts / 2.0) ** 0.75)
        left = np.c_[before[others, :-1], np.ones(len(others))] * root[:, None]
        right = (np.log(counts) - before[others, -1]) * root
        penalty = np.diag(np.sqrt([0.7] * 5 + [config.bias_ridge]))
        want = np.linalg.lstsq(np.r_[left, penalty], np.r_[right, np.zeros(6)], rcond=None)[0]
        wide = np.insert(_table(), -1, 1.0, axis=1)
        found = glove_als._solve_words(wide, rows, shares[0], config)
        np.testing.assert_allclose(found[0], want, rtol=2e-4, atol=2e-5)

    def test_loss_falls_in_every_sweep(self):
        pairs, config = glove_testdata.make_pairs(), glove_als.AlsConfig(ridge=0.05)
        settings = glove_settings.TrainingConfig()
        rows, table = glove_als.PairRows(pairs, 91), _table()
        losses, objectives = [], []
        for epoch in range(8):
            loss = glove_training.mean_loss(table, pairs, settings)
            losses.append(loss)
            objectives.append(loss * len(pairs) + glove_als.objective_penalty(table, config))
            table = glove_als.sweep(table, rows, np.random.default_rng(epoch), config)
        self.assertTrue((np.diff(losses) < 0).all(), losses)
        self.assertTrue((np.diff(objectives) < 0).all(), objectives)
        # The counts follow from 3 dimensions, so 5 explain them but for the ridge.
        self.assertLess(losses[-1], 0.02 * losses[0])

    def test_rows_hold_every_pair_from_both_sides_once(self):
        pairs = glove_testdata.make_pairs()
        rows = glove_als.PairRows(pairs, 91)
        seen = {}
        for word in range(91):
            for place in range(rows.starts[word], rows.starts[word + 1]):
                self.assertNotIn((word, rows.others[place]), seen)
                seen[word, rows.others[place]] = rows.logs[place]
        want = {}
        for row, column, count in zip(pairs.rows, pairs.columns, pairs.counts, strict=True):
            want[row, column] = want[column, row] = np.log(count)
        self.assertEqual(seen, want)

    def test_every_word_once_in_shares_of_a_block(self):
        pairs = glove_testdata.make_pairs()
        rows = glove_als.PairRows(pairs, 91)
        with mock.patch.object(glove_als, '_BLOCK', 80):
            rows._batch_words = 7
            batches = list(rows.shuffled(np.random.default_rng(2)))
        self.assertEqual([sum(map(len, batch)) for batch in batches], [7] * 12 + [6])
        shares = [share for batch in batches for share in batch]
        self.assertCountEqual(np.concatenate(shares), range(1, 91))
        lengths = np.diff(rows.starts)
        self.assertTrue(all(len(share) == 1 or lengths[share].sum() <= 80 for share in shares))
        self.assertGreater(max(map(len, shares)), 1)

    def test_shares_and_blocks_change_rounding_only(self):
        pairs, config = glove_testdata.make_pairs(), glove_als.AlsConfig()
        rows = glove_als.PairRows(pairs, 91)
        rows._batch_words = 7
        tables = []
        for block in (1, 16, 80, 10_000):
            with mock.patch.object(glove_als, '_BLOCK', block):
                tables.append(glove_als.sweep(_table(), rows, np.random.default_rng(3), config))
        for table in tables[1:]:
            np.testing.assert_allclose(table, tables[0], rtol=1e-3, atol=1e-4)

    def test_same_bits_on_any_number_of_cores(self):
        rows = glove_als.PairRows(glove_testdata.make_pairs(), 91)
        rows._batch_words = 20
        tables = []
        for cores in (1, 3):
            with mock.patch.object(os, 'cpu_count', return_value=cores):
                tables.append(
                    glove_als.sweep(_table(), rows, np.random.default_rng(3), glove_als.AlsConfig())
                )
        np.testing.assert_array_equal(tables[0], tables[1])

    def test_rows_longer_than_a_block(self):
        # Word 1 stands beside 2,999 others, all counts e: one sweep nearly explains them.
        others = np.arange(2, 3001, dtype=np.int32)
        counts = np.full(len(others), np.e, np.float32)
        pairs = cooccurrence_reader.Pairs(others, np.ones_like(others), counts)
        rows, table = glove_als.PairRows(pairs, 3001), _table(3001, 2)
        config = glove_als.AlsConfig(x_max=1.0, ridge=1e-3, bias_ridge=1e-3)
        for epoch in range(4):
            table = glove_als.sweep(table, rows, np.random.default_rng(epoch), config)
        loss = glove_training.mean_loss(table, pairs, glove_settings.TrainingConfig())
        self.assertLess(loss, 1e-4)

    def test_mask_stays_zero(self):
        table = glove_als.sweep(
            _table(),
            glove_als.PairRows(glove_testdata.make_pairs(), 91),
            np.random.default_rng(0),
            glove_als.AlsConfig(),
        )
        self.assertEqual(np.abs(table[0]).sum(), 0.0)
        self.assertTrue((np.abs(table[1:]).sum(1) > 0).all())


if __name__ == '__main__':
    absltest.main()
