import json
import os
import pathlib
import tempfile

import numpy as np
from absl.testing import absltest

from tests import programs
from tests import test_common_html_report

_PROGRAM = 'spotify.evaluate_recommendations'
_FAST = ('--resamples=200', '--context_sizes=0,1,5')


def _make_data(folder):
    """Makes two folds of training data out of 240 generated playlists."""
    playlists, dictionaries = f'{folder}/playlists', f'{folder}/dictionaries'
    programs.succeed(
        'spotify.make_synthetic_playlists',
        f'--output={playlists}',
        '--num_playlists=240',
        '--num_tracks=600',
        '--num_artists=60',
        '--num_themes=6',
        '--num_workers=1',
    )
    programs.succeed(
        'spotify.make_dictionary',
        f'--playlists={playlists}',
        f'--output={dictionaries}',
        '--num_workers=1',
    )
    for fold in (0, 1):
        programs.succeed(
            'spotify.make_training',
            f'--playlists={playlists}',
            f'--dictionaries={dictionaries}',
            f'--output={folder}/data{fold}',
            '--num_workers=1',
            f'--test_fold={fold}',
        )


class EvaluateRecommendationsTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls._temporary.cleanup)
        cls.folder = cls._temporary.name
        _make_data(cls.folder)
        for fold in (0, 1):
            result = cls._run(fold, f'--output={cls.folder}/fold{fold}')
            cls.stdout = result.stdout.decode()

    @classmethod
    def _run(cls, fold, *flags, **options):
        return programs.succeed(
            _PROGRAM,
            f'--data={cls.folder}/data{fold}',
            '--systems=artist_match,album_match',
            *_FAST,
            *flags,
            **options,
        )

    def _results(self, name):
        return json.loads(pathlib.Path(self.folder, name, 'results.json').read_text())

    def test_results(self):
        results = self._results('fold1')
        self.assertEqual(results['systems'], ['artist_match', 'album_match'])
        self.assertEqual(results['program'], 'spotify/evaluate_recommendations')
        overall = results['results'][0]
        self.assertEqual(overall['queries'], results['queries'])
        names = [category['category'] for category in results['results']]
        self.assertEqual(names, ['all', 'no track', '1 first', '5 first', '1 random', '5 random'])
        self.assertEqual(sum(one['queries'] for one in results['results'][1:]), overall['queries'])
        for one in overall['estimates'].values():
            for figures in one.values():
                self.assertBetween(figures['mean'], figures['low'], figures['high'])
        estimates = overall['estimates']
        for measure, better in (('r_precision', 1), ('ndcg', 1), ('clicks', -1)):
            ceiling = estimates['ceiling: training'][measure]['mean']
            for system in results['systems']:
                found = estimates[system][measure]['mean']
                self.assertGreater(better * ceiling, better * found)
            self.assertIn(f'{estimates["artist_match"][measure]["mean"]:.2f}', self.stdout)
        # Artists of this catalogue belong to one theme each, so that they help.
        self.assertGreater(estimates['artist_match']['r_precision']['mean'], 0.1)

    def test_queries_are_what_the_means_are_of(self):
        results = self._results('fold1')
        with open(f'{self.folder}/fold1/queries.jsonl') as file:
            rows = [json.loads(line) for line in file]
        self.assertLen(rows, results['queries'])
        for system in (*results['systems'], *results['references']):
            means = np.mean([row['values'][system] for row in rows], axis=0)
            for measure, mean in zip(results['measures'], means, strict=True):
                found = results['results'][0]['estimates'][system][measure]['mean']
                self.assertAlmostEqual(found, mean)
        self.assertTrue(all(r['facts']['in_training'] <= r['facts']['held_out'] for r in rows))

    def test_page(self):
        page = pathlib.Path(self.folder, 'fold1', 'index.html').read_text()
        found = test_common_html_report.check(page)
        self.assertNotIn('script', found.tags)
        # Three measures: bars, lines over first tracks, lines over random ones.
        self.assertEqual(found.tags.count('svg'), 9)
        self.assertIn('R-precision with artists', found.text)
        self.assertIn('occur in a playlist for training', found.text)

    def test_rerun_is_equal(self):
        output = f'{self.folder}/again'
        self._run(1, f'--output={output}')
        for name in ('queries.jsonl', 'index.html'):
            self.assertEqual(
                pathlib.Path(output, name).read_bytes(),
                pathlib.Path(self.folder, 'fold1', name).read_bytes(),
            )
        error = programs.fail(
            _PROGRAM, f'--data={self.folder}/data1', '--systems=artist_match', f'--output={output}'
        )
        self.assertIn('--overwrite', error)
        self._run(1, f'--output={output}', '--overwrite', '--names=<b>x</b>,y')
        self.assertEqual(self._results('again')['systems'], ['<b>x</b>', 'y'])
        self.assertIn('&lt;b&gt;x', pathlib.Path(output, 'index.html').read_text())

    def test_merge(self):
        folds = [f'{self.folder}/fold0', f'{self.folder}/fold1']
        output = f'{self.folder}/merged'
        result = programs.succeed(
            _PROGRAM, f'--merge={",".join(folds)}', f'--output={output}', '--resamples=200'
        )
        merged, parts = self._results('merged'), [self._results('fold0'), self._results('fold1')]
        self.assertEqual(merged['queries'], sum(part['queries'] for part in parts))
        self.assertLen(merged['sources'], 2)
        self.assertIn(f'{merged["queries"]} queries', result.stdout.decode())
        for measure in merged['measures']:
            total = sum(
                part['queries'] * part['results'][0]['estimates']['artist_match'][measure]['mean']
                for part in parts
            )
            found = merged['results'][0]['estimates']['artist_match'][measure]['mean']
            self.assertAlmostEqual(found, total / merged['queries'])
        used = [part['use']['all']['artist_match']['gini'] for part in parts]
        self.assertAlmostEqual(merged['use']['all']['artist_match']['gini'], np.mean(used))
        page = pathlib.Path(output, 'index.html').read_text()
        self.assertIn('pooled over 2 folds', page)
        again = programs.fail(_PROGRAM, f'--merge={folds[0]},{folds[0]}')
        self.assertIn('is in', again)
        error = programs.fail(_PROGRAM, f'--merge={self.folder}/data0')
        self.assertIn('is no evaluation', error)

    def test_merge_wants_the_same_settings(self):
        other = f'{self.folder}/other'
        programs.succeed(
            _PROGRAM,
            f'--data={self.folder}/data0',
            '--systems=artist_match,album_match',
            '--context_sizes=1',
            '--context_order=first',
            '--resamples=100',
            f'--output={other}',
        )
        error = programs.fail(_PROGRAM, f'--merge={self.folder}/fold1,{other}')
        self.assertIn('evaluate with the same flags', error)

    def test_wrong_flags(self):
        data = f'--data={self.folder}/data0'
        for flags, message in (
            ((), 'give --data and --systems, or --merge'),
            ((data,), 'go together'),
            ((data, '--systems=artist_match', '--merge=x'), 'give --data and --systems, or'),
            ((data, '--systems=artist_match', '--names=a,b'), '2 --names for 1'),
            ((data, '--systems=a,b', '--names=a,a'), 'tell them apart by --names'),
            ((data, '--systems=a', '--names=ceiling: training'), 'tell them apart by --names'),
            ((data, '--systems=a', '--names=\x1b[31m'), 'name them readably'),
            ((data, '--systems=artist_match', '--context_sizes=1,x'), "has ['x']"),
            ((data, '--systems=artist_match', '--context_order=last'), 'give first, random'),
            (
                (data, '--systems=artist_match', f'--output={self.folder}/data0'),
                'lies in the input',
            ),
        ):
            self.assertIn(message, programs.fail(_PROGRAM, *flags, status=2))

    def test_unusable_input(self):
        data = f'--data={self.folder}/data0'
        nowhere = programs.fail(_PROGRAM, data, f'--systems={self.folder}/nowhere')
        self.assertIn('nowhere', nowhere)
        short = programs.fail(
            _PROGRAM, data, '--systems=artist_match', '--context_sizes=1000', '--max_playlists=5'
        )
        self.assertIn('use smaller --context_sizes', short)
        self.assertFalse(os.path.exists(f'{self.folder}/nowhere'))


if __name__ == '__main__':
    absltest.main()
