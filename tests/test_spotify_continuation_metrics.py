import numpy as np
from absl.testing import absltest

from spotify import continuation_metrics
from spotify import continuations
from tests import test_spotify_continuations

# Tracks 0 to 9, of artists 0, 0, 1, 1, … 4, 4.
_ARTISTS = np.repeat(np.arange(5), 2).astype(np.int32)


def _cases(rows, unknown=None, size=1):
    return continuations.cut(
        test_spotify_continuations.make(rows, unknown),
        continuations.Category('first', size),
        min_held_out=1,
    )


def _lists(rows):
    lists = np.full((len(rows), 500), -1, np.int32)
    for place, row in enumerate(rows):
        lists[place, : len(row)] = row
    return lists


class JudgeTest(absltest.TestCase):
    def test_hits_and_artists(self):
        cases = _cases([[9, 0, 2, 4], [9, 6, 7]], [0, 3])
        found = continuation_metrics.judge(np.array([[0, 1, 3, 4], [8, 9, 0, 7]]), cases, _ARTISTS)
        np.testing.assert_array_equal(found.hits, np.array([[1, 0, 0, 1], [0, 0, 0, 1]], bool))
        # Of the first 3: artists 0 (twice) and 1, of 0, 1, 2. Of the first 5 of the second, where
        # 3 unknown tracks count: artist 3, of 3.
        np.testing.assert_array_equal(found.artist_matches, [2, 1])

    def test_padding_is_no_hit(self):
        found = continuation_metrics.judge(np.full((1, 4), -1), _cases([[0, 9]]), _ARTISTS)
        self.assertFalse(found.hits.any())
        self.assertEqual(found.artist_matches[0], 0)

    def test_measures_by_hand(self):
        cases = _cases([[9, 0, 2, 4]])
        found = continuation_metrics.measure(
            _lists([[0, 1, 3, 4]]), cases, _ARTISTS, np.arange(10) * 1.0
        )
        names = [measure.name for measure in continuation_metrics.MEASURES]
        self.assertEqual(found.shape, (1, len(names)))
        by_name = dict(zip(names, found[0], strict=True))
        # Hits at ranks 1 and 4 of three tracks; artists 0 and 1 of three in the first three.
        self.assertAlmostEqual(by_name['r_precision'], 1 / 3)
        self.assertAlmostEqual(by_name['challenge_r_precision'], (1 + 0.25 * 2) / 3)
        ideal = 1 + 1 / np.log2(3) + 1 / 2
        self.assertAlmostEqual(by_name['ndcg'], (1 + 1 / np.log2(5)) / ideal)
        self.assertAlmostEqual(by_name['challenge_ndcg'], 1.5 / (2 + 1 / np.log2(3)))
        self.assertEqual(by_name['clicks'], 0)
        for k in (10, 100, 500):
            self.assertAlmostEqual(by_name[f'recall_{k}'], 2 / 3)
        self.assertAlmostEqual(by_name['average_precision'], (1 + 2 / 4) / 3)
        self.assertAlmostEqual(by_name['popularity'], (0 + 1 + 3 + 4) / 4)

    def test_refuses_other_shapes(self):
        with self.assertRaisesRegex(ValueError, r'want recommended \[1, K\]'):
            continuation_metrics.judge(np.zeros((2, 3), int), _cases([[9, 0]]), _ARTISTS)
        with self.assertRaisesRegex(ValueError, r'want recommended \[Q, 500\]'):
            continuation_metrics.measure(
                np.zeros((1, 3), int), _cases([[9, 0]]), _ARTISTS, np.zeros(10)
            )


class CeilingTest(absltest.TestCase):
    def test_lists_what_there_is_then_artists(self):
        attainable = np.array([1, 1, 0, 1, 0, 0, 1, 1, 1, 1], bool)
        cases = _cases([[3, 0, 2, 4, 6], [1, 5]])
        lists = continuation_metrics.ceiling(cases, _ARTISTS, attainable)
        # 0 and 6 are held out and attainable; 2 is not, and the other track of its artist is 3,
        # which is in the context; artist 2 of track 4 has none. The second can find nothing.
        np.testing.assert_array_equal(lists[0, :3], [0, 6, -1])
        np.testing.assert_array_equal(lists[1], np.full(500, -1))
        other = continuation_metrics.ceiling(_cases([[9, 2, 6]]), _ARTISTS, attainable)
        np.testing.assert_array_equal(other[0, :3], [6, 3, -1])

    def test_another_track_of_an_artist_whose_first_is_in_the_context(self):
        # All three tracks are of one artist; the held-out one cannot be had, the context's is
        # known already, and the third earns the credit.
        cases = _cases([[2, 0]])
        artists = np.zeros(3, np.int32)
        lists = continuation_metrics.ceiling(cases, artists, np.array([False, True, True]))
        np.testing.assert_array_equal(lists[0, :2], [1, -1])

    def test_no_list_is_better(self):
        rng = np.random.default_rng(1)
        artists = rng.integers(0, 12, 60).astype(np.int32)
        attainable = rng.random(60) < 0.6
        rows = [rng.permutation(60)[:15] for _ in range(20)]
        cases = _cases(rows, size=3)
        ceiling = continuation_metrics.ceiling(cases, artists, attainable)
        tracks = np.flatnonzero(attainable)
        wanted = continuation_metrics.measure(ceiling, cases, artists, np.zeros(60))
        for _ in range(20):
            lists = [
                rng.permutation(np.setdiff1d(tracks, context)) for context in cases.queries.contexts
            ]
            found = continuation_metrics.measure(_lists(lists), cases, artists, np.zeros(60))
            sign = np.array(
                [-1 if m.better == 'lower' else 1 for m in continuation_metrics.MEASURES]
            )
            self.assertTrue((sign * (wanted - found) >= 0).all())


if __name__ == '__main__':
    absltest.main()
