"""Tests of the trained model as a system."""

import dataclasses
import json
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import models
from spotify import embedding_system
from spotify import systems
from spotify import training_settings
from tests import hostile
from tests import spotify_testdata

_CONFIG = training_settings.ModelConfig(feature_size=3, track_embedding=False)
_TRACKS = 11


def _tree():
    """Returns the arrays of a model: 11 tracks on 5 albums of 4 artists."""
    random = np.random.default_rng(0)
    rows = np.stack([np.arange(_TRACKS) % 5, np.arange(_TRACKS) % 4], axis=1).astype(np.int32)
    embeddings = {
        name: {'embedding': random.normal(size=(size, 3)).astype(np.float32)}
        for name, size in (('album_embedding', 5), ('artist_embedding', 4))
    }
    embeddings['boosts'] = np.array([0.5, 0.25], np.float32)
    popularity = np.arange(_TRACKS, 0, -1).astype(np.float32)
    return embedding_system.parameters_tree(embeddings, rows, rows[:, 0], rows[:, 1], popularity)


def _save(folder, tree, affinity='mean', **changes):
    model = dataclasses.asdict(dataclasses.replace(_CONFIG, affinity=affinity))
    config = {
        'system': 'embedding',
        'num_tracks': _TRACKS,
        'embeddings': ['album', 'artist'],
        'training': {'model': model},
        **changes,
    }
    models.save_model(folder, tree, {}, config, overwrite=True)
    return folder


class EmbeddingSystemTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = self.create_tempdir().full_path + '/model'

    @parameterized.parameters('max', 'mean')
    def test_scores_equal_a_loop(self, affinity):
        tree = _tree()
        system = embedding_system.load(_save(self.dir, tree, affinity))
        tables = [tree['model'][f'{name}_embedding']['embedding'] for name in ('album', 'artist')]
        vectors = np.array(
            [np.concatenate([tables[0][i % 5], tables[1][i % 4]]) for i in range(_TRACKS)]
        )
        contexts = ([3], [7, 0, 10], [1, 2])
        found = system.score(spotify_testdata.queries(*contexts))
        self.assertEqual((found.shape, found.dtype), ((3, _TRACKS), np.float32))
        reduce = {'max': max, 'mean': np.mean}[affinity]
        for row, context in enumerate(contexts):
            for track in range(_TRACKS):
                want = reduce([vectors[track] @ vectors[other] for other in context])
                want += 0.5 * any(track % 5 == other % 5 for other in context)
                want += 0.25 * any(track % 4 == other % 4 for other in context)
                np.testing.assert_allclose(found[row, track], want, rtol=1e-5, atol=1e-6)

    @parameterized.parameters('max', 'mean')
    def test_no_context_gets_popular_tracks(self, affinity):
        system = embedding_system.load(_save(self.dir, _tree(), affinity))
        found = system.score(spotify_testdata.queries([], [2]))
        np.testing.assert_array_equal(found[0], np.arange(_TRACKS, 0, -1))
        alone = system.score(spotify_testdata.queries([2]))
        np.testing.assert_allclose(found[1], alone[0], rtol=1e-6)

    def test_affinities_say_which_track_of_the_context_speaks(self):
        system = embedding_system.load(_save(self.dir, _tree(), 'max'))
        context, tracks = np.array([7, 0, 10], np.int32), np.array([1, 5], np.int32)
        found = system.affinities(context, tracks)
        self.assertEqual((found.shape, found.dtype), ((2, 3), np.float32))
        for column, other in enumerate(context):
            alone = system.score(spotify_testdata.queries([other]))[0]
            np.testing.assert_allclose(found[:, column], alone[tracks], rtol=1e-5)

    def test_refuses_what_is_damaged(self):
        def broken(change):
            tree = _tree()
            change(tree)
            with self.assertRaisesRegex(errors.InputError, 'train it again'):
                embedding_system.load(_save(self.dir, tree))

        broken(lambda tree: tree.pop('tracks'))
        broken(lambda tree: tree['tracks'].update(rows=tree['tracks']['rows'] + 3))
        broken(lambda tree: tree['tracks'].update(albums=tree['tracks']['albums'][1:]))
        broken(lambda tree: tree['tracks'].update(popularity=np.full(_TRACKS, np.nan, 'f')))
        broken(lambda tree: tree['model'].pop('boosts'))
        broken(lambda tree: tree['model'].update(boosts=np.ones(3, np.float32)))
        broken(lambda tree: tree['model'].pop('artist_embedding'))
        broken(lambda tree: tree['model'].update(artist_embedding={'embedding': np.ones((4, 3))}))

    def test_any_damage(self):
        def use(folder):
            system = embedding_system.load(folder)
            context = np.arange(system.num_tracks)[:3]
            scores = system.score(systems.Queries([context, context[:0]], ['', '']))
            self.assertEqual(scores.shape, (2, system.num_tracks))
            system.affinities(context, context)

        for affinity in ('mean', 'max'):
            hostile.damage_model(
                _save(os.path.join(self.dir, affinity), _tree(), affinity), use, 80
            )

    def test_refuses_another_system(self):
        folder = _save(self.dir, _tree(), system='most_popular')
        with self.assertRaisesRegex(errors.InputError, 'most_popular'):
            embedding_system.load(folder)
        path = pathlib.Path(folder, 'config.json')
        config = json.loads(path.read_text(encoding='utf-8'))
        path.write_text(json.dumps({**config, 'system': 'embedding', 'training': {}}))
        with self.assertRaisesRegex(errors.InputError, 'train it again'):
            embedding_system.load(folder)


if __name__ == '__main__':
    absltest.main()
