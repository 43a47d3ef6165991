"""Hostile test sets: of any file, what is evaluated is what the reader counted."""

import pathlib

import hypothesis
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from tests import hostile
from wikipedia import embedding_evaluation

_WORDS = ('a', 'b', 'C', 'd', 'ß', 'ı')
_FIELDS = strategies.sampled_from(
    (
        *_WORDS,
        'A',
        '0.5',
        '1e999',
        'nan',
        '-1',
        ':',
        '#',
        '',
        '\x85',
        '\u2028',
        '\x1c',
        '\r',
        '\x00',
    )
)
_LINES = strategies.tuples(
    strategies.sampled_from(('', ': ', ':', '#', ' ')),
    strategies.lists(_FIELDS, max_size=5),
    strategies.sampled_from((' ', '\t', ',', ', ')),
).map(lambda line: line[0] + line[2].join(line[1]))
_CONTENTS = strategies.lists(_LINES, max_size=8).map(
    lambda lines: '\n'.join(lines).encode()
) | hostile.damaged([b': capitals\na b C d\nb a d C\n: gram1\na C b d', b'# x\na\tb\t0.5\nC\td\t3'])


class EvaluationTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        vectors = np.random.default_rng(0).normal(size=(len(_WORDS), 3)).astype(np.float32)
        self.keyed = embedding_evaluation.keyed_vectors(_WORDS, vectors)
        self.path = pathlib.Path(self.create_tempdir().full_path, 'set.txt')

    @parameterized.parameters(
        embedding_evaluation.evaluate_word_pairs, embedding_evaluation.evaluate_analogies
    )
    def test_any_file(self, evaluate):
        @hostile.settings(120)
        @hypothesis.given(_CONTENTS)
        def run(content):
            self.path.write_bytes(content)
            hostile.accepted(evaluate, self.keyed, str(self.path), 5)

        run()


if __name__ == '__main__':
    absltest.main()
