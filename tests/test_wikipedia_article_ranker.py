"""Tests of the ranker of articles: what it learns, and what it is loaded from."""

import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import models
from common import parameters
from common import tokenizers
from tests import hostile
from tests import ranker_testdata
from wikipedia import article_features
from wikipedia import article_parts
from wikipedia import article_ranker
from wikipedia import article_tasks
from wikipedia import rank_fusion
from wikipedia import ranker_training

_NAMES = ('search', 'graph')


def _facts():
    return article_features.ArticleFacts({}, tokenizers.unicode_words)


def _found(urls, reasons=()):
    scores = tuple(float(10 - place) for place in range(len(urls)))
    return article_parts.Found(tuple(urls), scores, tuple(reasons))


def _prior_ranker(settings):
    weights = dict.fromkeys(article_ranker.QUERY_KINDS, settings.prior())
    return article_ranker.ArticleRanker(settings, weights, _facts())


class RankTest(absltest.TestCase):
    def test_prior_ranks_as_fusion_does(self):
        rng = np.random.default_rng(1)
        for _ in range(20):
            found = [
                _found([f'u{n:02}' for n in rng.permutation(30)[: rng.integers(0, 12)]])
                for _ in _NAMES
            ]
            ranker = _prior_ranker(article_ranker.Settings(_NAMES, depth=20))
            ranked = ranker.rank(article_parts.Query(tokens=('x',)), found)
            self.assertEqual(ranked.urls, rank_fusion.fuse(found).urls)
            self.assertEqual(list(ranked.scores), sorted(ranked.scores, reverse=True))

    def test_weights_follow_the_kind_of_query(self):
        settings = article_ranker.Settings(_NAMES)
        weights = {}
        for kind, part in zip(article_ranker.QUERY_KINDS, _NAMES, strict=True):
            weights[kind] = np.array([float(f == f'{part}_fusion') for f in settings.features])
        ranker = article_ranker.ArticleRanker(settings, weights, _facts())
        found = [_found('ab'), _found('ba')]
        self.assertEqual(ranker.rank(article_parts.Query(article='z'), found).urls, ('a', 'b'))
        self.assertEqual(ranker.rank(article_parts.Query(tokens=('z',)), found).urls, ('b', 'a'))

    def test_reasons_are_of_the_first_part_that_gives_one(self):
        ranker = _prior_ranker(article_ranker.Settings(_NAMES, depth=2))
        found = [_found('abc', ['', 'x', 'y']), _found('bc', ['z', 'v'])]
        ranked = ranker.rank(article_parts.Query(), found)
        self.assertEqual(dict(zip(ranked.urls, ranked.reasons, strict=True)),
                         {'b': 'x', 'a': '', 'c': 'v'})  # fmt: skip
        self.assertEqual(ranker.rank(article_parts.Query(), [_found('a'), _found('')]).reasons, ())

    def test_nothing_found(self):
        ranker = _prior_ranker(article_ranker.Settings(_NAMES))
        nothing = [article_parts.Found()] * 2
        self.assertEqual(ranker.rank(article_parts.Query(), nothing), article_parts.Found())

    def test_refuses_another_number_of_parts(self):
        ranker = _prior_ranker(article_ranker.Settings(_NAMES))
        with self.assertRaisesRegex(ValueError, '1 lists for 2 parts'):
            ranker.rank(article_parts.Query(), [article_parts.Found()])


