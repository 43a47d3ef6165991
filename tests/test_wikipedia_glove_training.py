"""Tests of the training loop: resuming, determinism, refusals."""

import dataclasses
import json
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from common import errors
from common import models
from common import records
from common import tracking
from tests import glove_testdata
from wikipedia import glove_program
from wikipedia import glove_settings
from wikipedia import glove_training


def _config(**changes) -> glove_settings.TrainingConfig:
    small = glove_settings.TrainingConfig(
        embedding_dim=5, num_epochs=4, batch_size=64, checkpoint_every_epochs=1, terms=('w1', 'no')
    )
    return dataclasses.replace(small, **changes)


class TrainingTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = self.create_tempdir().full_path
        self.pairs = glove_testdata.make_pairs()
        self.words = glove_testdata.make_dictionary()

    def _train(self, config):
        path = os.path.join(config.checkpoint_dir, 'metrics.jsonl')
        tracker = tracking.Tracker('t', {}, path=path if config.checkpoint_dir else None)
        result = glove_training.train_and_evaluate(
            config, self.pairs, self.words, 1 + len(self.words), tracker
        )
        return result, tracker.text

    @parameterized.parameters('als', 'adagrad', 'adam')
    def test_resumed_equals_uninterrupted(self, solver):
        whole = _config(solver=solver, checkpoint_dir=f'{self.dir}/whole')
        parts = _config(solver=solver, checkpoint_dir=f'{self.dir}/parts')
        want, want_metrics = self._train(whole)
        self._train(dataclasses.replace(parts, num_epochs=3))
        # The third epoch's checkpoint is lost; its line in metrics.jsonl must not stay twice.
        os.unlink(f'{self.dir}/parts/checkpoint-00003.msgpack')
        found, found_metrics = self._train(dataclasses.replace(parts, resume_checkpoint='latest'))
        for name in ('token_embedding', 'bias'):
            np.testing.assert_array_equal(
                want.parameters[name]['embedding'], found.parameters[name]['embedding']
            )
        self.assertEqual(want_metrics, found_metrics)
        self.assertEqual(
            [json.loads(line)['epoch'] for line in found_metrics.splitlines()], [1, 2, 3, 4]
        )
        for name in ('checkpoint-00004.msgpack', 'metrics.jsonl'):
            whole_bytes = pathlib.Path(self.dir, 'whole', name).read_bytes()
            self.assertEqual(whole_bytes, pathlib.Path(self.dir, 'parts', name).read_bytes(), name)

    def test_same_seed_same_bits_other_seed_others(self):
        first, second, third = (self._train(_config(seed=seed))[0] for seed in (1, 1, 2))
        tables = [one.parameters['token_embedding']['embedding'] for one in (first, second, third)]
        np.testing.assert_array_equal(tables[0], tables[1])
        self.assertFalse((tables[0] == tables[2]).all())

    def test_resuming_a_finished_training_changes_nothing(self):
        config = _config(checkpoint_dir=self.dir)
        first, metrics = self._train(config)
        second, again = self._train(dataclasses.replace(config, resume_checkpoint='latest'))
        self.assertEqual((metrics, first.loss), (again, second.loss))

    def test_origin_may_change_on_resuming_and_loss_does_not(self):
        config = _config(checkpoint_dir=self.dir)
        centered, metrics = self._train(config)
        plain, again = self._train(
            dataclasses.replace(config, resume_checkpoint='latest', center=False)
        )
        self.assertEqual(metrics, again)
        tables = []
        for result in (centered, plain):
            vectors, biases = (
                result.parameters[name]['embedding'] for name in ('token_embedding', 'bias')
            )
            tables.append(np.concatenate([vectors, biases], axis=1))
        self.assertFalse((tables[0] == tables[1]).all())
        losses = [glove_training.mean_loss(table, self.pairs, config) for table in tables]
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-3)
        np.testing.assert_allclose(losses[1], plain.loss, rtol=1e-9)

    def test_refuses_to_resume_with_other_settings(self):
        config = _config(checkpoint_dir=self.dir)
        self._train(config)
        other = dataclasses.replace(config, resume_checkpoint='latest', ridge=9.0)
        with self.assertRaisesRegex(errors.InputError, r'ridge = 4\.0, and this run has 9\.0'):
            self._train(other)

    def test_refuses_to_resume_with_other_input(self):
        config = _config(checkpoint_dir=self.dir)
        self._train(config)
        self.pairs.counts[3] += 1
        with self.assertRaisesRegex(errors.InputError, 'pairs_sha256'):
            self._train(dataclasses.replace(config, resume_checkpoint='latest'))

    def test_refuses_fewer_epochs_than_done(self):
        config = _config(checkpoint_dir=self.dir)
        self._train(config)
        with self.assertRaisesRegex(errors.InputError, 'after epoch 4, past --num_epochs=2'):
            self._train(dataclasses.replace(config, resume_checkpoint='latest', num_epochs=2))

    def test_divergence_stops_at_once(self):
        config = _config(solver='adagrad', learning_rate=1e30, checkpoint_dir=self.dir)
        with self.assertRaisesRegex(errors.InputError, 'after epoch 1: training diverged'):
            self._train(config)
        self.assertFalse(os.path.exists(f'{self.dir}/checkpoint-00001.msgpack'))


class ProgramTest(absltest.TestCase):
    def test_writes_a_model_that_loads(self):
        folder = self.create_tempdir().full_path
        pairs, words = glove_testdata.make_pairs(), glove_testdata.make_dictionary()
        dictionary.save(f'{folder}/token.tstat.pb.b64.bz2', words.stats())
        glove_testdata.write_pairs(f'{folder}/pairs', pairs)
        files = glove_program.Files(
            f'{folder}/pairs', f'{folder}/token.tstat.pb.b64.bz2', f'{folder}/model'
        )
        options = records.ReadOptions()
        result, num_pairs = glove_program.run(_config(), files, options)
        model = models.load_embeddings(files.model_dir)
        self.assertLen(pairs, num_pairs)
        np.testing.assert_array_equal(
            model.embeddings, result.parameters['token_embedding']['embedding']
        )
        self.assertEqual(model.embeddings.shape, (91, 5))
        self.assertFalse(model.has_buckets)
        self.assertEqual(model.dictionary.tokens, words.tokens)
        self.assertEqual(model.config['training']['seed'], 1701)
        self.assertIn('content_hash', model.config['inputs'][0])
        with self.assertRaisesRegex(errors.InputError, 'needs about .* more than --max_memory'):
            glove_program.run(_config(), files, options, max_memory=10**8, overwrite=True)


if __name__ == '__main__':
    absltest.main()
