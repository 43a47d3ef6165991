import gzip
import json
import os
import pathlib

from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from spotify import playlist_files
from spotify import playlist_formats
from tests import playlist_samples

_GOOD = playlist_samples.playlist(7, 'xyz')


def _summarize(playlists, faults):
    """Runs on the playlists of a file: identifiers with the letters of their tracks."""
    faults.notes['seen'] += len(playlists)
    return [
        (p.id, ''.join(entry.track_uri.rpartition(':')[2] for entry in p.entries))
        for p in playlists
    ]


class _TestCase(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return str(path)

    def parse(self, path, id_field='', format_name='auto', **options):
        self.faults = playlist_formats.Faults()
        (source,) = playlist_files.find(path, format_name)
        return playlist_files.parse(
            source, playlist_formats.Options(id_field, **options), self.faults
        )

    def reader(self, pattern=None, limit=0, num_workers=1, format_name='auto'):
        return playlist_files.PlaylistReader(
            playlist_files.find(str(pattern or self.folder), format_name),
            playlist_formats.Options(),
            num_workers=num_workers,
            max_bad_records=limit,
        )


class FindTest(_TestCase):
    def test_numbers_in_names_are_numbers(self):
        for name in ('mpd.slice.1000-1999', 'mpd.slice.0-999', 'mpd.slice.10000-10999'):
            self.write(f'{name}.json', '')
        found = playlist_files.find(f'{self.folder}/mpd.slice.*.json')
        self.assertEqual(
            [os.path.basename(source.path) for source in found],
            [f'mpd.slice.{n}-{n + 999}.json' for n in (0, 1000, 10000)],
        )

    def test_extension_says_the_format(self):
        names = 'a.json b.json.gz c.csv d.JSONL e.ndjson.gz f.txt _truth.json .g.csv h.md'.split()
        for name in names:
            self.write(name, '')
        found = playlist_files.find(str(self.folder))
        self.assertEqual(
            [(source.format, source.identifier) for source in found],
            [
                ('mpd', 'a'),
                ('mpd', 'b'),
                ('csv', 'c'),
                ('jsonl', 'd'),
                ('jsonl', 'e'),
                ('txt', 'f'),
            ],
        )

    def test_plain_lists_are_told_apart_by_the_folder(self):
        self.write('rock/best', '')
        self.write('jazz/best', '')
        found = playlist_files.find(f'{self.folder}/**', 'txt')
        self.assertEqual([source.identifier for source in found], ['jazz/best', 'rock/best'])
        (alone,) = playlist_files.find(f'{self.folder}/jazz/best', 'txt')
        self.assertEqual(alone.identifier, 'best')

    def test_a_glob_leaves_out_what_is_hidden(self):
        self.write('a.json', '')
        truth = self.write('_truth.json', '')
        names = [source.path for source in playlist_files.find(f'{self.folder}/*.json')]
        self.assertEqual(names, [f'{self.folder}/a.json'])
        for asked in (truth, f'{self.folder}/_t*.json'):
            self.assertEqual([source.path for source in playlist_files.find(asked)], [truth])

    def test_several_patterns(self):
        first, second = self.write('b.csv', ''), self.write('a.csv', '')
        found = playlist_files.find(f'{first},{self.folder}/*.csv')
        self.assertEqual([source.path for source in found], [second, first])

    @parameterized.parameters(
        ('nothing*.json', 'no file matches .*nothing'),
        ('empty', 'empty holds no file of playlists'),
        ('x.md', r'x\.md: the extension says nothing of the format'),
    )
    def test_errors(self, name, message):
        self.write('x.md', '')
        (self.folder / 'empty').mkdir()
        with self.assertRaisesRegex(errors.InputError, message):
            playlist_files.find(f'{self.folder}/{name}')


class SliceTest(_TestCase):
    def parse_items(self, *items, **options):
        texts = [item if isinstance(item, bytes) else json.dumps(item).encode() for item in items]
        path = self.write('s.json', b'{"playlists": [' + b','.join(texts) + b']}')
        return self.parse(path, **options)

    def test_fields(self):
        (found,) = self.parse_items({**_GOOD, 'x_source': 'm:1@2'}, id_field='x_source')
        self.assertEqual((found.id, found.name, found.field), ('7', 'List 7', 'm:1@2'))
        self.assertEqual(found.modified_at, 1_500_000_000)
        entry = found.entries[1]
        self.assertEqual(entry.track_uri, 'spotify:track:y')
        self.assertEqual((entry.track_name, entry.duration_ms), ('Track y', 1000))
        self.assertEmpty(self.faults.bad)

    def test_names_may_lack_or_be_null(self):
        entries = [{k: v for k, v in playlist_samples.entry('x').items() if k.endswith('_uri')}]
        (found,) = self.parse_items({'pid': 'p', 'tracks': entries, 'name': None})
        self.assertEqual((found.id, found.name, found.modified_at), ('p', '', 0))

    @parameterized.parameters(
        ({'tracks': []}, r'missing required field `pid`'),
        ({'pid': 1}, r'missing required field `tracks`'),
        ({**_GOOD, 'pid': True}, r'Expected `int \| str`, got `bool` - at `\$\.pid`'),
        ({**_GOOD, 'pid': 10**1000}, r'at `\$\.pid`'),
        ({**_GOOD, 'tracks': {'0': 1}}, 'Expected `array`, got `object`'),
        ({**_GOOD, 'tracks': [{}]}, r'missing required field `track_uri` - at `\$\.tracks\[\]`'),
        (
            playlist_samples.playlist(1, [playlist_samples.entry('x', artist_uri=None)]),
            r'Expected `str`, got `null` - at `\$\.tracks\[\]\.artist_uri`',
        ),
        (
            playlist_samples.playlist(1, [playlist_samples.entry('x' * 600)]),
            r'length <= 512 - at `\$\.tracks\[\]\.track_uri`',
        ),
        (
            playlist_samples.playlist(1, [playlist_samples.entry('x', duration_ms=-1)]),
            r'Expected `int` >= 0 - at `\$\.tracks\[\]\.duration_ms`',
        ),
        (7, 'Expected `object`, got `int`'),
        (b'{"pid": 1, "tracks": [], "name": "\xff"}', 'not UTF-8'),
    )
    def test_a_broken_playlist_goes_alone(self, broken, reason):
        found = self.parse_items(_GOOD, broken, {**_GOOD, 'pid': 8})
        self.assertEqual([playlist.id for playlist in found], ['7', '8'])
        ((found_reason, (place, count)),) = self.faults.bad.items()
        self.assertRegex(found_reason, reason)
        self.assertStartsWith(place, 'playlist 1')
        self.assertEqual(count, 1)

    def test_the_same_fault_has_the_same_words(self):
        broken = [{**_GOOD, 'tracks': [*_GOOD['tracks'][:n], {}]} for n in range(3)]
        self.parse_items(*broken)
        reason = 'Object missing required field `track_uri` - at `$.tracks[]`'
        self.assertEqual(self.faults.bad, {reason: ('playlist 0 $.tracks[0]', 3)})

    def test_what_is_only_counted(self):
        found = self.parse_items({**_GOOD, 'num_tracks': 4}, {'pid': 1, 'tracks': []})
        self.assertLen(found, 1)
        self.assertEqual(
            self.faults.notes,
            {playlist_formats.WRONG_NUM_TRACKS: 1, playlist_formats.EMPTY: 1},
        )

    def test_names_are_cut(self):
        (found,) = self.parse_items({**_GOOD, 'name': 'x' * 10**6})
        self.assertEqual(found.name, 'x' * 256)

    @parameterized.parameters(
        (rb'a\ud83d', 'a\ufffd'),
        (rb'\ude00\ud83d b c d e f', '\ufffd\ufffd b c d e f'),
        (rb'\ud83d\ude00\\ud83d', '\U0001f600\\ud83d'),
        (rb'\\\ud83d', '\\\ufffd'),
    )
    def test_half_characters_are_replaced(self, escaped, name):
        text = json.dumps({**_GOOD, 'name': '@'}).encode().replace(b'@', escaped)
        found = self.parse_items({**_GOOD, 'pid': 1}, text)
        self.assertEqual([playlist.name for playlist in found], ['List 7', name])

    def test_byte_order_mark(self):
        data = json.dumps({'playlists': [_GOOD]})
        self.assertLen(self.parse(self.write('s.json', '\ufeff' + data)), 1)

    @parameterized.parameters(
        (b'', 'not JSON: Input data was truncated'),
        (b'{"playlists": [{"pid": 1, "tra', 'not JSON: Input data was truncated'),
        (b'{"playlists": [{]}', 'not JSON: JSON is malformed'),
        (b'{"playlists": ' + b'[' * 100_000, 'nested too deeply'),
    )
    def test_a_broken_slice_counts_once(self, data, reason):
        self.assertEmpty(self.parse(self.write('s.json', data)))
        ((found, (place, count)),) = self.faults.bad.items()
        self.assertStartsWith(found, reason)
        self.assertEqual((place, count), ('the whole slice', 1))

    @parameterized.parameters('{"tracks": []}', '[1]', '{"playlists": 3}')
    def test_json_of_another_kind_is_an_error(self, text):
        message = 's.json is JSON without a list of "playlists" .* another --playlists_format'
        with self.assertRaisesRegex(errors.InputError, message):
            self.parse(self.write('s.json', text))

    def test_gzip(self):
        whole = pathlib.Path(playlist_samples.write(self.folder, 's.json.gz', _GOOD))
        self.assertLen(self.parse(str(whole)), 1)
        disguised = self.write('t.json', whole.read_bytes())
        self.assertLen(self.parse(disguised), 1)
        damaged = bytearray(whole.read_bytes())
        damaged[30] ^= 0xFF
        for data in (whole.read_bytes()[:-20], bytes(damaged), b'no gzip'):
            self.assertEmpty(self.parse(self.write('u.json.gz', data)))
            ((reason, _),) = self.faults.bad.items()
            self.assertStartsWith(reason, 'gzip data damaged or cut off')


class OwnListsTest(_TestCase):
    def test_csv_rows_need_not_be_adjacent(self):
        path = self.write(
            'x.csv',
            'track,playlist,artist,duration_ms,playlist_name,mood\r\n'
            't1,007,a1,12,"Road, ""trip""",calm\r\n'
            't2,8,,,,\r\n'
            '\r\n'
            't3,007\r\n',
        )
        first, second = self.parse(path, id_field='mood')
        self.assertEqual((first.id, first.name, first.field), ('007', 'Road, "trip"', 'calm'))
        self.assertEqual([entry.track_uri for entry in first.entries], ['t1', 't3'])
        self.assertEqual((first.entries[0].artist_uri, first.entries[0].duration_ms), ('a1', 12))
        self.assertIsNone(first.entries[1].artist_uri)
        self.assertEqual((second.id, second.field), ('8', ''))

    @parameterized.parameters(
        (b'1,', 'missing required field `track`'),
        (b',t', 'missing required field `playlist`'),
        (b'1,t,long', r'Expected `int \| null`, got `str` - at `\$.duration_ms`'),
        (b'1,t,7,8', 'more columns than the header'),
        (b'1,spotify:artist:x', 'a URI of something that is no track'),
        (b'1,\xff', 'not UTF-8'),
        (b'1,' + b'x' * 513, 'length <= 512'),
        (b'1,' + b'x' * (2 << 20), 'not CSV: field larger than'),
    )
    def test_a_bad_row_goes_alone(self, row, reason):
        path = self.write('x.csv', b'playlist,track,duration_ms\n1,t1\n' + row + b'\n1,t2\n')
        (found,) = self.parse(path)
        self.assertEqual([entry.track_uri for entry in found.entries], ['t1', 't2'])
        ((found_reason, (place, _)),) = self.faults.bad.items()
        self.assertRegex(found_reason, reason)
        self.assertStartsWith(place, 'line 3')

    @parameterized.parameters('', 'song,list\n1,2\n')
    def test_csv_without_header(self, text):
        with self.assertRaisesRegex(errors.InputError, 'x.csv: the first line is not a header'):
            self.parse(self.write('x.csv', text))

    def test_jsonl(self):
        lines = [
            '{"playlist": 1, "track": "t1", "artist": "a", "playlist_name": "One"}',
            '{"playlist": "b", "name": "Two", "tracks": ["t2", {"track": "t3", "album": "l"}]}',
            '',
            '{"playlist": 1, "track": "t4"}',
            '{"playlist": 5, "tracks": []}',
        ]
        one, two = self.parse(self.write('x.jsonl', '\n'.join(lines)))
        self.assertEqual((one.id, one.name), ('1', 'One'))
        self.assertEqual([entry.track_uri for entry in one.entries], ['t1', 't4'])
        self.assertEqual((two.id, two.name), ('b', 'Two'))
        self.assertEqual(
            [(e.track_uri, e.album_uri) for e in two.entries], [('t2', None), ('t3', 'l')]
        )
        self.assertEqual(self.faults.notes, {playlist_formats.EMPTY: 1})

    @parameterized.parameters(
        ('{"playlist": 1}', 'missing required field `track`'),
        ('{"track": "t"}', 'missing required field `playlist`'),
        ('{"playlist": 1, "tracks": [""]}', r'length >= 1 - at `\$.tracks\[\]`'),
        ('{"playlist": 1, "tra', 'not JSON'),
        ('["t"]', 'Expected `object`, got `array`'),
    )
    def test_a_bad_line_goes_alone(self, line, reason):
        good = '{"playlist": 1, "track": "t1"}'
        (found,) = self.parse(self.write('x.jsonl', f'{good}\n{line}\n{good}\n'))
        self.assertLen(found.entries, 2)
        ((found_reason, (place, _)),) = self.faults.bad.items()
        self.assertRegex(found_reason, reason)
        self.assertStartsWith(place, 'line 2')

    def test_plain_list(self):
        data = b'# comment\nspotify:track:x\r\n\n not a uri\n \xff\n  spotify:local:a+b::1 \n'
        (found,) = self.parse(self.write('My list.txt', data))
        self.assertEqual((found.id, found.name), ('My list', 'My list'))
        uris = [entry.track_uri for entry in found.entries]
        self.assertEqual(uris, ['spotify:track:x', 'spotify:local:a+b::1'])
        self.assertEqual(self.faults.bad, {'not a URI': ('line 4', 1), 'not UTF-8': ('line 5', 1)})

    def test_plain_list_without_tracks(self):
        self.assertEmpty(self.parse(self.write('x.txt', '# nothing\n')))
        self.assertEqual(self.faults.notes, {playlist_formats.EMPTY: 1})


class PlaylistReaderTest(_TestCase):
    def write_slices(self):
        playlist = playlist_samples.playlist
        playlist_samples.write(self.folder, 's.0.json', playlist(1, 'ab'), playlist(2, 'bc'))
        playlist_samples.write(
            self.folder, 's.1.json.gz', playlist(3, 'c'), playlist(1, 'zz'), playlist(3, 'd')
        )
        playlist_samples.write(self.folder, 's.2.json', playlist('2', 'y'), playlist(4, 'e'))

    @parameterized.parameters(1, 2, 5)
    def test_repeated_identifiers_are_left_out_across_files(self, num_workers):
        self.write_slices()
        reader = self.reader(limit=3, num_workers=num_workers)
        self.assertEqual(
            list(reader.map(_summarize)),
            [[('1', 'ab'), ('2', 'bc')], [('3', 'c')], [('4', 'e')]],
        )
        self.assertEqual(reader.totals, {'seen': 4, 'playlists': 4, 'entries': 6})
        counts = {os.path.basename(path): n for (path, _), n in reader.bad.counts.items()}
        self.assertEqual(counts, {'s.1.json.gz': 2, 's.2.json': 1})

    def test_limit(self):
        self.write_slices()
        with self.assertRaisesRegex(
            errors.InputError,
            r's\.2\.json, playlist 2: a playlist with the identifier of one before; with it 3 bad '
            'records, more than --max_bad_records=2',
        ):
            list(self.reader(limit=2).map(_summarize))

    def test_leave_out(self):
        self.write_slices()
        reader = self.reader(limit=3)
        first = reader.sources[0].path
        for _ in range(2):  # Counts start again each time.
            found = list(reader.map(_summarize, {first: ['1']}))
            self.assertEqual(found, [[('2', 'bc')], [('3', 'c')], [('4', 'e')]])
            self.assertEqual(reader.totals['playlists'], 3)
            self.assertEqual(reader.bad.total(), 3)

    def test_identifiers_repeat_within_own_lists(self):
        lines = ['{"playlist": 1, "tracks": ["a"]}', '{"playlist": 1, "track": "b"}']
        self.write('x.jsonl', '\n'.join(lines))
        reader = self.reader(limit=1)
        self.assertEqual(list(reader.map(_summarize)), [[('1', 'a')]])
        self.assertRegex(reader.summary(), '1 bad records left out .*identifier of one before')

    def test_a_slice_of_another_kind_stops_workers(self):
        self.write_slices()
        self.write('s.3.json', gzip.compress(b'{}'))
        with self.assertRaisesRegex(errors.InputError, r's\.3\.json is JSON without'):
            list(self.reader(limit=100, num_workers=2).map(_summarize))


if __name__ == '__main__':
    absltest.main()
