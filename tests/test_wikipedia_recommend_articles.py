import json
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from common import errors
from common import models
from common import records
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from tests import programs
from tests import search_testdata
from tests import test_common_html_report
from wikipedia import article_parts
from wikipedia import article_queries
from wikipedia import article_results
from wikipedia import part_loading
from wikipedia import part_paths
from wikipedia import recommender

_PROGRAM = 'wikipedia.recommend_articles'
_URL = search_testdata.url
# Similarities by number of the title: engine and boiler, engine and apple, boiler and apple.
_SIMILARITIES = ((0, 1, 0.5), (0, 3, 0.25), (1, 0, 0.5), (1, 3, 0.75), (3, 1, 0.75), (3, 0, 0.25))


class _FakePart:
    """Finds the same for every query, and keeps what it was asked."""

    def __init__(self, name, urls, reasons=()):
        self.name = name
        self.asked = []
        self._found = article_parts.Found(
            tuple(urls), tuple(1.0 / n for n in range(1, 1 + len(urls))), tuple(reasons)
        )

    def find(self, queries, top_k):
        self.asked += queries
        return [self._found] * len(queries)


def _recommend(asked, parts, top_k=3):
    (result,) = recommender.recommend(
        [asked], parts, recommender.Ranking(depth=5, num_anchors=2), top_k
    )
    return result


def write_graph(folder):
    """Writes a dictionary of titles and similarities of them, and returns their paths."""
    titles = [_URL(title) for title, _, _ in search_testdata.ARTICLES]
    path = str(folder / 'title.tstat.pb.b64.bz2')
    dictionary.save(
        path,
        [
            nlp_pb2.TokenStat(token=title, frequency=20 - index, doc_frequency=1, index=index)
            for index, title in enumerate(titles)
        ],
    )
    rows = {}
    for one, other, value in sorted(_SIMILARITIES, key=lambda row: (row[0], -row[2])):
        row = rows.setdefault(one, nlp_pb2.CooccurrenceRow(index=1 + one))
        row.other_index.append(1 + other)
        row.count.append(value)
    similarity = str(folder / 'similarity')
    payloads = [row.SerializeToString() for row in rows.values()]
    records.write_parts(similarity, payloads, proto=nlp_pb2.CooccurrenceRow)
    return similarity, path


def write_model(folder, titles):
    """Writes a text-to-article model that knows no links, and returns its path."""
    dictionaries = {
        name: dictionary.TokenDictionary(
            nlp_pb2.TokenStat(token=token, frequency=1, doc_frequency=1, index=index)
            for index, token in enumerate(tokens)
        )
        for name, tokens in (('token', ['steam']), ('title', list(titles)))
    }
    angles = np.linspace(0, 1, len(titles), dtype=np.float32)
    zeros = np.zeros_like(angles)
    tree = {
        'words': np.zeros((2, 3), np.float32),
        'encoder': {},
        'scales': np.zeros(2, np.float32),
        'articles': np.stack([np.cos(angles), np.sin(angles), zeros, zeros], axis=1),
    }
    config = {
        'model': 'txt2url',
        'training': {'model': {'encoder': 'mean', 'embedding_dim': 2, 'link_dim': 1}},
    }
    path = str(folder / 'model')
    models.save_model(path, tree, dictionaries, config)
    return path


