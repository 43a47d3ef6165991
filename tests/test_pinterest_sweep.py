import json
import pathlib

import hypothesis
import numpy as np
import yaml
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from pinterest import sweep_page
from pinterest import sweeps
from pinterest import trials
from tests import hostile
from tests import programs
from tests import test_common_html_report

_PROGRAM = 'pinterest.sweep'
_FAKE = 'tests.fake_training'
_SWEEP = """
program: pinterest/train_shop_the_look.py
method: random
metric: {name: score, goal: maximize}
parameters:
  quality: {min: 0.5, max: 1.0}
  rate: {distribution: log_uniform_values, min: 0.001, max: 0.1}
  kind: {values: [a, b, <b>], probabilities: [0.5, 0.25, 0.25]}
  size: {min: 3, max: 5}
  epochs: {value: 7}
early_terminate: {type: hyperband}
"""
_BAD = (
    ('[1, 2', 'not YAML'),
    ('\x00', 'not YAML'),
    ('3', 'no sweep file'),
    ('program: a', 'it has no'),
    (_SWEEP.replace('maximize', 'most'), "the goal is 'most'"),
    (_SWEEP.replace('goal: maximize', 'target: 1').replace('name: score, ', ''), 'it has no'),
    (_SWEEP.replace('min: 3', 'mu: 3'), 'size has max, mu'),
    (_SWEEP.replace('min: 3', 'min: 9'), 'no numbers in order'),
    (_SWEEP.replace('min: 3', 'min: yes'), 'no numbers in order'),
    (_SWEEP.replace('min: 0.001', 'min: 0'), 'do not suit'),
    (_SWEEP.replace('max: 1.0', 'max: .inf'), 'do not suit'),
    (_SWEEP.replace('log_uniform_values', 'beta'), "the distribution 'beta'"),
    (_SWEEP.replace('0.5, 0.25, 0.25', '0.5, 0.25'), 'probabilities of kind'),
    (_SWEEP.replace('[a, b, <b>]', '[]'), 'no list'),
    (_SWEEP.replace('[a, b, <b>]', '[a, b, {c: d}]'), 'no text and no number'),
    (_SWEEP.replace('epochs:', '"--epochs":'), 'no name of a flag'),
    ('!!python/object/apply:os.system [echo]', 'not YAML'),
    (_SWEEP.replace('max: 5', f'max: {"9" * 400}'), 'int too large'),
    (_SWEEP.replace('max: 0.1', f'max: {"9" * 400}'), 'int too large'),
    (_SWEEP.replace('max: 5', f'max: {"9" * 5000}'), 'no sweep file'),
    (_SWEEP.replace('0.5, 0.25, 0.25', f'{"9" * 400}, 0.25, 0.25'), 'int too large'),
    (_SWEEP.replace('maximize', '[' * 5000 + ']' * 5000), 'not YAML'),
    (_SWEEP.replace('maximize', '2001-99-99'), 'no sweep file'),
    # Sixteen levels of ten aliases, of values, and of entries that are merged.
    (
        'a0: &a0 x\n'
        + ''.join(f'a{n}: &a{n} [{", ".join([f"*a{n - 1}"] * 10)}]\n' for n in range(1, 17))
        + _SWEEP.replace('maximize', '*a16'),
        'aliases',
    ),
    (
        'a0: &a0 {x: 1}\n'
        + ''.join(f'a{n}: &a{n} {{<<: [{", ".join([f"*a{n - 1}"] * 10)}]}}\n' for n in range(1, 17))
        + _SWEEP,
        'aliases',
    ),
)


class _FolderTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _file(self, text=_SWEEP):
        path = self.folder / 'sweep.yaml'
        path.write_text(text)
        return str(path)


