import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import blend_training
from spotify import blending
from spotify import challenge_metrics
from spotify import playlists
from spotify import ranking
from spotify import systems
from tests import spotify_testdata


class NormaliseTest(parameterized.TestCase):
    def _normalise(self, scores, context=(), depth=3):
        return blending.normalise(
            np.array(scores, np.float32), np.array(context, np.int32), depth
        ).tolist()

    def test_spreads_the_best_over_the_scale(self):
        # By hand: of the best three, 6, 4 and 3, the scale begins at the 2 below them.
        self.assertEqual(self._normalise([4, 2, 6, 3, -9]), [0.5, 0, 1, 0.25, 0])

    def test_scale_and_shift_of_a_system_do_not_matter(self):
        scores = np.array([4, 2, 6, 3, -9])
        np.testing.assert_allclose(
            self._normalise(1e-4 * scores - 7), [0.5, 0, 1, 0.25, 0], atol=2e-3
        )

    def test_the_context_has_no_say(self):
        # 100 is known; the best three are then 6, 4 and 3.
        found = self._normalise([4, 100, 6, 3, 2], context=[1, 1])
        self.assertEqual([found[i] for i in (0, 2, 3, 4)], [0.5, 1, 0.25, 0])

    def test_ties_with_the_last_are_not_lost(self):
        # Many tracks of one artist: all of them, not three, stand above the rest.
        self.assertEqual(self._normalise([0, 1, 1, 2, 1, 1, 0]), [0, 0.5, 0.5, 1, 0.5, 0.5, 0])

    def test_few_scores_above_zero(self):
        self.assertEqual(self._normalise([0, 5, 0, 0, 0]), [0, 1, 0, 0, 0])

    @parameterized.parameters(([7, 7, 7, 7],), ([0, 0],), ([1],))
    def test_equal_scores_add_nothing(self, scores):
        self.assertEqual(self._normalise(scores), [0] * len(scores))

    def test_all_known(self):
        self.assertEqual(self._normalise([1, 2], context=[0, 1]), [0, 0])


class BlendTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.first = spotify_testdata.TableSystem('first', [0, 1, 2, 3, 4])
        self.second = spotify_testdata.TableSystem('second', [80, 60, 40, 20, 0])

    def test_weighted_sum(self):
        blend = blending.Blend([self.first, self.second], [[3, 1]])
        scores = blend.score(spotify_testdata.queries([], []))
        # By hand: 3/4 times 0, 1/4, … 1 and 1/4 times 1, 3/4, … 0.
        np.testing.assert_allclose(scores, [[4 / 16, 6 / 16, 8 / 16, 10 / 16, 12 / 16]] * 2)
        self.assertEqual((scores.dtype, blend.num_tracks), (np.float32, 5))

    def test_one_system_alone_ranks_as_it_does(self):
        scores = np.random.default_rng(1).normal(size=2000).astype(np.float32)
        system = spotify_testdata.TableSystem('normal', scores)
        queries = spotify_testdata.queries([], [3, 7, int(np.argmax(scores))])
        blend = blending.Blend([system, self._constant(2000)], [[0.2, 0.8]])
        np.testing.assert_array_equal(
            ranking.rank(blend, queries, k=500)[0], ranking.rank(system, queries, k=500)[0]
        )

    def _constant(self, size):
        return spotify_testdata.TableSystem('constant', np.full(size, 3.0))

    def test_weights_follow_the_context(self):
        blend = blending.Blend([self.first, self.second], [[1, 0], [0, 1]], context_sizes=[0, 2])
        tracks, _ = ranking.rank(blend, spotify_testdata.queries([], [1], [1, 2], [1, 2, 0]), k=1)
        self.assertEqual(tracks.ravel().tolist(), [4, 4, 0, 3])

    def test_affinities(self):
        # Two tracks of context 0 and 1; the second system speaks of other sizes of numbers.
        first = spotify_testdata.TableSystem('a', [0, 0, 0], np.array([[0, 0], [0, 0], [2, 1]]))
        second = spotify_testdata.TableSystem('b', [0, 0, 0], np.array([[0, 0], [0, 0], [10, 80]]))
        popular = spotify_testdata.TableSystem('c', [0, 0, 0])
        blend = blending.Blend([first, second, popular], [[0.25, 0.5, 0.25]])
        found = blend.affinities(np.array([0, 1]), np.array([2]))
        # By hand: 0.25 · (1, 0.5) + 0.5 · (0.125, 1).
        np.testing.assert_allclose(found, [[0.3125, 0.625]])
        self.assertIsNone(blending.Blend([popular], [[1]]).affinities(np.array([0]), np.array([2])))
        self.assertEqual(blend.affinities(np.empty(0, int), np.array([2])).shape, (1, 0))

    @parameterized.parameters(
        ([[1, 1, 1]], [0], 'weights .* for 1 context sizes and 2 systems'),
        ([[1, -1]], [0], 'negative'),
        ([[0, 0]], [0], 'all zero'),
        ([[np.nan, 1]], [0], 'not finite'),
        ([[1, 1], [1, 1]], [0, 0], 'do not rise from 0'),
        ([[1, 1]], [1], 'do not rise from 0'),
    )
    def test_refuses(self, weights, sizes, message):
        with self.assertRaisesRegex(ValueError, message):
            blending.Blend([self.first, self.second], weights, sizes)

    def test_refuses_systems_of_other_tracks(self):
        with self.assertRaisesRegex(ValueError, 'different numbers of tracks'):
            blending.Blend([self.first, self._constant(4)], [[1, 1]])


