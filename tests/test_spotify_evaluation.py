import numpy as np
from absl.testing import absltest

from common import comparisons
from spotify import continuation_metrics
from spotify import continuations
from spotify import evaluation
from tests import spotify_testdata
from tests import test_spotify_continuations

_TRACKS = 40
_ARTISTS = (np.arange(_TRACKS) // 2).astype(np.int32)
_CATEGORIES = continuations.categories((0, 1, 5), ('first', 'random'))
_COLUMN = {measure.name: place for place, measure in enumerate(continuation_metrics.MEASURES)}


class _Next:
    """Recommends the tracks after those of the context; knows how playlists are made here."""

    name, num_tracks = 'next', _TRACKS

    def score(self, queries):
        scores = np.zeros((len(queries), _TRACKS), np.float32)
        for row, context in enumerate(queries.contexts):
            if len(context):
                scores[row] = -np.abs(np.arange(_TRACKS) - context.mean())
        return scores


def _playlists():
    rows = [list(range(start, start + 10)) for start in range(0, 30, 3)]
    return test_spotify_continuations.make([*rows, [1, 2, 3]], [0, 2] * 5 + [0])


def _evaluator(**options):
    options = {'categories': _CATEGORIES, 'candidates': 'dictionary', **options}
    counts = np.bincount([0, 0, 0, 1, *range(9, 30)], minlength=_TRACKS)
    return evaluation.Evaluator(_playlists(), _ARTISTS, counts, **options)


class EvaluatorTest(absltest.TestCase):
    def test_cases(self):
        evaluator = _evaluator()
        # Ten playlists of ten tracks; that of three has too few left even without a context.
        self.assertEqual(
            [category.name for category in evaluator.cases],
            ['no track', '1 first', '5 first', '1 random', '5 random'],
        )
        self.assertEqual(evaluator.num_queries, 5 * 10)
        self.assertEqual(_evaluator(min_held_out=3).num_queries, 5 * 10 + 1)
        # With six of ten tracks to find, only the five that lack two more have five left.
        few = _evaluator(min_held_out=6, categories=_CATEGORIES[2:3])
        self.assertEqual(few.num_queries, 5)
        self.assertEqual(_evaluator(min_held_out=99).cases, {})

    def test_a_system_that_knows(self):
        evaluator = _evaluator(categories=_CATEGORIES[2:3])  # The first five.
        measured = evaluator.measure(_Next())
        r_precision = measured.values[:, _COLUMN['r_precision']]
        # The nearest tracks on both sides of the context: of five, two or three are those after
        # it; at the start of the catalogue there are none before. With two unknown, of seven.
        self.assertEqual(r_precision[0], 1.0)
        self.assertBetween(r_precision[2], 0.4, 0.6)
        self.assertBetween(r_precision[3], 3 / 7, 4 / 7)

    def test_blocks_do_not_matter(self):
        whole = _evaluator().measure(_Next())
        block, evaluation._BLOCK = evaluation._BLOCK, 3
        self.addCleanup(setattr, evaluation, '_BLOCK', block)
        done = []
        parts = _evaluator().measure(_Next(), done.append)
        np.testing.assert_allclose(whole.values, parts.values, rtol=1e-12)
        for category, counts in whole.exposure.items():
            np.testing.assert_array_equal(counts, parts.exposure[category])
        self.assertEqual(sum(done), 50)
        self.assertEqual(max(done), 3)

    def test_exposure_and_use(self):
        evaluator = _evaluator()
        same = evaluator.measure(spotify_testdata.TableSystem('same', -np.arange(_TRACKS)))
        use = evaluation.catalogue_use({'same': same}, 'all')
        self.assertEqual(list(use), ['all', *(category.name for category in _CATEGORIES)])
        # Without a context everybody gets the first ten of forty tracks: 10/40, and a Gini index of
        # 1 - 10/40.
        self.assertAlmostEqual(use['no track']['same']['coverage'], 0.25)
        self.assertAlmostEqual(use['no track']['same']['gini'], 0.75)
        self.assertEqual(same.exposure[_CATEGORIES[0]].sum(), 10 * 10)

    def test_popularity(self):
        evaluator = _evaluator(categories=_CATEGORIES[:1])
        same = evaluator.measure(spotify_testdata.TableSystem('same', -np.arange(_TRACKS)))
        # Of the first ten tracks, track 0 occurs three times, and 1 and 9 once.
        wanted = (np.log(4) + 2 * np.log(2)) / 10
        np.testing.assert_allclose(same.values[:, _COLUMN['popularity']], wanted)

    def test_candidates(self):
        evaluator = _evaluator(categories=_CATEGORIES[:1], candidates='training')
        same = evaluator.measure(spotify_testdata.TableSystem('same', -np.arange(_TRACKS)))
        # Tracks 0, 1 and 9 to 29 occur in playlists for training: the first ten are these.
        shown = np.flatnonzero(same.exposure[_CATEGORIES[0]])
        np.testing.assert_array_equal(shown, [0, 1, *range(9, 17)])
        recall = same.values[:, _COLUMN['recall_500']]
        np.testing.assert_allclose(recall[:2], [3 / 10, 4 / 12])
        ceiling = evaluator.ceiling(evaluation.IN_TRAINING).values
        np.testing.assert_allclose(ceiling[:, _COLUMN['recall_500']], recall)

    def test_ceilings(self):
        evaluator = _evaluator(categories=_CATEGORIES[:1])
        known = evaluator.ceiling(evaluation.IN_DICTIONARY).values[:, _COLUMN['r_precision']]
        np.testing.assert_allclose(known, [1, 10 / 12] * 5)
        trained = evaluator.ceiling(evaluation.IN_TRAINING).values[:, _COLUMN['r_precision']]
        # Tracks 0, 1 and 9 of the first ten; 9 to 12 of 3 to 12, and two unknown ones.
        np.testing.assert_allclose(trained[:2], [3 / 10, 4 / 12])
        self.assertTrue((trained <= known).all())

    def test_scores(self):
        evaluator = _evaluator()
        ceiling = {evaluation.IN_TRAINING: evaluator.ceiling(evaluation.IN_TRAINING)}
        scores = evaluator.scores({'next': evaluator.measure(_Next())}, ceiling)
        self.assertIsInstance(scores, comparisons.Scores)
        self.assertEqual(scores.values.shape, (50, 2, len(continuation_metrics.MEASURES)))
        self.assertEqual(scores.subjects[:10], [f'id{place}' for place in range(10)])
        self.assertEqual(scores.categories[9:11], ['no track', '1 first'])
        np.testing.assert_array_equal(scores.facts['held_out'][:2], [10, 12])
        np.testing.assert_array_equal(scores.facts['in_dictionary'][:2], [10, 10])
        np.testing.assert_array_equal(scores.facts['in_training'][:2], [3, 4])

    def test_refuses(self):
        with self.assertRaisesRegex(ValueError, 'ranks 3, not 40'):
            _evaluator().measure(spotify_testdata.TableSystem('short', [1, 2, 3]))
        with self.assertRaisesRegex(ValueError, 'no playlist is long enough'):
            _evaluator(min_held_out=99).measure(_Next())

    def test_sample(self):
        self.assertEqual(_evaluator(max_playlists=4, min_held_out=1).num_queries, 5 * 4)


if __name__ == '__main__':
    absltest.main()
