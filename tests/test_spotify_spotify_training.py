"""Tests of the training loop: learning, early stopping, resuming, determinism, refusals."""

import dataclasses
import json
import os
import pathlib

import jax
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import tracking
from spotify import playlists
from spotify import spotify_model
from spotify import spotify_training
from spotify import training_settings
from spotify import validation
from tests import playlist_testdata
from tests import spotify_testdata

_LENGTHS = {'shortest': 20, 'longest': 25}  # One shape, which compiles once.


def _config(optimizer='adagrad', **changes) -> training_settings.TrainingConfig:
    start = training_settings.defaults('softmax', optimizer)
    small = dataclasses.replace(
        start,
        model=dataclasses.replace(start.model, feature_size=4),
        num_negatives=50,
        batch_size=16,
        max_tracks=40,
        num_epochs=4,
    )
    return dataclasses.replace(small, **changes)


class TrainingTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = self.create_tempdir().full_path
        tracks = playlist_testdata.make_catalogue()
        self.data = spotify_training.Data(
            spotify_model.make_features(tracks, _config().model),
            playlist_testdata.make_playlists(tracks, 60, 1, **_LENGTHS),
            playlist_testdata.make_playlists(tracks, 20, 2, **_LENGTHS),
        )
        self.themes = playlist_testdata.themes(tracks)

    def _train(self, config):
        path = os.path.join(config.checkpoint_dir, 'metrics.jsonl')
        tracker = tracking.Tracker('t', {}, path=path if config.checkpoint_dir else None)
        result = spotify_training.train_and_evaluate(config, self.data, tracker)
        return result, tracker.text

    def _system(self, result):
        features = self.data.features
        table = np.asarray(spotify_model.to_table(result.best, features))
        boosts = result.best['boosts']
        return spotify_training.make_system(table, boosts, self.data, 'mean')

    def test_learns_the_themes(self):
        # Without boosts, which would say that artists tell more than they do in this world. To
        # guess evenly costs ln 300 = 5.7; to know the theme, 75 tracks of weight 0.9 and 225 of 0.1
        # or three quarters of the draws, costs 0.75 ln(75 / 0.75) + 0.25 ln(225 / 0.25) = 5.15.
        start = _config()
        model = dataclasses.replace(
            start.model, album_boost=0.0, artist_boost=0.0, learn_boosts=False
        )
        config = dataclasses.replace(start, model=model, num_epochs=15, patience=0)
        result, metrics = self._train(config)
        losses = [json.loads(line)['loss'] for line in metrics.splitlines()]
        self.assertGreater(losses[0], 5.4)
        self.assertLess(losses[-1], 5.15)
        system = self._system(result)
        context = np.flatnonzero(self.themes == 2)[:6]
        scores = system.score(spotify_testdata.queries(context))[0]
        scores[context] = -np.inf
        found = self.themes[np.argsort(-scores)[:20]]
        self.assertGreaterEqual(np.count_nonzero(found == 2), 18)  # A quarter by chance.

    @parameterized.parameters('adagrad', 'adam', 'sgd')
    def test_resumed_equals_uninterrupted(self, optimizer):
        whole = _config(optimizer, checkpoint_dir=f'{self.dir}/whole')
        parts = _config(optimizer, checkpoint_dir=f'{self.dir}/parts')
        want, want_metrics = self._train(whole)
        self._train(dataclasses.replace(parts, num_epochs=3))
        # The third epoch's checkpoint is lost; its line in metrics.jsonl must not stay twice.
        os.unlink(f'{self.dir}/parts/checkpoint-00003.msgpack')
        found, metrics = self._train(dataclasses.replace(parts, resume_checkpoint='latest'))
        jax.tree.map(np.testing.assert_array_equal, want.best, found.best)
        self.assertEqual(want_metrics, metrics)
        self.assertEqual(want.best_epoch, found.best_epoch)
        for name in ('checkpoint-00004.msgpack', 'metrics.jsonl'):
            whole_bytes = pathlib.Path(self.dir, 'whole', name).read_bytes()
            self.assertEqual(whole_bytes, pathlib.Path(self.dir, 'parts', name).read_bytes(), name)

    def test_same_seed_same_bits_other_seed_others(self):
        results = [self._train(_config(seed=seed, num_epochs=2))[0] for seed in (1, 1, 2)]
        tables = [result.best['album_embedding']['embedding'] for result in results]
        np.testing.assert_array_equal(tables[0], tables[1])
        self.assertFalse((tables[0] == tables[2]).any())

    def test_stops_early_and_keeps_the_best(self):
        # Steps so large that it gets worse soon.
        start = _config()
        objective = dataclasses.replace(start.objective, learning_rate=1.0)
        config = dataclasses.replace(
            start, objective=objective, num_epochs=40, patience=2, checkpoint_dir=self.dir
        )
        result, metrics = self._train(config)
        lines = [json.loads(line) for line in metrics.splitlines()]
        self.assertLess(result.epochs, 40)
        self.assertEqual(result.epochs, result.best_epoch + 2)
        best = max(lines, key=lambda line: line['ndcg'])
        self.assertEqual((best['epoch'], best), (result.best_epoch, result.metrics))
        system = self._system(result)
        cases = validation.make(self.data.validation, self.data.popularity(), 1000, config.seed)
        self.assertEqual(validation.measure(system, cases)['ndcg'], best['ndcg'])
        again, same = self._train(dataclasses.replace(config, resume_checkpoint='latest'))
        self.assertEqual((again.epochs, same), (result.epochs, metrics))

    def test_without_validation_the_last_epoch_is_kept(self):
        self.data = dataclasses.replace(self.data, validation=playlists.collect([]))
        result, metrics = self._train(_config(num_epochs=3, patience=1))
        self.assertEqual((result.best_epoch, result.epochs), (3, 3))
        self.assertEqual(
            set(json.loads(metrics.splitlines()[0])),
            {'epoch', 'loss', 'album_boost', 'artist_boost'},
        )

    def test_refuses_to_resume_with_other_settings_or_data(self):
        config = _config(num_epochs=1, checkpoint_dir=self.dir)
        self._train(config)
        resumed = dataclasses.replace(config, resume_checkpoint='latest')
        with self.assertRaisesRegex(errors.InputError, 'num_negatives = 50, and this run has 51'):
            self._train(dataclasses.replace(resumed, num_negatives=51))
        self.data.train.tracks[3] = (self.data.train.tracks[3] + 1) % 300
        with self.assertRaisesRegex(errors.InputError, 'data_sha256'):
            self._train(resumed)

    def test_divergence_stops_at_once(self):
        start = _config('sgd', checkpoint_dir=self.dir)
        objective = dataclasses.replace(start.objective, learning_rate=1e30)
        with self.assertRaisesRegex(errors.InputError, 'epoch 1.*training diverged'):
            self._train(dataclasses.replace(start, objective=objective))
        self.assertFalse(os.path.exists(f'{self.dir}/checkpoint-00001.msgpack'))

    def test_nothing_to_learn_from(self):
        self.data = dataclasses.replace(self.data, train=playlists.collect([]))
        with self.assertRaisesRegex(errors.InputError, 'no playlist of the training split'):
            self._train(_config())