class HashSystem:
    """Knows the right tracks of some contexts, by their first track, among noise."""

    def __init__(self, name, num_tracks, answers, strength):
        self.name, self.num_tracks = name, num_tracks
        self._answers, self._strength = answers, strength

    def score(self, queries):
        scores = np.empty((len(queries), self.num_tracks), np.float32)
        for row, context in zip(scores, queries.contexts, strict=True):
            key = int(context[0]) if len(context) else 0
            row[:] = np.random.default_rng([key, len(self.name)]).random(self.num_tracks)
            row[self._answers.get(key, [])] += self._strength
        return scores

    def affinities(self, context, tracks):
        return None


class LearnTest(absltest.TestCase):
    """Playlists begin with their own number; each system knows other tracks of each."""

    def setUp(self):
        super().setUp()
        random = np.random.default_rng(5)
        size, num_tracks = 60, 3000
        rows = [
            np.concatenate([[p], size + random.choice(num_tracks - size, 12, replace=False)])
            for p in range(size)
        ]
        self.known = playlists.collect(
            playlists.Playlist(f'p{p}', '', row.astype(np.int32), 1, 2)
            for p, row in enumerate(rows)
        )
        good, other = (
            {p: row[s] for p, row in enumerate(rows)} for s in (slice(1, 8), slice(6, 13))
        )
        self.members = [
            HashSystem('good', num_tracks, good, 0.95),
            HashSystem('other', num_tracks, other, 0.9),
            HashSystem('noise', num_tracks, {}, 0),
            spotify_testdata.TableSystem('constant', np.ones(num_tracks)),
        ]

    def _learn(self, **options):
        return blend_training.learn(self.members, self.known, [0, 1], **options)

    def test_gains_what_each_system_knows(self):
        learned = self._learn()
        self.assertEqual(learned.num_queries, [60, 60])
        weights = learned.weights[1]
        np.testing.assert_allclose(learned.weights.sum(axis=1), 1, rtol=1e-6)
        self.assertGreater(min(weights[0], weights[1]), 5 * weights[2])
        self.assertGreater(learned.ndcg[1], 1.2 * learned.single_ndcg[1].max())
        self.assertGreaterEqual(learned.ndcg.mean(), learned.single_ndcg.mean(axis=0).max())

    def test_reports_the_ndcg_of_the_ranking(self):
        learned = self._learn()
        blend = blending.Blend(self.members, learned.weights, [0, 1])
        rows = list(self.known)
        queries = systems.Queries([row.tracks[:1] for row in rows], [''] * len(rows))
        wanted = [*learned.single_ndcg[1], learned.ndcg[1]]
        for system, ndcg in zip([*self.members, blend], wanted, strict=True):
            tracks, _ = ranking.rank(system, queries, k=500)
            hits = np.stack([np.isin(t, r.tracks[1:]) for t, r in zip(tracks, rows, strict=True)])
            # Each playlist goes on with 12 tracks of the dictionary and 2 unknown ones.
            found = challenge_metrics.ndcg(hits, np.full(len(rows), 12 + 2)).mean()
            self.assertAlmostEqual(found, ndcg, places=9)

    def test_the_same_again(self):
        first, second = self._learn(max_playlists=25, seed=3), self._learn(max_playlists=25, seed=3)
        np.testing.assert_array_equal(first.weights, second.weights)
        other = self._learn(max_playlists=25, seed=4)
        self.assertNotEqual(first.ndcg.tolist(), other.ndcg.tolist())

    def test_no_playlist_is_long_enough(self):
        with self.assertRaisesRegex(blend_training.NothingToLearnError, 'none is long'):
            blend_training.learn(self.members, self.known, [11])

    def test_a_size_that_no_playlist_has_takes_the_shared_weights(self):
        learned = blend_training.learn(self.members, self.known, [1, 50])
        np.testing.assert_array_equal(learned.weights[0], learned.weights[1])
        self.assertEqual((learned.num_queries, learned.ndcg[1]), ([60, 0], 0))


if __name__ == '__main__':
    absltest.main()
