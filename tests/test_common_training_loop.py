"""Tests of the loop that trainings share, with a training of one number."""

import dataclasses
import json
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import tracking
from common import training_loop


@dataclasses.dataclass(frozen=True)
class _Settings:
    step: float = 0.5
    num_epochs: int = 6
    metric: str = 'quality'
    patience: int = 0
    checkpoint_dir: str = ''
    checkpoint_every_epochs: int = 1
    resume_checkpoint: str = ''


class _Walk:
    """A state that grows by a step an epoch; its quality is what a list says of the epoch."""

    def __init__(self, step, qualities):
        self._step, self._qualities = step, qualities

    def init(self):
        return {'place': np.zeros(1), 'epochs': np.zeros(1, np.int64)}

    def run_epoch(self, state, epoch):
        place = state['place'] + self._step
        state['place'] = None  # As a donated buffer: not to be used again.
        return {'place': place, 'epochs': state['epochs'] + 1}, {'loss': 1.0 / (1 + epoch)}, 'fast'

    def measure(self, state):
        if not self._qualities:
            return {'place': float(state['place'][0])}
        quality = self._qualities[int(state['epochs'][0]) - 1]
        return {'quality': quality, 'place': float(state['place'][0])}

    def snapshot(self, state):
        return {'place': state['place'].copy()}

    def to_tree(self, state):
        return dict(state)

    def from_tree(self, tree):
        return dict(tree)


class TrainingLoopTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = self.create_tempdir().full_path

    def _run(self, settings, qualities=(0.1, 0.5, 0.3, 0.7, 0.2, 0.6), step=None):
        path = os.path.join(settings.checkpoint_dir, 'metrics.jsonl')
        tracker = tracking.Tracker('t', {}, path=path if settings.checkpoint_dir else None)
        marks = training_loop.fingerprint(settings, [np.arange(3)], things=7)
        walk = _Walk(settings.step if step is None else step, list(qualities))
        return training_loop.run(walk, settings, marks, tracker), tracker.text

    def test_keeps_the_best_epoch(self):
        result, text = self._run(_Settings())
        self.assertEqual((result.best_epoch, result.epochs), (4, 6))
        np.testing.assert_array_equal(result.best['place'], [2.0])
        self.assertEqual(result.metrics, {'epoch': 4, 'loss': 0.25, 'quality': 0.7, 'place': 2.0})
        self.assertEqual([json.loads(line)['epoch'] for line in text.splitlines()], [*range(1, 7)])

    def test_a_second_metric_decides_between_equals(self):
        # Epochs 2 and 4 are equal in quality; the places, 0.5 an epoch, prefer the later.
        qualities = (0.1, 0.7, 0.3, 0.7, 0.2, 0.6)
        for metric, best in (('quality', 2), ('quality,place', 4)):
            result, _ = self._run(_Settings(metric=metric), qualities)
            self.assertEqual(result.best_epoch, best)

    @parameterized.parameters((1, 3, 2), (2, 6, 4), (3, 6, 4))
    def test_stops_when_it_gets_no_better(self, patience, epochs, best):
        result, _ = self._run(_Settings(patience=patience))
        self.assertEqual((result.epochs, result.best_epoch), (epochs, best))

    def test_equal_is_no_better(self):
        result, _ = self._run(_Settings(num_epochs=2), (0.5, 0.5))
        self.assertEqual(result.best_epoch, 1)

    def test_without_the_metric_the_last_epoch_is_kept(self):
        result, _ = self._run(_Settings(patience=1), ())
        self.assertEqual((result.best_epoch, result.epochs), (6, 6))
        np.testing.assert_array_equal(result.best['place'], [3.0])

    @parameterized.parameters(1, 2, 5)
    def test_resumed_equals_uninterrupted(self, stop):
        whole = _Settings(checkpoint_dir=f'{self.dir}/whole')
        parts = _Settings(checkpoint_dir=f'{self.dir}/parts')
        want, want_text = self._run(whole)
        self._run(dataclasses.replace(parts, num_epochs=stop))
        found, text = self._run(dataclasses.replace(parts, resume_checkpoint='latest'))
        self.assertEqual((want_text, want.metrics), (text, found.metrics))
        np.testing.assert_array_equal(want.best['place'], found.best['place'])
        for name in ('checkpoint-00006.msgpack', 'metrics.jsonl'):
            content = [pathlib.Path(self.dir, run, name).read_bytes() for run in ('whole', 'parts')]
            self.assertEqual(*content, name)

    def test_checkpoints_when_due_and_at_the_end(self):
        self._run(_Settings(checkpoint_dir=self.dir, checkpoint_every_epochs=4))
        names = [name for name in sorted(os.listdir(self.dir)) if name.startswith('checkpoint')]
        self.assertEqual(names, ['checkpoint-00004.msgpack', 'checkpoint-00006.msgpack'])

    def test_refuses_other_settings_and_fewer_epochs(self):
        settings = _Settings(checkpoint_dir=self.dir)
        self._run(settings)
        resumed = dataclasses.replace(settings, resume_checkpoint='latest')
        with self.assertRaisesRegex(errors.InputError, 'step = 0.5, and this run has 0.25'):
            self._run(dataclasses.replace(resumed, step=0.25))
        with self.assertRaisesRegex(errors.InputError, 'after epoch 6, past --num_epochs=5'):
            self._run(dataclasses.replace(resumed, num_epochs=5))
        self._run(dataclasses.replace(resumed, patience=2, checkpoint_every_epochs=3))

    def test_fingerprint(self):
        first = training_loop.fingerprint(_Settings(), [np.arange(3), np.ones(2)], things=7)
        self.assertEqual({**first, 'data_sha256': ''}, {
            'step': 0.5, 'metric': 'quality', 'things': 7, 'data_sha256': '',
        })  # fmt: skip
        other = training_loop.fingerprint(_Settings(), [np.arange(3), np.zeros(2)], things=7)
        self.assertNotEqual(first['data_sha256'], other['data_sha256'])


if __name__ == '__main__':
    absltest.main()
