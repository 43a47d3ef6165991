import dataclasses
import json
import pathlib
from unittest import mock

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import models
from common import records
from common.pb import nlp_pb2
from spotify import catalogue
from spotify import system_loading
from tests import spotify_testdata


@dataclasses.dataclass
class Data:
    """What loading needs of training data."""

    tracks: catalogue.Catalogue
    track_hash: str = 'abc'
    path: str = 'data'
    num_tracks: int = 3

    def catalogue(self):
        return self.tracks

    def train_counts(self):
        return np.ones(len(self.tracks), np.int64)


class LoadTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.data = Data(spotify_testdata.make_catalogue([0, 1, 0], [0, 1, 2]))

    def _model(self, name='model', **config):
        path = str(self.folder / name)
        models.save_model(path, {'scores': np.zeros(3, np.float32)}, {}, config)
        return path

    @parameterized.parameters('artist_match', 'album_match')
    def test_systems_without_training(self, name):
        system = system_loading.load(name, self.data)
        self.assertEqual((system.name, system.num_tracks), (name, 3))
        self.assertEqual(system_loading.fingerprint(name), name)

    @parameterized.parameters(
        ('nothing', 'is neither a directory nor one of artist_match, album_match'),
        ('empty', 'is not a system: it has no config.json'),
    )
    def test_what_is_no_system(self, name, message):
        (self.folder / 'empty').mkdir()
        with self.assertRaisesRegex(errors.InputError, message):
            system_loading.load(str(self.folder / name), self.data)

    def test_a_model_of_another_kind(self):
        path = self._model(seed=1)
        with self.assertRaisesRegex(errors.InputError, 'says system None, want one of most_pop'):
            system_loading.load(path, self.data)

    @parameterized.parameters({'track_hash': 'def'}, {})
    def test_tracks_of_other_data(self, **config):
        path = self._model(system='most_popular', **config)
        with self.assertRaisesRegex(errors.InputError, 'ranks other tracks than those of data;'):
            system_loading.load(path, self.data)

    @parameterized.parameters(2, 3, 4)
    def test_other_numbers_of_tracks_under_the_same_hash(self, count):
        settings = {'epsilon': 0, 'num_slots': 5, 'seed': 1}
        config = {'system': 'most_popular', 'track_hash': 'abc', 'num_tracks': count, **settings}
        path = str(self.folder / 'model')
        models.save_model(path, {'counts': np.arange(count)}, {}, config)
        if count == 3:
            self.assertEqual(system_loading.load(path, self.data).num_tracks, 3)
            return
        with self.assertRaisesRegex(errors.InputError, f'ranks {count} tracks, and data has 3'):
            system_loading.load(path, self.data)

    def test_a_data_set_of_something_else(self):
        path = str(self.folder / 'docs')
        records.write_parts(path, [], proto=nlp_pb2.TextDocument)
        with self.assertRaisesRegex(errors.InputError, 'holds TextDocument records, and a system'):
            system_loading.load(path, self.data)

    def test_rows_of_other_tracks(self):
        path = str(self.folder / 'rows')
        records.write_parts(path, [], proto=nlp_pb2.CooccurrenceRow)
        with self.assertRaisesRegex(errors.InputError, 'ranks other tracks than those of data;'):
            system_loading.load(path, self.data)

    def test_what_learned_from_other_playlists(self):
        # One directory was made from these playlists, the other from another split of the same
        # tracks, whose training playlists may be these for testing.
        data = mock.Mock(path='data', describe=lambda: {'content_hash': 'here'})
        names = {'here': [{'path': 'data', 'content_hash': 'here'}], 'none': []}
        names['there'] = [{'path': 'data', 'content_hash': 'there'}]
        for name, inputs in names.items():
            self._model(name, system='most_popular', inputs=inputs)
        here, none, there = (str(self.folder / name) for name in ('here', 'none', 'there'))
        system_loading.refuse_other_training([here, 'artist_match'], data)
        for path in (none, there):
            with self.assertRaisesRegex(errors.InputError, 'may have learned from the playlists'):
                system_loading.refuse_other_training([here, path], data)

    def test_named_twice(self):
        with self.assertRaisesRegex(errors.UsageError, 'artist_match is named twice'):
            system_loading.load_all(['artist_match', 'album_match', 'artist_match'], self.data)

    def test_fingerprint_follows_the_parameters(self):
        first = self._model('first', system='most_popular', track_hash='abc')
        second = self._model('second', system='most_popular', track_hash='def')
        self.assertEqual(system_loading.fingerprint(first), system_loading.fingerprint(second))
        third = str(self.folder / 'third')
        models.save_model(third, {'scores': np.ones(3, np.float32)}, {}, {'system': 'most_popular'})
        self.assertNotEqual(system_loading.fingerprint(first), system_loading.fingerprint(third))

    def test_damaged_config(self):
        path = self._model(system='most_popular', track_hash='abc')
        pathlib.Path(path, 'config.json').write_text(json.dumps([1]))
        with self.assertRaisesRegex(errors.InputError, 'config.json is damaged'):
            system_loading.load(path, self.data)


if __name__ == '__main__':
    absltest.main()
