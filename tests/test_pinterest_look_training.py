"""Tests of the training of the shop-the-look model, on small squares in memory."""

import dataclasses
import json
import pathlib

import jax
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


def _config(**changes):
    settings = {'image_size': look_testdata.SIZE, 'output_size': 5, 'batch_size': 8}
    return look_settings.TrainingConfig(**{**settings, 'num_epochs': 2, **changes})


def _train(config, data):
    with tracking.Tracker('test', {}) as tracker:
        result = look_epochs.train_and_evaluate(config, data, tracker)
    return result, [json.loads(line) for line in tracker.text.splitlines()]


def _start(config, data):
    """Returns the state before training, its step, and a batch."""
    optimizer = look_training.make_optimizer(config, 10)
    decoys = data.store.boxes[:4]
    step = look_training.make_train_step(config, optimizer, decoys)
    batch = next(look_batches.BatchMaker(data, config).epoch(0))
    return look_training.init_state(config, optimizer), step, batch


class TrainingTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = look_testdata.make_data()

    @parameterized.parameters(*look_settings.NEGATIVES)
    def test_steps_change_every_parameter_and_statistic(self, negatives):
        # Colours alone; photographs of 64 pixels have something left in every block.
        data = look_testdata.make_data(num_scenes=6, size=64)
        state, step, batch = _start(_config(negatives=negatives, image_size=64), data)
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

    def test_learns_and_keeps_the_best(self):
        result, lines = _train(_config(num_epochs=12, learning_rate=0.01), self.data)
        self.assertLess(lines[-1]['loss'], 0.7 * lines[0]['loss'])
        best = max(lines, key=lambda line: (line['recall_at_10'], line['binary_accuracy']))
        self.assertEqual(result.metrics, best)
        model = trained_model.TrainedModel(
            result.variables, result.decoys, dataclasses.asdict(_config())
        )
        again = look_validation.validate(
            model, self.data.store, self.data.validation, self.data.categories
        )
        for name, value in again.items():
            self.assertAlmostEqual(value, best[name], places=6)

    @parameterized.parameters('full', 'mask', 'crop')
    def test_resumed_training_ends_with_the_same_bits(self, view):
        config = _config(scene_view=view, num_epochs=4)
        folder = self.create_tempdir().full_path
        straight, lines = _train(dataclasses.replace(config, checkpoint_dir=folder), self.data)
        for epoch in (3, 4):
            pathlib.Path(folder, f'checkpoint-{epoch:05d}.msgpack').unlink()
        resumed, resumed_lines = _train(
            dataclasses.replace(config, checkpoint_dir=folder, resume_checkpoint='latest'),
            self.data,
        )
        self.assertEqual(resumed_lines, lines)
        self.assertEqual(resumed.metrics, straight.metrics)
        pairs = zip(
            jax.tree.leaves(straight.variables), jax.tree.leaves(resumed.variables), strict=True
        )
        for one, other in pairs:
            np.testing.assert_array_equal(one, other)

    def test_other_settings_or_data_do_not_resume(self):
        folder = self.create_tempdir().full_path
        config = _config(num_epochs=1, checkpoint_dir=folder)
        _train(config, self.data)
        again = dataclasses.replace(config, resume_checkpoint='latest')
        with self.assertRaisesRegex(errors.InputError, 'margin = 0.2, and this run has 0.7'):
            _train(dataclasses.replace(again, margin=0.7), self.data)
        with self.assertRaisesRegex(errors.InputError, 'data_sha256'):
            _train(again, look_testdata.make_data(seed=1))

    def test_divergence_is_an_error(self):
        with self.assertRaisesRegex(errors.InputError, 'diverged; lower --learning_rate'):
            _train(_config(learning_rate=1e30), self.data)

    def test_early_stopping(self):
        # Without a step size nothing changes but the statistics.
        _, lines = _train(_config(learning_rate=0.0, num_epochs=30, patience=2), self.data)
        best = max(lines, key=lambda line: (line['recall_at_10'], line['binary_accuracy']))
        self.assertLess(len(lines), 30)
        self.assertLen(lines, best['epoch'] + 2)

    def test_max_steps(self):
        result, lines = _train(_config(num_epochs=9, max_steps=7), self.data)
        # 40 pairs in batches of 8 are 5 steps an epoch, so that the second has 2.
        self.assertLen(self.data.train, 40)
        self.assertEqual((result.epochs, len(lines)), (2, 2))

    def test_without_validation_the_last_is_the_best(self):
        data = dataclasses.replace(self.data, validation=self.data.validation[:0])
        result, lines = _train(_config(), data)
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
