"""Little files that are much when they are decompressed."""

import bz2
import collections
import gzip
import io
import os
import pathlib
import subprocess
import tracemalloc

from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import expansion
from pinterest import categories
from pinterest import pairs
from spotify import playlist_files
from spotify import playlist_formats
from tests import hostile
from wikipedia import corpora

# A hundred megabytes in a hundred kilobytes.
_BOMB = gzip.compress(b'[0,' * (100 << 20 >> 2) + b'[' * (25 << 20))


def _read_playlists(path):
    source = playlist_files.Source(path, 'mpd', '')
    playlist_files.parse(source, playlist_formats.Options(), playlist_formats.Faults())


def _read_corpus(path):
    options = corpora.Options(format='files')
    list(corpora.read_documents([path], options, collections.Counter(), hostile.tolerant()))


class ExpansionTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.create_tempdir().full_path, 'small.json.gz')

    @parameterized.parameters(
        _read_playlists,
        _read_corpus,
        lambda path: categories.read_categories(path, hostile.tolerant()),
    )
    def test_bombs_are_refused_before_they_go_off(self, read):
        pathlib.Path(self.path).write_bytes(_BOMB)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        with self.assertRaisesRegex(errors.InputError, 'small.json.gz expands over 200-fold, to 6'):
            read(self.path)
        self.assertLess(tracemalloc.get_traced_memory()[1], 200e6)

    def test_a_bomb_of_short_lines(self):
        pathlib.Path(self.path).write_bytes(gzip.compress(b'{}\n' * 400_000))
        with absltest.mock.patch.object(expansion, '_HARMLESS_BYTES', 100_000):
            with self.assertRaisesRegex(errors.InputError, 'expands over 200-fold, to'):
                pairs.read_pairs(self.path, hostile.tolerant())

    def test_what_compresses_well_is_none(self):
        data = b'{"playlists": [' + b', '.join(b'{"pid": %d}' % n for n in range(99_999)) + b']}'
        with absltest.mock.patch.object(expansion, '_HARMLESS_BYTES', 1000):
            for compress, opened in ((gzip.compress, gzip.open), (bz2.compress, bz2.open)):
                raw = io.BytesIO(compress(data))
                self.assertEqual(expansion.read('x', opened(raw), raw, len(data)), data)
                raw = io.BytesIO(compress(data))
                self.assertLen(expansion.read('x', opened(raw), raw, 5000), 5001)
            raw = io.BytesIO(b'a' * 5000)
            self.assertLen(expansion.read('x', raw, raw, 1 << 30), 5000)

    def test_a_pipe(self):
        pathlib.Path(self.path).write_bytes(gzip.compress(b'{"a": "Shoes"}'))
        pipe = f'{self.path}.pipe'
        os.mkfifo(pipe)
        with subprocess.Popen(f'cat "{self.path}" > "{pipe}"', shell=True):
            found = categories.read_categories(pipe, hostile.tolerant())
        self.assertEqual(found, {'a': 'Shoes'})

    def test_documents_of_a_corpus_have_an_end(self):
        pathlib.Path(self.path).write_bytes(b'a' * 5000)
        with absltest.mock.patch.object(corpora, '_MAX_DOCUMENT_BYTES', 4999):
            for form in corpora.FORMATS:
                options = corpora.Options(format=form)
                documents = corpora.read_documents(
                    [self.path], options, collections.Counter(), hostile.tolerant()
                )
                message = 'has a document of over .* see whether --input_format says'
                with self.assertRaisesRegex(errors.InputError, message):
                    list(documents)


if __name__ == '__main__':
    absltest.main()
