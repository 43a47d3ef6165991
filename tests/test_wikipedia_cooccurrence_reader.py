"""Tests of reading co-occurrence records."""

import os

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import records
from common.pb import nlp_pb2
from tests import glove_testdata
from wikipedia import cooccurrence_reader


class CooccurrenceReaderTest(parameterized.TestCase):
    def _read(self, payloads, num_embeddings=91, **kwargs):
        path = os.path.join(self.create_tempdir().full_path, 'pairs')
        records.write_parts(path, payloads, proto=nlp_pb2.CooccurrenceRow)
        data = records.open_dataset(path, nlp_pb2.CooccurrenceRow)
        return cooccurrence_reader.read_pairs(data, num_embeddings, **kwargs)

    def test_round_trip_with_split_rows(self):
        pairs = glove_testdata.make_pairs()
        path = os.path.join(self.create_tempdir().full_path, 'pairs')
        glove_testdata.write_pairs(path, pairs, max_row_size=7)
        found = cooccurrence_reader.read_pairs(
            records.open_dataset(path, nlp_pb2.CooccurrenceRow), 91
        )
        for name in ('rows', 'columns', 'counts'):
            np.testing.assert_array_equal(getattr(pairs, name), getattr(found, name))
            self.assertEqual(getattr(pairs, name).dtype, getattr(found, name).dtype)
        self.assertEqual(pairs.content_hash(), found.content_hash())

    def test_reads_the_message_itself_and_empty_rows(self):
        row = nlp_pb2.CooccurrenceRow(index=300, other_index=[2, 200], count=[0.5, 2.0])
        empty = nlp_pb2.CooccurrenceRow(index=7)
        pairs = self._read([empty.SerializeToString(), row.SerializeToString()], 301)
        self.assertEqual(pairs.rows.tolist(), [300, 300])
        self.assertEqual(pairs.columns.tolist(), [2, 200])
        self.assertEqual(pairs.counts.tolist(), [0.5, 2.0])

    def test_reads_lists_that_are_not_packed(self):
        # By hand: index 3, other_index 1 and 2 as single varints, counts 1.0 and 2.0 as fixed32.
        payload = b'\x08\x03\x10\x01\x10\x02\x1d\x00\x00\x80\x3f\x1d\x00\x00\x00\x40'
        pairs = self._read([payload])
        self.assertEqual(pairs.columns.tolist(), [1, 2])
        self.assertEqual(pairs.counts.tolist(), [1.0, 2.0])

    @parameterized.parameters(
        (91, [3], [1.0], 'embedding index 91, and the dictionary allows up to 90'),
        (1 << 40, [3], [1.0], 'the dictionary allows up to 90'),
        (5, [5], [1.0], 'strict lower triangle'),
        (5, [6], [1.0], 'strict lower triangle'),
        (5, [0], [1.0], 'strict lower triangle'),
        (5, [2, 3], [1.0, np.nan], 'a count of nan'),
        (5, [2, 3], [1.0, 0.0], r'a count of 0\.0'),
        (5, [2, 3], [-1.0, 1.0], r'a count of -1\.0'),
        (5, [2, 3], [np.inf, 1.0], 'a count of inf'),
        (5, [2, 2], [1.0, 1.0], r'the pair \(5, 2\) occurs twice'),
    )
    def test_bad_rows(self, index, others, counts, message):
        with self.assertRaisesRegex(errors.InputError, message):
            self._read([glove_testdata.encode_row(index, np.array(others), np.array(counts))])

    def test_lists_of_unequal_length_are_bad_records(self):
        with self.assertRaisesRegex(errors.InputError, '2 indices and 1 counts'):
            self._read([glove_testdata.encode_row(5, np.array([2, 3]), np.array([1.0]))])

    def test_nothing(self):
        with self.assertRaisesRegex(errors.InputError, 'holds no pair'):
            self._read([])

    def test_stops_when_too_many(self):
        def check(pairs):
            if pairs > 1:
                raise errors.InputError('too many')

        row = glove_testdata.encode_row(5, np.array([2, 3]), np.array([1.0, 1.0]))
        with self.assertRaisesRegex(errors.InputError, 'too many'):
            self._read([row], check_size=check)


if __name__ == '__main__':
    absltest.main()
