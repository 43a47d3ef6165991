"""Tests of reading texts, links and what is held out."""

import os

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import records
from common.pb import nlp_pb2
from tests import txt2url_testdata
from wikipedia import txt2url_data
from wikipedia import txt2url_input
from wikipedia import txt2url_vocabulary


class TextsTest(absltest.TestCase):
    def test_collect_and_count(self):
        # In the order of articles, whatever that of the records; article 1 has no text.
        texts = txt2url_data.collect([(2, np.array([5, 1, 5])), (0, np.array([3]))], 4)
        np.testing.assert_array_equal(texts.words, [3, 5, 1, 5])
        np.testing.assert_array_equal(texts.sizes, [1, 0, 3, 0])
        np.testing.assert_array_equal(texts[2], [5, 1, 5])
        counts = texts.counts(6)
        want = np.zeros((4, 6))
        want[0, 3], want[2, 1], want[2, 5] = 1, 1, 2
        np.testing.assert_array_equal(counts.toarray(), want)
        np.testing.assert_array_equal(texts.words, [3, 5, 1, 5])  # Still in their order.
        with self.assertRaisesRegex(errors.InputError, 'article 2 has two texts'):
            txt2url_data.collect([(2, np.array([1]))] * 2, 4)

    def test_vocabulary(self):
        words, _ = txt2url_testdata.make_dictionaries()
        tokens = ['w003', 'nowhere', 'w220']
        small = txt2url_vocabulary.Vocabulary(words, False)
        np.testing.assert_array_equal(small.encode(tokens), [3, 220])
        self.assertLen(small, 221)
        large = txt2url_vocabulary.Vocabulary(words, True)
        np.testing.assert_array_equal(
            large.encode(tokens), [3, words.embedding_index('nowhere'), 220]
        )
        self.assertLen(large, 221 + 65536)


class ReadTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = self.create_tempdir().full_path

    def _open(self, messages, proto=nlp_pb2.SparseDocument):
        path = os.path.join(self.dir, 'data')
        txt2url_testdata.write_records(path, messages, proto)
        return records.open_dataset(path, proto)

    def test_texts(self):
        rows = [(2, [5, 1, 5]), (0, [3])]
        data = self._open([nlp_pb2.SparseDocument(primary_index=i, token_index=r) for i, r in rows])
        texts = txt2url_data.read_texts(data, 3, 6)
        np.testing.assert_array_equal(texts.words, [3, 5, 1, 5])

    @parameterized.parameters(
        ({'primary_index': 3, 'token_index': [1]}, 'http://x has index 3, and.*titles has 3'),
        ({'primary_index': 1, 'token_index': [6]}, 'embedding index 6 or 0.*allows 1 to 5'),
        ({'primary_index': 1, 'token_index': [0, 2]}, 'embedding index 2 or 0'),
        ({'primary_index': 1}, 'holds no words'),
    )
    def test_unfit_texts(self, fields, message):
        data = self._open([nlp_pb2.SparseDocument(url='http://x', **fields)])
        with self.assertRaisesRegex(errors.InputError, message):
            txt2url_data.read_texts(data, 3, 6)

    def test_links(self):
        rows = [(2, [0, 1, 2, 0]), (0, [2])]
        data = self._open(
            [nlp_pb2.SparseDocument(primary_index=i, secondary_index=r) for i, r in rows]
        )
        want = np.zeros((4, 4))
        want[2, 0] = want[2, 1] = want[0, 2] = 1  # None to itself, and each once.
        np.testing.assert_array_equal(txt2url_data.read_links(data, 4).toarray(), want)

    def test_similarities(self):
        rows = [(1, [2, 3], [0.5, 0.25]), (3, [1], [0.25])]
        data = self._open(
            [nlp_pb2.CooccurrenceRow(index=i, other_index=o, count=c) for i, o, c in rows],
            nlp_pb2.CooccurrenceRow,
        )
        want = np.zeros((4, 4))
        want[0, 1], want[0, 2], want[2, 0] = 0.5, 0.25, 0.25
        np.testing.assert_array_equal(txt2url_data.read_links(data, 4).toarray(), want)

    @parameterized.parameters(([7], 'link of http://x to title 7, and.*has 4'), ([], 'no link'))
    def test_unfit_links(self, links, message):
        document = nlp_pb2.SparseDocument(url='http://x', primary_index=1, secondary_index=links)
        data = self._open([document])
        with self.assertRaisesRegex(errors.InputError, message):
            txt2url_data.read_links(data, 4)

    def test_held_out(self):
        # Article 3 has no text: its link is none to be found, and it is left out itself.
        texts = txt2url_data.collect(((i, np.array([1, 2])) for i in range(3)), 40)
        words, titles = txt2url_testdata.make_dictionaries()
        url = txt2url_testdata.url
        held_out = [
            (url(1), [url(0), url(3), 'http://y'], ['w005', 'unknown', 'w002']),
            (url(3), [url(0)], ['w001']),
            (url(2), [], ['w001']),
            (url(0), [url(2)], []),
        ]
        data = self._open(
            [
                nlp_pb2.TextDocument(primary=primary, secondary=links, lead_tokens=lead)
                for primary, links, lead in held_out
            ],
            nlp_pb2.TextDocument,
        )
        vocabulary = txt2url_vocabulary.Vocabulary(words, False)
        cases = txt2url_input.read_validation(data, texts, vocabulary, titles)
        np.testing.assert_array_equal(cases.wanted, [1, 2])
        np.testing.assert_array_equal(cases.texts[0], [5, 2])
        np.testing.assert_array_equal(cases.sources, [1, 0])
        self.assertEqual([row.tolist() for row in cases.links], [[0], [2]])


if __name__ == '__main__':
    absltest.main()
