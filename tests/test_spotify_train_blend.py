import json
import pathlib
import shutil
import tempfile

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import models
from common import parameters
from spotify import blend_files
from spotify import ranking
from spotify import system_loading
from spotify import training_data
from tests import programs
from tests import spotify_testdata

_PROGRAM = 'spotify.train_blend'
_SYSTEMS = '--systems=artist_match,album_match'


class TrainBlendTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.root = pathlib.Path(temporary.name)
        playlists = f'--playlists={cls.root}/playlists'
        programs.succeed(
            'spotify.make_synthetic_playlists',
            f'--output={cls.root}/playlists',
            '--num_playlists=300',
            '--num_tracks=900',
            '--num_artists=60',
            '--num_themes=6',
        )
        programs.succeed('spotify.make_dictionary', playlists, f'--output={cls.root}/dictionaries')
        programs.succeed(
            'spotify.make_training',
            playlists,
            f'--dictionaries={cls.root}/dictionaries',
            f'--output={cls.root}/data',
        )
        cls.data = training_data.open_data(f'{cls.root}/data')

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _make(self, name, *flags):
        path = str(self.folder / name)
        flags = (f'--data={self.root}/data', f'--model_dir={path}', *flags)
        return path, programs.succeed(_PROGRAM, *flags).stderr.decode()

    def test_learned_weights(self):
        path, log = self._make('blend', _SYSTEMS, '--context_sizes=1,5')
        config = models.load_config(path)
        self.assertEqual(config['system'], 'blend')
        self.assertEqual(config['track_hash'], self.data.track_hash)
        self.assertEqual([m['path'] for m in config['members']], ['artist_match', 'album_match'])
        # The smallest size also serves playlists that are shorter.
        self.assertEqual(config['context_sizes'], [0, 5])
        self.assertEqual(models.load_parameters(path)['weights'].shape, (2, 2))
        lines = pathlib.Path(path, 'metrics.jsonl').read_text().splitlines()
        measured = [json.loads(line) for line in lines]
        self.assertEqual([line['context_size'] for line in measured], [0, 5])
        queries = np.array([line['queries'] for line in measured])
        blend = np.array([line['ndcg'] for line in measured])
        alone = np.array([line['ndcg_alone'] for line in measured])
        self.assertGreaterEqual(
            np.average(blend, weights=queries) + 1e-9,
            np.average(alone, axis=0, weights=queries).max(),
        )
        self.assertIn('of the best system alone', log)
        self.assertIn('artist_match', pathlib.Path(path, 'README.md').read_text())

    def test_the_same_again(self):
        first, _ = self._make('first', _SYSTEMS, '--max_playlists=12')
        second, _ = self._make('second', _SYSTEMS, '--max_playlists=12')
        for name in ('parameters.msgpack', 'metrics.jsonl'):
            self.assertEqual(
                pathlib.Path(first, name).read_bytes(), pathlib.Path(second, name).read_bytes()
            )

    def test_given_weights_rank_as_their_sum(self):
        path, _ = self._make('fixed', _SYSTEMS, '--weights=1,0')
        blend = system_loading.load(path, self.data)
        artists = system_loading.load('artist_match', self.data)
        queries = spotify_testdata.queries([0, 3, 7], [4])
        np.testing.assert_array_equal(
            ranking.rank(blend, queries, 100)[0], ranking.rank(artists, queries, 100)[0]
        )
        self.assertEqual(pathlib.Path(path, 'metrics.jsonl').read_text(), '')

    def test_evaluation_takes_a_blend_of_blends(self):
        self._make('inner', _SYSTEMS, '--weights=1,1')
        outer, _ = self._make(
            'outer', f'--systems={self.folder}/inner,album_match', '--weights=1,1'
        )
        result = programs.succeed(
            'spotify.evaluate_recommendations',
            f'--data={self.root}/data',
            f'--systems={outer},artist_match',
            '--context_sizes=5',
            '--resamples=100',
        )
        self.assertIn(b'outer', result.stdout)

    def test_moves_with_its_members(self):
        together = self.folder / 'together'
        together.mkdir()
        self._make('together/inner', _SYSTEMS, '--weights=1,1')
        self._make('together/outer', f'--systems={together}/inner,album_match', '--weights=1,1')
        moved = self.folder / 'moved'
        shutil.move(together, moved)
        self.assertEqual(system_loading.load(f'{moved}/outer', self.data).name, 'blend')
        shutil.rmtree(moved / 'inner')
        with self.assertRaisesRegex(errors.InputError, 'a system of the blend .* is missing'):
            system_loading.load(f'{moved}/outer', self.data)

    def test_refuses_members_made_again(self):
        inner, _ = self._make('inner', _SYSTEMS, '--weights=1,1')
        outer, _ = self._make('outer', f'--systems={inner},album_match', '--weights=1,1')
        self._make('inner', _SYSTEMS, '--weights=1,2', '--overwrite')
        with self.assertRaisesRegex(errors.InputError, 'inner was made again since the blend'):
            system_loading.load(outer, self.data)

    def test_refuses_damage(self):
        path, _ = self._make('blend', _SYSTEMS, '--weights=1,1')
        for weights in ([[1.0, np.nan]], [[0.0, 0.0]], [[1.0]], [1.0, 1.0]):
            tree = {'weights': np.array(weights, np.float32)}
            pathlib.Path(path, 'parameters.msgpack').write_bytes(parameters.encode(tree))
            with self.assertRaisesRegex(errors.InputError, 'blend is damaged'):
                system_loading.load(path, self.data)
        pathlib.Path(path, 'parameters.msgpack').write_bytes(parameters.encode({}))
        with self.assertRaisesRegex(errors.InputError, 'blend is damaged'):
            system_loading.load(path, self.data)
        config = {**models.load_config(path), 'members': [1]}
        pathlib.Path(path, 'config.json').write_text(json.dumps(config))
        with self.assertRaisesRegex(errors.InputError, 'config.json is damaged'):
            system_loading.load(path, self.data)

    def test_nothing_to_learn_from(self):
        data = self.folder / 'data'
        programs.succeed(
            'spotify.make_training',
            f'--playlists={self.root}/playlists',
            f'--dictionaries={self.root}/dictionaries',
            f'--output={data}',
            '--validation_fold=-1',
        )
        flags = (f'--data={data}', _SYSTEMS, f'--model_dir={self.folder}/blend')
        last = programs.fail(_PROGRAM, *flags)
        self.assertIn('cannot learn weights from the 0 validation playlists', last)
        self.assertFalse((self.folder / 'blend').exists())

    def test_wrong_flags(self):
        for flags, message in [
            (('--systems=artist_match',), 'at least two --systems'),
            ((_SYSTEMS, '--context_sizes=9999999'), 'give numbers from 0 to'),
            ((_SYSTEMS, '--context_sizes=x'), 'give numbers from 0 to'),
            ((_SYSTEMS, '--weights=learned,1'), 'want numbers, or the word learned'),
        ]:
            with self.subTest(message):
                flags = (f'--data={self.root}/data', f'--model_dir={self.folder}/b', *flags)
                self.assertIn(message, programs.fail(_PROGRAM, *flags, status=2))


class ParseWeightsTest(parameterized.TestCase):
    def test_numbers(self):
        np.testing.assert_allclose(blend_files.parse_weights(['0.7', ' 3'], 2), [[0.7, 3]])

    @parameterized.parameters(
        (['a', '1'], 'want numbers, or the word learned'),
        (['1'], '1 --weights for 2 --systems'),
        (['1', '-1'], 'at least 0'),
        (['0', '0'], 'and one above'),
        (['nan', '1'], 'at least 0'),
    )
    def test_refuses(self, words, message):
        with self.assertRaisesRegex(errors.UsageError, message):
            blend_files.parse_weights(words, 2)


if __name__ == '__main__':
    absltest.main()
