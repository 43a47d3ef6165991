import dataclasses
import json
import pathlib
import re

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import comparison_page
from common import comparison_summary
from common import comparisons
from common import errors
from tests import test_common_html_report

_RECALL = comparisons.Measure('recall', 'Recall', 'A share.')
_CLICKS = comparisons.Measure('clicks', 'Clicks', 'A number.', better='lower', decimals=1)
_EVIL = '<script>alert(1)</script>'


def make(queries=40, seed=1, prefix='s', systems=('a', 'b', _EVIL)):
    """Returns scores: b is better than a by 0.1 in recall, the third is like a but for noise."""
    rng = np.random.default_rng(seed)
    base = rng.random((queries, 1, 2))
    noise = 0.01 * rng.normal(size=(queries, 4, 2))
    shift = np.array([[0, 0], [0.1, -0.2], [0, 0], [1, -1]])
    return comparisons.Scores(
        ('recall', 'clicks'),
        systems,
        ('ceiling',),
        [f'{prefix}{place // 2}' for place in range(queries)],
        ['few' if place % 2 else 'many' for place in range(queries)],
        {'relevant': np.arange(queries)},
        base + noise + shift,
    )


def save(folder, scores):
    """Writes what read wants."""
    folder.mkdir()
    fields = {key: getattr(scores, key) for key in ('measures', 'systems', 'references')}
    text = json.dumps({**fields, 'queries': len(scores.subjects)})
    (folder / comparisons.RESULTS_NAME).write_text(text)
    (folder / comparisons.QUERIES_NAME).write_bytes(b''.join(comparisons.lines(scores)))
    return str(folder)


class ComparisonsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def test_files_give_back_the_scores(self):
        scores = make()
        found, results = comparisons.read(save(self.folder / 'a', scores))
        self.assertEqual(results['queries'], 40)
        for field in dataclasses.fields(scores):
            wanted, got = getattr(scores, field.name), getattr(found, field.name)
            if field.name == 'facts':
                self.assertEqual(list(got), ['relevant'])
                np.testing.assert_array_equal(got['relevant'], wanted['relevant'])
            else:
                np.testing.assert_array_equal(got, wanted)

    def test_no_queries(self):
        scores, _ = comparisons.read(save(self.folder / 'a', make(0)))
        self.assertEqual(scores.values.shape, (0, 4, 2))

    @parameterized.parameters(
        (b'{"subject": "a"}\n', 'line 41: .*missing required field'),
        (b'\xff\n', 'line 41'),
        (b'{"subject":"x","category":"c","facts":{},"values":{"a":[1]}}\n', 'does not fit'),
        (b'', '40 queries, and 41 are wanted'),
    )
    def test_damaged_queries(self, more, message):
        path = save(self.folder / 'a', make())
        with open(f'{path}/queries.jsonl', 'ab') as file:
            file.write(more)
        results = pathlib.Path(path, 'results.json')
        results.write_text(results.read_text().replace('40', '41'))
        with self.assertRaisesRegex(errors.InputError, f'queries.jsonl.*{message}'):
            comparisons.read(path)

    @parameterized.parameters('', '{', '[]', '{"measures": ["recall"]}', '{"measures": 3}')
    def test_damaged_results(self, text):
        path = save(self.folder / 'a', make())
        pathlib.Path(path, 'results.json').write_text(text)
        with self.assertRaisesRegex(errors.InputError, 'results.json is damaged'):
            comparisons.read(path)

    def test_no_evaluation(self):
        with self.assertRaisesRegex(errors.InputError, 'is no evaluation'):
            comparisons.read(str(self.folder))

    def test_pool(self):
        first, second = make(6), make(4, seed=2, prefix='t')
        pooled = comparisons.pool([first, second], ['x', 'y'])
        np.testing.assert_array_equal(pooled.values[6:], second.values)
        self.assertEqual(pooled.subjects[4:8], ['s2', 's2', 't0', 't0'])
        np.testing.assert_array_equal(pooled.facts['relevant'], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3])

    def test_pool_refuses(self):
        with self.assertRaisesRegex(errors.InputError, "'s0' is in x and in y"):
            comparisons.pool([make(6), make(2)], ['x', 'y'])
        other = make(6, prefix='t', systems=('a', 'c', _EVIL))
        with self.assertRaisesRegex(errors.InputError, 'y has the systems a, c'):
            comparisons.pool([make(6), other], ['x', 'y'])

    def test_shapes_are_checked(self):
        scores = make(4)
        with self.assertRaisesRegex(ValueError, 'want values'):
            dataclasses.replace(scores, values=scores.values[:, :2])


class SummaryTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scores = make(80)
        cls.summaries = comparison_summary.summarise(cls.scores, resamples=2000)

    def test_means_and_categories(self):
        overall, many, few = self.summaries
        self.assertEqual([one.category for one in self.summaries], ['all', 'many', 'few'])
        self.assertEqual((overall.queries, overall.subjects), (80, 40))
        self.assertEqual((many.queries, many.subjects), (40, 40))
        for one, rows in (
            (overall, slice(None)),
            (many, slice(0, None, 2)),
            (few, slice(1, None, 2)),
        ):
            wanted = self.scores.values[rows].mean(axis=0)
            for place, name in enumerate(self.scores.names):
                found = one.estimates[name]['recall']
                self.assertAlmostEqual(found.mean, wanted[place, 0])
                self.assertBetween(found.mean, found.low, found.high)
                self.assertAlmostEqual(one.estimates[name]['clicks'].mean, wanted[place, 1])

    def test_pairs(self):
        overall = self.summaries[0]
        self.assertLen(overall.differences, 3 * 2)
        found = overall.find('b', 'a', 'recall')
        self.assertEqual((found.first, found.second), ('a', 'b'))
        # The difference was put there: 0.1, with noise of 0.01 a query.
        self.assertAlmostEqual(found.estimate.mean, -0.1, delta=0.01)
        self.assertLess(found.estimate.high, -0.09)
        self.assertAlmostEqual(found.p_value, 1 / 2001)
        self.assertAlmostEqual(found.p_holm, 3 / 2001)
        alike = overall.find('a', _EVIL, 'recall')
        self.assertGreater(alike.p_holm, 0.01)
        self.assertBetween(0.0, alike.estimate.low - 0.003, alike.estimate.high + 0.003)

    def test_one_system_has_no_pairs(self):
        scores = comparisons.Scores(('recall',), ('a',), (), ['s'], ['c'], {}, np.array([[[0.5]]]))
        summaries = comparison_summary.summarise(scores, resamples=100)
        self.assertEqual(summaries[0].differences, [])
        self.assertIsNone(summaries[0].estimates['a']['recall'].low)
        text = comparison_summary.to_text(summaries, [_RECALL], [_RECALL])
        self.assertIn('0.5000\n', text)
        self._page(summaries, (), [_RECALL])

    def test_text(self):
        text = comparison_summary.to_text(self.summaries, [_RECALL, _CLICKS], [_RECALL])
        lines = text.splitlines()
        self.assertRegex(lines[0], r'^80 queries +Recall +Clicks$')
        mean = self.summaries[0].estimates['b']['recall'].mean
        self.assertRegex(lines[2], rf'^b +{mean:.4f} +\d\.\d$')
        self.assertRegex(
            text, r'a - b +Recall +-0\.\d{4} \[-0\.\d{4}, -0\.\d{4}\] +0.0005 +0.0015\n'
        )

    def _page(self, summaries, references, measures):
        return comparison_page.render(
            summaries,
            title='T',
            summary=_EVIL,
            subjects='things',
            measures=measures,
            headline=measures,
            references=references,
            axes={'sizes': {'few': '1', 'many': '2', 'none': '3'}},
            x_axis='Size',
            use={'a': {'coverage': 0.5, 'gini': 0.25}},
            use_definition='Use.',
            notes=[_EVIL],
            definitions=[_EVIL],
        )

    def test_page(self):
        page = self._page(self.summaries, ('ceiling',), [_RECALL, _CLICKS])
        found = test_common_html_report.check(page)
        self.assertNotIn('script', found.tags)
        self.assertIn('&lt;script&gt;', page)
        self.assertNotIn('style=', page)
        # A bar chart and a line chart of each measure.
        self.assertEqual(found.tags.count('svg'), 4)
        ids = [value for _, key, value in found.attributes if key == 'id']
        self.assertEqual(len(ids), len(set(ids)))
        for _, key, value in found.attributes:
            if key == 'href':
                self.assertIn(value.removeprefix('#'), ids)
            if key == 'aria-labelledby':
                self.assertContainsSubset(value.split(), ids)
        # Than a and than the third, in recall and, by being lower, in clicks.
        self.assertEqual(found.text.count('b is better'), 4)
        shown = sum(one.p_holm < 0.05 for one in self.summaries[0].differences)
        counts = re.findall(r'(\d) of 3 differences shown at 5 %', found.text)
        self.assertLen(counts, 2)
        self.assertEqual(sum(map(int, counts)), shown)
        self.assertIn('no difference shown', found.text)
        self.assertIn('−0.', found.text)
        self.assertIn('50.0 %', found.text)
        self.assertEqual(page.count('class="hollow"'), 2)
        self.assertEqual(page.count('<th scope="row">few</th>'), 0)


if __name__ == '__main__':
    absltest.main()
