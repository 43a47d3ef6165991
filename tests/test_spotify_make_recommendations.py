import csv
import json
import os
import pathlib
import tempfile

import numpy as np
from absl.testing import absltest

from common import records
from common.pb import recsys_pb2
from tests import programs
from tests import test_common_html_report

_PROGRAM = 'spotify.make_recommendations'
_NUM_TRACKS, _NUM_ARTISTS = 640, 16
_EVIL = '<script>alert(1)</script>&"\'\u202eabc\u0007{{ 7 * 7 }}'
_RIGHT_TO_LEFT = 'שלום עולם'


def _uri(kind, number):
    return f'spotify:{kind}:{number:022d}'


def _entry(track):
    """Tracks of an artist have the same remainder by 16; the first tracks have odd names."""
    artist = track % _NUM_ARTISTS
    odd = {0: _EVIL, 1: _RIGHT_TO_LEFT, 2: 'x' * 5000, 3: ''}
    return {
        'track_uri': _uri('track', track),
        'artist_uri': _uri('artist', artist),
        'album_uri': _uri('album', artist),
        'track_name': odd.get(track, f'Track {track}'),
        'artist_name': _EVIL if artist == 0 else f'Artist {artist}',
        'album_name': f'Album {artist}',
        'duration_ms': 1000,
    }


def _write_slice(path):
    """Writes 160 playlists, each of tracks of two artists; the name of the first is hostile."""
    random = np.random.default_rng(4)
    playlists = []
    for pid in range(160):
        artists = random.choice(_NUM_ARTISTS, 2, replace=False)
        tracks = [t for t in range(_NUM_TRACKS) if t % _NUM_ARTISTS in artists]
        chosen = random.choice(tracks, 30, replace=False)
        entries = [_entry(int(track)) for track in chosen]
        name = _EVIL if pid % 2 else f'List {pid}'
        playlists.append({'pid': pid, 'name': name, 'num_tracks': len(entries), 'tracks': entries})
    pathlib.Path(path).write_text(json.dumps({'playlists': playlists}))


class MakeRecommendationsTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.root = pathlib.Path(temporary.name)
        _write_slice(cls.root / 'mpd.slice.0-159.json')
        playlists = f'--playlists={cls.root}/mpd.slice.0-159.json'
        cls._make('spotify.make_dictionary', playlists, f'--output={cls.root}/dictionaries')
        cls._make(
            'spotify.make_training',
            playlists,
            f'--dictionaries={cls.root}/dictionaries',
            f'--output={cls.root}/data',
        )
        cls._make(
            'spotify.train_blend',
            f'--data={cls.root}/data',
            '--systems=artist_match,album_match',
            f'--model_dir={cls.root}/blend',
        )

    @classmethod
    def _make(cls, program, *flags):
        return programs.succeed(program, *flags)

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _flags(self, *flags):
        systems = (
            () if any(f.startswith('--systems') for f in flags) else ('--systems=artist_match',)
        )
        return (f'--data={self.root}/data', *systems, *flags)

    def _run(self, *flags):
        return programs.succeed(_PROGRAM, *self._flags(*flags))

    def _lines(self, *flags):
        return [
            json.loads(line) for line in self._run('--format=jsonl', *flags).stdout.splitlines()
        ]

    def test_one_list(self):
        uris = [_uri('track', track) for track in (5, 21)]  # Both of artist 5.
        tracks = ','.join([*uris, 'what:\x1b', uris[0]])
        result = self._run('--format=jsonl', f'--tracks={tracks}')
        (line,) = (json.loads(line) for line in result.stdout.splitlines())
        self.assertEqual((line['context'], line['unknown']), (uris, ['what:\x1b']))
        found = [row['track'] for row in line['recommended']]
        self.assertEqual((len(found), len(set(found))), (500, 500))
        self.assertTrue(set(found).isdisjoint(uris))
        # By construction artist 5 has 40 tracks, two of which are known.
        self.assertEqual([row['artist'] for row in line['recommended'][:39]].count('Artist 5'), 38)
        self.assertEqual({row['reason'] for row in line['recommended'][:38]}, {uris[0]})
        self.assertEqual({row['reason'] for row in line['recommended'][38:]}, {''})
        self.assertIn(rb'1 distinct tracks from the command line are not in', result.stderr)
        self.assertIn(rb'what:\x1b', result.stderr)
        self.assertNotIn(b'\x1b', result.stderr)

    def test_text(self):
        text = self._run(f'--tracks={_uri("track", 16)}', '--top_k=40').stdout.decode()
        self.assertEqual(len(text.splitlines()), 41)
        self.assertNotIn('\u202e', text)
        self.assertIn('<- Track 16', text)

    def test_split_and_context(self):
        test = self._lines('--split=test', '--top_k=7')
        self.assertEqual({len(line['context']) for line in test}, {5})
        self.assertEqual({len(line['recommended']) for line in test}, {7})
        longer = self._lines('--split=test', '--top_k=7', '--context_size=9')
        for line, other in zip(test, longer, strict=True):
            self.assertEqual(line['playlist'], other['playlist'])
            self.assertEqual(line['context'], other['context'][:5])
        few = self._lines('--split=train', '--top_k=7', '--max_playlists=3')
        self.assertEqual(len(few), 3)
        self.assertTrue({p['playlist'] for p in few}.isdisjoint(p['playlist'] for p in test))

    def test_files_of_ones_own(self):
        rows = [
            ('mine', _uri('track', 7)),
            ('mine', 'spotify:track:new'),
            ('=other', _uri('track', 8)),
        ]
        path = self.folder / 'own.csv'
        with open(path, 'w', newline='') as file:
            csv.writer(file).writerows([('playlist', 'track'), *rows])
        mine, other = self._lines(f'--playlists={path}', '--top_k=39')
        self.assertEqual((mine['playlist'], other['playlist']), ('mine', '=other'))
        self.assertEqual(mine['unknown'], ['spotify:track:new'])
        self.assertEqual({row['artist'] for row in mine['recommended']}, {'Artist 7'})
        self.assertEqual({row['artist'] for row in other['recommended']}, {'Artist 8'})

    def test_playlists_without_tracks_are_continued_too(self):
        path = self.folder / 'challenge.json'
        playlists = [{'pid': 1, 'name': 'x', 'tracks': []}, {'pid': 2, 'tracks': [_entry(3)]}]
        path.write_text(json.dumps({'playlists': playlists}))
        output = self.folder / 'submission.csv'
        self._run(
            f'--playlists={path}',
            '--format=csv',
            '--team_name=We',
            '--team_email=we@example.org',
            f'--output={output}',
        )
        lines = output.read_text().splitlines()
        self.assertEqual(lines[0], 'team_info,main,We,we@example.org')
        rows = [line.split(',') for line in lines[1:]]
        self.assertEqual([(row[0], len(set(row))) for row in rows], [('1', 501), ('2', 501)])
        self.assertNotIn(_uri('track', 3), rows[1])

    def test_records(self):
        path = str(self.folder / 'records')
        self._run('--split=test', '--format=records', f'--output={path}', '--top_k=11')
        data = records.open_dataset(path, recsys_pb2.Recommendation)
        lines = self._lines('--split=test', '--top_k=11')
        for record, line in zip(records.read(data), lines, strict=True):
            self.assertEqual(record.query, line['playlist'])
            self.assertEqual(list(record.item), [row['track'] for row in line['recommended']])
            self.assertEqual(list(record.reason), [row['reason'] for row in line['recommended']])
        made_from = [entry['path'] for entry in data.meta.inputs]
        self.assertEqual(made_from, [f'{self.root}/data', 'artist_match'])

    def test_pages_are_safe_and_repeat(self):
        flags = ['--split=test', '--format=html', '--playlists_per_page=5', '--top_k=60']
        first, second = str(self.folder / 'a'), str(self.folder / 'b')
        self._run(*flags, f'--output={first}')
        self._run(*flags, f'--output={second}')
        names = sorted(os.listdir(first))
        self.assertEqual(names[:2], ['index.html', 'page-00001.html'])
        for name in names:
            page = pathlib.Path(first, name).read_text()
            self.assertEqual(page, pathlib.Path(second, name).read_text())
            found = test_common_html_report.check(page)
            self.assertNotIn('script', found.tags)
            self.assertNotIn('\u202e', page)
            self.assertNotIn('x' * 300, page)
        text = test_common_html_report.check(
            pathlib.Path(first, 'page-00001.html').read_text()
        ).text
        self.assertIn('<script>alert(1)</script>&"\'\ufffdabc\ufffd{{ 7 * 7 }}', text)

    def test_one_page(self):
        tracks = f'--tracks={_uri("track", 0)},{_uri("track", 1)},nothing'
        page = self._run(tracks, '--format=html', '--top_k=90').stdout.decode()
        found = test_common_html_report.check(page)
        self.assertIn('2 known tracks', found.text)
        self.assertIn('1 unknown track,', found.text)
        self.assertIn('nothing', found.text)
        self.assertIn(_RIGHT_TO_LEFT, found.text)
        # A track without a name is shown by its URI.
        text = self._run(f'--tracks={_uri("track", 19)}', '--top_k=39').stdout.decode()
        self.assertIn(_uri('track', 3), text)

    def test_blends(self):
        blend = self._lines('--split=test', f'--systems={self.root}/blend', '--top_k=20')
        learned = self._lines(
            '--split=test',
            '--systems=artist_match,album_match',
            '--weights=learned',
            '--top_k=20',
        )
        self.assertEqual(blend, learned)
        fixed = self._lines(
            '--split=test',
            '--systems=artist_match,album_match',
            '--weights=1,0',
            '--top_k=20',
        )
        alone = self._lines('--split=test', '--top_k=20')
        for row, other in zip(fixed, alone, strict=True):
            self.assertEqual(
                [track['track'] for track in row['recommended']],
                [track['track'] for track in other['recommended']],
            )

    def test_wrong_flags(self):
        submission = ('--split=test', '--format=csv', '--team_name=a', '--team_email=a@b')
        for flags, message in [
            ((), 'give one of --split, --playlists and --tracks'),
            (('--tracks=',), '--tracks names no track'),
            (('--split=test', '--tracks=x'), 'give one of'),
            (('--split=test', '--weights=1'), 'several systems need'),
            (('--split=test', '--systems=artist_match,album_match'), 'several systems need'),
            (
                ('--split=test', '--systems=artist_match,album_match', '--weights=1'),
                '1 --weights for 2 --systems',
            ),
            (('--split=test', '--systems=artist_match,artist_match', '--weights=1,2'), 'twice'),
            (('--split=test', '--format=records'), 'needs a name for --output'),
            (('--split=test', '--format=csv', '--output=x'), '--team_name'),
            (
                (*submission, '--output=x', '--top_k=5'),
                'a submission has --top_k=500',
            ),
            (('--split=test', f'--output={self.root}/data/x'), 'lies in the input'),
        ]:
            with self.subTest(message):
                self.assertIn(message, programs.fail(_PROGRAM, *self._flags(*flags), status=2))

    def test_unusable_input(self):
        own = self.folder / 'own.txt'
        own.write_text('# nothing\n')
        for flags, message in [
            (('--tracks=a,b',), 'none of the 2 tracks from the command line is in the catalogue'),
            ((f'--playlists={self.folder}/none*',), 'no file matches'),
            (('--split=test', f'--systems={self.folder}'), 'is not a system'),
            (('--split=test', '--systems=/nowhere'), 'neither a directory nor one of artist_match'),
            (('--split=test', '--format=html', f'--output={own}'), 'already exists'),
        ]:
            with self.subTest(message):
                self.assertIn(message, programs.fail(_PROGRAM, *self._flags(*flags)))

    def test_help(self):
        self.assertIn('Reads:', programs.succeed(_PROGRAM, '--help').stdout.decode())


if __name__ == '__main__':
    absltest.main()
