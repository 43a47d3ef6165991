"""Runs make_training as a program."""

import collections
import json
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import datasets
from common import metadata
from common.pb import example_pb2
from spotify import playlist_editions
from spotify import tfrecords
from spotify import training_data
from tests import playlist_samples
from tests import programs

_DATA = os.environ.get('RECSYS_DATA')
_PROGRAM = 'spotify.make_training'
_ALL_TRAIN = '--num_folds=1', '--test_fold=-1', '--validation_fold=-1'


class MakeTrainingTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        (self.folder / 'in').mkdir()
        self.output = str(self.folder / 'out')

    def write(self, name, *playlists):
        return playlist_samples.write(self.folder / 'in', name, *playlists)

    def flags(self, *flags):
        return (
            _PROGRAM,
            f'--playlists={self.folder}/in',
            f'--dictionaries={self.folder}/dictionaries',
            f'--output={self.output}',
            *flags,
        )

    def make_dictionaries(self, *flags):
        programs.succeed(
            'spotify.make_dictionary',
            f'--playlists={self.folder}/in',
            f'--output={self.folder}/dictionaries',
            *flags,
        )

    def make(self, *flags):
        result = programs.succeed(*self.flags(*flags))
        self.summary = result.stderr.decode().splitlines()[-1]
        return training_data.open_data(self.output)

    def letters(self, data, split='train'):
        """Returns identifier, letters of the tracks, size of the context, unknown tracks."""
        letters = [uri.rpartition(':')[2] for uri in data.catalogue().uris]
        return [
            (p.id, ''.join(letters[track] for track in p.tracks), p.context_size, p.unknown)
            for p in data.playlists(split)
        ]

    def test_examples_and_catalogue(self):
        entry = playlist_samples.entry
        self.write(
            's.0.json',
            playlist_samples.playlist(
                10, [entry('x', 'a', 'k'), entry('y', 'b', 'l'), entry('x', 'c', 'm'), entry('z')]
            ),
            playlist_samples.playlist(11, 'xz'),
        )
        # Here x is said to be of another artist and album; what came first stays.
        self.write(
            's.1.json.gz',
            playlist_samples.playlist(
                12, [entry('z'), entry('x', 'b', 'l', track_name='other')] * 2
            ),
            playlist_samples.playlist(13, [entry('y', 'b', 'l'), entry('w', 'b'), entry('z')]),
        )
        self.make_dictionaries()
        data = self.make('--topk=1', '--min_next=2', *_ALL_TRAIN)
        # x and z occur five times each, y twice, w once; playlists of two tracks are too short.
        self.assertEqual(self.letters(data), [('10', 'xyz', 1, 0), ('13', 'ywz', 1, 0)])
        catalogue = data.catalogue()
        self.assertEqual([uri[-1] for uri in catalogue.uris], ['x', 'z', 'y', 'w'])
        artists = [catalogue.artist_uris[artist][-1] for artist in catalogue.artists]
        albums = [catalogue.album_names[album] for album in catalogue.albums]
        self.assertEqual(artists, ['a', 'a', 'b', 'b'])
        self.assertEqual(albums, ['Album k', 'Album l', 'Album l', 'Album l'])
        self.assertEqual(catalogue.names[0], 'Track x')
        self.assertEqual(catalogue.durations.tolist(), [1000] * 4)
        self.assertEqual(data.playlists('train').names, ['List 10', 'List 13'])
        self.assertIn(
            '2 train, 0 validation, 0 test playlists (6 written entries, 2 short playlists); read '
            '2 files, 3 repeated entries, 4 playlists, 13 entries; 0 bad records',
            self.summary,
        )

    def test_features_are_the_books(self):
        entry = playlist_samples.entry
        entries = [entry(track, artist, album) for track, artist, album in ('xaK', 'ybK', 'zbL')]
        self.write('s.json', playlist_samples.playlist(1, entries))
        self.make_dictionaries()
        self.make('--topk=1', '--min_next=1', *_ALL_TRAIN)
        path = os.path.join(self.output, 'train', 'part-00000.tfrecord')
        (payload,) = tfrecords.read(path, datasets.BadRecords(0)).payloads
        feature = example_pb2.Example.FromString(payload).features.feature
        lists = {k: list(v.int64_list.value) for k, v in feature.items() if k not in ('id', 'name')}
        # Frequency orders tracks x, y, z; artists b, a; albums K, L.
        self.assertEqual(
            lists,
            {
                'track_context': [0],
                'artist_context': [1],
                'album_context': [0],
                'next_track': [1, 2],
                'next_artist': [0, 0],
                'next_album': [0, 1],
                'unknown': [0],
            },
        )
        self.assertEqual(feature['id'].bytes_list.value[0], b'1')

    def test_what_the_dictionaries_lack(self):
        entry = playlist_samples.entry
        self.write(
            's.json',
            playlist_samples.playlist(
                1, [entry('x'), entry('q', 'b'), entry('q'), entry('y', 'b')]
            ),
            playlist_samples.playlist(2, [entry('y', 'b'), entry('x')]),
        )
        self.make_dictionaries('--min_track_count=2', '--min_artist_count=3')
        data = self.make('--topk=0', '--min_next=2', *_ALL_TRAIN)
        self.assertEqual(self.letters(data), [('1', 'xy', 0, 1), ('2', 'yx', 0, 0)])
        catalogue = data.catalogue()
        # No artist is in three playlists: the one index is that of the unknown.
        self.assertEqual(catalogue.artists.tolist(), [0, 0])
        self.assertEqual((catalogue.artist_uris, catalogue.artist_names), ([''], ['']))
        self.assertEqual(catalogue.album_uris, ['spotify:album:l'])

    def test_lists_without_artists(self):
        (self.folder / 'in' / 'x.csv').write_text(
            'playlist,track,track_name,artist\n1,tea,Tea,kitchen\n1,milk,,\n2,milk,Milk,\n'
        )
        self.make_dictionaries()
        catalogue = self.make('--topk=1', '--min_next=1', *_ALL_TRAIN).catalogue()
        self.assertEqual(catalogue.uris, ['milk', 'tea'])
        self.assertEqual(catalogue.names, ['', 'Tea'])
        self.assertEqual([catalogue.artist_uris[a] for a in catalogue.artists], ['', 'kitchen'])

    def test_splits_follow_from_the_identifier(self):
        playlists = [playlist_samples.playlist(pid, 'abc') for pid in range(300)]
        self.write('s.json', *playlists)
        self.make_dictionaries()
        flags = '--topk=1', '--min_next=1', '--num_folds=4', '--test_fold=1', '--validation_fold=0'
        data = self.make(*flags, '--records_per_part=50')
        ids = {split: data.playlists(split).ids for split in training_data.SPLITS}
        for split, folds in (('test', {1}), ('validation', {0}), ('train', {2, 3})):
            self.assertEqual({playlist_editions.fold(i, 0, 4) for i in ids[split]}, folds)
        self.assertCountEqual([int(i) for found in ids.values() for i in found], range(300))
        self.assertBetween(len(ids['test']), 45, 105)  # Four standard deviations about 75.
        self.assertIn('train/part-00002.tfrecord', [part.name for part in data.meta.parts])
        again = self.make(*flags, '--seed=1', '--overwrite')
        self.assertNotEqual(again.playlists('test').ids, ids['test'])

    def test_editions_of_one_playlist_share_a_split(self):
        playlists = [
            playlist_samples.playlist(pid, 'abc', x_source=f'm:{pid % 50}@{pid}')
            for pid in range(200)
        ]
        self.write('s.json', *playlists)
        self.make_dictionaries()
        flags = '--topk=1', '--min_next=1', '--id_field=x_source', '--id_pattern=:([^@]+)@'
        data = self.make(*flags, '--num_folds=2', '--test_fold=0', '--validation_fold=-1')
        by_split = {
            split: {int(i) % 50 for i in data.playlists(split).ids} for split in ('train', 'test')
        }
        self.assertEmpty(by_split['train'] & by_split['test'])
        self.assertLen(by_split['train'] | by_split['test'], 50)
        one = self.make(*flags, *_ALL_TRAIN, '--one_edition', '--overwrite')
        self.assertCountEqual(one.playlists('train').ids, [str(n) for n in range(150, 200)])
        self.assertIn('150 old editions', self.summary)

    def test_does_not_depend_on_workers(self):
        for number in range(5):
            first = 3 * number
            self.write(
                f's.{number}.json',
                *(
                    playlist_samples.playlist(
                        pid, [playlist_samples.entry(t, f'a{pid}') for t in 'xyzw'[number % 2 :]]
                    )
                    for pid in range(first, first + 3)
                ),
            )
        self.make_dictionaries()
        contents = []
        for workers in (1, 2, 3):
            self.make('--topk=1', '--min_next=1', f'--num_workers={workers}', '--overwrite')
            metas = [
                metadata.load(f'{self.output}/{folder}_meta.json') for folder in ('', 'tracks/')
            ]
            contents.append([meta.content_hash for meta in metas])
        self.assertEqual(contents[0], contents[1])
        self.assertEqual(contents[0], contents[2])

    def test_bad_records(self):
        self.write('s.0.json', playlist_samples.playlist(1, 'abc'), {'pid': 7})
        self.write('s.1.json', playlist_samples.playlist(1, 'abc'), {'pid': 8, 'tracks': []})
        self.make_dictionaries('--max_bad_records=2')
        flags = '--topk=1', '--min_next=1', *_ALL_TRAIN
        self.assertIn(
            '--max_bad_records=1', programs.fail(*self.flags(*flags, '--max_bad_records=1'))
        )
        self.assertCountEqual(os.listdir(self.folder), ['in', 'dictionaries'])
        data = self.make(*flags, '--max_bad_records=2')
        self.assertLen(data.playlists('train'), 1)
        self.assertEqual(data.meta.totals['bad_records'], 2)
        self.assertEqual(data.meta.totals['empty_playlists'], 1)

    def test_output_is_replaced_only_when_it_is_one(self):
        self.write('s.json', playlist_samples.playlist(1, 'abcdefghij'))
        self.make_dictionaries()
        data = self.make(*_ALL_TRAIN)
        meta = json.loads(pathlib.Path(self.output, '_meta.json').read_text())
        self.assertEqual(meta['flags']['topk'], 5)
        self.assertEqual(meta['records'], 1)
        dictionary = metadata.load(f'{self.folder}/dictionaries/track.tstat.pb.b64.bz2.meta.json')
        self.assertEqual(data.track_hash, dictionary.content_hash)
        self.assertIn('already exists', programs.fail(*self.flags()))
        self.make(*_ALL_TRAIN, '--overwrite')
        pathlib.Path(self.output, 'mine.txt').touch()
        self.assertIn('holds mine.txt', programs.fail(*self.flags('--overwrite')))

    def test_refuses_to_write_nothing(self):
        self.write('s.json', playlist_samples.playlist(1, 'abcdefghij'))
        self.make_dictionaries()
        last = programs.fail(*self.flags('--topk=9', '--min_next=2'))
        self.assertIn('no playlist has 9 + 2 tracks of the dictionary', last)
        pathlib.Path(self.folder, 'dictionaries', 'album.tstat.pb.b64.bz2.meta.json').unlink()
        self.assertIn('make the dictionaries again', programs.fail(*self.flags()))
        self.assertFalse(os.path.exists(self.output))

    @parameterized.parameters(
        ('--dictionaries=nothing', 1, 'nothing/track.tstat.pb.b64.bz2 does not exist'),
        (
            '--test_fold=10',
            2,
            '--test_fold=10 and --validation_fold=8 must be below --num_folds=10',
        ),
        ('--validation_fold=9', 2, '--test_fold and --validation_fold are both 9'),
        ('--id_pattern=(a)(b)', 2, '--id_pattern has 2 groups'),
        ('--min_next=0', 2, 'min_next'),
        ('--output=', 2, 'the path of an output is empty'),
        ('--seed=99999999999999999999', 2, 'seed'),
    )
    def test_wrong_flags(self, flag, status, message):
        self.write('s.json', playlist_samples.playlist(1, 'abc'))
        self.assertIn(message, programs.fail(*self.flags(flag), status=status))


