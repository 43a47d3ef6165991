import json
import math
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from tests import embedding_testdata
from tests import programs
from wikipedia import embedding_evaluation
from wikipedia import evaluation_report

_PROGRAM = 'wikipedia.evaluate_embeddings'
_PAIRS = '# comment\nA\tb\t3\na\tc\t2\na\tD\t1\na\tunknown\t5\n'
# By hand: cosines of a with b, c, d are 0.8, 0.6, 0.
_TOKENS = ['a', 'b', 'c', 'd']
_VECTORS = np.array([[0, 1], [0.6, 0.8], [0.8, 0.6], [1, 0]], np.float32)
# Words man, woman, king, queen and so on, of which queen = king - man + woman exactly.
_ANALOGY_TOKENS = ['man', 'woman', 'king', 'queen', 'boy', 'girl', 'walk', 'walked']
_ANALOGY_VECTORS = np.array(
    [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 0, 2, 0],
        [1, 1, 2, 0],
        [1, 0, 0, 2],
        [1, 1, 0, 2],
        [-1, -3, 1, 1],
        [-2, 1, -1, 4],
    ],
    np.float32,
)
_ANALOGIES = (
    ': family\nman woman KING queen\nman woman boy girl\nman woman uncle aunt\n'
    ': gram1-past\nman walk king walked\n: empty\n'
)


class EvaluationTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _file(self, text):
        path = self.folder / 'set.txt'
        path.write_text(text, encoding='utf-8')
        return str(path)

    def _pairs(self, text, vocabulary=4):
        keyed = embedding_evaluation.keyed_vectors(_TOKENS, _VECTORS)
        return embedding_evaluation.evaluate_word_pairs(keyed, self._file(text), vocabulary)

    @parameterized.parameters('\t', ',', ' ')
    def test_word_pairs(self, delimiter):
        result = self._pairs(_PAIRS.replace('\t', delimiter))
        self.assertEqual((result.pairs, result.covered), (4, 3))
        self.assertAlmostEqual(result.spearman, 1.0)
        # By hand: of (3, 2, 1) with (0.8, 0.6, 0): 0.8 / sqrt(2 * 26/75).
        self.assertAlmostEqual(result.pearson, 0.8 / math.sqrt(2 * 26 / 75), places=5)

    def test_vocabulary_is_the_most_frequent_words(self):
        self.assertEqual(self._pairs(_PAIRS, vocabulary=3).covered, 2)

    @parameterized.parameters('x\ty\t1\n', 'a\tb\t1\nx\ty\t2\n', 'a\tb\t1\na\tc\t1\n')
    def test_undefined_correlation_is_nan(self, text):
        result = self._pairs(text)
        self.assertTrue(math.isnan(result.spearman))
        self.assertTrue(math.isnan(result.pearson))
        self.assertIsNone(
            json.loads(evaluation_report.to_json([result], []))['word_pairs'][0]['spearman']
        )
        self.assertIn(' - ', evaluation_report.to_text([result], []))

    def test_analogies(self):
        keyed = embedding_evaluation.keyed_vectors(_ANALOGY_TOKENS, _ANALOGY_VECTORS)
        result = embedding_evaluation.evaluate_analogies(keyed, self._file(_ANALOGIES), 8)
        counts = [(s.name, s.questions, s.covered, s.correct) for s in result.sections]
        self.assertEqual(counts, [('family', 3, 2, 2), ('gram1-past', 1, 1, 0), ('empty', 0, 0, 0)])
        self.assertEqual([group.name for group in result.groups], ['semantic', 'syntactic'])
        self.assertEqual((result.total.questions, result.total.covered), (4, 3))
        self.assertAlmostEqual(result.total.accuracy, 2 / 3)
        text = evaluation_report.to_text([], [result])
        self.assertIn('66.7 %', text)
        self.assertIn('3 of 4', text)

    @parameterized.parameters('', 'one two\n', '\x00\x01')
    def test_files_in_another_form(self, text):
        keyed = embedding_evaluation.keyed_vectors(_TOKENS, _VECTORS)
        path = self._file(text)
        for evaluate in (
            embedding_evaluation.evaluate_word_pairs,
            embedding_evaluation.evaluate_analogies,
        ):
            with self.assertRaisesRegex(errors.InputError, 'set.txt'):
                evaluate(keyed, path, 4)
            with self.assertRaisesRegex(errors.InputError, 'is not a file'):
                evaluate(keyed, str(self.folder), 4)

    def test_zero_vector_does_no_harm(self):
        keyed = embedding_evaluation.keyed_vectors(_TOKENS, _VECTORS * [[1], [1], [1], [0]])
        result = embedding_evaluation.evaluate_word_pairs(keyed, self._file(_PAIRS), 4)
        self.assertFalse(math.isnan(result.spearman))
        path = self._file(': x\na b c d\n')
        result = embedding_evaluation.evaluate_analogies(keyed, path, 4)
        self.assertEqual(result.total.covered, 1)


class EvaluateEmbeddingsTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.model = embedding_testdata.write_model(self.folder / 'model', _TOKENS, _VECTORS)
        self.pairs = self.folder / 'pairs.tsv'
        self.pairs.write_text(_PAIRS)

    def test_given_files(self):
        output = self.folder / 'out.json'
        flags = (f'--model_dir={self.model}', f'--word_pairs={self.pairs}', '--analogies=')
        result = programs.succeed(_PROGRAM, *flags, f'--output={output}', cwd=self.folder)
        self.assertIn('3 of 4', result.stdout.decode())
        self.assertNotIn(b'gensim', result.stderr)
        found = json.loads(output.read_text())
        self.assertAlmostEqual(found['word_pairs'][0]['spearman'], 1)
        self.assertEqual(found['analogies'], [])
        last = programs.fail(_PROGRAM, *flags, f'--output={output}')
        self.assertIn('--overwrite', last)

    def test_default_sets_with_hardly_a_word_known(self):
        result = programs.succeed(_PROGRAM, f'--model_dir={self.model}', '--format=json')
        found = json.loads(result.stdout)
        self.assertEqual([entry['pairs'] for entry in found['word_pairs']], [353, 999])
        self.assertEqual(found['analogies'][0]['questions'], 19544)
        self.assertIsNone(found['analogies'][0]['accuracy'])
        self.assertIn(b'too few', result.stderr)

    def test_bad_input(self):
        flags = (f'--model_dir={self.model}', '--word_pairs=', '--analogies=')
        self.assertIn('nothing to evaluate', programs.fail(_PROGRAM, *flags, status=2))
        flags = (f'--model_dir={self.model}', '--word_pairs=/no/such')
        self.assertIn('/no/such', programs.fail(_PROGRAM, *flags))
        self.assertIn('/no/model', programs.fail(_PROGRAM, '--model_dir=/no/model'))
        self.assertIn('Reads:', programs.succeed(_PROGRAM, '--help').stdout.decode())


if __name__ == '__main__':
    absltest.main()
