import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common.pb import recsys_pb2
from pinterest import recommendations
from pinterest import search


def _vectors(count, dim, seed):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)


def _recommend(scenes, products, groups=None, **settings):
    return recommendations.recommend(
        scenes,
        products,
        groups or [(np.arange(len(scenes)), None)],
        recommendations.Settings(**settings),
        search.exact('dot'),
    )


class RecommendationsTest(parameterized.TestCase):
    def test_nearest(self):
        scenes, products = _vectors(7, 3, 0), _vectors(20, 3, 1)
        found = _recommend(scenes, products, top_k=5)
        wanted = np.argsort(-scenes @ products.T, axis=1)[:, :5]
        np.testing.assert_array_equal(found.places, wanted)
        np.testing.assert_array_equal(found.nearest, wanted)
        np.testing.assert_array_equal(found.scores, found.similarities)
        self.assertEqual(found.num_short, 0)

    def test_limit_goes_on_looking_among_all_products(self):
        # One product may be given once: the 30 scenes need 90 products and ask for 4 each at first.
        scenes, products = _vectors(30, 3, 0), _vectors(100, 3, 1)
        few = _recommend(scenes, products, top_k=3, num_candidates=4, max_per_product=1)
        many = _recommend(scenes, products, top_k=3, num_candidates=100, max_per_product=1)
        self.assertEqual(few.num_short, 0)
        self.assertLen(set(few.places.ravel().tolist()), 90)
        np.testing.assert_array_equal(few.places, many.places)
        np.testing.assert_allclose(
            few.similarities[4], products[few.places[4]] @ scenes[4], rtol=1e-5
        )

    def test_too_few_products_for_the_limit(self):
        found = _recommend(_vectors(5, 3, 0), _vectors(4, 3, 1), top_k=3, max_per_product=2)
        self.assertEqual(np.bincount(found.places[found.places >= 0]).tolist(), [2, 2, 2, 2])
        self.assertEqual(found.num_short, 5)
        self.assertTrue((found.places[:, 0] >= 0).all())

    def test_diversity_is_reported_beside_similarity(self):
        scenes, products = _vectors(7, 3, 0), _vectors(50, 3, 1)
        found = _recommend(scenes, products, top_k=5, diversity=0.5)
        np.testing.assert_allclose(found.scores[:, 0], found.similarities[:, 0] / 2, rtol=1e-6)
        self.assertTrue((np.diff(found.scores, axis=1) <= 0).all())
        self.assertFalse(np.array_equal(found.places, found.nearest))

    def test_categories(self):
        groups = recommendations.group_by_category(
            [{'a'}, {'b', 'a'}, set(), {'c', ''}], ['b', 'a', '', 'a']
        )
        self.assertEqual(
            [(rows.tolist(), members.tolist()) for rows, members in groups],
            [([0, 1], [1, 3]), ([1], [0])],
        )
        found = _recommend(_vectors(4, 3, 0), _vectors(4, 3, 1), groups, top_k=4)
        self.assertEqual([sorted(row) for row in found.places.tolist()],
                         [[-1, -1, 1, 3], [-1, 0, 1, 3], [-1] * 4, [-1] * 4])  # fmt: skip

    @parameterized.parameters(
        ('A|B|c', ['A|B'], True),
        ('A|B', ['A|B'], True),
        ('A|Bee', ['A|B'], False),
        ('A', ['A|B'], False),
        ('X|y', ['A|B', 'X'], True),
        ('', ['A'], False),
    )
    def test_in_categories(self, category, wanted, expected):
        self.assertEqual(recommendations.in_categories(category, wanted), expected)

    def test_spread_by_hand(self):
        # Counts 3, 1, 0, 0: two of four products; Gini (2 * (3 * 1 + 4 * 3) - 5 * 4) / (4 * 4).
        spread = recommendations.measure_spread(np.array([[0, 1], [0, -1], [0, -1]]), 4)
        self.assertEqual(spread, recommendations.Spread(0.5, 0.625, 3))
        words = '50.0 % of the products, Gini index 0.625, the commonest 3 times'
        self.assertEqual(str(spread), words)

    def test_recall_of_a_search(self):
        scenes, products = _vectors(1500, 3, 0), _vectors(20, 3, 1)
        groups = [(np.arange(1500), None)]
        found = _recommend(scenes, products, top_k=2)
        measure = recommendations.measure_recall
        self.assertEqual(measure(found, scenes, products, groups, 'dot'), (1.0, 1000))
        found.nearest[:, 1] = -1
        self.assertEqual(measure(found, scenes, products, groups, 'dot'), (0.5, 1000))

    def test_records(self):
        found = recommendations.Recommendations(
            np.array([[2, 0], [-1, -1]]),
            np.array([[0.5, 0.25], [-np.inf, -np.inf]], np.float32),
            np.zeros((2, 2), np.float32),
            np.zeros((2, 2), int),
        )
        payloads = recommendations.to_payloads(['s', 't'], ['a', 'b', 'c'], found)
        first, second = map(recsys_pb2.Recommendation.FromString, payloads)
        self.assertEqual((first.query, list(first.item), list(first.score)),
                         ('s', ['c', 'a'], [0.5, 0.25]))  # fmt: skip
        self.assertEqual((second.query, list(second.item)), ('t', []))


if __name__ == '__main__':
    absltest.main()
