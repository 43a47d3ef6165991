"""Articles found by the graph of links, and the names that articles are found by."""

import collections
import random

from absl.testing import absltest
from absl.testing import parameterized
from scipy import sparse

from common import dictionary
from common.pb import nlp_pb2
from tests import article_testdata
from wikipedia import article_graph
from wikipedia import article_names
from wikipedia import article_parts
from wikipedia import graph_part
from wikipedia import titles


def _graph(urls, similarities):
    """Returns a graph of {(from, to): similarity}."""
    titles = dictionary.TokenDictionary(
        nlp_pb2.TokenStat(token=url, frequency=1, doc_frequency=1, index=index)
        for index, url in enumerate(urls)
    )
    rows, columns = zip(*((urls.index(a), urls.index(b)) for a, b in similarities), strict=True)
    matrix = sparse.coo_array(
        (list(similarities.values()), (rows, columns)), shape=(len(urls),) * 2, dtype='f4'
    )
    return article_graph.ArticleGraph(titles, matrix.tocsr())


class GraphPartTest(absltest.TestCase):
    def test_by_hand(self):
        graph = _graph('abcde', {
            ('a', 'b'): 0.5, ('a', 'c'): 0.25, ('b', 'c'): 0.5, ('b', 'a'): 0.5, ('c', 'd'): 1.0,
        })  # fmt: skip
        part = graph_part.GraphPart(graph)
        query = article_parts.Query(
            article='q', seeds=('a', 'b', 'not there'), seed_weights=(1.0, 2.0, 9.0)
        )
        (found,) = part.find([query], 10)
        # c: 1 * 0.25 + 2 * 0.5; a: 2 * 0.5; b: 1 * 0.5.
        self.assertEqual(found.urls, ('c', 'a', 'b'))
        self.assertEqual(found.scores, (1.25, 1.0, 0.5))
        self.assertEqual(found.reasons, ('b', 'b', 'a'))
        (found,) = graph_part.GraphPart(graph, {'b', 'c', 'z'}).find([query], 10)
        self.assertEqual(found.urls, ('c', 'b'))
        query = article_parts.Query(
            article='a',
            seeds=('a',),
            seed_weights=(3.0,),
            exclude=frozenset(('b', 'not there')),
        )
        self.assertEqual(part.find([query], 10)[0].urls, ('c',))
        self.assertEqual(part.name, 'graph')

    def test_equal_scores_by_lesser_address_and_equal_reasons_by_first_seed(self):
        pairs = [('s', x) for x in 'zbya'] + [('t', x) for x in 'zbya']
        graph = _graph('ztybas', dict.fromkeys(pairs, 0.5))
        query = article_parts.Query(article='q', seeds=('t', 's'), seed_weights=(1.0, 1.0))
        (found,) = graph_part.GraphPart(graph).find([query], 3)
        self.assertEqual(found.urls, ('a', 'b', 'y'))
        self.assertEqual(found.reasons, ('t', 't', 't'))

    def test_what_a_text_enters_by_may_be_found(self):
        pairs = {('a', 'b'): 0.5, ('b', 'c'): 0.75, ('d', 'b'): 0.5}
        query = article_parts.Query(seeds=('a', 'b', 'd'), seed_weights=(1.0, 0.25, 0.5))
        (found,) = graph_part.GraphPart(_graph('abcd', pairs)).find([query], 9)
        # a: 1 * 1; b: 1 * 0.5 + 0.25 * 1 + 0.5 * 0.5, and so a tie; d: 0.5 * 1; c: 0.25 * 0.75.
        self.assertEqual(found.urls, ('a', 'b', 'd', 'c'))
        self.assertEqual(found.scores, (1.0, 1.0, 0.5, 0.1875))
        self.assertEqual(found.reasons, ('a', 'a', 'd', 'b'))
        # Of a measure that goes beyond 1: as similar as the two that are most.
        (found,) = graph_part.GraphPart(_graph('abcd', {**pairs, ('c', 'd'): 3.0})).find([query], 2)
        self.assertEqual(found.urls, ('a', 'b'))
        self.assertEqual(found.scores, (3.0, 1.5))

    def test_finds_nothing_without_seeds(self):
        part = graph_part.GraphPart(_graph('abc', {('a', 'b'): 0.5}))
        queries = [
            article_parts.Query(tokens=('b',)),
            article_parts.Query(seeds=('x',), seed_weights=(1.0,)),
            article_parts.Query(article='c', seeds=('c',), seed_weights=(1.0,)),
            article_parts.Query(
                article='a', seeds=('a',), seed_weights=(1.0,), exclude=frozenset('b')
            ),
        ]
        self.assertEqual(part.find(queries, 5), [article_parts.Found()] * 4)

    def test_equal_to_sums_one_by_one(self):
        rng = random.Random(7)
        urls = [f'u{i}' for i in range(50)]
        similarities = {
            (a, b): rng.randrange(1, 64) / 64
            for a in urls
            for b in urls
            if a < b != rng.random() < 0.3
        }
        graph = _graph(urls, similarities)
        allowed = set(urls[::2])
        part = graph_part.GraphPart(graph, allowed)
        for _ in range(20):
            seeds = {url: rng.randrange(1, 9) / 4 for url in rng.sample(urls, 6)}
            exclude = frozenset(rng.sample(urls, 5))
            sums = collections.Counter()
            for (seed, url), value in similarities.items():
                if seed in seeds and url in allowed - exclude:
                    sums[url] += seeds[seed] * value
            wanted = sorted((-score, url) for url, score in sums.items())[:8]
            query = article_parts.Query(
                article='q',
                seeds=tuple(seeds),
                seed_weights=tuple(seeds.values()),
                exclude=exclude,
            )
            (found,) = part.find([query], 8)
            pairs = zip(found.scores, found.urls, strict=True)
            self.assertEqual([(-score, url) for score, url in pairs], wanted)
            for url, reason in zip(found.urls, found.reasons, strict=True):
                terms = [w * similarities.get((seed, url), 0) for seed, w in seeds.items()]
                self.assertEqual(seeds[reason] * similarities[reason, url], max(terms))


class ArticleNamesTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        base = article_testdata.BASE
        urls = [f'{base}{rest}' for rest in (
            'Jane_Austen', '%D0%98%D0%B2%D0%B0%D0%BD_%D0%92%D0%B0%D0%B7%D0%BE%D0%B2', 'AC/DC',
            'AC/dc', 'Paris,_Texas', '%E6%9D%B1%E4%BA%AC')]  # fmt: skip
        self.names = article_names.ArticleNames(urls)
        self.urls = urls

    @parameterized.parameters(
        ('Jane Austen', 0), ('jane_austen ', 0), ('JANE AUSTEN', 0), ('Иван Вазов', 1),
        ('иван вазов', 1), ('AC/DC', 2), ('AC/dc', 3), ('ac/dc', 2), ('Paris, Texas', 4),
        ('東京', 5),
    )  # fmt: skip
    def test_by_title(self, name, place):
        self.assertEqual(self.names.find(name), self.urls[place])

    def test_by_address_and_back(self):
        for url in self.urls:
            self.assertEqual(self.names.find(url), url)
            self.assertEqual(self.names.find(titles.of_url(url)), url)
        self.assertEqual(
            self.names.find('https://xx.m.wikipedia.org/wiki/Иван_Вазов'), self.urls[1]
        )
        self.assertEqual(titles.of_url(self.urls[1]), 'Иван Вазов')

    def test_suggestions(self):
        self.assertIsNone(self.names.find('Jane Austin'))
        self.assertEqual(self.names.suggest('Jane Austin', 3), ['Jane Austen'])
        self.assertEqual(self.names.suggest('вазов', 3), ['Иван Вазов'])
        self.assertEqual(self.names.suggest('q', 3), [])

    def test_without_a_site(self):
        names = article_names.ArticleNames(['http://a.b/wiki/C_d', 'plain id', 'http://x/y'])
        self.assertEqual(names.find('c d'), 'http://a.b/wiki/C_d')
        self.assertEqual(names.find('plain id'), 'plain id')
        self.assertEqual(names.find('http://x/y'), 'http://x/y')


if __name__ == '__main__':
    absltest.main()
