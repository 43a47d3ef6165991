import csv
import dataclasses
import gzip
import io
import pathlib

import hypothesis
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import errors
from spotify import playlist_queries
from spotify import recommendations
from spotify import submission
from tests import hostile
from tests import spotify_testdata

_NUM_TRACKS = 503
_TEAM = ('Nobody & Co', 'nobody@example.org')


def _result(pid, context, tracks):
    query = playlist_queries.Query(pid, '=cmd()', np.array(context, np.int32))
    count = len(tracks)
    return recommendations.Recommended(
        query, np.array(tracks, np.int32), np.zeros(count, np.float32), np.full(count, -1)
    )


class SubmissionTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.tracks = spotify_testdata.make_catalogue([0] * _NUM_TRACKS, [0] * _NUM_TRACKS)
        self.results = [
            _result('12', [0, 1, 2], range(3, 503)),
            _result('7', [], range(500)),
        ]

    def _write(self, name='s.csv', results=None, tracks=None):
        path = str(self.folder / name)
        count = submission.write(path, results or self.results, tracks or self.tracks, _TEAM)
        return path, count

    def test_rows(self):
        path, count = self._write()
        lines = pathlib.Path(path).read_text().splitlines()
        self.assertEqual((count, len(lines)), (2, 3))
        self.assertEqual(lines[0], 'team_info,main,Nobody & Co,nobody@example.org')
        fields = [line.split(',') for line in lines[1:]]
        self.assertEqual([row[0] for row in fields], ['12', '7'])
        self.assertEqual(fields[0][1:], self.tracks.uris[3:])
        self.assertEqual(fields[1][1:], self.tracks.uris[:500])

    def test_compressed_the_same_bytes_again(self):
        first, _ = self._write('a.csv.gz')
        second, _ = self._write('b.csv.gz')
        self.assertEqual(pathlib.Path(first).read_bytes(), pathlib.Path(second).read_bytes())
        plain, _ = self._write()
        self.assertEqual(
            gzip.decompress(pathlib.Path(first).read_bytes()), pathlib.Path(plain).read_bytes()
        )

    @parameterized.parameters(
        ('x1', [], range(500), "playlist 'x1': its identifier is no pid"),
        ('=1', [], range(500), 'no pid'),
        ('12', [], range(500), 'another has the same pid'),
        ('1', [], range(499), '499 tracks are recommended, and 500 are wanted'),
        ('1', [], range(501), '501 tracks'),
        ('1', [], [*range(499), 3], 'recommended twice'),
        ('1', [8, 501], range(500), 'is in the context'),
    )
    def test_refuses_rows(self, pid, context, tracks, message):
        with self.assertRaisesRegex(errors.InputError, message):
            self._write(results=[*self.results, _result(pid, context, tracks)])
        self.assertEqual(list(self.folder.iterdir()), [])

    @parameterized.parameters('=1+1', 'spotify:track:abc', 'spotify:track:' + 21 * 'a' + ',')
    def test_refuses_uris(self, uri):
        uris = [*self.tracks.uris]
        uris[300] = uri
        tracks = dataclasses.replace(self.tracks, uris=uris)
        with self.assertRaisesRegex(errors.InputError, 'is no URI of a Spotify track'):
            self._write(tracks=tracks)

    @parameterized.parameters('', '=cmd', '-x', '@x', 'a,b', 'a\nb', 'a"b', "it's", 'a' * 101)
    def test_refuses_team_names(self, name):
        with self.assertRaisesRegex(errors.UsageError, '--team_name'):
            submission.check_team(name, 'a@b.c')

    @parameterized.parameters('', 'a', '+a@b.c', 'a@b,c', 'a@b\n')
    def test_refuses_addresses(self, email):
        with self.assertRaisesRegex(errors.UsageError, '--team_email'):
            submission.check_team('a', email)

    @hostile.settings(300)
    @hypothesis.given(
        *[strategies.text(strategies.sampled_from('=+-@\t\r\n"\',; aé1.')) | hostile.texts] * 2
    )
    def test_no_field_is_a_formula(self, name, email):
        try:
            submission.check_team(name, f'{email}@example.org')
        except errors.UsageError:
            return
        line = ','.join(['team_info', 'main', name, f'{email}@example.org'])
        (row,) = csv.reader(io.StringIO(line))
        self.assertEqual(row[2:], [name, f'{email}@example.org'])
        for field in row:
            self.assertNotIn(field[0], '=+-@\t\r\n ')

    def test_team_of_any_script(self):
        submission.check_team('Équipe 7', 'a.b+c@d-e.org')
        submission.check_team('团队', 'a@b')


if __name__ == '__main__':
    absltest.main()