@absltest.skipUnless(_DATA, 'RECSYS_DATA does not name a folder of real playlists')
class RealPlaylistsTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.create_tempdir().full_path

    def test_five_folds_of_one_edition_each(self):
        source = (
            f'--playlists={_DATA}/playlists/mpd.slice.*.json.gz',
            '--id_field=x_source',
            '--id_pattern=:([^@]+)@',
            '--one_edition',
        )
        programs.succeed('spotify.make_dictionary', *source, f'--output={self.folder}/d')
        programs.succeed(
            _PROGRAM,
            *source,
            f'--dictionaries={self.folder}/d',
            f'--output={self.folder}/t',
            '--num_folds=5',
            '--test_fold=0',
            '--validation_fold=1',
        )
        data = training_data.open_data(f'{self.folder}/t')
        found = [data.playlists(split) for split in training_data.SPLITS]
        # The description says 328 ids; two of these lists have fewer than ten tracks.
        self.assertEqual(sum(map(len, found)), 326)
        self.assertEqual(data.meta.totals['old_editions'], 2465 - 328)
        self.assertEqual(data.meta.totals['short_playlists'], 2)
        catalogue = data.catalogue()
        used = np.concatenate([playlists.tracks for playlists in found])
        self.assertEqual(used.max() + 1, len(catalogue))
        self.assertNotIn('', [catalogue.artist_uris[artist] for artist in catalogue.artists])
        for playlists in found:
            counts = collections.Counter(
                zip(playlists.owners().tolist(), playlists.tracks.tolist(), strict=True)
            )
            self.assertEqual(max(counts.values()), 1)


if __name__ == '__main__':
    absltest.main()
