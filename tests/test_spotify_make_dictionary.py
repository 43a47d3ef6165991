"""Runs make_dictionary as a program."""

import json
import os
import pathlib

from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from spotify import dictionary_files
from tests import playlist_samples
from tests import programs

_DATA = os.environ.get('RECSYS_DATA')
_PROGRAM = 'spotify.make_dictionary'


class MakeDictionaryTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        (self.folder / 'in').mkdir()
        self.output = str(self.folder / 'out')

    def write(self, name, *playlists):
        return playlist_samples.write(self.folder / 'in', name, *playlists)

    def flags(self, *flags):
        return _PROGRAM, f'--playlists={self.folder}/in', f'--output={self.output}', *flags

    def load(self, kind):
        return dictionary.TokenDictionary.load(dictionary_files.path(self.output, kind))

    def entries(self, kind):
        """Returns the last part of each URI with frequency and number of playlists."""
        found = self.load(kind)
        names = [token.rpartition(':')[2] for token in found.tokens]
        return list(zip(names, found.frequencies, found.doc_frequencies, strict=True))

    def write_slices(self):
        entry = playlist_samples.entry
        self.write(
            'mpd.slice.0-999.json',
            playlist_samples.playlist(0, [entry('x', 'a', 'k'), entry('y', 'b', 'l')] * 2),
            playlist_samples.playlist(1, [entry('z', 'a', 'm')]),
        )
        self.write(
            'mpd.slice.1000-1999.json.gz',
            playlist_samples.playlist(1000, [entry('z', 'a', 'm'), entry('w', 'c', 'm')]),
        )

    @parameterized.parameters(1, 2)
    def test_counts(self, num_workers):
        self.write_slices()
        result = programs.succeed(*self.flags(f'--num_workers={num_workers}'))
        # By hand; x, y and z occur twice each, and are ordered by their letters.
        self.assertEqual(
            self.entries('track'), [('x', 2, 1), ('y', 2, 1), ('z', 2, 2), ('w', 1, 1)]
        )
        self.assertEqual(self.entries('artist'), [('a', 4, 3), ('b', 2, 1), ('c', 1, 1)])
        self.assertEqual(self.entries('album'), [('m', 3, 2), ('k', 2, 1), ('l', 2, 1)])
        self.assertEqual(self.load('track').index('spotify:track:w'), 3)
        last = result.stderr.decode().splitlines()[-1]
        self.assertIn('wrote 4 tracks, 3 artists, 3 albums', last)
        self.assertIn('2 files, 3 playlists, 7 entries; 0 bad records left out', last)

    def test_minimum_counts_are_of_playlists(self):
        self.write_slices()
        programs.succeed(
            *self.flags('--min_track_count=2', '--min_artist_count=3', '--min_album_count=2')
        )
        self.assertEqual(self.entries('track'), [('z', 2, 2)])
        self.assertEqual(self.entries('artist'), [('a', 4, 3)])
        self.assertEqual(self.entries('album'), [('m', 3, 2)])

    def test_lists_of_ones_own_together(self):
        inputs = self.folder / 'in'
        (inputs / 'a.csv').write_text('playlist,track,artist\n1,tea,kitchen\n1,milk,\n')
        (inputs / 'b.jsonl').write_text('{"playlist": 2, "tracks": ["tea"]}\n')
        (inputs / 'c.txt').write_text('my:sugar\n')
        programs.succeed(*self.flags())
        self.assertEqual(self.entries('track'), [('tea', 2, 2), ('milk', 1, 1), ('sugar', 1, 1)])
        self.assertEqual(self.entries('artist'), [('kitchen', 1, 1)])
        self.assertEmpty(self.entries('album'))

    def test_bad_records(self):
        self.write_slices()
        self.write('mpd.slice.2000-2999.json', playlist_samples.playlist(0, 'q'), {'pid': 3})
        (self.folder / 'in' / 'mpd.slice.3000-3999.json').write_text('{"playlists": [')
        last = programs.fail(*self.flags('--max_bad_records=2'))
        self.assertRegex(
            last, r'mpd\.slice\.3000-3999\.json, the whole slice: not JSON.*--max_bad_records=2'
        )
        self.assertEqual(os.listdir(self.folder), ['in'])
        result = programs.succeed(*self.flags('--max_bad_records=3'))
        self.assertLen(self.entries('track'), 4)
        last = result.stderr.decode().splitlines()[-1]
        self.assertRegex(last, '3 bad records left out .*identifier of one before; .*not JSON')

    def test_one_edition(self):
        # Of '5', the latest; of '6', the later of two that changed at once.
        self.write(
            's.0.json',
            playlist_samples.playlist(0, 'ax', x_source='m:5@1', modified_at=30),
            playlist_samples.playlist(1, 'ay', x_source='t:5@2', modified_at=20),
            playlist_samples.playlist(2, 'az', x_source='m:6@1', modified_at=10),
        )
        self.write('s.1.json', playlist_samples.playlist(3, 'aw', x_source='m:6@2', modified_at=10))
        id_flags = '--id_field=x_source', '--id_pattern=:([^@]+)@'
        programs.succeed(*self.flags('--one_edition', *id_flags))
        self.assertEqual(self.entries('track'), [('a', 2, 2), ('w', 1, 1), ('x', 1, 1)])
        self.write('s.2.json', playlist_samples.playlist(4, 'q'))
        last = programs.fail(*self.flags('--one_edition', *id_flags, '--overwrite'))
        self.assertRegex(last, r's\.2\.json, playlist 4: a playlist without the field of --id_fie')

    def test_output(self):
        self.write_slices()
        programs.succeed(*self.flags())
        meta = json.loads(pathlib.Path(self.output, 'track.tstat.pb.b64.bz2.meta.json').read_text())
        self.assertEqual(meta['program'], 'spotify/make_dictionary')
        self.assertEqual(meta['flags']['playlists'], f'{self.folder}/in')
        self.assertEqual(meta['inputs'][0]['records'], 3)
        self.assertIn('already exists', programs.fail(*self.flags()))
        programs.succeed(*self.flags('--overwrite', '--min_track_count=2'))
        self.assertLen(self.load('track'), 1)
        inside = f'--output={self.folder}/in/out'
        self.assertIn('lies in the input', programs.fail(*self.flags(inside), status=2))

    @parameterized.parameters(
        ('--playlists=nothing', 1, 'no file matches nothing'),
        ('--id_pattern=(', 2, '--id_pattern is no regular expression'),
        ('--id_pattern=x', 2, '--id_pattern has 0 groups in parentheses, and needs one'),
        ('--min_track_count=0', 2, 'min_track_count'),
        ('--playlists_format=xml', 2, 'playlists_format'),
        ('--min_track_count=9', 1, 'no track is in 9 playlists or more'),
    )
    def test_wrong_flags(self, flag, status, message):
        self.write_slices()
        self.assertIn(message, programs.fail(*self.flags(flag), status=status))


@absltest.skipUnless(_DATA, 'RECSYS_DATA does not name a folder of real playlists')
class RealPlaylistsTest(absltest.TestCase):
    def test_counts_are_those_of_the_data(self):
        output = os.path.join(self.create_tempdir().full_path, 'out')
        slices = f'--playlists={_DATA}/playlists/mpd.slice.*.json.gz'
        programs.succeed(_PROGRAM, slices, f'--output={output}')
        loaded = {
            kind: dictionary.TokenDictionary.load(dictionary_files.path(output, kind))
            for kind in dictionary_files.KINDS
        }
        # What the description of the data says.
        self.assertEqual(
            {kind: len(found) for kind, found in loaded.items()},
            {'track': 52_791, 'artist': 21_145, 'album': 45_721},
        )
        for found in loaded.values():
            self.assertEqual(sum(found.frequencies), 229_261)


if __name__ == '__main__':
    absltest.main()
