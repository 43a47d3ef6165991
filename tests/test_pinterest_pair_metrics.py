import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from sklearn import metrics as sklearn_metrics

from common import metrics
from pinterest import pair_metrics

_NAMES = [one.name for one in pair_metrics.MEASURES] + ['binary_accuracy']


def _problem(seed, spread, others_compete=True, num_queries=23, num_products=61):
    """Returns scores and queries: scenes of one to three products, four categories."""
    rng = np.random.default_rng(seed)
    queries = pair_metrics.Queries(
        rng.permutation(num_products)[:num_queries],
        np.sort(rng.integers(0, 11, num_queries)),
        rng.integers(0, 4, num_products),
        others_compete,
    )
    scores = rng.integers(0, spread, (num_queries, num_products)).astype(np.float32)
    return scores, queries


def _measure(scores, queries):
    values = pair_metrics.measure(lambda rows: scores[rows], queries)
    return dict(zip(_NAMES, values.T, strict=True))


def _by_shuffling(scores, queries, trials=4000):
    """Breaks ties by lot, again and again: a mean over many orders."""
    rng = np.random.default_rng(0)
    sums = {name: np.zeros(len(queries)) for name in _NAMES}
    for row in range(len(queries)):
        place = queries.places[row]
        others = set(queries.places[queries.scenes == queries.scenes[row]]) - {place}
        kept = [p for p in range(scores.shape[1]) if queries.others_compete or p not in others]
        noise = rng.random((trials, len(kept))) * 0.5  # Scores are whole numbers.
        noisy = scores[row, kept] + noise
        own = noisy[:, kept.index(place)][:, None]
        ranks = 1 + (noisy > own).sum(axis=1)
        for k in pair_metrics.CUTOFFS:
            sums[f'recall_{k}'][row] = (ranks <= k).mean()
        sums['mrr'][row] = (1 / ranks).mean()
        sums['auc'][row] = ((len(kept) - ranks) / (len(kept) - 1)).mean()
        same = queries.categories[kept] == queries.categories[place]
        beaten = ((noisy < own) & same).sum(axis=1) / (same.sum() - 1)
        sums['binary_accuracy'][row] = beaten.mean()
    return sums


