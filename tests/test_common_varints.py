import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import varints
from common.pb import nlp_pb2
from common.pb import recsys_pb2


class VarintsTest(parameterized.TestCase):
    @parameterized.parameters(1, 7, 8, 14, 21, 29, 35, 63, 64)
    def test_round_trip(self, bits):
        values = np.random.default_rng(bits).integers(
            0, 2**bits, 500, np.uint64, endpoint=bits < 64
        )
        values[:2] = [0, 2**bits - 1]
        encoded, lengths = varints.encode(values)
        self.assertLen(encoded, lengths.sum())
        np.testing.assert_array_equal(varints.decode(encoded.tobytes()), values)

    def test_agrees_with_protobuf_both_ways(self):
        columns = [0, 1, 127, 128, 16383, 16384, 2**32, 2**64 - 1]
        row = nlp_pb2.CooccurrenceRow(index=3, other_index=columns, count=[0.5] * len(columns))
        packed = recsys_pb2.PackedCooccurrenceRow.FromString(row.SerializeToString())
        np.testing.assert_array_equal(
            varints.decode(packed.other_index), np.array(columns, np.uint64)
        )
        encoded, _ = varints.encode(np.array(columns, np.uint64))
        self.assertEqual(encoded.tobytes(), packed.other_index)
        self.assertEqual(np.frombuffer(packed.count, '<f4').tolist(), list(row.count))

    @parameterized.parameters(b'\x80', b'\x01\xff', b'\x80' * 10 + b'\x01')
    def test_damaged(self, data):
        with self.assertRaisesRegex(ValueError, 'varint'):
            varints.decode(data)

    def test_empty(self):
        self.assertEmpty(varints.decode(b''))
        self.assertEmpty(varints.encode(np.empty(0, np.uint64))[0])


if __name__ == '__main__':
    absltest.main()
