"""Tests of the text-to-article model as a part, with vectors made by hand."""

import json
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from common import errors
from common import models
from common.pb import nlp_pb2
from tests import hostile
from wikipedia import article_parts
from wikipedia import embedding_part
from wikipedia import txt2url_model

# Not in the order of addresses, in which equals must be found. Of e nothing is known.
_TITLES = ('b', 'd', 'a', 'c', 'e')
_WORDS = ('east', 'north')
_MODEL = {'encoder': 'mean', 'embedding_dim': 2, 'link_dim': 1}


def _tree():
    # What articles say (east, north), what they are linked with, and how much.
    articles = [[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, -1, 0], [0.6, 0.8, 0, 0.5], [0, 0, 0, 0]]
    words = [[0, 0, 0], [1, 0, 0], [0, 1, np.log(3)]]  # north weighs three times as much.
    return {
        'words': np.array(words, np.float32),
        'encoder': {'projection': {'kernel': np.eye(2, dtype=np.float32)}},
        'scales': np.log(np.array([10, 2], np.float32)),
        'articles': np.array(articles, np.float32),
    }


def _save(folder, tree=None, **config):
    dictionaries = {
        name: dictionary.TokenDictionary(
            nlp_pb2.TokenStat(token=token, frequency=1, doc_frequency=1, index=index)
            for index, token in enumerate(tokens)
        )
        for name, tokens in (('token', _WORDS), ('title', _TITLES))
    }
    made = {'model': 'txt2url', 'training': {'model': _MODEL}} | config
    models.save_model(folder, _tree() if tree is None else tree, dictionaries, made)
    return folder


class EmbeddingPartTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.path = _save(os.path.join(self.create_tempdir().full_path, 'model'))

    def _find(self, *queries, top_k=9, catalogue=None):
        part = embedding_part.load(self.path, catalogue)
        self.assertEqual(part.name, 'embedding')
        return part.find(queries, top_k)

    def test_an_article_by_its_own_vector(self):
        # Of b: 2 (1, 0) * what each says + links + how much. a: 2 - 1; c: 1.2 + 0.5; d: 0.
        query = article_parts.Query(article='b', tokens=('north',), exclude=frozenset({'b', 'x'}))
        (found,) = self._find(query)
        self.assertEqual(found.urls, ('c', 'a', 'd'))
        np.testing.assert_allclose(found.scores, [1.7, 1.0, 0.0], atol=1e-6)
        (found,) = self._find(article_parts.Query(article='b'), top_k=1)
        self.assertEqual(found.urls, ('b',))

    def test_texts_and_articles_in_one_batch(self):
        # One word east and one north, which weighs 3: (1, 3) / sqrt(10), times 10. Of b and a, that
        # are equal, the lesser address is first.
        texts = (('north', 'nowhere', 'east'), ('nowhere',), ())
        queries = [article_parts.Query(tokens=tokens) for tokens in texts]
        queries += [article_parts.Query(article='e', tokens=('east',))]
        queries += [article_parts.Query(article='d', exclude=frozenset({'c'}))]
        found = self._find(*queries)
        root = np.sqrt(10)
        self.assertEqual(found[0].urls, ('c', 'd', 'a', 'b'))
        np.testing.assert_allclose(found[0].scores, [3 * root, 3 * root, root, root], rtol=1e-5)
        self.assertEqual(found[1:3], [article_parts.Found()] * 2)
        self.assertEqual(found[3].urls[:2], ('a', 'b'))  # By its text: nothing else is known.
        self.assertEqual(found[4].urls, ('d', 'a', 'b'))
        alone = [self._find(query)[0] for query in queries]
        self.assertEqual([one.urls for one in alone], [one.urls for one in found])

    def test_catalogue_bounds_what_is_found(self):
        (found,) = self._find(article_parts.Query(article='b'), catalogue=['d', 'e', 'a', 'x'])
        self.assertEqual(found.urls, ('a', 'd'))
        (found,) = self._find(article_parts.Query(article='b'), catalogue=[])
        self.assertEqual(found, article_parts.Found())
        self.assertEmpty(self._find())


class LoadTest(parameterized.TestCase):
    @parameterized.parameters(
        ({}, {'model': 'glove'}, 'no model of train_txt2url'),
        ({}, {'training': {}}, 'does not say what the model is made of'),
        ({}, {'training': {'model': _MODEL | {'encoder': 'gru'}}}, "encoder 'gru'"),
        ({}, {'training': {'model': _MODEL | {'link_dim': 2}}}, '5 dimensions are wanted'),
        ({'words': np.zeros((4, 3), np.float32)}, {}, '4 vectors of words.*wants 3, or 65539'),
        ({'words': np.zeros((3, 3))}, {}, 'no float32 words'),
        ({'scales': np.full(2, np.nan, np.float32)}, {}, 'scales holds numbers that are not'),
        ({'articles': np.zeros((4, 4), np.float32)}, {}, 'and 5 titles'),
    )
    def test_damaged(self, changes, config, message):
        path = os.path.join(self.create_tempdir().full_path, 'model')
        _save(path, _tree() | changes, **config)
        with self.assertRaisesRegex(errors.InputError, message):
            txt2url_model.load(path)

    def test_any_damage(self):
        path = os.path.join(self.create_tempdir().full_path, 'model')
        _save(path, _tree())

        def use(folder):
            model = txt2url_model.load(folder)
            found = model.ask_articles(np.arange(2))
            self.assertEqual(found.shape, (2, model.articles.shape[1]))

        hostile.damage_model(path, use)

    def test_no_model(self):
        folder = self.create_tempdir().full_path
        with self.assertRaisesRegex(errors.InputError, 'not a model'):
            txt2url_model.load(folder)
        path = _save(os.path.join(folder, 'model'))
        pathlib.Path(path, 'config.json').write_text(json.dumps([]))
        with self.assertRaisesRegex(errors.InputError, 'damaged'):
            txt2url_model.load(path)


if __name__ == '__main__':
    absltest.main()
