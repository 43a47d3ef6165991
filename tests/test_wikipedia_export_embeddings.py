import gzip
import os
import pathlib

import gensim
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from tests import embedding_testdata
from tests import programs
from wikipedia import word2vec_format

_PROGRAM = 'wikipedia.export_embeddings'
_TOKENS = ['the', 'naïve', '日本', '#', '\xad', 'a_b']


def _vectors(count, dim=5):
    # Of all sizes, so that text with too few digits would not give them back.
    rng = np.random.default_rng(3)
    return (rng.normal(size=(count, dim)) * 10.0 ** rng.integers(-30, 30, (count, dim))).astype('f')


class ExportEmbeddingsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.path = str(self.folder / 'out')

    @parameterized.parameters(('text', ''), ('binary', ''), ('text', '.gz'), ('binary', '.gz'))
    def test_gensim_reads_it_back(self, file_format, suffix):
        vectors = _vectors(len(_TOKENS))
        word2vec_format.write(self.path + suffix, _TOKENS, vectors, file_format)
        read = gensim.models.KeyedVectors.load_word2vec_format(
            self.path + suffix, binary=file_format == 'binary'
        )
        self.assertEqual(read.index_to_key, _TOKENS)
        np.testing.assert_array_equal(read.vectors, vectors)

    def test_same_vectors_give_the_same_bytes(self):
        for name in ('a.gz', 'b.gz'):
            word2vec_format.write(str(self.folder / name), _TOKENS, _vectors(len(_TOKENS)))
        first, second = ((self.folder / name).read_bytes() for name in ('a.gz', 'b.gz'))
        self.assertEqual(first, second)
        self.assertTrue(gzip.decompress(first).startswith(b'6 5\nthe '))

    @parameterized.parameters('', 'a b', 'a\nb', 'a\tb', 'a\xa0b', ' a', 'a\u2028')
    def test_refuses_tokens_that_would_break_it(self, token):
        with self.assertRaisesRegex(errors.InputError, '--join_spaces'):
            word2vec_format.write(self.path, ['x', token], _vectors(2))
        self.assertEqual(os.listdir(self.folder), [])

    def test_join_spaces(self):
        joined = word2vec_format.join_spaces(['a b', 'c\n\td'])
        self.assertEqual(joined, ['a_b', 'c__d'])
        with self.assertRaisesRegex(errors.InputError, 'two words'):
            word2vec_format.check_tokens(word2vec_format.join_spaces(['a b', 'a_b']))

    def test_program(self):
        vectors = _vectors(3)
        model = embedding_testdata.write_model(
            self.folder / 'model', ['New York', 'b', 'c'], vectors, num_buckets=1 << 16
        )
        flags = (f'--model_dir={model}', '--output_file=out')
        last = programs.fail(_PROGRAM, *flags, cwd=self.folder)
        self.assertIn("'New York'", last)
        programs.succeed(_PROGRAM, *flags, '--join_spaces', cwd=self.folder)
        read = gensim.models.KeyedVectors.load_word2vec_format(self.path)
        self.assertEqual(read.index_to_key, ['New_York', 'b', 'c'])
        np.testing.assert_array_equal(read.vectors, vectors)
        self.assertIn('--overwrite', programs.fail(_PROGRAM, *flags, cwd=self.folder))
        flags = (f'--model_dir={model}', '--output_file=-', '--join_spaces')
        piped = programs.succeed(_PROGRAM, *flags).stdout
        self.assertEqual(piped, pathlib.Path(self.path).read_bytes())

    def test_bad_input(self):
        flags = ('--model_dir=/no/such', f'--output_file={self.path}')
        self.assertIn('/no/such', programs.fail(_PROGRAM, *flags))
        self.assertIn('output_file', programs.fail(_PROGRAM, '--model_dir=x', status=2))
        self.assertIn('Reads:', programs.succeed(_PROGRAM, '--help').stdout.decode())


if __name__ == '__main__':
    absltest.main()
