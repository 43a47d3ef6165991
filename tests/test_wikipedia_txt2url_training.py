"""Tests of training the text-to-article model: learning, resuming, what is kept, refusals."""

import dataclasses
import json
import os
import pathlib

import jax
import numpy as np
from absl.testing import absltest
from scipy import sparse

from common import errors
from common import tracking
from tests import txt2url_testdata
from wikipedia import txt2url_data
from wikipedia import txt2url_model
from wikipedia import txt2url_training
from wikipedia import txt2url_tree
from wikipedia import txt2url_validation


class TrainingTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = self.create_tempdir().full_path
        self.data = txt2url_testdata.make_data()

    def _train(self, config):
        path = os.path.join(config.checkpoint_dir, 'metrics.jsonl')
        tracker = tracking.Tracker('t', {}, path=path if config.checkpoint_dir else None)
        result = txt2url_training.train_and_evaluate(config, self.data, tracker)
        return result, tracker.text

    def test_learns_articles_and_topics(self):
        # Pieces of other 8 words, a fifth of them the article's own, find it among 40; a random
        # order finds it at 1/40 sum 1/k = 0.107 on average. Links lead to articles of the topic,
        # a quarter of all.
        config = txt2url_testdata.make_config(num_epochs=12)
        result, metrics = self._train(config)
        lines = [json.loads(line) for line in metrics.splitlines()]
        self.assertLess(lines[-1]['text_loss'], lines[0]['text_loss'] - 1)
        self.assertLess(lines[-1]['link_loss'], lines[0]['link_loss'] - 0.5)
        pieces = [row[20:32] for row in txt2url_testdata.make_rows(seed=9)]
        vectors = txt2url_tree.encode_texts(result.best, pieces, config.model)
        ones, everyone = np.ones(40, bool), np.arange(40)
        articles = result.best['articles']
        found = txt2url_validation.measure_texts(vectors, articles, ones, everyone)
        self.assertGreater(found['mrr'], 0.7)
        queries = txt2url_model.ask_articles(result.best, everyone, config.model)
        scores = queries @ articles.T
        np.fill_diagonal(scores, -np.inf)
        best = np.argsort(-scores, axis=1)[:, :5]
        share = np.mean(best % 4 == everyone[:, None] % 4)
        self.assertGreater(share, 0.9)

    def test_resumed_equals_uninterrupted(self):
        whole = txt2url_testdata.make_config(
            'lstm', negatives='sampled', num_epochs=3, checkpoint_dir=f'{self.dir}/whole'
        )
        parts = dataclasses.replace(whole, checkpoint_dir=f'{self.dir}/parts')
        want, want_metrics = self._train(whole)
        self._train(dataclasses.replace(parts, num_epochs=2))
        found, metrics = self._train(dataclasses.replace(parts, resume_checkpoint='latest'))
        jax.tree.map(np.testing.assert_array_equal, want.best, found.best)
        self.assertEqual((want_metrics, want.best_epoch), (metrics, found.best_epoch))
        for name in ('checkpoint-00003.msgpack', 'metrics.jsonl'):
            whole_bytes = pathlib.Path(self.dir, 'whole', name).read_bytes()
            self.assertEqual(whole_bytes, pathlib.Path(self.dir, 'parts', name).read_bytes(), name)
        with self.assertRaisesRegex(errors.InputError, 'num_words = 221, and this run has 222'):
            self.data = dataclasses.replace(self.data, num_words=222)
            self._train(dataclasses.replace(parts, resume_checkpoint='latest'))

    def test_given_words_without_links_and_validation(self):
        words = np.random.default_rng(0).normal(size=(221, 5)).astype(np.float32)
        empty = sparse.csr_array((40, 40), dtype=np.float32)
        self.data = dataclasses.replace(
            txt2url_testdata.make_data(words, validation=0), links=empty
        )
        config = txt2url_testdata.make_config(
            train_words=False, link_weight=0.0, link_dim=0, num_epochs=2
        )
        result, metrics = self._train(config)
        self.assertEqual(set(json.loads(metrics.splitlines()[0])), {'epoch', 'text_loss'})
        self.assertEqual((result.best_epoch, result.best['words'].shape), (2, (221, 6)))
        self.assertEqual(result.best['articles'].shape, (40, 8 + 0 + 1))
        cosine = np.corrcoef(words[1:, 0], result.best['words'][1:, 0])[0, 1]
        self.assertAlmostEqual(cosine, 1.0, places=5)

    def test_divergence_stops_at_once(self):
        config = txt2url_testdata.make_config(learning_rate=1e30, checkpoint_dir=self.dir)
        with self.assertRaisesRegex(errors.InputError, 'epoch 1.*training diverged'):
            self._train(config)
        self.assertFalse(os.path.exists(f'{self.dir}/checkpoint-00001.msgpack'))

    def test_nothing_to_learn_from(self):
        texts = txt2url_data.collect([(3, np.array([5, 6, 7]))], 40)
        self.data = dataclasses.replace(self.data, texts=texts)
        with self.assertRaisesRegex(errors.InputError, 'fewer than two articles'):
            self._train(txt2url_testdata.make_config())


