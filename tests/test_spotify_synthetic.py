import csv
import gzip
import json
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import synthetic
from spotify import synthetic_names
from tests import programs

_SMALL = synthetic.Options(num_tracks=60, num_artists=11, num_themes=3, off_theme=0.2, seed=5)
_PROGRAM = 'spotify.make_synthetic_playlists'


class WorldTest(parameterized.TestCase):
    def test_tracks_belong_to_artists_and_these_to_themes(self):
        world = synthetic.make_world(_SMALL)
        self.assertEqual(np.unique(world.artists).tolist(), list(range(11)))
        self.assertEqual(np.unique(world.themes).tolist(), [0, 1, 2])
        np.testing.assert_array_equal(world.artist_themes[world.artists], world.themes)
        np.testing.assert_allclose(np.bincount(world.themes, world.weights), 1.0)
        for album in np.unique(world.albums):
            self.assertLen(set(world.artists[world.albums == album]), 1)

    def test_popularity_within_an_artist_and_a_theme_is_zipfs(self):
        world = synthetic.make_world(_SMALL)
        # The tracks of an artist weigh 1, 1/2, 1/3 …; so do the artists of a theme.
        for artist in range(11):
            weights = world.weights[world.artists == artist]
            np.testing.assert_allclose(weights[0] / weights, np.arange(1, 1 + len(weights)))
        per_artist = np.bincount(world.artists, world.weights)
        for theme in range(3):
            weights = per_artist[world.artist_themes == theme]
            np.testing.assert_allclose(weights[0] / weights, np.arange(1, 1 + len(weights)))

    def test_draws_follow_the_probabilities(self):
        world = synthetic.make_world(_SMALL)
        size = 20_000
        playlists, _ = synthetic.draw(world, 0, size)
        firsts = playlists.tracks[playlists.offsets[:-1]]
        everywhere = world.theme_weights[world.themes] * world.weights
        for theme in range(3):
            found = np.bincount(firsts[playlists.themes == theme], minlength=60)
            chances = 0.8 * world.weights * (world.themes == theme) + 0.2 * everywhere
            expected = chances * found.sum()
            self.assertLess(np.max(np.abs(found - expected) / np.sqrt(expected)), 5)
        np.testing.assert_allclose(
            np.bincount(playlists.themes) / size, world.theme_weights, atol=0.02
        )

    def test_playlists_repeat_no_track_and_have_the_lengths_of_the_original(self):
        world = synthetic.make_world(synthetic.Options(seed=1))
        playlists, _ = synthetic.draw(world, 3000, 5000)
        lengths = np.diff(playlists.offsets)
        self.assertEqual((lengths.min(), lengths.max()), (5, 250))
        self.assertBetween(lengths.mean(), 65, 68)  # The dataset's own mean is 66.3.
        owners = np.repeat(np.arange(5000), lengths)
        self.assertLen(np.unique(owners * 20_000 + playlists.tracks), len(playlists.tracks))
        again, _ = synthetic.draw(world, 3000, 5000)
        np.testing.assert_array_equal(again.tracks, playlists.tracks)
        other, _ = synthetic.draw(world, 4000, 5000)
        self.assertFalse(np.array_equal(other.tracks[:100], playlists.tracks[:100]))

    def test_short_supply(self):
        # A quarter of 20 tracks with a steep law: rare ones must be drawn in the end.
        options = synthetic.Options(20, 2, 2, off_theme=0.01, zipf_exponent=3.0)
        playlists, _ = synthetic.draw(synthetic.make_world(options), 0, 50)
        self.assertEqual(np.diff(playlists.offsets).tolist(), [5] * 50)


class OracleTest(absltest.TestCase):
    def test_order_is_by_probability_given_the_theme(self):
        world = synthetic.make_world(_SMALL)
        everywhere = world.theme_weights[world.themes] * world.weights
        for theme in range(3):
            chances = 0.8 * world.weights * (world.themes == theme) + 0.2 * everywhere
            found = chances[world.oracle[theme]]
            np.testing.assert_array_less(np.diff(found), 1e-15)
            self.assertCountEqual(world.oracle[theme], range(60))

    def test_r_precision_by_hand(self):
        world = synthetic.make_world(_SMALL)
        best = world.oracle[1]
        # Without context, six of the seven tracks are among ranks 0 to 6; after the first, five of
        # six among ranks 1 to 6.
        tracks = best[[0, 1, 2, 9, 4, 5, 3]]
        draw = synthetic.Draw(np.array([1]), np.array([0, 7]), tracks)
        scores = synthetic.score_oracle(world, draw)
        self.assertEqual(scores[0], (6 / 7, 1))
        self.assertEqual(scores[1], (5 / 6, 1))
        # After 0 1 2 9 4 the rest is ranks 5 and 3: the two best of what is left are 3 and 5.
        self.assertEqual(scores[5], (1.0, 1))
        self.assertEqual(scores[10], (0.0, 0))
        merged = synthetic.merge_scores([scores, {**scores, 1: (0.5, 2)}])
        self.assertEqual(merged[1], {'r_precision': (5 / 6 + 0.5) / 3, 'playlists': 3})
        self.assertEqual(merged[10], {'r_precision': 0.0, 'playlists': 0})

    def test_knowing_the_theme_pays(self):
        world = synthetic.make_world(_SMALL)
        playlists, _ = synthetic.draw(world, 0, 2000)
        oracle, count = synthetic.score_oracle(world, playlists)[5]
        wrong = synthetic.Draw((playlists.themes + 1) % 3, playlists.offsets, playlists.tracks)
        other, _ = synthetic.score_oracle(world, wrong)[5]
        self.assertGreater(oracle / count, other / count + 0.1)