class LearnTest(absltest.TestCase):
    def test_learns_whom_to_trust(self):
        """Search is right about texts and graph about articles; each misleads on the other."""
        tasks = []
        for number in range(25):
            right, wrong = f'z{number}', [f'w{number}{letter}' for letter in 'abc']
            article = article_parts.Query(
                tokens=(right, *wrong), article='q', seeds=('q',), seed_weights=(1.0,)
            )
            text = article_parts.Query(tokens=(right, *wrong))
            for kind, query in zip(article_tasks.KINDS, (article, text), strict=True):
                tasks.append(article_tasks.Task(kind, f'a{number}', query, frozenset((right,)), 1))
        parts = [
            ranker_testdata.FakePart(
                name, lambda q, trusted=kind: q.tokens[:: 1 if bool(q.article) == trusted else -1]
            )
            for name, kind in zip(_NAMES, (False, True), strict=True)
        ]
        settings = article_ranker.Settings(_NAMES, depth=10, groups=('ranks',))
        learned = ranker_training.learn(parts, tasks, _facts(), settings)
        for line in learned.lines:
            self.assertEqual(line['queries'], 25)
            self.assertEqual(line['relevant_candidates'], 1.0)
            self.assertEqual(line['cross_validated']['mrr'], 1.0)
            self.assertLess(line['fusion']['mrr'], 1.0)
            self.assertEqual(line['losses'], sorted(line['losses'], reverse=True))
        ranker = article_ranker.ArticleRanker(settings, learned.weights, _facts())
        query = article_parts.Query(article='q')
        self.assertEqual(ranker.rank(query, [_found('ba'), _found('ab')]).urls, ('a', 'b'))
        # The same once more is the same to the bit.
        other = ranker_training.learn(parts, tasks, _facts(), settings)
        for kind in article_ranker.QUERY_KINDS:
            np.testing.assert_array_equal(learned.weights[kind], other.weights[kind])

    def test_without_tasks_fusion_remains(self):
        settings = article_ranker.Settings(_NAMES)
        learned = ranker_training.learn([], [], _facts(), settings)
        for kind in article_ranker.QUERY_KINDS:
            np.testing.assert_array_equal(learned.weights[kind], settings.prior())
        self.assertEqual([line['queries'] for line in learned.lines], [0, 0])


class LoadTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.path = str(pathlib.Path(self.create_tempdir().full_path) / 'ranker')
        self.settings = article_ranker.Settings(_NAMES, 7, 3, ('ranks', 'titles'))
        self.hashes = {'search_index': 'aa', 'graph': 'bb'}
        size = len(self.settings.features)
        self.weights = {
            kind: np.linspace(-1, 1, size) * place
            for place, kind in enumerate(article_ranker.QUERY_KINDS, start=1)
        }
        config = article_ranker.describe(self.settings, self.hashes)
        article_ranker.save(self.path, self.weights, config, metrics=[{'a': 1}], card='x')

    def test_round_trip(self):
        ranker = article_ranker.load(self.path, self.hashes, _facts())
        self.assertEqual(ranker.settings, self.settings)
        for kind in article_ranker.QUERY_KINDS:
            np.testing.assert_array_equal(ranker.weights[kind], self.weights[kind])

    @parameterized.parameters(
        ({'search_index': 'aa'}, 'was learned with graph, search_index, and there are search'),
        ({'search_index': 'aa', 'graph': 'cc'}, 'learned with another graph'),
        ({}, 'there are none'),
    )
    def test_refuses_other_parts(self, hashes, message):
        with self.assertRaisesRegex(errors.InputError, message):
            article_ranker.load(self.path, hashes, _facts())

    def _save_parameters(self, tree):
        pathlib.Path(self.path, models.PARAMETERS_NAME).write_bytes(parameters.encode(tree))

    def test_refuses_damage(self):
        size = len(self.settings.features)
        good = np.zeros(size)
        for weights in (
            {'article': good},
            {'article': good, 'text': np.zeros(size + 1)},
            {'article': good, 'text': np.full(size, np.nan)},
            {'article': good, 'text': 'x'},
        ):
            self._save_parameters({'weights': weights})
            with self.assertRaisesRegex(errors.InputError, 'is damaged'):
                article_ranker.load(self.path, self.hashes, _facts())

    def test_any_damage(self):
        config = article_ranker.describe(self.settings, self.hashes)
        article_ranker.save(self.path, self.weights, config, overwrite=True)
        hostile.damage_model(
            self.path, lambda folder: article_ranker.load(folder, self.hashes, _facts())
        )

    @parameterized.parameters(
        ({'kind': 'blend'}, "'blend' of version 1"),
        ({'version': 2}, 'of version 2'),
        ({'features': ['x']}, 'other features'),
        ({'depth': 'x'}, 'is damaged'),
        ({'parts': None}, 'is damaged'),
    )
    def test_refuses_configurations(self, changes, message):
        config = {**article_ranker.describe(self.settings, self.hashes), **changes}
        article_ranker.save(self.path, self.weights, config, overwrite=True)
        with self.assertRaisesRegex(errors.InputError, message):
            article_ranker.load(self.path, self.hashes, _facts())


if __name__ == '__main__':
    absltest.main()