class ValidationTest(absltest.TestCase):
    def test_cut(self):
        rows = [np.arange(100 * a + 1, 100 * a + 1 + size) for a, size in enumerate((30, 4, 90, 9))]
        rows += [np.arange(9)] * 8
        texts = txt2url_data.collect(enumerate(rows), 12)
        rest, cases = txt2url_validation.cut(texts, 99, 10, np.random.default_rng(0))
        self.assertLen(cases.wanted, 2)  # A fifth of the eleven that are long enough.
        for place, article in enumerate(cases.wanted):
            piece = cases.texts[place]
            self.assertLen(piece, min(10, len(rows[article]) // 3))
            np.testing.assert_array_equal(np.diff(piece), 1)
            np.testing.assert_array_equal(rest[article], np.setdiff1d(rows[article], piece))
        others = np.setdiff1d(np.arange(12), cases.wanted)
        for article in others:
            np.testing.assert_array_equal(rest[article], texts[article])
        same, none = txt2url_validation.cut(texts, 0, 10, np.random.default_rng(0))
        np.testing.assert_array_equal(same.words, texts.words)
        self.assertLen(none.texts, 0)

    def test_measures_texts_by_hand(self):
        # Scores of five articles, of which the last may not be found: the wanted ones rank 2, and
        # 3, since equals stand before.
        articles = np.array([[5.0, 1], [4, 1], [3, 1], [2, 1], [9, 1]])
        queries = np.array([[1.0, 0], [0, 1]])
        allowed = np.array([True, True, True, False, False])
        found = txt2url_validation.measure_texts(queries, articles, allowed, np.array([1, 0]))
        self.assertAlmostEqual(found['mrr'], (1 / 2 + 1 / 3) / 2)
        self.assertEqual(found['recall'], 1.0)

    def test_measures_links_by_hand(self):
        # Thirty articles on a line: nearest by product are the highest. Of article 0 the links to
        # 29 and 3 are held out, and 28 is known; of article 29 the one to 19, which stands tenth.
        articles = np.arange(30.0)[:, None].astype(np.float32)
        known = sparse.coo_array(([1.0], ([0], [28])), (30, 30)).tocsr()
        cases = txt2url_validation.Validation(
            txt2url_data.collect([], 0),
            np.empty(0, np.int64),
            np.array([0, 29]),
            [np.array([29, 3]), np.array([19])],
        )
        ones = np.ones((2, 1), np.float32)
        found = txt2url_validation.measure_links(ones, articles, np.ones(30, bool), cases, known)
        self.assertEqual(found['link_recall'], (0.5 + 1) / 2)


if __name__ == '__main__':
    absltest.main()
