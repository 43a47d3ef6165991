import json
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import checkpoints
from common import errors
from common import models
from common import tracking
from spotify import factorization_settings
from spotify import factorization_training
from spotify import implicit_als
from spotify import matrix_factorization
from spotify import observations
from spotify import playlists
from spotify import ranking
from tests import hostile
from tests import spotify_testdata
from tests import training_testdata

_TRACKS = np.arange(training_testdata.NUM_TRACKS)
_ARTISTS, _ALBUMS = _TRACKS % 20, _TRACKS % 30


def _playlists(count=80, seed=1):
    rows = training_testdata.make_lists(count, seed)
    return playlists.collect(
        playlists.Playlist(f'p{n}', '', row.astype(np.int32), 5) for n, row in enumerate(rows)
    )


def _columns(artist_weight=0.5, album_weight=0.25):
    config = factorization_settings.ColumnConfig(artist_weight, album_weight)
    return observations.Columns(_ARTISTS, _ALBUMS, config)


def _system(columns, known, als, dim=6, sweeps=3):
    matrix = columns.observe(known)
    solver = implicit_als.Solver(matrix, dim, als)
    tables = implicit_als.init_tables(matrix.shape, dim, 0.5, seed=3)
    for _ in range(sweeps):
        tables, _ = solver.sweep(tables)
    popularity = np.bincount(known.tracks, minlength=columns.num_tracks)
    return matrix_factorization.MatrixFactorization(tables.columns, columns, popularity, als)


class ColumnsTest(absltest.TestCase):
    def test_observe(self):
        # By hand: tracks 3 and 23 are of artist 3; 3 and 33 are on album 3.
        columns = _columns()
        self.assertEqual(columns.num_columns, 60 + 20 + 30)
        known = playlists.collect([
            playlists.Playlist('a', '', np.array([3, 23, 33, 1], np.int32), 1),
            playlists.Playlist('b', '', np.array([], np.int32), 0),
        ])  # fmt: skip
        found = columns.observe(known).toarray()
        wanted = np.zeros((2, 110))
        wanted[0, [3, 23, 33, 1]] = 1
        wanted[0, [60 + 3, 60 + 13, 60 + 1]] = [1.0, 0.5, 0.5]
        wanted[0, [80 + 3, 80 + 23, 80 + 1]] = [0.5, 0.25, 0.25]
        np.testing.assert_array_equal(found, wanted)

    def test_judge(self):
        vectors = np.arange(220, dtype=np.float32).reshape(110, 2)
        judged = _columns().judge(vectors)
        np.testing.assert_allclose(
            judged[23], vectors[23] + 0.5 * vectors[63] + 0.25 * vectors[103]
        )
        self.assertEqual(_columns(0, 0).num_columns, 60)
        np.testing.assert_array_equal(_columns(0, 0).judge(vectors[:60]), vectors[:60])


class MatrixFactorizationTest(parameterized.TestCase):
    @parameterized.parameters(0.0, 1.0)
    def test_fold_in_equals_training(self, exponent):
        columns, known = _columns(), _playlists()
        als = factorization_settings.AlsConfig(ridge=0.1, frequency_exponent=exponent, cg_steps=20)
        matrix = columns.observe(known)
        start = implicit_als.init_tables(matrix.shape, 6, 0.5, seed=3)
        popularity = np.bincount(known.tracks, minlength=columns.num_tracks)
        system = matrix_factorization.MatrixFactorization(start.columns, columns, popularity, als)
        trained, _ = implicit_als.Solver(matrix, 6, als).sweep(start)
        folded = np.stack([system.fold_in(row.tracks) for row in known])
        # Training turns the vectors, which keeps the products between them.
        rows = trained.rows.astype(np.float64)
        np.testing.assert_allclose(rows @ rows.T, folded @ folded.T, rtol=1e-4, atol=1e-6)

    def test_scores_are_sums_of_affinities(self):
        known = _playlists()
        system = _system(_columns(), known, factorization_settings.AlsConfig(), sweeps=2)
        context = np.array([3, 23, 33, 1], np.int32)
        scores = system.score(spotify_testdata.queries(context))
        self.assertEqual((scores.dtype, scores.shape), (np.float32, (1, 60)))
        found = system.affinities(context, np.arange(60))
        self.assertEqual(found.shape, (60, 4))
        np.testing.assert_allclose(found.sum(axis=1), scores[0], rtol=1e-4, atol=1e-6)
        self.assertEqual(system.affinities(context[:0], np.arange(7)).shape, (7, 0))

    def test_without_context_popularity(self):
        known = _playlists()
        system = _system(_columns(), known, factorization_settings.AlsConfig(), sweeps=1)
        scores = system.score(spotify_testdata.queries([], [1]))
        counts = np.bincount(known.tracks, minlength=60)
        np.testing.assert_allclose(scores[0], counts / counts.max(), rtol=1e-6)

    def test_finds_the_theme(self):
        # Tracks of a list mostly leave the same rest modulo 4.
        system = _system(_columns(), _playlists(), factorization_settings.AlsConfig(), sweeps=4)
        contexts = [[theme, theme + 4, theme + 12] for theme in range(4)]
        lists, _ = ranking.rank(system, spotify_testdata.queries(*contexts), 8)
        np.testing.assert_array_less(6, (lists % 4 == np.arange(4)[:, None]).sum(axis=1))


class TrainingTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.create_tempdir().full_path
        self.data = factorization_training.Data(_columns(), _playlists(), _playlists(20, seed=9))

    def _train(self, **settings):
        config = factorization_settings.TrainingConfig(
            embedding_dim=4, **{'num_epochs': 5, 'patience': 0} | settings
        )
        with tracking.Tracker('test', {}) as tracker:
            result = factorization_training.train_and_evaluate(config, self.data, tracker)
        return result, [json.loads(line) for line in tracker.text.splitlines()]

    def test_resumed_training_ends_with_the_same_bits(self):
        whole, lines = self._train()
        self._train(num_epochs=2, checkpoint_dir=self.folder)
        resumed, again = self._train(checkpoint_dir=self.folder, resume_checkpoint='latest')
        self.assertEqual(whole.best['columns'].tobytes(), resumed.best['columns'].tobytes())
        self.assertEqual(lines, again)
        self.assertEqual([line['epoch'] for line in lines], [1, 2, 3, 4, 5])
        with self.assertRaisesRegex(errors.InputError, 'seed'):
            self._train(checkpoint_dir=self.folder, resume_checkpoint='latest', seed=2)
        with self.assertRaisesRegex(errors.InputError, '--num_epochs=1'):
            self._train(checkpoint_dir=self.folder, resume_checkpoint='latest', num_epochs=1)

    def test_best_epoch_is_kept_and_training_stops(self):
        result, lines = self._train(num_epochs=60, patience=2, metric='recall')
        self.assertLess(len(lines), 60)
        values = [line['recall'] for line in lines]
        self.assertEqual(result.best_epoch, 1 + int(np.argmax(values)))
        self.assertEqual(result.epochs, result.best_epoch + 2)
        shorter, _ = self._train(num_epochs=result.best_epoch, metric='recall')
        self.assertEqual(result.best['columns'].tobytes(), shorter.best['columns'].tobytes())

    def test_without_validation_the_last_epoch_is_kept(self):
        empty = playlists.collect([])
        self.data = factorization_training.Data(_columns(), self.data.train, empty)
        result, lines = self._train()
        self.assertEqual(result.best_epoch, 5)
        objectives = [line['objective'] for line in lines]
        self.assertEqual(objectives, sorted(objectives, reverse=True))

    def test_checkpoints(self):
        self._train(num_epochs=5, checkpoint_dir=self.folder, checkpoint_every_epochs=2)
        names = sorted(name for name in os.listdir(self.folder) if name.startswith('checkpoint'))
        wanted = [checkpoints.checkpoint_path('', epoch) for epoch in (2, 4, 5)]
        self.assertEqual(names, wanted)

    def test_nothing_to_learn_from(self):
        empty = playlists.collect([])
        self.data = factorization_training.Data(_columns(), empty, empty)
        with self.assertRaisesRegex(errors.InputError, 'no playlist of the training split'):
            self._train()


class LoadTest(parameterized.TestCase):
    def _save(self, tree_change=None, **changes):
        path = os.path.join(self.create_tempdir().full_path, 'model')
        vectors = np.random.default_rng(0).normal(size=(110, 3)).astype(np.float32)
        tree = matrix_factorization.parameters_tree(
            vectors, _ARTISTS.astype(np.int32), _ALBUMS.astype(np.int32), np.arange(60)
        )
        training = {
            'columns': {'artist_weight': 0.5, 'album_weight': 0.25},
            'als': {'alpha': 2.0},
        }
        config = {'system': 'matrix_factorization', 'num_tracks': 60, 'training': training}
        models.save_model(path, tree | (tree_change or {}), {}, config | changes)
        return path, vectors

    def test_load(self):
        path, vectors = self._save()
        found = matrix_factorization.load(path)
        als = factorization_settings.AlsConfig(alpha=2.0)
        wanted = matrix_factorization.MatrixFactorization(vectors, _columns(), np.arange(60), als)
        queries = spotify_testdata.queries([1, 2], [], [50])
        np.testing.assert_array_equal(found.score(queries), wanted.score(queries))
        self.assertTrue(pathlib.Path(path).is_dir())

    @parameterized.parameters(
        ({}, {'system': 'embedding'}, 'embedding'),
        ({}, {'num_tracks': 61}, r'want int\[61\]'),
        ({}, {'training': {}}, 'columns'),
        ({'columns': {}}, {}, 'embedding'),
        ({'columns': {'embedding': np.zeros((109, 3), np.float32)}}, {}, '109 vectors, want 110'),
        ({'columns': {'embedding': np.full((110, 3), np.nan, np.float32)}}, {}, 'not finite'),
        ({'artists': np.full(60, -1)}, {}, 'from 0'),
    )
    def test_damaged(self, tree_change, changes, message):
        path, _ = self._save(tree_change, **changes)
        with self.assertRaisesRegex(errors.InputError, message):
            matrix_factorization.load(path)

    def test_any_damage(self):
        def use(folder):
            system = matrix_factorization.load(folder)
            if system.num_tracks > 2:
                self.assertLen(system.score(spotify_testdata.queries([1, 2], [])), 2)

        hostile.damage_model(self._save()[0], use)


if __name__ == '__main__':
    absltest.main()
