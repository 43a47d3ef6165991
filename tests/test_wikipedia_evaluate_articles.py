"""train_article_ranker and evaluate_articles as a user runs them."""

import json
import pathlib
import shutil
import tempfile

from absl.testing import absltest

from common import comparisons
from common import models
from tests import programs
from tests import ranker_testdata
from tests import test_common_html_report

_TRAIN, _EVALUATE = 'wikipedia.train_article_ranker', 'wikipedia.evaluate_articles'
_SEARCH = '--search_index=index'
_GRAPH = ('--graph=similarity', '--title_dictionary=title.bz2')
_VALIDATION, _TEST = '--validation=docs/validation', '--test=docs/test'


class EvaluateArticlesTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        ranker_testdata.write_world(cls.folder)
        cls.log = cls._run(_TRAIN, _VALIDATION, '--model_dir=ranker').stderr.decode()

    @classmethod
    def _run(cls, program, *flags):
        return programs.succeed(program, _SEARCH, *_GRAPH, *flags, cwd=cls.folder)

    def _fail(self, program, *flags, status=1):
        return programs.fail(program, *flags, status=status, cwd=self.folder)

    def test_ranker(self):
        config = models.load_config(str(self.folder / 'ranker'))
        self.assertEqual(config['parts'], ['search', 'graph'])
        self.assertEqual(config['queries'], {'article': 20, 'text': 20})
        self.assertEqual(set(config['fingerprints']), {'search_index', 'title_dictionary', 'graph'})
        lines = (self.folder / 'ranker' / 'metrics.jsonl').read_text().splitlines()
        measured = [json.loads(line) for line in lines]
        self.assertEqual([line['query_kind'] for line in measured], ['article', 'text'])
        # Titles of what is linked to stand in the texts.
        self.assertGreater(measured[0]['cross_validated']['mrr'], measured[0]['fusion']['mrr'])
        self.assertIn('cross-validated', self.log)
        card = (self.folder / 'ranker' / 'README.md').read_text()
        self.assertIn('| search_fusion | ', card)

    def test_evaluation(self):
        found = self._run(
            _EVALUATE, _TEST, '--ranker=ranker', '--output=evaluation', '--resamples=200'
        )
        tables = found.stdout.decode()
        for text in ('Held-out links', 'From first paragraphs', 'fusion - ranker', '20 queries'):
            self.assertIn(text, tables)
        scores, results = comparisons.read(str(self.folder / 'evaluation' / 'links'))
        self.assertEqual(scores.systems, ('search', 'graph', 'fusion', 'ranker'))
        self.assertEqual(results['settings']['depth'], 200)
        self.assertEqual(
            list(results['inputs']),
            ['test', 'search_index', 'title_dictionary', 'graph', 'ranker'],
        )
        means = {
            name: by_measure['mrr']['mean']
            for name, by_measure in results['results'][0]['estimates'].items()
        }
        self.assertGreater(means['ranker'], means['fusion'])
        self.assertGreater(means['ranker'], 0.8)
        self.assertLess(means['random'], 0.3)
        _, results = comparisons.read(str(self.folder / 'evaluation' / 'text'))
        # Every first paragraph has a word that only its article has.
        self.assertEqual(results['results'][0]['estimates']['search']['mrr']['mean'], 1.0)
        for kind in ('.', 'links', 'text'):
            page = (self.folder / 'evaluation' / kind / 'index.html').read_text()
            attributes = test_common_html_report.check(page).attributes
            linked = 'links/index.html' if kind == '.' else '../index.html'
            self.assertIn(('a', 'href', linked), attributes)
        again = self._run(
            _EVALUATE, _TEST, '--ranker=ranker', '--output=evaluation', '--resamples=200',
            '--overwrite',
        )  # fmt: skip
        self.assertEqual(again.stdout, found.stdout)

    def test_search_alone(self):
        flags = (_SEARCH, _TEST, '--tasks=text', '--max_articles=5', '--resamples=100')
        tables = programs.succeed(_EVALUATE, *flags, cwd=self.folder).stdout.decode()
        self.assertIn('5 queries', tables)
        self.assertNotIn('Held-out links', tables)

    def test_refuses_another_ranker(self):
        flags = (_SEARCH, _TEST, '--ranker=ranker')
        self.assertIn('give those, or train a ranker for these', self._fail(_EVALUATE, *flags))
        flags = (_SEARCH, _TEST, '--ranker=index')
        self.assertIn('train_article_ranker', self._fail(_EVALUATE, *flags))

    def test_refuses_a_test_on_what_was_learned(self):
        flags = (_SEARCH, *_GRAPH, '--test=docs/validation', '--ranker=ranker')
        self.assertIn('was learned from docs/validation', self._fail(_EVALUATE, *flags))

    def test_refuses_an_index_with_what_was_held_out(self):
        # What is indexed has the links of articles that were not held out.
        shutil.copytree(self.folder / 'docs', self.folder / 'as_test', dirs_exist_ok=True)
        last = self._fail(_EVALUATE, _SEARCH, '--test=as_test')
        self.assertIn('still holds what as_test holds out', last)
        self.assertFalse((self.folder / 'not_there').exists())

    def test_wrong_flags(self):
        for program, flags, message in [
            (_EVALUATE, (_TEST,), '--search_index is needed'),
            (_EVALUATE, (_TEST, _SEARCH, '--tasks=x'), 'give links, text, or both'),
            (_EVALUATE, (_TEST, *_GRAPH), '--search_index is needed'),
            (_EVALUATE, (_TEST, _SEARCH, '--output=index', '--overwrite'), 'lies in the input'),
            (_TRAIN, (_VALIDATION, _SEARCH, '--model_dir=m', '--features=titles'), 'give ranks'),
            (_TRAIN, (_VALIDATION, _SEARCH, '--model_dir=m', '--ranker=r'), 'name the new one'),
        ]:
            with self.subTest(message):
                self.assertIn(message, self._fail(program, *flags, status=2))


if __name__ == '__main__':
    absltest.main()