class SweepsTest(_FolderTest):
    def _draw(self, count, seed=0):
        generator = sweeps.read(self._file()).trials('random', seed)
        return [settings for settings, _ in zip(generator, range(count), strict=False)]

    def test_draws(self):
        drawn = self._draw(4000)
        self.assertEqual({one['epochs'] for one in drawn}, {7})
        self.assertEqual({one['size'] for one in drawn}, {3, 4, 5})
        counts = {kind: sum(one['kind'] == kind for one in drawn) for kind in ('a', 'b', '<b>')}
        # Standard deviations of 32 and 27.
        np.testing.assert_allclose(list(counts.values()), [2000, 1000, 1000], atol=130)
        quality = [one['quality'] for one in drawn]
        self.assertBetween(min(quality), 0.5, 0.51)
        self.assertBetween(max(quality), 0.99, 1.0)
        logs = np.log10([one['rate'] for one in drawn])
        self.assertAlmostEqual(logs.mean(), -2.0, delta=0.05)  # 0.577 / sqrt(4000) = 0.009.
        self.assertBetween(logs.min(), -3, -2.98)

    def test_a_trial_depends_on_seed_and_number_alone(self):
        self.assertEqual(self._draw(9)[:4], self._draw(4))
        self.assertNotEqual(self._draw(4), self._draw(4, seed=1))

    @hostile.settings(120)
    @hypothesis.given(
        hostile.damaged([_SWEEP.encode()])
        | hostile.changed(yaml.safe_load(_SWEEP)).map(lambda fields: json.dumps(fields).encode())
    )
    def test_any_file(self, content):
        path = self.folder / 'any.yaml'
        path.write_bytes(content)

        def draw():
            for method in sweeps.METHODS:
                next(sweeps.read(str(path)).trials(method, 0), None)

        hostile.accepted(draw)

    def test_grid(self):
        text = _SWEEP.replace('{min: 0.5, max: 1.0}', '{values: [1, 2]}')
        text = text.replace('{min: 3, max: 5}', '{value: 3}')
        with self.assertRaisesRegex(errors.InputError, 'rate is a range'):
            list(sweeps.read(self._file(text)).trials('grid', 0))
        text = text.replace(
            '{distribution: log_uniform_values, min: 0.001, max: 0.1}', '{value: 1}'
        )
        drawn = list(sweeps.read(self._file(text)).trials('grid', 0))
        wanted = [(1, 'a'), (1, 'b'), (1, '<b>'), (2, 'a'), (2, 'b'), (2, '<b>')]
        self.assertEqual([(one['quality'], one['kind']) for one in drawn], wanted)

    def test_methods_of_wandb(self):
        sweep = sweeps.read(self._file(_SWEEP.replace('method: random', 'method: bayes')))
        with self.assertRaisesRegex(errors.InputError, '--method=random'):
            next(sweep.trials(sweep.method, 0))

    @parameterized.parameters(*_BAD)
    def test_bad_files(self, text, message):
        with self.assertRaisesRegex(errors.InputError, message):
            sweeps.read(self._file(text))

    def test_our_own_file(self):
        sweep = sweeps.read(str(programs.ROOT / 'pinterest' / 'sweep.yaml'))
        drawn = next(sweep.trials(sweep.method, 0))
        self.assertIn('learning_rate', drawn)


