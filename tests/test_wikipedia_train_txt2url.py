"""Tests of the program as its users run it, on articles that are made up."""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from common import models
from tests import programs
from tests import txt2url_testdata
from wikipedia import article_parts
from wikipedia import embedding_part

_PROGRAM = 'wikipedia.train_txt2url'
_SMALL = (
    '--embedding_dim=8',
    '--link_dim=4',
    '--batch_size=16',
    '--min_words=4',
    '--max_words=8',
    '--article_words=12',
    '--learning_rate=0.02',
    '--num_epochs=6',
)


class TrainTxt2UrlTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dir = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.paths = txt2url_testdata.write_data(cls.dir)
        words, titles = txt2url_testdata.make_dictionaries()
        vectors = np.random.default_rng(0).normal(size=(221, 3)).astype(np.float32)
        tree = {
            'token_embedding': {'embedding': vectors},
            'bias': {'embedding': np.zeros((221, 1), np.float32)},
        }
        models.save_model(f'{cls.dir}/glove', tree, {'token': words}, {})
        cls.paths['glove_model'] = f'{cls.dir}/glove'
        cls.short = f'{cls.dir}/short.tstat.pb.b64.bz2'
        dictionary.save(cls.short, titles.stats()[:30])

    def _flags(self, model, **changes):
        given = {**self.paths, 'model_dir': model, **changes}
        return [f'--{name}={value}' for name, value in given.items() if value]

    def test_trains_a_part_and_refuses_to_replace(self):
        model = f'{self.dir}/model'
        flags = (*self._flags(model), *_SMALL)
        done = programs.succeed(_PROGRAM, *flags)
        log = done.stderr.decode()
        self.assertIn('to validate with 14 texts, and links of 14 articles', log)
        last = log.splitlines()[-1]
        self.assertRegex(last, r'Trained [3-6] epochs \(\d+ s\), kept number [1-6]: .*mrr 0\.\d+')
        lines = pathlib.Path(model, 'metrics.jsonl').read_text(encoding='utf-8').splitlines()
        names = {'epoch', 'text_loss', 'link_loss', 'mrr', 'recall', 'link_recall'}
        self.assertEqual(set(json.loads(lines[0])), names)
        config = json.loads(pathlib.Path(model, 'config.json').read_text(encoding='utf-8'))
        self.assertEqual(
            (config['model'], config['encoder'], config['num_articles'], config['num_words']),
            ('txt2url', 'mean', 40, 221),
        )
        self.assertEqual([entry['records'] for entry in config['inputs'][:3]], [40, 220, 40])
        self.assertIn('link_recall', pathlib.Path(model, 'README.md').read_text(encoding='utf-8'))
        part = embedding_part.load(model)
        tokens = tuple(map(txt2url_testdata.token, txt2url_testdata.make_rows(seed=9)[5]))
        urls = [txt2url_testdata.url(5), txt2url_testdata.url(7)]
        queries = (article_parts.Query(tokens=tokens), article_parts.Query(article=urls[1]))
        for found, url in zip(part.find(queries, 3), urls, strict=True):
            self.assertIn(url, found.urls)
        self.assertIn('--overwrite', programs.fail(_PROGRAM, *flags))

    @parameterized.parameters(
        (('--encoder=gru',), 2, 'encoder'),
        (('--batch_size=1',), 2, 'batch_size'),
        (('--learning_rate=nan',), 2, 'learning_rate'),
        (('--min_words=70',), 2, '--max_words=64'),
        (('--encoder=attention', '--hidden_size=6'), 2, 'no multiple of --num_heads=4'),
        (('--graph=x',), 2, '--url2url and --graph both'),
        (('--notrain_words', '--glove_model='), 2, '--notrain_words wants --glove_model'),
        (('--metric=link_recall', '--validation='), 2, 'wants --validation'),
        (('--metric=link_recall', '--url2url='), 2, 'wants links'),
        (('--resume_checkpoint=latest',), 2, '--checkpoint_dir'),
        (('stray',), 2, 'stray'),
    )
    def test_refuses_flags(self, flags, status, want):
        model = f'{self.dir}/none'
        last = programs.fail(_PROGRAM, *self._flags(model), *flags, status=status)
        self.assertIn(want, last)
        self.assertFalse(pathlib.Path(model).exists())

    @parameterized.parameters(
        ('txt2url', '/nowhere', '/nowhere'),
        ('title_dictionary', 'short', 'the dictionary has 30'),
        ('glove_model', 'txt2url', 'is not a model'),
    )
    def test_refuses_input(self, name, value, want):
        model = f'{self.dir}/none'
        changed = {name: {**self.paths, 'short': self.short}.get(value, value)}
        last = programs.fail(_PROGRAM, *self._flags(model, **changed))
        self.assertIn(want, last)
        self.assertFalse(pathlib.Path(model).exists())

    def test_help_comes_without_jax(self):
        done = programs.succeed(_PROGRAM, '--help')
        self.assertIn(b'--article_words', done.stdout)
        code = 'import sys; from wikipedia import train_txt2url; sys.exit("jax" in sys.modules)'
        subprocess.run([sys.executable, '-c', code], cwd=programs.ROOT, check=True)


if __name__ == '__main__':
    absltest.main()
