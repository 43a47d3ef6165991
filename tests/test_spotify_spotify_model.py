"""Tests of the model's features and affinities."""

import dataclasses

import jax
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import spotify_model
from spotify import training_settings
from tests import playlist_testdata

_CONFIG = training_settings.ModelConfig(
    feature_size=3, affinity='max', album_boost=0.5, artist_boost=0.25, track_embedding=False
)


class FeaturesTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.tracks = playlist_testdata.make_catalogue()

    def _features(self, **changes):
        return spotify_model.make_features(self.tracks, dataclasses.replace(_CONFIG, **changes))

    def test_sizes_follow_from_the_catalogue(self):
        features = self._features()
        self.assertEqual(features.sizes, (('album', 60), ('artist', 24)))
        np.testing.assert_array_equal(features.rows[:, 0], self.tracks.albums)
        np.testing.assert_array_equal(features.rows[:, 1], self.tracks.artists)
        np.testing.assert_array_equal(features.table_rows()[:, 1], 60 + self.tracks.artists)

    def test_hashed_albums_do_not_match_by_accident(self):
        features = self._features(max_albums=7)
        self.assertEqual(features.sizes[0], ('album', 7))
        np.testing.assert_array_equal(features.rows[:, 0], self.tracks.albums % 7)
        np.testing.assert_array_equal(features.albums, self.tracks.albums)

    def test_tracks_and_durations(self):
        features = self._features(track_embedding=True, duration_buckets=5)
        self.assertEqual(
            features.sizes, (('album', 60), ('artist', 24), ('track', 300), ('duration', 5))
        )
        np.testing.assert_array_equal(features.rows[:, 2], np.arange(300))
        # No duration is unknown: four quarters.
        np.testing.assert_array_equal(np.bincount(features.rows[:, 3]), [0, 75, 75, 75, 75])
        self.assertEqual(features.table_rows().max(), 60 + 24 + 300 + 5 - 1)

    def test_unknown_and_equal_durations(self):
        found = spotify_model.bucket_durations(np.array([0, 30, 10, 20, 0, 40]), 3)
        np.testing.assert_array_equal(found, [0, 2, 1, 1, 0, 2])  # The median is 25.
        np.testing.assert_array_equal(spotify_model.bucket_durations(np.zeros(3, int), 4), [0] * 3)
        self.assertLess(spotify_model.bucket_durations(np.full(5, 9), 4).max(), 4)

    def test_an_owner_without_address_matches_only_its_own_track(self):
        uris = ['' if index == 3 else uri for index, uri in enumerate(self.tracks.artist_uris)]
        tracks = dataclasses.replace(self.tracks, artist_uris=uris)
        features = spotify_model.make_features(tracks, _CONFIG)
        unknown = tracks.artists == 3
        np.testing.assert_array_equal(features.artists[~unknown], tracks.artists[~unknown])
        self.assertLess(features.artists[unknown].max(), 0)
        self.assertLen(set(features.artists[unknown].tolist()), int(unknown.sum()))


class AffinityTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(2)
        self.context = random.normal(size=(3, 5, 2)).astype(np.float32)
        self.mask = np.arange(5) < np.array([5, 2, 0])[:, None]
        self.items = random.normal(size=(3, 7, 2)).astype(np.float32)

    @parameterized.parameters('max', 'mean')
    def test_equals_a_loop(self, kind):
        reduce = {'max': np.max, 'mean': np.mean}[kind]
        found = spotify_model.affinity(self.context, self.mask, self.items, kind)
        shared = spotify_model.affinity(self.context, self.mask, self.items[1], kind)
        for row, size in enumerate((5, 2)):
            context = self.context[row, :size]
            want = [reduce([item @ track for track in context]) for item in self.items[row]]
            np.testing.assert_allclose(found[row], want, rtol=1e-5)
            want = [reduce([item @ track for track in context]) for item in self.items[1]]
            np.testing.assert_allclose(shared[row], want, rtol=1e-5)
        np.testing.assert_array_equal(found[2], np.zeros(7))

    def test_refuses_other_shapes(self):
        with self.assertRaisesRegex(ValueError, r'want \[B, C, D\]'):
            spotify_model.affinity(self.context, self.mask[:, :1], self.items, 'max')
        with self.assertRaisesRegex(ValueError, r'want \[B, C, D\]'):
            spotify_model.affinity(self.context, self.mask, self.items[..., :1], 'max')

    def test_matches(self):
        owners = np.array([[1, 2, 9], [4, 4, 9]])
        mask = np.array([[True, True, False], [True, False, False]])
        found = spotify_model.matches(owners, mask, np.array([[2, 9], [4, 1]]))
        np.testing.assert_array_equal(found, [[True, False], [True, False]])
        shared = spotify_model.matches(owners, mask, np.array([4, 2, 9]))
        np.testing.assert_array_equal(shared, [[False, True, False], [True, False, False]])


class SpotifyModelTest(absltest.TestCase):
    def test_by_hand(self):
        model = spotify_model.SpotifyModel(
            (('album', 2), ('artist', 3)), dataclasses.replace(_CONFIG, feature_size=1)
        )
        tree = {
            'album_embedding': {'embedding': np.array([[1.0], [2.0]])},
            'artist_embedding': {'embedding': np.array([[3.0], [-1.0], [5.0]])},
            'boosts': np.array([0.5, 0.25]),
        }
        # A context of (album 0, artist 0) = (1, 3) and (1, 2) = (2, 5); item (1, 1) = (2, -1) has
        # products -1 and -1, item (0, 2) = (1, 5) has 16 and 27. The first matches album 1, the
        # second an album and an artist.
        found = model.apply(
            {'params': tree},
            np.array([[[0, 0], [1, 2]]]),
            np.array([[True, True]]),
            np.array([[1, 1], [0, 2]]),
            np.array([[True, True]]),
            np.array([[False, True]]),
        )
        np.testing.assert_allclose(found, [[-1 + 0.5, 27 + 0.5 + 0.25]])

    def test_table_holds_all_embeddings(self):
        tracks = playlist_testdata.make_catalogue()
        config = dataclasses.replace(_CONFIG, track_embedding=True, init_scale=0.3)
        features = spotify_model.make_features(tracks, config)
        table = np.asarray(spotify_model.init_table(jax.random.key(0), features, config))
        self.assertEqual(table.shape, (60 + 24 + 300, 3))
        np.testing.assert_allclose(table.std(), 0.3, rtol=0.1)
        tree = spotify_model.from_table(table, np.ones(2), features)
        self.assertEqual(tree['artist_embedding']['embedding'].shape, (24, 3))
        np.testing.assert_array_equal(spotify_model.to_table(tree, features), table)
        model = spotify_model.SpotifyModel(features.sizes, config)
        vectors = model.apply({'params': tree}, features.rows, method=model.embed)
        np.testing.assert_array_equal(vectors, table[features.table_rows()].reshape(300, 9))


if __name__ == '__main__':
    absltest.main()
