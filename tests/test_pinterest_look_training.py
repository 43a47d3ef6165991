"""Tests of the training of the shop-the-look model, on small squares in memory."""

import dataclasses
import itertools
import json
import pathlib
import shutil
import tempfile
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import tracking
from pinterest import look_batches
from pinterest import look_epochs
from pinterest import look_settings
from pinterest import look_training
from pinterest import look_validation
from pinterest import trained_model
from tests import look_testdata

# A step is compiled for each of its settings and numbers of steps, so tests share these.
_EPOCHS, _STEPS_PER_EPOCH = 12, 5
_started = {}


def _config(**changes):
    settings = {
        'image_size': look_testdata.SIZE,
        'output_size': look_testdata.OUTPUT_SIZE,
        'filters': look_testdata.FILTERS,
        'batch_size': 8,
        'learning_rate': 0.01,
        'num_epochs': _EPOCHS,
    }
    return look_settings.TrainingConfig(**{**settings, **changes})


def _train(config, data):
    with tracking.Tracker('test', {}) as tracker:
        result = look_epochs.train_and_evaluate(config, data, tracker)
    return result, [json.loads(line) for line in tracker.text.splitlines()]


def _start(config, data):
    """Returns the state before training, its step, and a batch; what is compiled is kept."""
    key = (config, id(data))
    if key not in _started:
        optimizer = look_training.make_optimizer(config, _EPOCHS * _STEPS_PER_EPOCH)
        step = look_training.make_train_step(config, optimizer, look_epochs.choose_decoys(data, 0))
        batch = next(look_batches.BatchMaker(data, config).epoch(0))
        _started[key] = look_training.init_state(config, optimizer), step, batch
    state, step, batch = _started[key]
    return jax.tree.map(jnp.copy, state), step, batch  # A step takes the state's own memory.


def _fake_step(losses):
    """Returns what makes steps that change nothing but their number, with the losses given."""

    def take(state, batch):
        return dataclasses.replace(state, step=state.step + 1), {'loss': next(losses)}

    return lambda *_: take


class StepTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = look_testdata.make_data()

    @parameterized.parameters(*look_settings.NEGATIVES)
    def test_steps_change_every_parameter_and_statistic(self, negatives):
        # The network with slots, which takes long to compile, knows nothing of negatives.
        others = {} if negatives == look_settings.IN_BATCH else {'num_neg': 1, 'pooling': 'mean'}
        config = _config(negatives=negatives, **others)
        state, step, batch = _start(config, self.data)
        before = jax.tree.map(np.array, state.variables)
        for _ in range(3):  # The first has a learning rate of 0, and moves statistics only.
            state, metrics = step(state, batch)
        self.assertEqual(int(state.step), 3)
        self.assertGreater(float(metrics['loss']), 0.0)
        same = jax.tree.map(np.array_equal, before, dict(state.variables))
        self.assertFalse(any(jax.tree.leaves(same)), same)

    def test_statistics_stay_out_of_the_optimiser(self):
        state, _, _ = _start(_config(), self.data)
        moments = jax.tree.leaves(state.opt_state)
        params = jax.tree.leaves(state.params)
        # AdamW has two moments for each parameter, and counts steps twice.
        self.assertLen(moments, 2 * len(params) + 2)

    def test_a_step_is_a_pure_function(self):
        ends = []
        for _ in range(2):
            state, step, batch = _start(_config(), self.data)
            state, _ = step(state, batch)
            ends.append(jax.tree.leaves(state))
        for one, other in zip(*ends, strict=True):
            np.testing.assert_array_equal(one, other)


class TrainingTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = look_testdata.make_data()
        cls.folder = tempfile.mkdtemp(dir=absltest.get_default_test_tmpdir())
        cls.config = _config(checkpoint_dir=cls.folder)
        cls.trained, cls.lines = _train(cls.config, cls.data)

    def test_learns_and_keeps_the_best(self):
        result, lines = self.trained, self.lines
        self.assertLess(lines[-1]['loss'], 0.8 * lines[0]['loss'])
        best = max(lines, key=lambda line: (line['recall_at_10'], line['binary_accuracy']))
        self.assertEqual(result.metrics, best)
        model = trained_model.TrainedModel(
            result.variables, result.decoys, dataclasses.asdict(self.config)
        )
        again = look_validation.validate(
            model, self.data.store, self.data.validation, self.data.categories
        )
        for name, value in again.items():
            self.assertAlmostEqual(value, best[name], places=6)

    @parameterized.parameters('full', 'mask', 'crop')
    def test_resumed_training_ends_with_the_same_bits(self, view):
        if view == 'full':
            config, folder = self.config, self.create_tempdir().full_path
            straight, lines = self.trained, self.lines
            shutil.copy(pathlib.Path(self.folder, 'checkpoint-00009.msgpack'), folder)
            config = dataclasses.replace(config, checkpoint_dir=folder)
        else:
            folder = self.create_tempdir().full_path
            config = _config(scene_view=view, pooling='mean', num_epochs=3, checkpoint_dir=folder)
            straight, lines = _train(config, self.data)
            for epoch in (2, 3):
                pathlib.Path(folder, f'checkpoint-{epoch:05d}.msgpack').unlink()
        resumed, resumed_lines = _train(
            dataclasses.replace(config, resume_checkpoint='latest'), self.data
        )
        self.assertEqual(resumed_lines, lines)
        self.assertEqual(resumed.metrics, straight.metrics)
        pairs = zip(
            jax.tree.leaves(straight.variables), jax.tree.leaves(resumed.variables), strict=True
        )
        for one, other in pairs:
            np.testing.assert_array_equal(one, other)

    def test_other_settings_or_data_do_not_resume(self):
        again = dataclasses.replace(self.config, resume_checkpoint='latest')
        with self.assertRaisesRegex(errors.InputError, 'margin = 0.2, and this run has 0.7'):
            _train(dataclasses.replace(again, margin=0.7), self.data)
        with self.assertRaisesRegex(errors.InputError, 'data_sha256'):
            _train(again, look_testdata.make_data(seed=1))

    def test_divergence_is_an_error(self):
        init_state = look_training.init_state

        def init_huge(*words):
            state = init_state(*words)
            return dataclasses.replace(state, params=jax.tree.map(lambda x: 1e30 * x, state.params))

        with mock.patch.object(look_training, 'init_state', init_huge):
            with self.assertRaisesRegex(errors.InputError, 'diverged; lower --learning_rate'):
                _train(_config(), self.data)

    def test_early_stopping(self):
        found = iter([0.1, 0.5, 0.3, 0.5, 0.4, 0.9])
        fake = lambda *_: {'recall_at_10': next(found), 'binary_accuracy': 0.5}  # noqa: E731
        steps = _fake_step(itertools.repeat(1.0))
        with (
            mock.patch.object(look_training, 'make_train_step', steps),
            mock.patch.object(look_validation, 'validate', fake),
        ):
            result, lines = _train(_config(patience=3), self.data)
        # The second epoch is the best; the fourth is as good, not better.
        self.assertEqual((result.metrics['epoch'], result.epochs, len(lines)), (2, 5, 5))

    def test_max_steps(self):
        losses = iter(range(1, 100))
        data = dataclasses.replace(self.data, validation=self.data.validation[:0])
        with mock.patch.object(look_training, 'make_train_step', _fake_step(losses)):
            result, lines = _train(_config(num_epochs=9, max_steps=7), data)
        # 40 pairs in batches of 8 are 5 steps an epoch, so that the second has 2.
        self.assertLen(self.data.train, 40)
        self.assertEqual(result.epochs, 2)
        self.assertEqual([line['loss'] for line in lines], [3.0, 6.5])
        # Without validation the last epoch is the best.
        self.assertEqual(result.metrics, lines[-1])
        self.assertEqual(set(lines[-1]), {'epoch', 'loss'})


class ValidationTest(absltest.TestCase):
    def test_measures_are_those_of_loops(self):
        rng = np.random.default_rng(0)
        scores = rng.integers(0, 9, (5, 23)).astype(np.float32)
        places, categories = rng.integers(0, 23, 5), rng.integers(0, 4, 23)
        ranks, wins = [], []
        for row, place in zip(scores, places, strict=True):
            others = [p for p in range(23) if p != place]
            behind = {p: 1.0 * (row[p] > row[place]) + 0.5 * (row[p] == row[place]) for p in others}
            ranks.append(1 + sum(behind.values()))
            rivals = [1 - behind[p] for p in others if categories[p] == categories[place]]
            if rivals:
                wins.append(sum(rivals) / len(rivals))
        found = look_validation.measure(scores, places, categories)
        self.assertAlmostEqual(found['recall_at_10'], np.mean([rank <= 10 for rank in ranks]))
        self.assertAlmostEqual(found['mean_reciprocal_rank'], np.mean([1 / r for r in ranks]))
        self.assertAlmostEqual(found['binary_accuracy'], np.mean(wins))

    def test_equal_scores_are_chance(self):
        found = look_validation.measure(
            np.zeros((3, 41), np.float32), np.array([0, 5, 7]), np.zeros(41, np.int32)
        )
        self.assertEqual(found['recall_at_10'], 0.0)
        self.assertEqual(found['binary_accuracy'], 0.5)

    def test_a_product_alone_in_its_category_does_not_count(self):
        scores = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
        found = look_validation.measure(scores, np.array([0, 1]), np.array([7, 8, 8]))
        self.assertEqual(found['binary_accuracy'], 1.0)


if __name__ == '__main__':
    absltest.main()
