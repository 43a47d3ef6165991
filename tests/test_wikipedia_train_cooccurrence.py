"""Tests of the program as its users run it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from tests import glove_testdata

_ROOT = pathlib.Path(__file__).parent.parent


def _run(*args):
    return subprocess.run(
        [sys.executable, '-m', 'wikipedia.train_cooccurrence', *args],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


class TrainCooccurrenceTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dir = cls.enterClassContext(tempfile.TemporaryDirectory())
        dictionary.save(f'{cls.dir}/token.tstat.pb.b64.bz2', glove_testdata.make_stats())
        glove_testdata.write_pairs(f'{cls.dir}/pairs', glove_testdata.make_pairs())
        cls.inputs = (
            f'--train_input_pattern={cls.dir}/pairs',
            f'--token_dictionary={cls.dir}/token.tstat.pb.b64.bz2',
        )

    def test_trains_and_refuses_to_replace(self):
        model = f'{self.dir}/model'
        args = (*self.inputs, f'--model_dir={model}', '--embedding_dim=4', '--terms=w3')
        done = _run(*args)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('Neighbors of w3: ', done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], r'Trained 91 x 4 vectors from \d+ pairs')
        lines = pathlib.Path(model, 'metrics.jsonl').read_text(encoding='utf-8').splitlines()
        self.assertEqual([json.loads(line)['epoch'] for line in lines], [1, 2, 3, 4, 5, 6])
        config = json.loads(pathlib.Path(model, 'config.json').read_text(encoding='utf-8'))
        self.assertEqual(config['flags']['embedding_dim'], 4)
        self.assertIn('w', pathlib.Path(model, 'README.md').read_text(encoding='utf-8'))
        again = _run(*args)
        self.assertEqual(again.returncode, 1)
        self.assertIn('--overwrite', again.stderr.splitlines()[-1])

    @parameterized.parameters(
        ('--solver=sgd', 2),
        ('--ridge=0', 2),
        ('--max_memory=lots', 2),
        ('stray', 2),
        ('--resume_checkpoint=latest', 2),
        ('--max_memory=1MB', 1),
        ('--train_input_pattern=/nowhere', 1),
        ('--resume_checkpoint=/nowhere', 1),
    )
    def test_refusals(self, flag, status):
        done = _run(*self.inputs, f'--model_dir={self.dir}/none', flag)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn('error: ', done.stderr.splitlines()[-1])
        self.assertFalse(os.path.exists(f'{self.dir}/none'))

    def test_help_comes_without_jax(self):
        done = _run('--help')
        self.assertEqual(done.returncode, 0)
        self.assertIn('--resume_checkpoint', done.stdout)
        code = (
            'import sys; from wikipedia import train_cooccurrence; sys.exit("jax" in sys.modules)'
        )
        subprocess.run([sys.executable, '-c', code], cwd=_ROOT, check=True)


if __name__ == '__main__':
    absltest.main()
