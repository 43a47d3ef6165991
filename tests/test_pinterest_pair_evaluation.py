import dataclasses

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from pinterest import embeddings
from pinterest import pair_evaluation
from pinterest import pair_evaluation_report
from pinterest import pairs
from tests import test_common_html_report

_BOX = (0.0, 0.0, 1.0, 1.0)
_SETTINGS = {'split': 'test', 'others_compete': True}


def _pair(scene, product, box=_BOX):
    return pairs.Pair(scene, product, box)


def _vectors(scenes, products):
    """Returns embeddings in which each scene is most like the products given for it."""
    names = sorted(products)
    rows = {
        **{('scene', s): [float(p in found) for p in names] for s, found in scenes.items()},
        **{('product', p): [float(p == other) for other in names] for p in names},
    }
    kinds, ids = zip(*rows, strict=True)
    return embeddings.Embeddings(
        list(ids), list(kinds), np.array(list(rows.values()), np.float32), 'f00'
    )


def _task(**options):
    """Returns a task: three scenes with four pairs, all found but one; six products."""
    fields = {
        'queries': [_pair('a', 'p'), _pair('a', 'q'), _pair('b', 'r'), _pair('c', 's')],
        'train': [_pair('x', 't'), _pair('y', 't'), _pair('y', 'u')],
        'vectors': _vectors({'a': 'pq', 'b': 'r', 'c': 'u'}, 'pqrstu'),
        'categories': {'p': 'A', 'q': 'B', 'r': 'A', 's': 'C|<b>', 't': 'A', 'u': 'B'},
    }
    return pair_evaluation.Task(**{**fields, **options})


class PairEvaluationTest(parameterized.TestCase):
    def _values(self, found, system, measure):
        names = (*found.systems, *found.references)
        place = [one.name for one in found.measures].index(measure)
        return found.values[:, names.index(system), place].tolist()

    def test_by_hand(self):
        found = pair_evaluation.evaluate(_task())
        self.assertEqual(found.systems, ('model', 'most popular', 'random'))
        self.assertEqual(found.references, ('best possible',))
        self.assertEqual(list(found.catalogue_sizes.values()), [4, 6])
        # a: p or q first; b: r; c: u, which is not in the small catalogue, so all four tie there.
        self.assertEqual(self._values(found, 'model', 'recall_1'), [0.5, 0.5, 1, 0.25])
        self.assertEqual(self._values(found, 'model', 'recall_1_all'), [0.5, 0.5, 1, 0])
        self.assertEqual(self._values(found, 'random', 'recall_1_all'), [1 / 6] * 4)
        # Of their category: p against r; q alone, so left out; s alone in both catalogues.
        binary = self._values(found, 'model', 'binary_accuracy')
        np.testing.assert_array_equal(binary, [1, np.nan, 1, np.nan])
        binary = self._values(found, 'model', 'binary_accuracy_all')
        np.testing.assert_array_equal(binary, [1, 1, 1, np.nan])
        # None of the products asked about is in training, where t is twice: it comes first.
        self.assertEqual(self._values(found, 'most popular', 'recall_1_all'), [0] * 4)
        self.assertEqual(self._values(found, 'most popular', 'recall_1'), [0.25] * 4)
        self.assertEqual(self._values(found, 'best possible', 'recall_1'), [0.5, 0.5, 1, 1])

    def test_other_products_of_the_scene_may_be_left_out(self):
        found = pair_evaluation.evaluate(_task(others_compete=False))
        self.assertEqual(self._values(found, 'model', 'recall_1'), [1, 1, 1, 0.25])
        self.assertEqual(found.references, ())

    def test_scenes_seen_once_for_each_product(self):
        vectors = _vectors({'a/p': 'p', 'a/q': 'q', 'b/r': 'r', 'c/s': 's'}, 'pqrstu')
        found = pair_evaluation.evaluate(_task(vectors=vectors))
        self.assertEqual(self._values(found, 'model', 'recall_1_all'), [1] * 4)
        self.assertEqual(found.references, ())

    def test_pairs_without_embeddings(self):
        queries = [_pair('a', 'p'), _pair('a', 'p', (0, 0, 0.5, 1)), _pair('z', 'p'),
                   _pair('b', 'r'), _pair('a', 'nope')]  # fmt: skip
        found = pair_evaluation.evaluate(_task(queries=queries))
        self.assertEqual([(one.scene, one.product) for one in found.pairs],
                         [('a', 'p'), ('b', 'r')])  # fmt: skip
        self.assertEqual(found.num_missing, 2)
        with self.assertRaisesRegex(errors.InputError, 'none of 1 pairs has embeddings'):
            pair_evaluation.evaluate(_task(queries=[_pair('z', 'p')]))
        with self.assertRaisesRegex(errors.InputError, 'all of one product'):
            pair_evaluation.evaluate(_task(queries=[_pair('a', 'p')]))

    def test_no_popularity_where_nothing_repeats(self):
        found = pair_evaluation.evaluate(_task(train=[_pair('x', 't')]))
        self.assertEqual(found.systems, ('model', 'random'))

    def test_geometry_finds_what_proportions_give_away(self):
        rng = np.random.default_rng(0)
        names = [f'{number:03d}' for number in range(120)]
        widths = rng.uniform(0.1, 0.9, 120)
        true_pairs = [
            _pair(name, name, (0, 0, width, 0.3)) for name, width in zip(names, widths, strict=True)
        ]
        geometry = pair_evaluation.Geometry(
            {(one.scene, one.product): np.array(one.bbox) for one in true_pairs},
            {one.product: one.bbox[2] / 0.3 for one in true_pairs},
        )
        vectors = _vectors({name: [name] for name in names}, names)
        task = pair_evaluation.Task(
            true_pairs[80:], true_pairs[:80], vectors, dict.fromkeys(names, 'A')
        )
        found = pair_evaluation.evaluate(task, geometry)
        self.assertEqual(found.systems, ('model', 'geometry only', 'random'))
        # Of 40 products the right one is nearly always among the nearest in proportions.
        self.assertGreater(np.mean(self._values(found, 'geometry only', 'recall_5')), 0.8)
        self.assertEqual(np.mean(self._values(found, 'random', 'recall_5')), 5 / 40)

        # What is seen of the boxes is all the same: it gives nothing away.
        hidden = dict.fromkeys(geometry.boxes, np.array([[0.0, 0.0, 1.0, 0.5]]))
        found = pair_evaluation.evaluate(task, dataclasses.replace(geometry, seen=hidden))
        self.assertEqual(found.systems, ('model', 'geometry only', 'geometry seen', 'random'))
        self.assertLess(np.mean(self._values(found, 'geometry seen', 'recall_5')), 0.3)

    def test_use(self):
        found = pair_evaluation.evaluate(_task())
        self.assertEqual(set(found.use), {'model', 'most popular'})
        self.assertEqual(found.use['model'], {'coverage': 1.0, 'gini': 0.0})


class SummaryTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.found = pair_evaluation.evaluate(_task())
        self.summaries = self.found.summarise(200, 0)

    def test_categories_and_what_they_lack(self):
        self.assertEqual([one.category for one in self.summaries], ['all', 'A', 'B', 'C|<b>'])
        self.assertEqual([one.queries for one in self.summaries], [4, 2, 1, 1])
        overall, first, _, last = (one.estimates['model'] for one in self.summaries)
        self.assertEqual(first['binary_accuracy'].mean, 1)
        self.assertNotIn('binary_accuracy', last)
        self.assertEqual(overall['binary_accuracy'].mean, 1)
        self.assertEqual(overall['recall_1'].mean, (0.5 + 0.5 + 1 + 0.25) / 4)
        # Those of binary accuracy are of the two queries that have one in either catalogue.
        self.assertEqual(
            self.summaries[0].find('model', 'random', 'binary_accuracy').estimate.mean, 0.5
        )

    def test_reports(self):
        text = pair_evaluation_report.to_text(self.found, self.summaries)
        self.assertIn('4 products of these pairs and among 6 products in all', text)
        self.assertIn('Binary accuracy', text)
        html = pair_evaluation_report.to_html(self.found, self.summaries, _SETTINGS)
        page = test_common_html_report.check(html)
        self.assertNotIn('b', page.tags)
        self.assertIn('C|<b>', page.text)
        self.assertEqual(page.tags.count('figure'), 5)
        lines = list(pair_evaluation_report._query_lines(self.found))
        self.assertLen(lines, 4)
        self.assertIn('"binary_accuracy": null', lines[3])

    def test_nothing_to_choose_between(self):
        task = _task(categories={})
        found = pair_evaluation.evaluate(task)
        self.assertEqual(set(found.categories), {'no category'})
        alone = {name: name for name in 'pqrstu'}
        found = pair_evaluation.evaluate(_task(categories=alone))
        summaries = found.summarise(100, 0)
        for report in (
            pair_evaluation_report.to_text(found, summaries),
            pair_evaluation_report.to_html(found, summaries, _SETTINGS),
            pair_evaluation_report.to_json(found, summaries, _SETTINGS),
        ):
            self.assertIn('ecall', report)


if __name__ == '__main__':
    absltest.main()