class RecommenderTest(parameterized.TestCase):
    def test_parts_are_joined(self):
        asked = article_queries.Asked(
            'A', article_parts.Query(article='u/A', seeds=('u/A',), seed_weights=(1.0,)), 'A'
        )
        search = _FakePart('search', ['b', 'c'])
        graph = _FakePart('graph', ['c', 'd'], ['e', 'c'])
        result = _recommend(asked, [search, graph])
        # 1/5 + 1/4, then 1/4 for b, which ties with nothing, then 1/5 for d.
        self.assertEqual(result.found.urls, ('c', 'b', 'd'))
        self.assertAlmostEqual(result.found.scores[0], 1 / 5 + 1 / 4)
        self.assertEqual(search.asked, graph.asked)
        first = result.rows[0]
        self.assertEqual(first.reason, 'e')
        self.assertEqual(first.places['search'], article_results.Place(2, 0.5))
        self.assertEqual(first.places['graph'], article_results.Place(1, 1.0, 'e'))
        self.assertEqual(list(result.rows[1].places), ['search'])
        self.assertEqual([row.url for row in result.lists['graph']], ['c', 'd'])
        self.assertEqual(result.anchors, ())
        self.assertEqual(len(_recommend(asked, [search, graph], 1).found.urls), 1)

    def test_search_finds_anchors_for_a_text(self):
        asked = article_queries.Asked('words', article_parts.Query(tokens=('words',)))
        graph = _FakePart('graph', [])
        result = _recommend(asked, [_FakePart('search', ['b', 'c', 'd']), graph])
        self.assertEqual(graph.asked[0].seeds, ('b', 'c'))
        self.assertEqual(graph.asked[0].seed_weights, (1.0, 0.5))
        self.assertEqual(result.anchors, ('b', 'c'))

    def test_what_means_nothing_is_not_asked(self):
        part = _FakePart('search', ['b'])
        result = _recommend(article_queries.Asked('?', None, note='why'), [part])
        self.assertEqual(part.asked, [])
        self.assertEqual(article_results.to_text(result), '?\n  why\n')

    def test_negative_scores_have_shares(self):
        found = article_parts.Found(('a', 'b', 'c'), (1.0, 0.0, -3.0))
        result = article_results.Result(article_queries.Asked('x', None), found)
        self.assertEqual([row.share for row in result.rows], [1.0, 0.75, 0.0])

    def test_terminal_is_safe(self):
        found = article_parts.Found(('\x1b[2Ja\n',), (1.0,))
        asked = article_queries.Asked('\x07', article_parts.Query())
        text = article_results.to_text(article_results.Result(asked, found))
        self.assertNotIn('\x1b', text)
        self.assertNotIn('\x07', text)
        self.assertLen(text.splitlines(), 2)


class PartLoadingTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.index = search_testdata.write_index(self.folder / 'index')
        self.graph, self.titles = write_graph(self.folder)

    def test_all_that_there_is(self):
        paths = part_paths.PartPaths(self.index, self.graph, self.titles)
        loaded = part_loading.load(paths)
        self.assertEqual([part.name for part in loaded.parts], ['search', 'graph'])
        self.assertEqual(loaded.frequencies[_URL('Piston')], 18)
        names = ['graph', 'search_index', 'title_dictionary']
        self.assertEqual(sorted(loaded.fingerprints), names)
        self.assertEqual(sorted(loaded.inputs), names)

    def test_embedding(self):
        model = write_model(self.folder, [_URL(title) for title in ('Apple', 'Boiler', 'Gone')])
        loaded = part_loading.load(part_paths.PartPaths(self.index, txt2url_model=model))
        self.assertEqual([part.name for part in loaded.parts], ['search', 'embedding'])
        self.assertEqual(loaded.fingerprints['txt2url_model'], 'mean')
        (found,) = loaded.parts[1].find([article_parts.Query(article=_URL('Gone'))], 9)
        self.assertEqual(found.urls, (_URL('Boiler'), _URL('Apple')))

    def test_graph_alone(self):
        loaded = part_loading.load(
            part_paths.PartPaths(graph=self.graph, title_dictionary=self.titles)
        )
        self.assertEqual([part.name for part in loaded.parts], ['graph'])
        self.assertIsNone(loaded.search)

    def test_the_index_is_the_catalogue(self):
        articles = [one for one in search_testdata.ARTICLES if one[0] != 'Apple']
        index = search_testdata.write_index(self.folder / 'small', articles)
        loaded = part_loading.load(part_paths.PartPaths(index, self.graph, self.titles))
        query = article_parts.Query(article='x', seeds=(_URL('Boiler'),), seed_weights=(1.0,))
        (found,) = loaded.parts[1].find([query], 9)
        self.assertEqual(found.urls, (_URL('Steam_engine'),))

    def test_same_articles_have_the_same_fingerprint(self):
        articles = [(title, text + ' more', ()) for title, text, _ in search_testdata.ARTICLES]
        other = search_testdata.write_index(self.folder / 'other', articles[::-1])
        fewer = search_testdata.write_index(self.folder / 'fewer', articles[1:])
        prints = [
            part_loading.load(part_paths.PartPaths(path)).fingerprints['search_index']
            for path in (self.index, other, fewer)
        ]
        self.assertEqual(prints[0], prints[1])
        self.assertNotEqual(prints[0], prints[2])

    def test_what_does_not_belong_together(self):
        index = search_testdata.write_index(self.folder / 'else', [('Nowhere', 'a', ())])
        with self.assertRaisesRegex(errors.InputError, 'title.* names no article of .*else'):
            part_loading.load(part_paths.PartPaths(index, self.graph, self.titles))
        model = write_model(self.folder, [_URL('Apple')])
        with self.assertRaisesRegex(errors.InputError, 'model names no article of .*else'):
            part_loading.load(part_paths.PartPaths(index, txt2url_model=model))


class RecommendArticlesTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.index = search_testdata.write_index(self.folder / 'index')
        self.graph, self.titles = write_graph(self.folder)
        self.flags = (
            f'--search_index={self.index}',
            f'--graph={self.graph}',
            f'--title_dictionary={self.titles}',
        )

    def test_json_lines(self):
        flags = ('--article=steam engine', '--query=piston', '--query=?', '--format=jsonl')
        result = programs.succeed(_PROGRAM, *self.flags, *flags)
        text, nothing, article = map(json.loads, result.stdout.splitlines())
        self.assertEqual(article['article'], _URL('Steam_engine'))
        titles = [one['title'] for one in article['articles']]
        self.assertEqual(titles[0], 'Boiler')
        self.assertIn('Apple', titles)
        self.assertNotIn('Steam engine', titles)
        # Apple: 0.25 by the engine and 0.75 by the boiler, which it links to.
        parts = article['articles'][0]['parts']
        self.assertEqual(parts['graph'], {'rank': 2, 'score': 0.5, 'reason': 'Steam engine'})
        self.assertIn(parts['search']['rank'], (1, 2))
        self.assertEqual(text['anchors'], ['Piston', 'Steam engine'])
        self.assertEqual(nothing['articles'], [])
        self.assertIn(b'3 queries; 2 found', result.stderr)

    def test_html(self):
        page = self.folder / 'page.html'
        flags = ('--article=<b>"&</b>', '--article=Apple', '--query=מים', '--format=html')
        programs.succeed(_PROGRAM, *self.flags, *flags, f'--output={page}')
        found = test_common_html_report.check(page.read_text(encoding='utf-8'))
        self.assertNotIn('b', found.tags)
        self.assertNotIn('script', found.tags)
        self.assertIn('What graph found', found.text)
        self.assertIn('<b>"&</b>', found.text)
        self.assertIn('מים', found.text)

    def test_records(self):
        output = str(self.folder / 'out.bz2')
        flags = (*self.flags, '--article=Apple', '--top_k=1', '--format=records')
        programs.succeed(_PROGRAM, *flags, f'--output={output}')
        data = records.open_dataset(output, recsys_pb2.Recommendation)
        (record,) = records.read(data)
        self.assertEqual(record.query, _URL('Apple'))
        self.assertEqual(list(record.item), [_URL('APPLE')])
        self.assertLen(data.meta.inputs, 3)

    def test_search_alone(self):
        flags = (self.flags[0], '--article=Steam engine', '--exclude_links')
        text = programs.succeed(_PROGRAM, *flags).stdout.decode()
        self.assertIn('search 1', text)
        for absent in ('graph', 'Boiler', 'Piston'):
            self.assertNotIn(absent, text)

    def test_bad_input(self):
        ask = '--article=Apple'
        self.assertIn('--search_index is needed', programs.fail(_PROGRAM, ask, status=2))
        self.assertIn('nothing is asked', programs.fail(_PROGRAM, *self.flags, status=2))
        message = programs.fail(_PROGRAM, *self.flags[:2], ask, status=2)
        self.assertIn('title_dictionary', message)
        self.assertIn('search_index', programs.fail(_PROGRAM, *self.flags[1:], ask, status=2))
        message = programs.fail(_PROGRAM, *self.flags, '--article=Aple')
        self.assertIn("near: 'APPLE', 'Apple'", message)
        self.assertIn(
            'article ranker', programs.fail(_PROGRAM, *self.flags, ask, f'--ranker={self.index}')
        )

    def test_help(self):
        text = programs.succeed(_PROGRAM, '--help').stdout.decode()
        self.assertIn('Reads:', text)
        self.assertIn('chapter 12', ' '.join(text.split()))


if __name__ == '__main__':
    absltest.main()
