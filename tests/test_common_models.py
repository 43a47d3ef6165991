"""Tests of the model directory."""

import os
import pathlib
import subprocess
import sys

import hypothesis
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import errors
from common import models
from tests import glove_testdata
from tests import hostile


def _tree(rows: int) -> dict:
    table = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    return {'token_embedding': {'embedding': table}, 'bias': {'embedding': table[:, :1]}}


class ModelsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.create_tempdir().full_path, 'model')

    def _save(self, tree, words=7, **kwargs):
        entries = {'token': glove_testdata.make_dictionary(words)}
        models.save_model(self.path, tree, entries, {'seed': 3}, metrics='{}\n', **kwargs)

    @parameterized.parameters((8, False), (8 + 65536, True))
    def test_round_trip(self, rows, has_buckets):
        tree = _tree(rows)
        self._save(tree)
        model = models.load_embeddings(self.path)
        np.testing.assert_array_equal(model.embeddings, tree['token_embedding']['embedding'])
        np.testing.assert_array_equal(model.biases, tree['bias']['embedding'][:, 0])
        self.assertEqual(model.has_buckets, has_buckets)
        self.assertEqual((model.config, len(model.dictionary)), ({'seed': 3}, 7))

    def test_refuses_to_replace_unless_asked(self):
        self._save(_tree(8))
        with self.assertRaisesRegex(errors.InputError, '--overwrite'):
            self._save(_tree(8))
        self._save(_tree(8), overwrite=True)

    @parameterized.parameters(7, 9, 65536)
    def test_wrong_dictionary(self, rows):
        self._save(_tree(rows))
        with self.assertRaisesRegex(errors.InputError, f'{rows} vectors, and its dictionary of 7'):
            models.load_embeddings(self.path)

    def test_other_kind_of_model(self):
        self._save({'tower': {'kernel': np.ones((2, 2), np.float32)}})
        with self.assertRaisesRegex(errors.InputError, 'no model of word vectors'):
            models.load_embeddings(self.path)

    def test_biases_of_another_size(self):
        self._save({**_tree(8), 'bias': {'embedding': np.ones((5, 1), np.float32)}})
        with self.assertRaisesRegex(errors.InputError, r'biases of shape \(5, 1\)'):
            models.load_embeddings(self.path)

    def test_not_a_number(self):
        tree = _tree(8)
        tree['token_embedding']['embedding'][3, 1] = np.nan
        self._save(tree)
        with self.assertRaisesRegex(errors.InputError, 'not finite'):
            models.load_embeddings(self.path)

    @parameterized.parameters(models.PARAMETERS_NAME, models.CONFIG_NAME)
    def test_cut_off_or_missing_file(self, name):
        self._save(_tree(8))
        path = pathlib.Path(self.path, name)
        path.write_bytes(path.read_bytes()[:9])
        with self.assertRaisesRegex(errors.InputError, f'{name} is damaged'):
            models.load_embeddings(self.path)
        path.unlink()
        with self.assertRaisesRegex(errors.InputError, f'it has no {name}'):
            models.load_embeddings(self.path)

    @parameterized.parameters('[' * 100_000, '[]', '3', '{"a": 1', '\udc80')
    def test_config_that_is_none(self, text):
        self._save(_tree(8))
        config = pathlib.Path(self.path, models.CONFIG_NAME)
        config.write_text(text, encoding='utf-8', errors='surrogateescape')
        with self.assertRaisesRegex(errors.InputError, r'config.json is damaged'):
            models.load_embeddings(self.path)

    @hostile.settings(60)
    @hypothesis.given(strategies.data())
    def test_any_damage(self, data):
        if not os.path.exists(self.path):
            self._save(_tree(8))
        name = data.draw(strategies.sampled_from(sorted(os.listdir(self.path))))
        path = pathlib.Path(self.path, name)
        good = path.read_bytes()
        path.write_bytes(data.draw(hostile.damaged([good])))
        try:
            hostile.accepted(models.load_embeddings, self.path)
        finally:
            path.write_bytes(good)

    def test_no_directory(self):
        with self.assertRaisesRegex(errors.InputError, 'not a directory of a model'):
            models.load_embeddings(self.path)

    def test_loading_does_not_import_jax(self):
        code = 'import sys; from common import models; sys.exit("jax" in sys.modules)'
        subprocess.run([sys.executable, '-c', code], check=True)


if __name__ == '__main__':
    absltest.main()
