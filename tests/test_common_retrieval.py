import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import retrieval


def _brute_force(queries, items, k, exclude):
    """Sorts all scores; ties by index."""
    indices, scores = [], []
    for query, excluded in zip(queries, exclude, strict=True):
        row = [float(np.dot(query, item)) for item in items]
        order = sorted(
            (i for i in range(len(items)) if i not in excluded), key=lambda i, row=row: (-row[i], i)
        )
        indices.append(order[:k])
        scores.append([row[i] for i in order[:k]])
    return indices, scores


class TopKTest(parameterized.TestCase):
    @parameterized.product(k=(1, 3, 20, 50), block_size=(None, 1, 7, 41, 100), spread=(2, 1000))
    def test_equals_brute_force_with_many_ties(self, k, block_size, spread):
        # Small integers: products are exact, and with a spread of 2 most scores are ties.
        rng = np.random.default_rng(k)
        queries = rng.integers(-spread, spread, size=(5, 3)).astype(np.float32)
        items = rng.integers(-spread, spread, size=(41, 3)).astype(np.float32)
        exclude = rng.integers(-1, 41, size=(5, 2))
        indices, scores = retrieval.top_k(queries, items, k, block_size=block_size, exclude=exclude)
        want, want_scores = _brute_force(queries, items, k, exclude)
        self.assertEqual(indices.shape, (5, min(k, 41)))
        for row in range(5):
            count = len(want[row])
            self.assertEqual(indices[row, :count].tolist(), want[row])
            self.assertEqual(scores[row, :count].tolist(), want_scores[row])
            self.assertTrue((indices[row, count:] == -1).all())
            self.assertTrue(np.isneginf(scores[row, count:]).all())

    def test_cosine_ignores_length_and_a_zero_vector_scores_zero(self):
        items = np.array([[0, 0], [100, 100], [1, 0], [-2, 0]], np.float32)
        indices, scores = retrieval.top_k(np.array([[3, 0]], np.float32), items, 4, metric='cosine')
        self.assertEqual(indices.tolist(), [[2, 1, 0, 3]])
        np.testing.assert_allclose(scores, [[1, 0.5**0.5, 0, -1]], rtol=1e-6)

    def test_dot_favours_long_vectors(self):
        items = np.array([[100, 100], [1, 0]], np.float32)
        indices, scores = retrieval.top_k(np.array([[3, 0]], np.float32), items, 2)
        self.assertEqual(indices.tolist(), [[0, 1]])
        self.assertEqual(scores.tolist(), [[300, 3]])

    @parameterized.parameters((0, 7), (3, 0), (0, 0))
    def test_nothing_to_search(self, num_queries, num_items):
        indices, scores = retrieval.top_k(np.ones((num_queries, 2)), np.ones((num_items, 2)), 5)
        self.assertEqual(indices.shape, (num_queries, min(5, num_items)))
        self.assertEqual(scores.shape, indices.shape)

    @parameterized.parameters('query', 'item')
    def test_rejects_nan(self, which):
        queries, items = np.ones((2, 3)), np.ones((5, 3))
        (queries if which == 'query' else items)[1, 2] = np.nan
        with self.assertRaisesRegex(ValueError, f'{which} 1 has numbers that are not finite'):
            retrieval.top_k(queries, items, 2)

    def test_rejects_what_does_not_fit(self):
        good = np.ones((2, 3))
        for queries, items, options in (
            (good, np.ones((5, 2)), {'k': 1}),
            (good[0], good, {'k': 1}),
            (good, good, {'k': 0}),
            (good, good, {'k': 1, 'metric': 'euclid'}),
            (good, good, {'k': 1, 'exclude': np.zeros(2, int)}),
            (good, good, {'k': 1, 'block_size': 0}),
        ):
            with self.assertRaises(ValueError):
                retrieval.top_k(queries, items, **options)


if __name__ == '__main__':
    absltest.main()
