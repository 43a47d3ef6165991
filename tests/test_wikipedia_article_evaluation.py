"""Tests of measuring parts, fusion and ranker on the same queries."""

import pathlib
import tempfile

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import records
from common.pb import nlp_pb2
from tests import ranker_testdata
from wikipedia import article_evaluation
from wikipedia import article_measures
from wikipedia import article_parts
from wikipedia import article_search
from wikipedia import article_tasks

_CATALOGUE = [f'u{number:03}' for number in range(200)]
_FREQUENCIES = {'u150': 9, 'u007': 8}


def _task(number, relevant, size=5):
    query = article_parts.Query(
        article=f'a{number}',
        seeds=(f'a{number}',),
        seed_weights=(1.0,),
        exclude=frozenset(('u150',)),
    )
    return article_tasks.Task('links', f'a{number}', query, frozenset(relevant), size)


class MeasuresTest(absltest.TestCase):
    def test_by_hand(self):
        hits = np.zeros((2, article_measures.LIST_LENGTH), bool)
        hits[0, [1, 11]] = True
        measured = article_measures.measure(hits, np.array([4, 1]))
        # Recall@1, 5, 10, 50; 1 / rank; 1 / log2(3) by that of ranks 1 to 4; a hit.
        ideal = sum(1 / np.log2(rank + 1) for rank in (1, 2, 3, 4))
        np.testing.assert_allclose(
            measured[0], [0, 1 / 4, 1 / 4, 2 / 4, 1 / 2, 1 / np.log2(3) / ideal, 1]
        )
        np.testing.assert_array_equal(measured[1], 0)
        self.assertLen(article_measures.MEASURES, 7)
        with self.assertRaisesRegex(ValueError, 'want hits'):
            article_measures.measure(hits[:, :9], np.array([4, 1]))


class EvaluatorTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.parts = [
            ranker_testdata.FakePart('search', lambda query: ['u001', 'u002', 'u003']),
            ranker_testdata.FakePart('graph', lambda query: ['u003', 'u004']),
        ]

    def _evaluate(self, tasks, **options):
        evaluator = article_evaluation.Evaluator(
            self.parts, None, _CATALOGUE, _FREQUENCIES, **options
        )
        return evaluator.evaluate(tasks)

    def _values(self, scores, name):
        columns = scores.values[:, scores.names.index(name)]
        return dict(zip(scores.measures, columns.T.tolist(), strict=True))

    def test_systems_and_references(self):
        tasks = [_task(1, ['u003', 'u009'], 2), _task(2, ['u007'], 12)]
        evaluated = self._evaluate(tasks)
        scores = evaluated.scores
        self.assertEqual(scores.systems, ('search', 'graph', 'fusion'))
        self.assertEqual(scores.references, ('ceiling', 'most popular', 'random'))
        self.assertEqual(self._values(scores, 'search')['mrr'], [round(1 / 3, 6), 0])
        self.assertEqual(self._values(scores, 'graph')['mrr'], [1, 0])
        # 1/6 + 1/4 is more than 1/4.
        self.assertEqual(self._values(scores, 'fusion')['recall_1'], [0.5, 0])
        self.assertEqual(self._values(scores, 'ceiling')['recall_50'], [0.5, 0])
        # u150 is excluded, so that u007 comes first, and then the others by address.
        self.assertEqual(self._values(scores, 'most popular')['mrr'], [1 / 5, 1])
        self.assertEqual(scores.facts['relevant'].tolist(), [2, 1])
        self.assertEqual(scores.facts['found_by_parts'].tolist(), [1, 0])
        self.assertEqual(scores.categories, ['1–3 links left', '10–29 links left'])
        self.assertEqual(scores.subjects, ['a1', 'a2'])
        self.assertEqual(evaluated.use['graph']['coverage'], 2 / 200)

    def test_random_lists_follow_the_seed_and_leave_out_what_is_excluded(self):
        everything = set(_CATALOGUE) - {'u150'}
        tasks = [_task(number, everything) for number in range(9)]
        there = self._evaluate(tasks, seed=4).scores
        np.testing.assert_array_equal(there.values, self._evaluate(tasks, seed=4).scores.values)
        # Whatever is drawn is relevant, as u150 is never drawn.
        values = self._values(there, 'random')
        np.testing.assert_allclose(values['recall_50'], 50 / 199, atol=1e-6)
        few = [_task(number, ['u020']) for number in range(40)]
        ranks = [self._values(self._evaluate(few, seed=s).scores, 'random')['mrr'] for s in (1, 2)]
        self.assertNotEqual(*ranks)

    def test_categories_cover_all_sizes(self):
        for kind in article_tasks.KINDS:
            self.assertLen(article_evaluation.categories(kind), 4)
        tasks = [_task(size, ['u001'], size) for size in (0, 3, 4, 29, 30, 5000)]
        found = self._evaluate(tasks).scores.categories
        self.assertEqual([one.split(' ')[0] for one in found],
                         ['1–3', '1–3', '4–9', '10–29', '30+', '30+'])  # fmt: skip


class TasksTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        ranker_testdata.write_world(cls.folder, 24)
        cls.search = article_search.ArticleSearch(str(cls.folder / 'index'))

    def _open(self, name):
        return records.open_dataset(str(self.folder / name), nlp_pb2.TextDocument)

    def test_both_kinds(self):
        tasks = article_tasks.read(self._open('docs/test'), self.search)
        self.assertEqual([task.kind for task in tasks[:4]], ['links', 'text'] * 2)
        links, text = tasks[:2]
        self.assertEqual(links.article, ranker_testdata.url(1))
        self.assertEqual(links.query.article, links.article)
        self.assertLen(links.relevant, 2)
        self.assertEqual(links.query.exclude, {links.article, *links.query.seeds})
        self.assertEmpty(links.relevant & links.query.exclude)
        self.assertEqual(links.size, 3)
        self.assertEqual(text.query.tokens[0], 'own1')
        self.assertEqual((text.query.article, text.query.exclude), ('', frozenset()))
        self.assertEqual(text.relevant, {ranker_testdata.url(1)})
        self.assertEqual(text.size, 6)

    def test_a_choice_is_stable(self):
        everything = article_tasks.read(self._open('docs/test'), self.search)
        some = article_tasks.read(self._open('docs/test'), self.search, 3)
        self.assertLen({task.article for task in some}, 3)
        self.assertEqual(some, [task for task in everything if task in some])
        fewer = article_tasks.read(self._open('docs/test'), self.search, 2)
        self.assertLess({task.article for task in fewer}, {task.article for task in some})

    def _write(self, name, document):
        payloads = [document.SerializeToString()]
        path = str(self.folder / name)
        records.write_parts(path, payloads, proto=nlp_pb2.TextDocument, overwrite=True)

    def test_refuses_an_index_of_other_documents(self):
        self._write('other', nlp_pb2.TextDocument(primary='elsewhere', lead_tokens=['a']))
        with self.assertRaisesRegex(errors.InputError, 'lacks elsewhere'):
            article_tasks.read(self._open('other'), self.search)

    def test_refuses_an_index_of_what_was_held_out(self):
        document = self.search.document(ranker_testdata.url(1))
        leak = nlp_pb2.TextDocument(primary=document.primary, secondary=document.secondary[:1])
        self._write('leak', leak)
        with self.assertRaisesRegex(errors.InputError, 'still holds what .*leak holds out of'):
            article_tasks.read(self._open('leak'), self.search)
        # Article 2 was not held out, and so has its lead.
        self._write('lead', nlp_pb2.TextDocument(primary=ranker_testdata.url(2), lead_tokens=['a']))
        with self.assertRaisesRegex(errors.InputError, 'still holds'):
            article_tasks.read(self._open('lead'), self.search)


if __name__ == '__main__':
    absltest.main()
