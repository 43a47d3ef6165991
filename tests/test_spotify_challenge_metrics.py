import numpy as np
from absl.testing import absltest

from spotify import challenge_metrics


class ChallengeMetricsTest(absltest.TestCase):
    def test_ndcg(self):
        # By hand: ranks 1 and 2 weigh 1, rank 4 half; three relevant tracks weigh 2 + 1/log2(3),
        # six of them 1/2 + 1/log2(5) + 1/log2(6) more, although the list has only four places.
        hits = np.array([[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]], bool)
        three = 2 + 1 / np.log2(3)
        six = three + 1 / 2 + 1 / np.log2(5) + 1 / np.log2(6)
        found = challenge_metrics.ndcg(hits, np.array([3, 6, 1]))
        np.testing.assert_allclose(found, [1.5 / three, 1 / six, 0], rtol=1e-12)

    def test_ndcg_of_a_perfect_list(self):
        relevant = np.array([1, 2, 3, 7])
        hits = np.arange(7) < relevant[:, None]
        np.testing.assert_allclose(challenge_metrics.ndcg(hits, relevant), 1.0, rtol=1e-12)

    def test_clicks(self):
        # The definition: floor((rank - 1) / 10), and 51 where none of 500 is right.
        ranks = np.array([1, 10, 11, 500, 0])
        hits = ranks[:, None] == np.arange(1, 501)
        np.testing.assert_array_equal(challenge_metrics.clicks(hits), [0, 0, 1, 49, 51])
        with self.assertRaisesRegex(ValueError, 'no whole number of pages'):
            challenge_metrics.clicks(hits[:, :499])

    def test_r_precision(self):
        # By hand: one track of two, and both artists: (1 + 0.5) / 2; no track, one artist of three.
        hits = np.array([[1, 0, 1, 0], [0, 0, 0, 0]], bool)
        relevant, artists = np.array([2, 3]), np.array([2, 1])
        found = challenge_metrics.r_precision(hits, relevant, artists)
        np.testing.assert_allclose(found, [0.75, 0.25 / 3], rtol=1e-12)
        with self.assertRaisesRegex(ValueError, 'want artist_matches'):
            challenge_metrics.r_precision(hits, relevant, artists[:, None])


if __name__ == '__main__':
    absltest.main()
