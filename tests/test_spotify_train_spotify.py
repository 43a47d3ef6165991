"""Tests of the program as its users run it, on generated playlists."""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import embedding_system
from spotify import training_data
from tests import programs
from tests import spotify_testdata

_PROGRAM = 'spotify.train_spotify'


class TrainSpotifyTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dir = cls.enterClassContext(tempfile.TemporaryDirectory())
        programs.succeed(
            'spotify.make_synthetic_playlists',
            f'--output={cls.dir}/playlists',
            '--num_playlists=300',
            '--num_tracks=400',
            '--num_artists=40',
            '--num_themes=4',
            '--num_workers=1',
        )
        inputs = f'--playlists={cls.dir}/playlists'
        programs.succeed(
            'spotify.make_dictionary', inputs, f'--output={cls.dir}/names', '--num_workers=1'
        )
        cls.data = f'{cls.dir}/data'
        programs.succeed(
            'spotify.make_training',
            inputs,
            f'--dictionaries={cls.dir}/names',
            f'--output={cls.data}',
            '--num_workers=1',
        )

    def test_trains_a_system_and_refuses_to_replace(self):
        model = f'{self.dir}/model'
        flags = (
            f'--data={self.data}',
            f'--model_dir={model}',
            '--num_epochs=2',
            '--max_tracks=32',
            '--feature_size=8',
        )
        done = programs.succeed(_PROGRAM, *flags)
        last = done.stderr.decode().splitlines()[-1]
        self.assertRegex(last, r'Trained 2 epochs \(\d+ s\), kept number [12]: .*ndcg 0\.\d+')
        lines = pathlib.Path(model, 'metrics.jsonl').read_text(encoding='utf-8').splitlines()
        self.assertEqual([json.loads(line)['epoch'] for line in lines], [1, 2])
        config = json.loads(pathlib.Path(model, 'config.json').read_text(encoding='utf-8'))
        data = training_data.open_data(self.data)
        self.assertEqual(
            (config['system'], config['track_hash'], config['num_tracks']),
            ('embedding', data.track_hash, len(data.catalogue())),
        )
        self.assertEqual(config['flags']['feature_size'], 8)
        self.assertEqual(config['inputs'], [data.describe()])
        self.assertIn('system', pathlib.Path(model, 'README.md').read_text(encoding='utf-8'))
        system = embedding_system.load(model)
        scores = system.score(spotify_testdata.queries([], [3, 1]))
        self.assertEqual(scores.shape, (2, config['num_tracks']))
        counts = np.bincount(
            data.playlists(training_data.TRAIN).tracks, minlength=config['num_tracks']
        )
        np.testing.assert_array_equal(scores[0], counts)
        self.assertIn('--overwrite', programs.fail(_PROGRAM, *flags))

    def test_settings_of_the_book(self):
        model = f'{self.dir}/book'
        programs.succeed(
            _PROGRAM,
            f'--data={self.data}',
            f'--model_dir={model}',
            '--loss=book',
            '--max_albums=17',
            '--artist_boost=0.3',
            '--num_epochs=1',
            '--max_tracks=32',
        )
        config = json.loads(pathlib.Path(model, 'config.json').read_text(encoding='utf-8'))
        training = config['training']
        self.assertEqual(config['embeddings'], ['album', 'artist'])
        self.assertEqual(config['fingerprint']['embeddings'][0], ['album', 17])
        self.assertEqual(
            (training['model']['affinity'], training['sampler'], training['num_negatives']),
            ('max', 'uniform', 64),
        )
        self.assertEqual(
            (training['model']['album_boost'], training['model']['artist_boost']), (0.1, 0.3)
        )
        self.assertEqual(training['context_size'], 5)

    @parameterized.parameters(
        ('--loss=hinge', 2, 'loss'),
        ('--num_negatives=0', 2, 'num_negatives'),
        ('--learning_rate=nan', 2, 'learning_rate'),
        ('--duration_buckets=1', 2, 'tells no durations apart'),
        ('--k=6', 2, '--num_drawn=5'),
        ('stray', 2, 'stray'),
        ('--resume_checkpoint=latest', 2, '--checkpoint_dir'),
        ('--resume_checkpoint=/nowhere', 1, '/nowhere'),
        ('--data=/nowhere', 1, '/nowhere'),
    )
    def test_refusals(self, flag, status, want):
        model = f'{self.dir}/none'
        last = programs.fail(
            _PROGRAM, f'--data={self.data}', f'--model_dir={model}', flag, status=status
        )
        self.assertIn(want, last)
        self.assertFalse(pathlib.Path(model).exists())

    def test_help_comes_without_jax(self):
        done = programs.succeed(_PROGRAM, '--help')
        self.assertIn(b'--album_boost', done.stdout)
        code = 'import sys; from spotify import train_spotify; sys.exit("jax" in sys.modules)'
        subprocess.run([sys.executable, '-c', code], cwd=programs.ROOT, check=True)


if __name__ == '__main__':
    absltest.main()
