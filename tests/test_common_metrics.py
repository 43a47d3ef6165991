import numpy as np
import sklearn.metrics
from absl.testing import absltest
from absl.testing import parameterized

from common import metrics

# Three lists of four: hits at ranks 1 and 3; none; at rank 2.
_HITS = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]], bool)
_RELEVANT = np.array([2, 5, 3])


def _random_case(seed, queries=7, items=23):
    """Returns scores without ties, which items are relevant, and the hits of the full ranking."""
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(items, dtype=np.float64), (queries, 1)), axis=1)
    relevant = rng.random((queries, items)) < 0.3
    relevant[np.arange(queries), rng.integers(items, size=queries)] = True
    relevant[np.arange(queries), np.argmin(relevant, axis=1)] = False
    relevant[~relevant.any(axis=1), 0] = True
    hits = np.take_along_axis(relevant, np.argsort(-scores, axis=1), axis=1)
    return scores, relevant, hits


class RankingTest(parameterized.TestCase):
    @parameterized.named_parameters(
        # By hand, from the ranks of the hits above.
        ('precision', lambda: metrics.precision(_HITS, 3), [2 / 3, 0, 1 / 3]),
        ('hit_rate_1', lambda: metrics.hit_rate(_HITS, 1), [1, 0, 0]),
        ('hit_rate_2', lambda: metrics.hit_rate(_HITS, 2), [1, 0, 1]),
        ('recall_2', lambda: metrics.recall(_HITS, _RELEVANT, 2), [1 / 2, 0, 1 / 3]),
        ('recall_4', lambda: metrics.recall(_HITS, _RELEVANT, 4), [1, 0, 1 / 3]),
        ('r_precision', lambda: metrics.r_precision(_HITS, _RELEVANT), [1 / 2, 0, 1 / 3]),
        ('first_hit', lambda: metrics.first_hit(_HITS), [1, 0, 2]),
        ('reciprocal_rank', lambda: metrics.reciprocal_rank(_HITS), [1, 0, 1 / 2]),
        (
            'average_precision',
            lambda: metrics.average_precision(_HITS, _RELEVANT),
            [(1 + 2 / 3) / 2, 0, 1 / 2 / 3],
        ),
        (
            'ndcg',
            lambda: metrics.ndcg(_HITS, _RELEVANT),
            [(1 + 1 / 2) / (1 + 1 / np.log2(3)), 0, 1 / np.log2(3) / (1.5 + 1 / np.log2(3))],
        ),
        (
            'ndcg_2',
            lambda: metrics.ndcg(_HITS, _RELEVANT, 2),
            [1 / (1 + 1 / np.log2(3)), 0, 1 / np.log2(3) / (1 + 1 / np.log2(3))],
        ),
    )
    def test_by_hand(self, function, wanted):
        found = function()
        self.assertEqual(found.shape, (3,))
        np.testing.assert_allclose(found, wanted, rtol=1e-12)

    @parameterized.parameters(1, 2, 3)
    def test_average_precision_as_scikit_learn(self, seed):
        scores, relevant, hits = _random_case(seed)
        found = metrics.average_precision(hits, relevant.sum(axis=1))
        wanted = [
            sklearn.metrics.average_precision_score(*row)
            for row in zip(relevant, scores, strict=True)
        ]
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
        ranked = sklearn.metrics.label_ranking_average_precision_score(relevant, scores)
        self.assertAlmostEqual(found.mean(), ranked, places=12)

    @parameterized.product(seed=(1, 2), k=(1, 5, 23))
    def test_ndcg_as_scikit_learn(self, seed, k):
        scores, relevant, hits = _random_case(seed)
        found = metrics.ndcg(hits, relevant.sum(axis=1), k)
        wanted = sklearn.metrics.ndcg_score(relevant, scores, k=k)
        self.assertAlmostEqual(found.mean(), wanted, places=12)

    @parameterized.product(seed=(1, 2), k=(1, 5, 23))
    def test_graded_ndcg_as_scikit_learn(self, seed, k):
        scores, relevant, _ = _random_case(seed)
        grades = relevant * np.random.default_rng(seed).integers(0, 4, relevant.shape)
        grades[0] = 0  # scikit-learn too counts a query without gain as 0.
        gains = 2.0**grades - 1
        ranked = np.take_along_axis(gains, np.argsort(-scores, axis=1), axis=1)
        found = metrics.graded_ndcg(ranked, gains, k)
        wanted = sklearn.metrics.ndcg_score(gains, scores, k=k)
        self.assertAlmostEqual(found.mean(), wanted, places=12)
        self.assertEqual(found[0], 0.0)

    def test_graded_ndcg_of_ones_is_ndcg(self):
        _, relevant, hits = _random_case(4)
        found = metrics.graded_ndcg(hits * 1.0, relevant * 1.0, 6)
        np.testing.assert_allclose(found, metrics.ndcg(hits, relevant.sum(axis=1), 6))

    @parameterized.parameters(1, 6)
    def test_precision_and_recall_as_scikit_learn(self, k):
        scores, relevant, hits = _random_case(5)
        listed = np.argsort(np.argsort(-scores, axis=1), axis=1) < k
        for function, found in (
            (sklearn.metrics.precision_score, metrics.precision(hits, k)),
            (sklearn.metrics.recall_score, metrics.recall(hits, relevant.sum(axis=1), k)),
        ):
            wanted = function(relevant.T, listed.T, average=None, zero_division=0.0)
            np.testing.assert_allclose(found, wanted, rtol=1e-12)

    @parameterized.parameters(1, 2)
    def test_auc_as_scikit_learn(self, seed):
        scores, relevant, _ = _random_case(seed)
        tied = np.floor(scores / 4)
        for values in (scores, tied):
            wanted = [
                sklearn.metrics.roc_auc_score(*row) for row in zip(relevant, values, strict=True)
            ]
            np.testing.assert_allclose(metrics.auc(values, relevant), wanted, rtol=1e-12)

    def test_perfect_ranking_is_1(self):
        relevant = np.array([1, 3, 5])
        hits = np.arange(7) < relevant[:, None]
        for function in (
            metrics.r_precision,
            metrics.average_precision,
            metrics.ndcg,
        ):
            np.testing.assert_allclose(function(hits, relevant), 1.0, rtol=1e-12)

    def test_more_relevant_than_listed(self):
        # By hand: 2 hits in 2 ranks, of 4; the ideal list of 2 is full.
        hits, relevant = np.array([[True, True]]), np.array([4])
        self.assertEqual(metrics.r_precision(hits, relevant)[0], 0.5)
        self.assertEqual(metrics.average_precision(hits, relevant)[0], 0.5)
        self.assertEqual(metrics.ndcg(hits, relevant)[0], 1.0)

    def test_from_ranks(self):
        hits = metrics.from_ranks(np.array([1, 0, 5, 3]), 3)
        np.testing.assert_array_equal(metrics.first_hit(hits), [1, 0, 0, 3])
        self.assertEqual(hits.shape, (4, 3))
        with self.assertRaisesRegex(ValueError, r'want \[Q\] ranks'):
            metrics.from_ranks(np.array([-1]), 3)

    @parameterized.parameters(
        (_HITS, _RELEVANT[:, None], r'int num_relevant \[3\]'),
        (_HITS, _RELEVANT[:1], r'int num_relevant \[3\]'),
        (_HITS, _RELEVANT * 1.0, 'got float64'),
        (_HITS * 1, _RELEVANT, 'want bool hits'),
        (_HITS[0], _RELEVANT, 'want bool hits'),
        (_HITS[:, :0], _RELEVANT, 'want bool hits'),
        (_HITS, np.array([2, 0, 1]), 'query 1 has 0 relevant items'),
        (_HITS, np.array([1, 1, 1]), 'query 0 has 2 hits, and 1 relevant'),
    )
    def test_refuses(self, hits, relevant, message):
        for function in (
            metrics.r_precision,
            metrics.average_precision,
            metrics.ndcg,
            lambda *lists: metrics.recall(*lists, 1),
        ):
            with self.assertRaisesRegex(ValueError, message):
                function(hits, relevant)

    def test_refuses_k(self):
        for k in (0, 5):
            with self.assertRaisesRegex(ValueError, f'k is {k}, want 1 to 4'):
                metrics.precision(_HITS, k)

    def test_auc_refuses_a_query_of_one_kind(self):
        for relevant in (np.ones((2, 3), bool), np.zeros((2, 3), bool)):
            with self.assertRaisesRegex(ValueError, 'only relevant items, or none'):
                metrics.auc(np.zeros((2, 3)), relevant)
        with self.assertRaisesRegex(ValueError, r'\[Q, N\]'):
            metrics.auc(np.zeros((2, 3)), np.ones((2, 1), bool))

    def test_no_queries(self):
        hits, relevant = np.zeros((0, 3), bool), np.zeros(0, np.int64)
        self.assertEqual(metrics.ndcg(hits, relevant).shape, (0,))
        self.assertEqual(metrics.auc(np.zeros((0, 3)), hits).shape, (0,))


