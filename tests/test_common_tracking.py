"""Tests of tracking."""

import os
import pathlib
import subprocess
import sys

from absl.testing import absltest

from common import tracking


class TrackingTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.create_tempdir().full_path, 'metrics.jsonl')

    def test_lines(self):
        with tracking.Tracker('p', {}, path=self.path) as tracker:
            tracker.log({'epoch': 1, 'loss': 0.5})
            tracker.log({'epoch': 2, 'loss': 0.25})
        want = '{"epoch": 1, "loss": 0.5}\n{"epoch": 2, "loss": 0.25}\n'
        self.assertEqual(pathlib.Path(self.path).read_text(encoding='utf-8'), want)
        self.assertEqual(tracker.text, want)

    def test_restored_lines_replace_later_ones(self):
        pathlib.Path(self.path).write_text('old\nlost\n', encoding='utf-8')
        tracker = tracking.Tracker('p', {}, path=self.path)
        tracker.restore('old\n')
        tracker.log({'epoch': 2})
        text = pathlib.Path(self.path).read_text(encoding='utf-8')
        self.assertEqual(text, 'old\n{"epoch": 2}\n')

    def test_refuses_what_is_not_finite(self):
        with self.assertRaisesRegex(ValueError, 'loss is nan'):
            tracking.Tracker('p', {}).log({'loss': float('nan')})

    def test_unknown_mode(self):
        with self.assertRaisesRegex(ValueError, 'want one of'):
            tracking.Tracker('p', {}, mode='on')

    def test_disabled_does_not_import_wandb(self):
        code = (
            'import sys; from common import tracking; tracking.Tracker("p", {}).log({"a": 1}); '
            'sys.exit("wandb" in sys.modules)'
        )
        subprocess.run([sys.executable, '-c', code], check=True)

    def test_offline_keeps_the_run_and_the_model(self):
        folder = os.path.dirname(self.path)
        model = os.path.join(folder, 'model')
        os.mkdir(model)
        pathlib.Path(model, 'config.json').write_text('{}', encoding='utf-8')
        with tracking.Tracker('p', {'a': 1}, mode='offline', folder=folder) as tracker:
            tracker.log({'loss': 0.5})
            tracker.log_model('glove', model)
        self.assertNotEmpty(list(pathlib.Path(folder).glob('wandb/offline-run-*/*.wandb')))


if __name__ == '__main__':
    absltest.main()