class ValidationTest(absltest.TestCase):
    def test_measures_by_hand(self):
        # Playlists of 4 of 8 tracks, cut in the middle; the second says no context, so that it is
        # cut there too, and of the third two more tracks are unknown. The system always ranks by
        # falling index.
        rows = [[7, 6, 5, 0], [0, 1, 7, 6], [3, 2, 1, 0]]
        known = playlists.collect(
            playlists.Playlist('', '', np.array(tracks), cut, unknown)
            for tracks, cut, unknown in zip(rows, [2, 0, 2], [0, 0, 2], strict=True)
        )
        system = spotify_testdata.TableSystem('falling', np.arange(8.0))
        cases = validation.make(known, np.ones(8), 1000, 0)
        np.testing.assert_array_equal(cases.num_relevant, [2, 2, 4])
        found = validation.measure(system, cases)
        # Hits of the first: ranks 1 (5) and 6 (0) of 2; of the second ranks 1 and 2; of the third
        # ranks 5 and 6 of 4.
        np.testing.assert_allclose(found['r_precision'], (1 / 2 + 2 / 2 + 0) / 3)
        np.testing.assert_allclose(found['recall'], (1 + 1 + 1 / 2) / 3)
        gains = 1 / np.log2(np.arange(2, 12))
        ideal = np.cumsum(gains)
        want = (gains[[0, 5]].sum() / ideal[1], 1, gains[[4, 5]].sum() / ideal[3])
        np.testing.assert_allclose(found['ndcg'], np.mean(want))
        # Track 5 is in no playlist for training, and so the first playlist has one hit only.
        cases = validation.make(known, np.arange(8) != 5, 1000, 0)
        found = validation.measure(system, cases)
        np.testing.assert_allclose(found['recall'], (1 / 2 + 1 + 1 / 2) / 3)

    def test_looks_at_no_more_than_the_limit(self):
        known = playlist_testdata.make_playlists(playlist_testdata.make_catalogue(), 30, 0)
        first, again, other = (validation.make(known, np.ones(400), 7, seed) for seed in (1, 1, 2))
        self.assertLen(first, 7)
        np.testing.assert_array_equal(first.num_relevant, again.num_relevant)
        self.assertNotEqual(first.num_relevant.tolist(), other.num_relevant.tolist())


if __name__ == '__main__':
    absltest.main()
