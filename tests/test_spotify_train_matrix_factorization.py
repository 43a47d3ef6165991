"""Tests of the program as its users run it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import matrix_factorization
from spotify import training_data
from tests import programs
from tests import training_testdata

_PROGRAM = 'spotify.train_matrix_factorization'


class TrainMatrixFactorizationTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dir = cls.enterClassContext(tempfile.TemporaryDirectory())
        validation = training_testdata.make_lists(30, seed=8)
        cls.data = training_testdata.write_data(f'{cls.dir}/data', validation=validation)

    def test_trains_a_system_and_refuses_to_replace(self):
        model = f'{self.dir}/model'
        flags = (f'--data={self.data}', f'--model_dir={model}', '--embedding_dim=8')
        done = programs.succeed(
            _PROGRAM, *flags, '--num_epochs=3', '--patience=0', '--album_weight=0.1'
        )
        last = done.stderr.decode().splitlines()[-1]
        self.assertRegex(last, r'Trained 3 epochs \(\d+ s\), kept number [123]: .*ndcg 0\.\d+')
        lines = pathlib.Path(model, 'metrics.jsonl').read_text(encoding='utf-8').splitlines()
        self.assertEqual([json.loads(line)['epoch'] for line in lines], [1, 2, 3])
        config = json.loads(pathlib.Path(model, 'config.json').read_text(encoding='utf-8'))
        self.assertEqual(config['system'], 'matrix_factorization')
        data = training_data.open_data(self.data)
        self.assertEqual(config['track_hash'], data.track_hash)
        self.assertEqual(config['num_tracks'], data.num_tracks)
        self.assertEqual(config['training']['columns']['album_weight'], 0.1)
        self.assertIn('8 dimensions', pathlib.Path(model, 'README.md').read_text())
        system = matrix_factorization.load(model)
        self.assertEqual(system.num_tracks, data.num_tracks)
        found = system.affinities(np.array([0, 4, 12]), np.arange(60)).sum(axis=1)
        self.assertGreater(found[::4].mean(), 2 * found.mean(), 'of the same theme')
        self.assertIn('--overwrite', programs.fail(_PROGRAM, *flags))

    @parameterized.parameters(
        ('--ridge=0', 2),
        ('--alpha=nan', 2),
        ('--artist_weight=inf', 2),
        ('stray', 2),
        ('--resume_checkpoint=latest', 2),
        ('--data=/nowhere', 1),
        ('--resume_checkpoint=/nowhere', 1),
    )
    def test_refusals(self, flag, status):
        flags = (f'--data={self.data}', f'--model_dir={self.dir}/none')
        programs.fail(_PROGRAM, *flags, flag, status=status)
        self.assertFalse(os.path.exists(f'{self.dir}/none'))

    def test_help_comes_without_jax(self):
        done = programs.succeed(_PROGRAM, '--help')
        self.assertIn(b'--resume_checkpoint', done.stdout)
        code = (
            'import sys; from spotify import train_matrix_factorization, matrix_factorization; '
            'sys.exit("jax" in sys.modules)'
        )
        subprocess.run([sys.executable, '-c', code], cwd=programs.ROOT, check=True)


if __name__ == '__main__':
    absltest.main()
