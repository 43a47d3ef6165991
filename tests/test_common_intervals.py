import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from scipy import stats

from common import intervals


def _covered(found, truth):
    return np.mean((found.low <= truth) & (truth <= found.high))


class BootstrapTest(parameterized.TestCase):
    def test_as_scipy(self):
        values = np.random.default_rng(1).gamma(1.0, size=(37, 2))
        found = intervals.bootstrap_means(values, resamples=40_000)
        np.testing.assert_allclose(found.mean, values.mean(axis=0))
        for column in (0, 1):
            wanted = stats.bootstrap(
                (values[:, column],),
                np.mean,
                n_resamples=40_000,
                method='BCa',
                rng=np.random.default_rng(2),
            ).confidence_interval
            # The error of a quantile of 40,000 draws is a percent of the width.
            width = wanted.high - wanted.low
            self.assertAlmostEqual(found.low[column], wanted.low, delta=0.03 * width)
            self.assertAlmostEqual(found.high[column], wanted.high, delta=0.03 * width)

    @parameterized.parameters(
        (lambda rng, size: rng.normal(3.0, 2.0, size), 3.0),
        (lambda rng, size: rng.random(size) * (rng.random(size) < 0.4), 0.2),  # Mostly zeros.
        (lambda rng, size: rng.exponential(2.0, size), 2.0),
    )
    def test_covers_as_often_as_it_says(self, draw, truth):
        # 800 samples of 60 queries, as columns: the standard error of a share of 0.95 is 0.008,
        # and the bootstrap is known to fall short by one or two hundredths at such a size.
        values = draw(np.random.default_rng(3), (60, 800))
        found = intervals.bootstrap_means(values, resamples=2000)
        self.assertBetween(_covered(found, truth), 0.91, 0.98)
        found = intervals.bootstrap_means(values, resamples=2000, confidence=0.8)
        self.assertBetween(_covered(found, truth), 0.74, 0.85)

    def test_groups(self):
        # Three or five queries a playlist that are all alike: as few witnesses as playlists.
        rng = np.random.default_rng(4)
        groups = np.repeat(np.arange(50), np.tile([3, 5], 25))
        values = rng.normal(size=(50, 600))[groups]
        alone = intervals.bootstrap_means(values, resamples=1000)
        together = intervals.bootstrap_means(values, groups=groups, resamples=1000)
        self.assertBetween(_covered(together, 0.0), 0.90, 0.98)
        self.assertLess(_covered(alone, 0.0), 0.75)

    def test_very_many_groups(self):
        # By the normal law: 1.96 standard errors on each side.
        values = np.random.default_rng(5).random((20_000, 1))
        found = intervals.bootstrap_means(values, resamples=2000)
        half = 1.96 * values.std() / np.sqrt(20_000)
        self.assertAlmostEqual(found.mean[0], values.mean(), places=12)
        self.assertAlmostEqual(found.low[0], values.mean() - half, delta=0.1 * half)
        self.assertAlmostEqual(found.high[0], values.mean() + half, delta=0.1 * half)

    def test_alike_values_have_no_width(self):
        found = intervals.bootstrap_means(np.full((7, 1), 0.1), resamples=100)
        self.assertEqual((found.low[0], found.high[0]), (found.mean[0], found.mean[0]))

    def test_one_group_says_nothing(self):
        values = np.array([[1.0], [2.0]])
        found = intervals.bootstrap_means(values, groups=np.array([5, 5]), resamples=10)
        self.assertEqual(found.mean[0], 1.5)
        self.assertTrue(np.isnan(found.low[0]) and np.isnan(found.high[0]))

    def test_seed_decides(self):
        values = np.random.default_rng(6).random((11, 2))
        first = intervals.bootstrap_means(values, resamples=50, seed=1)
        again = intervals.bootstrap_means(values, resamples=50, seed=1)
        other = intervals.bootstrap_means(values, resamples=50, seed=2)
        np.testing.assert_array_equal(first.low, again.low)
        self.assertTrue((first.low != other.low).all())

    @parameterized.parameters(
        (np.zeros(3), {}, r'\[Q, M\]'),
        (np.zeros((0, 3)), {}, r'\[Q, M\]'),
        (np.array([[np.nan]]), {}, 'finite'),
        (np.zeros((2, 1)), {'groups': np.zeros(3)}, r'want groups \[2\]'),
        (np.zeros((2, 1)), {'groups': np.zeros((2, 1))}, r'want groups \[2\]'),
        (np.zeros((2, 1)), {'resamples': 0}, 'resamples is 0'),
        (np.zeros((2, 1)), {'confidence': 95}, 'confidence is 95'),
    )
    def test_refuses(self, values, options, message):
        with self.assertRaisesRegex(ValueError, message):
            intervals.bootstrap_means(values, **options)


class SignFlipTest(absltest.TestCase):
    def test_exact_by_hand(self):
        # Of the 8 signs of 1, 2, 3 only all and none reach the sum 6; of 0, 0, 0 every one does;
        # of 3, -1, 1 the sums that reach 3 are 5 (twice) and 3 (four times).
        found = intervals.sign_flip_test(np.array([[1.0, 0, 3], [2, 0, -1], [3, 0, 1]]))
        np.testing.assert_allclose(found, [2 / 8, 1.0, 6 / 8])

    def test_as_scipy(self):
        differences = np.random.default_rng(1).normal(0.4, 1.0, (11, 3))
        found = intervals.sign_flip_test(differences)
        for column in range(3):
            wanted = stats.permutation_test(
                (differences[:, column],), np.mean, permutation_type='samples', n_resamples=np.inf
            )
            self.assertAlmostEqual(found[column], wanted.pvalue)
        sampled = intervals.sign_flip_test(differences, resamples=2000)
        np.testing.assert_allclose(sampled, found, atol=0.04)

    def test_uniform_without_a_difference(self):
        differences = np.random.default_rng(2).normal(size=(40, 2000))
        found = intervals.sign_flip_test(differences, resamples=999)
        # The standard error of a share of 0.05 in 2,000 columns is 0.005.
        self.assertBetween(np.mean(found <= 0.05), 0.035, 0.065)
        self.assertBetween(np.mean(found <= 0.5), 0.46, 0.54)

    def test_groups(self):
        rng = np.random.default_rng(3)
        groups = np.repeat(np.arange(40), 4)
        differences = rng.normal(size=(40, 1000))[groups]
        alone = intervals.sign_flip_test(differences, resamples=500)
        together = intervals.sign_flip_test(differences, groups=groups, resamples=500)
        self.assertBetween(np.mean(together <= 0.05), 0.03, 0.075)
        self.assertGreater(np.mean(alone <= 0.05), 0.2)

    def test_clear_difference(self):
        differences = np.random.default_rng(4).normal(1.0, 1.0, (100, 1))
        found = intervals.sign_flip_test(differences, resamples=1000)
        self.assertAlmostEqual(found[0], 1 / 1001)


class HolmTest(absltest.TestCase):
    def test_by_hand(self):
        # Sorted 0.01, 0.02, 0.03, 0.4, times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.4, never falling.
        found = intervals.holm(np.array([0.03, 0.4, 0.01, 0.02]))
        np.testing.assert_allclose(found, [0.06, 0.4, 0.04, 0.06])
        np.testing.assert_allclose(intervals.holm(np.array([0.7, 0.6])), [1, 1])
        self.assertEqual(intervals.holm(np.zeros(0)).shape, (0,))


if __name__ == '__main__':
    absltest.main()
