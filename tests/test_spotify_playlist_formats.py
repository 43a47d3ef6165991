"""Hostile playlists of every format: what is wrong is counted, and what is kept can be written."""

import gzip
import json
import pathlib

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from spotify import playlist_files
from spotify import playlist_formats
from tests import hostile
from tests import playlist_samples

_LISTS = [
    playlist_samples.playlist(0, ['a', playlist_samples.entry('b', track_name=None)]),
    playlist_samples.playlist(1, 'c', x_source='s:1@2'),
]
_SLICE = {'info': {}, 'playlists': _LISTS}
_LINE = {'playlist': 'p', 'track': 't:a', 'duration_ms': 5, 'track_name': 'n', 'modified_at': 7}
_TRACKS = {'playlist': 1, 'name': 'n', 'tracks': ['t:a', {'track': 't:b', 'artist': 'x'}]}
_ROWS = (
    b'playlist,track,artist,album,track_name,duration_ms,playlist_name,modified_at\n'
    b'p,spotify:track:a,b,c,"d ""e""",3,f,4\np,spotify:track:g\n'
)
_URIS = b'# a\nspotify:track:a\n\xef\xbb\xbfspotify:track:b\r\n'


def _dump(value):
    return json.dumps(value).encode()


def _cells(rows):
    return b'playlist,track,track_name\n' + b''.join(
        ','.join(f'"{cell}"' for cell in row).encode('utf-8', 'surrogatepass') + b'\n'
        for row in rows
    )


_CONTENTS = {
    'mpd': hostile.changed(_SLICE).map(_dump) | hostile.damaged([_dump(_SLICE)]),
    'jsonl': hostile.changed(_LINE).map(_dump)
    | hostile.changed(_TRACKS).map(_dump)
    | hostile.damaged([_dump(_LINE) + b'\n' + _dump(_TRACKS) + b'\n']),
    'csv': hostile.damaged([_ROWS])
    | strategies.lists(strategies.lists(hostile.texts, max_size=4), max_size=4).map(_cells),
    'txt': hostile.damaged([_URIS]) | hostile.texts.map(lambda t: t.encode('utf-8', 'replace')),
}


class PlaylistFormatsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.path = pathlib.Path(self.create_tempdir().full_path, 'lists')

    def _parse(self, form, content, field=''):
        self.path.write_bytes(content)
        source = playlist_files.Source(str(self.path), form, 'lists')
        options = playlist_formats.Options(field, keep_empty=True)
        self.faults = playlist_formats.Faults()
        return playlist_files.parse(source, options, self.faults)

    @parameterized.parameters(*_CONTENTS)
    def test_any_content(self, form):
        @hostile.settings(150)
        @hypothesis.given(
            _CONTENTS[form], strategies.sampled_from(('', 'pid', 'playlist', 'x_source', 'tracks'))
        )
        def run(content, field):
            found = []
            hostile.accepted(lambda: found.extend(self._parse(form, content, field)))
            for playlist in found:
                self._check(playlist)
            self.assertTrue(all(len(reason) < 500 for reason in self.faults.bad))

        run()

    def _check(self, playlist):
        texts = [playlist.id, playlist.name, playlist.field]
        for entry in playlist.entries:
            self.assertBetween(len(entry.track_uri), 1, playlist_formats.MAX_URI_CHARS)
            texts += [entry.track_uri, entry.artist_uri or '', entry.track_name or '']
            self.assertBetween(entry.duration_ms or 0, 0, 2**31 - 1)
        ''.join(texts).encode()
        self.assertLessEqual(len(playlist.name), playlist_formats.MAX_NAME_CHARS)
        self.assertBetween(playlist.modified_at, -(2**63), 2**63 - 1)

    @parameterized.parameters('mpd', 'jsonl')
    def test_deep_and_wide_json(self, form):
        for content in (b'[' * 100_000, b'{"playlists":' * 100_000, b'{"a":' * 99 + b'1' * 99_999):
            hostile.accepted(self._parse, form, content)
            hostile.accepted(self._parse, form, gzip.compress(content)[:-3])

    def test_keys_that_occur_twice(self):
        line = b'{"playlist": "p", "playlist": "q", "track": "t:a", "track": "t:b"}'
        (found,) = self._parse('jsonl', line)
        self.assertEqual((found.id, found.entries[0].track_uri), ('q', 't:b'))


if __name__ == '__main__':
    absltest.main()
