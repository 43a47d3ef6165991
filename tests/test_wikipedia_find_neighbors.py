import json
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from common import errors
from common import models
from tests import embedding_testdata
from tests import programs
from tests import test_common_html_report
from wikipedia import neighbors
from wikipedia import terms

_PROGRAM = 'wikipedia.find_neighbors'
# By hand: cosines with north are 0.8 (nne), 0.6 (ene, twice: a tie), 0 (east), -1 (south);
# dot products favour far, which points as ene does and is 10 long.
_TOKENS = ['north', 'east', 'south', 'nne', 'far', 'ene', '<b>']
_VECTORS = [[0, 1], [1, 0], [0, -1], [0.6, 0.8], [8, 6], [0.8, 0.6], [-1, -1]]


class TermsTest(absltest.TestCase):
    def test_parse(self):
        self.assertEqual(terms.parse(' a, b c,,d'), ['a', 'b c', 'd'])
        with self.assertRaises(errors.UsageError):
            terms.parse(' , ')

    def test_look_up(self):
        words = embedding_testdata.make_dictionary(['é', 'b'])
        found = terms.look_up(['B', 'E\u0301', 'b', 'New'], words)
        self.assertEqual([term.token for term in found], ['b', 'é', 'new'])
        self.assertEqual([term.index for term in found[:2]], [2, 1])
        self.assertEqual(found[2].bucket, dictionary.minhash('new'))
        self.assertEqual(found[2].index, 1 + 2 + found[2].bucket)

    def test_identifiers_keep_their_capitals(self):
        words = embedding_testdata.make_dictionary(['track:Ab', 'b'])
        found = terms.look_up(['track:Ab', 'track:Xy', 'B'], words)
        self.assertEqual([term.token for term in found], ['track:Ab', 'track:Xy', 'b'])


class FinderTest(parameterized.TestCase):
    def _find(self, query, max_terms, similarity='cosine', **buckets):
        words = embedding_testdata.make_dictionary(_TOKENS)
        tree = embedding_testdata.make_tree(_VECTORS, **buckets)
        rows = tree['token_embedding']['embedding']
        model = models.EmbeddingModel(rows, np.zeros(len(rows), np.float32), words, {})
        (result,) = neighbors.Finder(model).find(
            terms.look_up([query], words), max_terms, similarity
        )
        return result

    def test_cosine_and_ties_by_token(self):
        result = self._find('North', 4)
        self.assertEqual([n.token for n in result.neighbors], ['nne', 'ene', 'far', 'east'])
        similarities = [n.similarity for n in result.neighbors]
        np.testing.assert_allclose(similarities, [0.8, 0.6, 0.6, 0], atol=1e-6)
        self.assertEqual(result.neighbors[0].frequency, 40)

    def test_dot(self):
        result = self._find('north', 2, 'dot')
        self.assertEqual([n.token for n in result.neighbors], ['far', 'nne'])

    def test_more_than_there_are(self):
        result = self._find('north', 100)
        self.assertEqual({n.token for n in result.neighbors}, set(_TOKENS) - {'north'})

    def test_bucket_is_used_when_it_was_trained(self):
        bucket = dictionary.minhash('unseen')
        size = dictionary.NUM_BUCKETS
        result = self._find('unseen', 1, num_buckets=size, bucket_rows={bucket: [1, 0]})
        self.assertEqual(result.source, neighbors.BUCKET)
        self.assertEqual([n.token for n in result.neighbors], ['east'])
        self.assertIn(f'bucket {bucket}', result.note)
        result = self._find('unseen', 1, num_buckets=size)
        self.assertEqual(result.source, neighbors.UNKNOWN)
        self.assertEqual(result.neighbors, ())


class FindNeighborsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.model = embedding_testdata.write_model(self.folder / 'model', _TOKENS, _VECTORS)

    def _flags(self, *flags):
        return (f'--model_dir={self.model}', *flags)

    def test_text_from_another_folder(self):
        flags = self._flags('--terms=North,nope', '--max_terms=2')
        result = programs.succeed(_PROGRAM, *flags, cwd=self.folder)
        lines = result.stdout.decode().splitlines()
        self.assertEqual(lines[0], 'North (north), occurs 70 times')
        self.assertEqual(lines[1].split(), ['nne', '0.800', '40'])
        self.assertEqual(lines[2].split(), ['ene', '0.600', '20'])
        self.assertIn('Not in the dictionary', lines[5])
        self.assertIn(b'1 in the dictionary, 0 by their bucket, 1 unknown', result.stderr)

    def test_json_lines_to_a_file_with_terms_on_stdin(self):
        output = self.folder / 'out.jsonl'
        flags = self._flags('--terms=-', '--format=jsonl', f'--output={output}', '--max_terms=1')
        programs.succeed(_PROGRAM, *flags, stdin=b'east\n<b>\n\nnope\n')
        rows = [json.loads(line) for line in output.read_text().splitlines()]
        self.assertEqual([row['term'] for row in rows], ['east', '<b>', 'nope'])
        self.assertEqual([row['source'] for row in rows], ['dictionary', 'dictionary', 'unknown'])
        self.assertEqual(rows[0]['neighbors'][0]['token'], 'ene')
        self.assertIn('--overwrite', programs.fail(_PROGRAM, *flags, stdin=b'east\n'))

    def test_html(self):
        page = self.folder / 'out.html'
        flags = self._flags('--terms=north,<b>,nope', '--format=html')
        programs.succeed(_PROGRAM, *flags, f'--output={page}')
        found = test_common_html_report.check(page.read_text())
        self.assertIn('<b>', found.text)
        self.assertNotIn('b', found.tags)
        self.assertIn('Not in the dictionary', found.text)
        pages = self.folder / 'pages'
        programs.succeed(_PROGRAM, *flags, f'--output={pages}', '--terms_per_page=2')
        names = ['index.html', 'page-00001.html', 'page-00002.html']
        self.assertEqual(sorted(os.listdir(pages)), names)

    def test_bad_input(self):
        fail = programs.fail
        self.assertIn('nope', fail(_PROGRAM, *self._flags('--terms=nope')))
        message = fail(_PROGRAM, *self._flags('--terms=-'), stdin=b'')
        self.assertIn('standard input holds no term', message)
        self.assertIn('UTF-8', fail(_PROGRAM, *self._flags('--terms=-'), stdin=b'\xff\n'))
        self.assertIn('/no/such', fail(_PROGRAM, '--model_dir=/no/such', '--terms=a'))
        self.assertIn('not a model', fail(_PROGRAM, f'--model_dir={self.folder}', '--terms=a'))
        self.assertIn('terms', fail(_PROGRAM, *self._flags(), status=2))
        self.assertIn('terms', fail(_PROGRAM, *self._flags('--terms=,'), status=2))
        self.assertIn(
            'max_terms', fail(_PROGRAM, *self._flags('--terms=a', '--max_terms=0'), status=2)
        )

    def test_model_that_does_not_fit_its_dictionary(self):
        tree = embedding_testdata.make_tree(_VECTORS[:-1])
        words = embedding_testdata.make_dictionary(_TOKENS)
        path = str(self.folder / 'bad')
        models.save_model(path, tree, {'token': words}, {})
        self.assertIn('7 words', programs.fail(_PROGRAM, f'--model_dir={path}', '--terms=east'))

    def test_help(self):
        self.assertIn('Reads:', programs.succeed(_PROGRAM, '--help').stdout.decode())


if __name__ == '__main__':
    absltest.main()
