from unittest import mock

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import ranking
from spotify import systems
from tests import spotify_testdata


class RandomSystem:
    """Scores with many ties, different for each query: by the query's first track."""

    name = 'random'
    num_tracks = 211

    def score(self, queries):
        seeds = [int(context[0]) for context in queries.contexts]
        return np.stack(
            [
                np.random.default_rng(seed).integers(0, 40, self.num_tracks).astype(np.float32)
                for seed in seeds
            ]
        )

    def affinities(self, context, tracks):
        return None


class RankTest(parameterized.TestCase):
    @parameterized.product(num_tracks=(500, 733, 9001), levels=(1, 4, 100_000))
    def test_is_a_full_sort(self, num_tracks, levels):
        rng = np.random.default_rng(num_tracks)
        scores = rng.integers(0, levels, num_tracks).astype(np.float32)
        scores[rng.random(num_tracks) < 0.5] = 0  # Most systems know nothing of most tracks.
        context = rng.integers(0, num_tracks, 7)
        chosen, found = ranking.best(scores, context, 500, np.empty(0, np.int64))
        order = np.lexsort((ranking.tie_places(num_tracks), -scores))
        wanted = order[~np.isin(order, context)][:500]
        np.testing.assert_array_equal(chosen, wanted)
        np.testing.assert_array_equal(found, scores[wanted])

    def test_leaves_the_context_out(self):
        # By hand: 3 is best but known; 1 and 4 tie, and win as the shuffle has them; then 5.
        first, second = (index for index in ranking.tie_order(6) if index in (1, 4))
        system = spotify_testdata.TableSystem('table', [0.0, 0.5, -1.0, 0.9, 0.5, 0.25])
        tracks, scores = ranking.rank(system, spotify_testdata.queries([3], [], [1, 1, 4]), k=3)
        self.assertEqual(tracks.tolist(), [[first, second, 5], [3, first, second], [3, 5, 0]])
        np.testing.assert_allclose(scores, [[0.5, 0.5, 0.25], [0.9, 0.5, 0.5], [0.9, 0.25, 0]])
        self.assertEqual((tracks.dtype, scores.dtype), (np.int32, np.float32))

    def test_too_few_tracks_are_padded(self):
        system = spotify_testdata.TableSystem('table', [1.0, 3.0, 2.0])
        tracks, scores = ranking.rank(system, spotify_testdata.queries([1], [0, 1, 2]), k=4)
        self.assertEqual(tracks.tolist(), [[2, 0, -1, -1], [-1] * 4])
        self.assertEqual(scores.tolist(), [[2, 1, -np.inf, -np.inf], [-np.inf] * 4])

    def test_kth_best(self):
        scores = np.array([2, -np.inf, 1, 1, 3, 1, 2], np.float32)
        found = [float(ranking.kth_best(scores, k)) for k in range(1, 7)]
        self.assertEqual(found, [3, 2, 2, 1, 1, 1])

    def test_only_allowed_tracks(self):
        system = spotify_testdata.TableSystem('table', [0.0, 0.5, -1.0, 0.9, 0.7, 0.25])
        allowed = np.array([True, True, False, True, False, False])
        tracks, _ = ranking.rank(system, spotify_testdata.queries([3], [0]), 3, allowed)
        self.assertEqual(tracks.tolist(), [[1, 0, -1], [3, 1, -1]])

    def test_constant_scores_say_nothing_of_the_order_of_indices(self):
        system = spotify_testdata.TableSystem('table', np.zeros(1000))
        tracks, _ = ranking.rank(system, spotify_testdata.queries([2, 0]), k=4)
        wanted = [index for index in ranking.tie_order(1000) if index not in (0, 2)]
        self.assertEqual(tracks.tolist(), [wanted[:4]])
        self.assertGreater(tracks.max(), 100)

    def test_equals_a_full_sort_in_blocks_of_any_size(self):
        system = RandomSystem()
        contexts = [np.arange(size, 3 * size, dtype=np.int32) for size in (1, 2, 3, 5, 7, 11, 70)]
        queries = systems.Queries(contexts, [''] * len(contexts))
        scores = system.score(queries)
        for row, context in zip(scores, contexts, strict=True):
            row[context] = -np.inf
        shuffle = ranking.tie_order(system.num_tracks)
        wanted = shuffle[np.argsort(-scores[:, shuffle], axis=1, kind='stable')[:, :50]]
        for score_bytes in (1, 4 * 211 * 3, 1 << 20):
            with mock.patch.object(ranking, '_SCORE_BYTES', score_bytes):
                tracks, found = ranking.rank(system, queries, k=50)
            np.testing.assert_array_equal(tracks, wanted)
            np.testing.assert_array_equal(found, np.take_along_axis(scores, wanted, axis=1))

    def test_scores_of_the_system_are_left_as_they_are(self):
        system = spotify_testdata.TableSystem('table', [1.0, 3.0, 2.0])
        ranking.rank(system, spotify_testdata.queries([1]), k=2)
        self.assertEqual(system.scores.tolist(), [1, 3, 2])

    def test_no_queries(self):
        system = spotify_testdata.TableSystem('table', [1.0, 3.0])
        tracks, scores = ranking.rank(system, spotify_testdata.queries(), k=2)
        self.assertEqual((tracks.shape, scores.shape), ((0, 2), (0, 2)))

    @parameterized.parameters(np.nan, np.inf, -np.inf)
    def test_refuses_scores_that_are_not_finite(self, value):
        system = spotify_testdata.TableSystem('bad', [1.0, value, 2.0])
        with self.assertRaisesRegex(ValueError, 'bad scores with numbers that are not finite'):
            ranking.rank(system, spotify_testdata.queries([0]))

    def test_refuses_scores_of_another_shape(self):
        system = spotify_testdata.TableSystem('bad', [1.0, 2.0])
        system.num_tracks = 3
        system.score = lambda queries: np.zeros((1, 2), np.float32)
        with self.assertRaisesRegex(ValueError, r'bad scores float32\[1, 2\], want float32\[1, 3'):
            ranking.rank(system, spotify_testdata.queries([0]))

    def test_refuses_k_below_1(self):
        system = spotify_testdata.TableSystem('table', [1.0, 2.0])
        with self.assertRaisesRegex(ValueError, 'k is 0'):
            ranking.rank(system, spotify_testdata.queries([0]), k=0)


if __name__ == '__main__':
    absltest.main()
