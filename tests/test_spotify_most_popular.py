import collections
import json
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import models
from spotify import playlists
from spotify import popularity
from spotify import ranking
from spotify import training_data
from tests import hostile
from tests import programs
from tests import spotify_testdata
from tests import training_testdata

_PROGRAM = 'spotify.most_popular'


def _count(lists, num_tracks):
    rows = [playlists.Playlist('', '', np.array(row, np.int32), 0) for row in lists]
    return popularity.count(playlists.collect(rows), num_tracks)


class MostPopularTest(parameterized.TestCase):
    def test_counts(self):
        counts = _count([[2, 0], [0], [2, 4, 0]], 6)
        self.assertEqual(counts.tolist(), [3, 0, 2, 0, 1, 0])
        system = popularity.MostPopular(counts)
        self.assertEqual(system.num_tracks, 6)
        scores = system.score(spotify_testdata.queries([0], []))
        self.assertEqual(scores.dtype, np.float32)
        self.assertEqual(scores.tolist(), [[3, 0, 2, 0, 1, 0]] * 2)
        self.assertIsNone(system.affinities(np.array([0]), np.array([1, 2])))

    def test_exploration_lists_each_track_once_and_never_the_context(self):
        system = popularity.MostPopular(np.arange(40)[::-1], epsilon=0.5, num_slots=30)
        contexts = [[], [39, 0, 1], list(range(38)), list(range(40))]
        lists, _ = ranking.rank(system, spotify_testdata.queries(*contexts), 40)
        for found, context in zip(lists.tolist(), contexts, strict=True):
            known = [track for track in found if track >= 0]
            self.assertEqual(sorted(known), sorted(set(range(40)) - set(context)))

    def test_share_of_random_tracks(self):
        # 400 popular tracks of 100,000, 300 slots: a random track is hardly ever one of them.
        counts = np.zeros(100_000, np.int64)
        counts[:400] = np.arange(400, 0, -1)
        system = popularity.MostPopular(counts, epsilon=0.2, num_slots=300)
        queries = spotify_testdata.queries(*([track] for track in range(40)))
        lists, _ = ranking.rank(system, queries, 300)
        drawn = lists >= 400
        # 12,000 slots of probability 0.2: a standard deviation is 0.0037.
        self.assertAlmostEqual(drawn.mean(), 0.2, delta=0.015)
        # Evenly drawn of 99,600, about 29 of 2,400 occur twice.
        self.assertGreater(len(np.unique(lists[drawn])), drawn.sum() - 80)
        # The others are the most popular in order, without the context; but in about a fifth of the
        # lists one of the 400 was drawn.
        in_order = 0
        for found, context in zip(lists, queries.contexts, strict=True):
            greedy = [track for track in range(400) if track not in context]
            kept = found[found < 400].tolist()
            in_order += kept == greedy[: len(kept)]
        self.assertGreater(in_order, 20)
        share = drawn.mean(axis=0)
        self.assertAlmostEqual(share[:150].mean(), share[150:].mean(), delta=0.03)

    def test_what_is_drawn_follows_from_the_query_and_the_seed(self):
        def lists(seed, *contexts):
            system = popularity.MostPopular(np.arange(90), epsilon=0.9, seed=seed)
            found, _ = ranking.rank(system, spotify_testdata.queries(*contexts), 20)
            return found.tolist()

        first = lists(5, [1, 2], [3])
        self.assertEqual(first, lists(5, [9], [1, 2], [3])[1:])
        self.assertNotEqual(first[0], lists(6, [1, 2])[0])
        self.assertNotEqual(first[0], first[1])

    def test_every_track_is_drawn_equally_often(self):
        system = popularity.MostPopular(np.arange(12), epsilon=1.0)
        queries = spotify_testdata.queries(*([0] for _ in range(2200)))
        queries = type(queries)(queries.contexts, [str(number) for number in range(2200)])
        lists, _ = ranking.rank(system, queries, 1)
        counts = collections.Counter(lists[:, 0].tolist())
        self.assertEqual(sorted(counts), list(range(1, 12)))
        # 200 expected each; a standard deviation is 13.5.
        self.assertBetween(min(counts.values()), 140, 260)
        self.assertBetween(max(counts.values()), 140, 260)


class ProgramTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.data = training_testdata.write_data(self.folder / 'data')

    def test_writes_a_system(self):
        path = str(self.folder / 'popular')
        flags = (f'--data={self.data}', f'--model_dir={path}', '--epsilon=0.1', '--seed=3')
        programs.succeed(_PROGRAM, *flags)
        data = training_data.open_data(self.data)
        config = models.load_config(path)
        self.assertEqual(config['system'], 'most_popular')
        self.assertEqual(config['track_hash'], data.track_hash)
        self.assertEqual((config['epsilon'], config['seed']), (0.1, 3))
        system = popularity.load(path)
        wanted = np.bincount(data.playlists('train').tracks, minlength=data.num_tracks)
        np.testing.assert_array_equal(models.load_parameters(path)['counts'], wanted)
        self.assertEqual(system.num_tracks, len(data.catalogue()))
        last = programs.fail(_PROGRAM, *flags)
        self.assertIn('--overwrite', last)

    def test_refusals(self):
        output = f'--model_dir={self.folder}/none'
        self.assertIn('/nowhere', programs.fail(_PROGRAM, '--data=/nowhere', output))
        flags = (f'--data={self.data}', output)
        self.assertIn('epsilon', programs.fail(_PROGRAM, *flags, '--epsilon=1.5', status=2))
        self.assertIn('stray', programs.fail(_PROGRAM, *flags, 'stray', status=2))

    def test_damaged_systems(self):
        path = self.folder / 'system'
        config = {'system': 'most_popular', 'num_tracks': 3, 'epsilon': 0, 'num_slots': 5}
        wrong = {'seed': 1, 'epsilon': 'x'}, {'seed': 1, 'num_slots': None}, {'seed': -4}
        for change in ({}, {'seed': 1, 'num_tracks': 4}, {'seed': 1, 'system': 'other'}, *wrong):
            models.save_model(
                str(path), {'counts': np.arange(3)}, {}, config | change, overwrite=True
            )
            with self.assertRaisesRegex(errors.InputError, 'no system of the most popular'):
                popularity.load(str(path))
        (path / 'config.json').write_text(json.dumps(config | {'seed': 1}))
        self.assertEqual(popularity.load(str(path)).num_tracks, 3)

        def use(folder):
            system = popularity.load(folder)
            scores = system.score(spotify_testdata.queries([1], []))
            self.assertEqual(scores.shape, (2, system.num_tracks))

        hostile.damage_model(str(path), use)


if __name__ == '__main__':
    absltest.main()
