"""Tests of what a ranker goes by."""

import math

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import tokenizers
from wikipedia import article_features
from wikipedia import article_parts

_WIKI = 'https://en.wikipedia.org/wiki/'
_A, _B, _C, _D = (_WIKI + name for name in ('Ant', 'Bee', 'New_Crow_(bird)', 'Dog'))


def _facts():
    return article_features.ArticleFacts({_A: 7, _C: 1}, tokenizers.unicode_words)


class CollectTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.found = [
            article_parts.Found((_C, _A, _B), (9.0, 5.0, 1.0)),
            article_parts.Found((_B, _C), (2.0, 2.0)),
            article_parts.Found(),
        ]
        tokens = 'an ant and a new crow and an ant'.split()
        self.query = article_parts.Query(tokens=tuple(tokens))

    def _features(self, **options):
        """Returns by name of the feature what each candidate has."""
        candidates = article_features.collect(self.query, self.found, _facts(), 3, **options)
        names = article_features.names(('x', 'y', 'z'), **options)
        self.assertEqual(candidates.features.shape, (len(candidates.urls), len(names)))
        self.assertEqual(candidates.urls, (_A, _B, _C))
        return dict(zip(names, candidates.features.T.tolist(), strict=True))

    def test_ranks_and_scores(self):
        found = self._features()
        np.testing.assert_allclose(found['x_fusion'], [4 / 5, 4 / 6, 1])
        np.testing.assert_allclose(
            found['x_log_rank'], [1 - math.log(2) / math.log(4), 1 - math.log(3) / math.log(4), 1]
        )
        np.testing.assert_allclose(found['x_top'], [1 / 2, 1 / 3, 1])
        np.testing.assert_allclose(found['x_score'], [0.5, 0, 1])
        self.assertEqual(found['y_found'], [0, 1, 1])
        self.assertEqual(found['y_score'], [0, 1, 1])  # Both score alike.
        np.testing.assert_allclose(
            found['x_y'], np.multiply(found['x_log_rank'], found['y_log_rank'])
        )
        for name in ('z_fusion', 'z_found', 'z_score', 'x_z', 'y_z'):
            self.assertEqual(found[name], [0, 0, 0])

    def test_popularity_and_titles(self):
        found = self._features()
        np.testing.assert_allclose(found['popularity'], [math.log(8), 0, math.log(2)])
        self.assertEqual(found['named'], [1, 0, 1])
        np.testing.assert_allclose(found['mentions'], [math.log(3), 0, math.log(2)])
        self.assertEqual(found['long_name'], [0, 0, 1])
        np.testing.assert_allclose(found['named_popularity'], [math.log(8), 0, math.log(2)])

    def test_groups_are_left_out(self):
        everything = self._features()
        some = self._features(groups=('ranks', 'titles'))
        self.assertEqual(everything.keys() - some.keys(), {'popularity', 'named_popularity'})
        for name, values in some.items():
            self.assertEqual(values, everything[name])
        fewest = self._features(groups=('ranks',))
        self.assertLen(fewest, 18)

    def test_beyond_the_depth_nothing_counts(self):
        candidates = article_features.collect(self.query, self.found, _facts(), 1)
        self.assertEqual(candidates.urls, (_B, _C))

    def test_nothing_found(self):
        nothing = [article_parts.Found()] * 2
        candidates = article_features.collect(self.query, nothing, _facts(), 5)
        self.assertEqual(candidates.urls, ())
        self.assertEqual(candidates.features.shape, (0, len(article_features.names('xy'))))


class NameTest(parameterized.TestCase):
    @parameterized.parameters(
        (_WIKI + 'New_Crow_(bird)', ('new', 'crow')),
        (_WIKI + '(Untitled)', ('untitled',)),
        (_WIKI + '%D0%A1%D0%BE%D1%84%D0%B8%D1%8F', ('софия',)),
        (_WIKI + '!!!', ()),
        ('b1', ('b1',)),
    )
    def test_words_of_titles(self, url, words):
        self.assertEqual(_facts().name(url), words)


class CountTest(absltest.TestCase):
    def test_runs(self):
        runs = [('a', 'b'), ('a',), ('b', 'a', 'b'), ('c',), (), ('b', 'c')]
        # By hand; runs may overlap.
        counts = article_features._count_runs('a b a b a'.split(), runs)
        self.assertEqual(counts, [2, 3, 1, 0, 0, 0])


if __name__ == '__main__':
    absltest.main()