class PairMetricsTest(parameterized.TestCase):
    def test_by_hand(self):
        # Product 1 of four: above it 3, alike 0, below 2. Of its category: 0.
        queries = pair_metrics.Queries(np.array([1]), np.array([0]), np.array([7, 7, 8, 9]))
        found = _measure(np.array([[5, 5, 1, 9]], np.float32), queries)
        found = {name: value.item() for name, value in found.items()}
        # Ranks 2 and 3 are as likely.
        self.assertEqual(found['recall_1'], 0)
        self.assertEqual(found['recall_5'], 1)
        self.assertAlmostEqual(found['mrr'], (1 / 2 + 1 / 3) / 2)
        self.assertAlmostEqual(found['auc'], (1 + 0.5) / 3)
        self.assertEqual(found['binary_accuracy'], 0.5)

    @parameterized.product(spread=(3, 10**6), others_compete=(True, False))
    def test_ties_are_the_mean_over_their_orders(self, spread, others_compete):
        scores, queries = _problem(1, spread, others_compete)
        found, wanted = _measure(scores, queries), _by_shuffling(scores, queries)
        for name in _NAMES:
            # The standard deviation of a mean over 4,000 is at most 0.5 / 63.
            np.testing.assert_allclose(found[name], wanted[name], atol=0.035, err_msg=name)

    def test_equals_the_metrics_of_lists_and_scikit_learn(self):
        scores, queries = _problem(2, 10**6)
        found = _measure(scores, queries)
        rows = np.arange(len(queries))
        relevant = np.zeros(scores.shape, bool)
        relevant[rows, queries.places] = True
        order = np.argsort(-scores, axis=1)
        hits = np.take_along_axis(relevant, order, axis=1)
        one = np.ones(len(queries), int)
        for k in pair_metrics.CUTOFFS:
            np.testing.assert_array_equal(found[f'recall_{k}'], metrics.recall(hits, one, k))
        np.testing.assert_allclose(found['mrr'], metrics.reciprocal_rank(hits))
        np.testing.assert_allclose(found['auc'], metrics.auc(scores, relevant))
        for row in rows:
            auc = sklearn_metrics.roc_auc_score(relevant[row], scores[row])
            self.assertAlmostEqual(found['auc'][row], auc)

    def test_chance(self):
        _, queries = _problem(3, 2)
        values = pair_metrics.measure(pair_metrics.constant(61), queries)
        found = dict(zip(_NAMES, values.mean(axis=0), strict=True))
        for k in pair_metrics.CUTOFFS:
            self.assertAlmostEqual(found[f'recall_{k}'], k / 61)
        self.assertAlmostEqual(found['mrr'], np.sum(1 / np.arange(1, 62)) / 61)
        self.assertAlmostEqual(found['auc'], 0.5)
        self.assertAlmostEqual(found['binary_accuracy'], 0.5)

    def test_alone_in_its_category(self):
        queries = pair_metrics.Queries(np.array([0, 1]), np.array([0, 1]), np.array([3, 5, 5]))
        found = _measure(np.ones((2, 3), np.float32), queries)
        np.testing.assert_array_equal(found['binary_accuracy'], [np.nan, 0.5])

    def test_ceiling_of_a_scene_with_three_products(self):
        # Nothing tells which of the three is meant: each is first in one of three orders.
        places = np.array([0, 1, 2, 3])
        queries = pair_metrics.Queries(places, np.array([0, 0, 0, 1]), np.zeros(9, int))
        values = pair_metrics.measure(pair_metrics.best_of_scene(queries), queries)
        found = dict(zip(_NAMES, values.T, strict=True))
        np.testing.assert_allclose(found['recall_1'], [1 / 3, 1 / 3, 1 / 3, 1])
        np.testing.assert_allclose(found['recall_5'], 1)
        np.testing.assert_allclose(found['mrr'][0], (1 + 1 / 2 + 1 / 3) / 3)
        alone = pair_metrics.Queries(queries.places, queries.scenes, queries.categories, False)
        values = pair_metrics.measure(pair_metrics.best_of_scene(alone), alone)
        np.testing.assert_array_equal(values, 1)

    def test_systems(self):
        scenes, products = np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32)
        queries = pair_metrics.Queries(np.arange(3), np.arange(3), np.zeros(3, int))
        system = pair_metrics.by_vectors(scenes, products)
        self.assertTrue((pair_metrics.measure(system, queries) == 1).all())
        self.assertEqual(
            pair_metrics.recommended(system, queries, 2).tolist(), [[0, 1], [1, 0], [2, 0]]
        )
        popular = pair_metrics.popularity(np.array([1, 5, 5]))
        self.assertEqual(pair_metrics.recommended(popular, queries, 9).tolist(), [[1, 2, 0]] * 3)

    def test_blocks_do_not_matter(self):
        scores, queries = _problem(4, 50)
        whole = pair_metrics.measure(lambda rows: scores[rows], queries)
        self.enter_context(absltest.mock.patch.object(pair_metrics, '_BLOCK_ELEMENTS', 200))
        parts = pair_metrics.measure(lambda rows: scores[rows], queries)
        np.testing.assert_array_equal(whole, parts)

    def test_refuses_what_cannot_be_measured(self):
        queries = pair_metrics.Queries(np.array([0]), np.array([0]), np.zeros(1, int))
        with self.assertRaisesRegex(ValueError, 'nothing to be ranked against'):
            _measure(np.ones((1, 1)), queries)
        scores, queries = _problem(4, 50)
        scores[3, 5] = np.nan
        with self.assertRaisesRegex(ValueError, 'no NaN'):
            _measure(scores, queries)


if __name__ == '__main__':
    absltest.main()