class NamesTest(absltest.TestCase):
    def test_names_and_addresses(self):
        uris = {synthetic_names.uri('track', number, 0) for number in range(5000)}
        self.assertLen(uris, 5000)
        for uri in list(uris)[:10]:
            self.assertRegex(uri, r'^spotify:track:[0-9a-f]{22}$')
        names = [synthetic_names.name('artist', number, 0) for number in range(5000)]
        self.assertGreater(len(set(names)), 4500)
        self.assertRegex(names[0], r'^[A-Z][a-z]+( [A-Z][a-z]+)?$')
        self.assertEqual(names[7], synthetic_names.name('artist', 7, 0))
        self.assertNotEqual(names[7], synthetic_names.name('artist', 7, 1))


class MakeSyntheticPlaylistsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.output = os.path.join(self.create_tempdir().full_path, 'out')

    def make(self, *flags):
        sizes = '--num_tracks=500', '--num_artists=60', '--num_themes=4', '--num_playlists=1050'
        programs.succeed(_PROGRAM, f'--output={self.output}', *sizes, *flags)

    def contents(self):
        found = {}
        for path in sorted(pathlib.Path(self.output).iterdir()):
            data = path.read_bytes()
            found[path.name.removesuffix('.gz')] = (
                gzip.decompress(data) if path.suffix == '.gz' else data
            )
        return found

    def test_schema_and_truth(self):
        self.make()
        contents = self.contents()
        self.assertCountEqual(
            contents,
            [
                'mpd.slice.0-999.json',
                'mpd.slice.1000-1999.json',
                '_truth.json',
                '_track_themes.csv',
                '_playlist_themes.csv',
            ],
        )
        slices = [json.loads(contents[f'mpd.slice.{n}-{n + 999}.json']) for n in (0, 1000)]
        self.assertEqual([len(found['playlists']) for found in slices], [1000, 50])
        playlists = [playlist for found in slices for playlist in found['playlists']]
        self.assertEqual([playlist['pid'] for playlist in playlists], list(range(1050)))
        for playlist in playlists[::50]:
            tracks = playlist['tracks']
            self.assertEqual(playlist['num_tracks'], len(tracks))
            self.assertEqual(playlist['num_artists'], len({t['artist_uri'] for t in tracks}))
            self.assertEqual(playlist['num_albums'], len({t['album_uri'] for t in tracks}))
            self.assertEqual(playlist['duration_ms'], sum(t['duration_ms'] for t in tracks))
            self.assertEqual([track['pos'] for track in tracks], list(range(len(tracks))))
            self.assertIn('collaborative', playlist)
        self._check_truth(contents, playlists)

    def _check_truth(self, contents, playlists):
        themes = {}
        for name in ('_track_themes.csv', '_playlist_themes.csv'):
            themes |= dict(csv.reader(contents[name].decode().splitlines()[1:]))
        self.assertLen(themes, 500 + 1050)
        agree = [
            themes[track['track_uri']] == themes[str(playlist['pid'])]
            for playlist in playlists
            for track in playlist['tracks']
        ]
        truth = json.loads(contents['_truth.json'])
        self.assertEqual(truth['num_entries'], len(agree))
        # 0.9, and a quarter of the rest by chance; less, as popular tracks of a theme run out.
        self.assertBetween(np.mean(agree), 0.75, 0.95)
        self.assertBetween(truth['oracle_by_context_size']['5']['r_precision'], 0.3, 0.9)

    def test_does_not_depend_on_workers_nor_gzip(self):
        self.make('--num_workers=1')
        first = self.contents()
        self.make('--num_workers=2', '--gzip', '--overwrite')
        self.assertEqual(self.contents(), first)
        self.make('--seed=1', '--overwrite')
        self.assertNotEqual(self.contents()['mpd.slice.0-999.json'], first['mpd.slice.0-999.json'])

    def test_wrong_flags(self):
        last = programs.fail(_PROGRAM, '--output=x', '--num_artists=30', status=2)
        self.assertIn('--num_themes=50 must not exceed --num_artists=30', last)


if __name__ == '__main__':
    absltest.main()