class TrialsTest(_FolderTest):
    def setUp(self):
        super().setUp()
        self.sweep = sweeps.read(self._file())
        self.log = self.folder / 'log'
        self.output = str(self.folder / 'sweep')

    def _run(self, count, fail=2.0, settings=None):
        fixed = [f'--log={self.log}', f'--fail={fail}']
        with trials.Results(self.output, settings or {'flags': 1}) as results:
            drawn = self.sweep.trials('random', 0)
            for number, parameters in zip(range(1, count + 1), drawn, strict=False):
                if not results.finished(number, parameters):
                    results.add(
                        trials.run(_FAKE, number, parameters, fixed, self.output, self.sweep)
                    )
            return list(results.trials.values())

    def _num_runs(self):
        return len(self.log.read_text().splitlines())

    def test_finished_trials_are_not_run_again(self):
        first = self._run(2)
        self.assertEqual([one.status for one in first], ['finished'] * 2)
        self.assertEqual([one.value for one in first], [one.parameters['quality'] for one in first])
        self.assertEqual(first[0].metrics['epoch'], 7)
        self.assertEqual(self._run(2), first)
        self.assertEqual(self._num_runs(), 2)
        self.assertEqual(self._run(3)[:2], first)
        self.assertEqual(self._num_runs(), 3)

    def test_a_failed_trial_is_run_again(self):
        failed = self._run(1, fail=0.0)[0]
        self.assertEqual((failed.status, failed.value), ('failed', None))
        self.assertIn('the quality is too high', failed.error)
        self.assertEqual(self._run(1)[0].status, 'finished')
        self.assertEqual(trials.rank([failed, *self._run(1)], 'maximize'), self._run(1))

    def test_a_line_that_was_cut_off(self):
        self._run(2)
        path = pathlib.Path(self.output, 'results.jsonl')
        path.write_bytes(path.read_bytes()[:-5])
        again = self._run(2)
        self.assertEqual([one.number for one in again], [1, 2])
        self.assertEqual(self._num_runs(), 3)
        self.assertLen(path.read_text().splitlines(), 3)

    def test_refuses(self):
        self._run(1)
        with self.assertRaisesRegex(errors.InputError, 'flags 1 and not 2'):
            self._run(1, settings={'flags': 2})
        with trials.Results(self.output, {'flags': 1}):
            with self.assertRaisesRegex(errors.InputError, 'another sweep runs'):
                self._run(1)
        path = pathlib.Path(self.output, 'results.jsonl')
        path.write_text('{"settings": {"flags": 1}}\nnope\n')
        with self.assertRaisesRegex(errors.InputError, 'is damaged'):
            self._run(1)
        path.rename(path.with_name('other'))
        with self.assertRaisesRegex(errors.InputError, 'no sweep'):
            self._run(1)

    @parameterized.parameters(
        ('{}', 'nothing'),
        ('{"best": {"loss": 2.0}}', 'loss'),
        ('{"best": {"score": "x"}}', 'score'),
    )
    def test_unknown_metric(self, config, known):
        pathlib.Path(self.folder, 'config.json').write_text(config)
        with self.assertRaisesRegex(errors.InputError, f'has no score; it has {known}'):
            trials.model_metrics(str(self.folder), 'score')

    def test_rank_of_a_loss(self):
        ended = [trials.Trial(n, {}, 'finished', value) for n, value in enumerate((3.0, 1.0, 1.0))]
        self.assertEqual([one.number for one in trials.rank(ended, 'minimize')], [1, 2, 0])

    def test_page_and_table(self):
        ended = [
            trials.Trial(number, parameters, 'finished', parameters['quality'], {}, 3.0)
            for number, parameters in zip(range(1, 9), self.sweep.trials('random', 0), strict=False)
        ]
        ended.append(trials.Trial(9, ended[0].parameters, 'failed', error='<script>alert(1)'))
        found = test_common_html_report.check(sweep_page.render(self.sweep, ended, 'test'))
        self.assertEqual(found.tags.count('polyline'), 8)
        self.assertNotIn('script', found.tags)
        for text in ('<script>alert(1)', '<b>', 'rate', 'epochs', 'Trial 9'):
            self.assertIn(text, found.text)
        rows = sweep_page.to_text(self.sweep, ended).splitlines()
        best = max(ended[:8], key=lambda trial: trial.value)
        self.assertEqual(rows[1].split()[:2], [str(best.number), f'{best.value:.4f}'])
        self.assertIn('trial 9 failed', rows[-1])
        empty = test_common_html_report.check(sweep_page.render(self.sweep, ended[8:], 'test'))
        self.assertIn('No trial has finished', empty.text)


class SweepProgramTest(_FolderTest):
    def _fail(self, *words, text=_SWEEP, **options):
        flags = [f'--sweep_file={self._file(text)}', f'--output={self.folder / "out"}', *words]
        return programs.fail(_PROGRAM, *flags, **options)

    def test_bad_flags(self):
        self.assertIn("cannot use 'word'", self._fail('--', 'word', status=2))
        self.assertIn('its own', self._fail('--', '--model_dir=x', status=2))
        self.assertIn('its own', self._fail('--', '--nooverwrite', status=2))
        self.assertIn('its own', self._fail('--', '--rate=1', status=2))
        self.assertIn('no training', self._fail(text=_SWEEP.replace('pinterest/train', '/x/train')))
        self.assertIn('/no/such', programs.fail(_PROGRAM, '--sweep_file=/no/such', '--output=x'))

    def test_all_trials_fail(self):
        # The flags of this file are not those of the program.
        message = self._fail('--num_trials=2')
        self.assertIn('no trial finished', message)
        self.assertIn('Unknown command line flag', message)
        lines = (self.folder / 'out' / 'results.jsonl').read_text().splitlines()
        self.assertEqual([json.loads(line).get('status') for line in lines],
                         [None, 'failed', 'failed'])  # fmt: skip
        self.assertIn('No trial', (self.folder / 'out' / 'index.html').read_text())


if __name__ == '__main__':
    absltest.main()