class ExposureTest(parameterized.TestCase):
    _LISTS = np.array([[0, 2, 4], [2, 0, -1], [2, -1, -1]], np.int32)

    def test_exposure_and_coverage(self):
        counts = metrics.exposure(self._LISTS, 5)
        np.testing.assert_array_equal(counts, [2, 0, 3, 0, 1])
        self.assertAlmostEqual(metrics.coverage(counts), 3 / 5)

    @parameterized.parameters(
        ([1, 1, 1, 1], 0.0),
        ([0, 0, 0, 8], 3 / 4),  # One of N gets everything: 1 - 1/N.
        ([1, 2, 3, 4], 0.25),  # By hand: (-3 - 2 + 3 + 12) / (4 * 10).
        ([4, 1, 3, 2], 0.25),
        ([0, 0, 0], 0.0),
    )
    def test_gini(self, counts, wanted):
        self.assertAlmostEqual(metrics.gini(np.array(counts)), wanted)

    def test_gini_is_half_the_mean_difference(self):
        # The definition: mean absolute difference of all pairs, over twice the mean.
        counts = np.random.default_rng(1).integers(0, 50, 31)
        wanted = np.abs(counts[:, None] - counts).mean() / (2 * counts.mean())
        self.assertAlmostEqual(metrics.gini(counts), wanted)

    def test_average_popularity(self):
        found = metrics.average_popularity(self._LISTS, np.array([10.0, 0, 40, 0, 1]))
        np.testing.assert_allclose(found, [17, 25, 40])
        empty = np.full((2, 3), -1)
        np.testing.assert_array_equal(metrics.average_popularity(empty, np.ones(5)), [0, 0])

    @parameterized.parameters((5,), (-2,))
    def test_items_outside_the_catalogue(self, item):
        lists = np.array([[0, item]])
        with self.assertRaisesRegex(ValueError, f'{item}'):
            metrics.exposure(lists, 5)
        with self.assertRaisesRegex(ValueError, f'{item}'):
            metrics.average_popularity(lists, np.ones(5))

    def test_counts_are_checked(self):
        for counts in (np.zeros((2, 2)), np.zeros(0), np.array([1, -1])):
            with self.assertRaisesRegex(ValueError, r'want counts \[N\]'):
                metrics.gini(counts)


if __name__ == '__main__':
    absltest.main()
