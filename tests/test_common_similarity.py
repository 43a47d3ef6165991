import math

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import pair_flags
from common import similarity

# By hand: 3 sets hold both, 4 the left one, 9 the right one, of 24.
_COUNTS = (3, 4, 9, 24)
_PMI = math.log(3 * 24 / (4 * 9))


class SimilarityTest(parameterized.TestCase):
    def test_all_can_be_chosen(self):
        self.assertEqual(list(pair_flags.FORMULAS), list(similarity.BY_NAME))

    @parameterized.parameters(
        ('dice', 6 / 13),
        ('jaccard', 3 / 10),
        ('cosine', 3 / 6),
        ('pmi', _PMI),
        ('npmi', _PMI / math.log(24 / 3)),
        ('hellinger', 1 - math.sqrt(1 - 3 / 6)),
        ('conditional', 3 / 4),
    )
    def test_by_hand(self, name, want):
        self.assertAlmostEqual(float(similarity.BY_NAME[name](*_COUNTS)), want, places=14)

    @parameterized.parameters(
        ('dice', 0.0), ('jaccard', 0.0), ('cosine', 0.0), ('pmi', -math.inf), ('npmi', -1.0),
        ('hellinger', 0.0), ('conditional', 0.0),
    )  # fmt: skip
    def test_never_together_is_the_least(self, name, want):
        # Also for things that do not occur at all, and in no sets at all.
        counts = np.array([[0, 4, 9, 24], [0, 0, 9, 24], [0, 4, 0, 24], [0, 0, 0, 24], [0] * 4])
        with np.errstate(all='raise'):
            found = similarity.BY_NAME[name](*counts.T)
        np.testing.assert_array_equal(found, np.full(5, want))

    @parameterized.parameters(
        ('dice', 1.0), ('jaccard', 1.0), ('cosine', 1.0), ('pmi', 0.0), ('npmi', 1.0),
        ('hellinger', 1.0), ('conditional', 1.0),
    )  # fmt: skip
    def test_both_in_every_set(self, name, want):
        with np.errstate(all='raise'):
            self.assertEqual(float(similarity.BY_NAME[name](7, 7, 7, 7)), want)

    @parameterized.parameters('dice', 'jaccard', 'cosine', 'npmi', 'hellinger')
    def test_never_apart_is_one(self, name):
        self.assertAlmostEqual(float(similarity.BY_NAME[name](5, 5, 5, 24)), 1.0, places=14)

    def test_hellinger_is_the_distance_of_uniform_distributions(self):
        # 24 sets; the left thing is in the first 4, the right one in sets 1 to 9: 3 in common.
        left, right = np.zeros(24), np.zeros(24)
        left[0:4], right[1:10] = 1 / 4, 1 / 9
        distance = math.sqrt(0.5 * ((np.sqrt(left) - np.sqrt(right)) ** 2).sum())
        self.assertAlmostEqual(float(similarity.hellinger(*_COUNTS)), 1 - distance, places=14)

    def test_broadcasts_and_only_conditional_has_a_direction(self):
        joint = np.array([[1, 2, 3]])
        left, right = np.array([[5], [7]]), np.array([[3, 4, 6]])
        for name, function in similarity.BY_NAME.items():
            found = function(joint, left, right, 30)
            self.assertEqual(found.dtype, np.float64)
            other = function(joint, right, left, 30)
            same = np.allclose(found, np.broadcast_to(other, (2, 3)))
            self.assertEqual(same, name != 'conditional')
        want = [[1 / 5, 2 / 5, 3 / 5], [1 / 7, 2 / 7, 3 / 7]]
        np.testing.assert_allclose(
            np.broadcast_to(similarity.conditional(joint, left, right, 30), (2, 3)), want
        )

    def test_counts_whose_product_would_overflow_integers(self):
        large = np.int64(4_000_000_000)
        self.assertAlmostEqual(float(similarity.cosine(large, large, large, large)), 1.0)
        self.assertAlmostEqual(float(similarity.pmi(large, large, large, 2 * large)), math.log(2))


if __name__ == '__main__':
    absltest.main()
