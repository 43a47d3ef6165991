import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import records
from common.pb import recsys_pb2
from pinterest import embeddings


def _vectors(count, dim, seed=0):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)


def _record(**fields):
    return recsys_pb2.Embedding(**{'id': 'x', 'kind': 'scene', 'values': [1, 2], **fields})


class EmbeddingsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.path = str(pathlib.Path(self.create_tempdir().full_path, 'embeddings'))

    def _write(self, *messages):
        payloads = [
            message if isinstance(message, bytes) else message.SerializeToString()
            for message in messages
        ]
        records.write_parts(self.path, payloads, proto=recsys_pb2.Embedding)

    def _read(self, max_bad_records=0):
        options = records.ReadOptions(max_bad_records=max_bad_records)
        self.data = records.open_dataset(self.path, recsys_pb2.Embedding, options)
        return embeddings.read(self.data)

    @parameterized.parameters(1, 2)
    def test_round_trip_is_exact(self, num_workers):
        scenes, products = _vectors(3, 5), _vectors(7, 5, 1)
        batches = [
            ('scene', list('abc'), scenes),
            ('product', list('tuvw'), products[:4]),
            ('product', list('xyz'), products[4:]),
        ]
        embeddings.write(self.path, batches, 'f00', num_workers=num_workers)
        read = self._read()
        self.assertEqual(read.model_hash, 'f00')
        self.assertEqual(read.ids, list('abctuvwxyz'))
        np.testing.assert_array_equal(read.of_kind('scene').vectors, scenes)
        np.testing.assert_array_equal(read.of_kind('product').vectors, products)
        # What anyone else reads: the message with repeated floats.
        first = next(records.read(records.open_dataset(self.path, recsys_pb2.Embedding)))
        self.assertEqual((first.id, first.kind, first.model_hash), ('a', 'scene', 'f00'))
        np.testing.assert_array_equal(np.array(first.values, np.float32), scenes[0])

    def test_of_kind_sorts_by_id(self):
        vectors = _vectors(4, 3)
        embeddings.write(
            self.path, [('product', list('dbca'), vectors), ('scene', ['b'], vectors[:1])], ''
        )
        products = self._read().of_kind('product')
        self.assertEqual(products.ids, list('abcd'))
        np.testing.assert_array_equal(products.vectors, vectors[[3, 1, 2, 0]])

    def test_numbers_written_one_by_one(self):
        # Field 3 as two values of wire type 5, which parsers of packed fields accept too.
        floats = np.array([1.5, -2.0], '<f4')
        payload = b'\x0a\x01a\x12\x05scene' + b''.join(
            b'\x1d' + value.tobytes() for value in floats
        )
        self.assertEqual(list(recsys_pb2.Embedding.FromString(payload).values), [1.5, -2.0])
        self._write(payload)
        np.testing.assert_array_equal(self._read().vectors, [[1.5, -2.0]])

    @parameterized.parameters(
        (b'\xff\xff', 'not an Embedding'),
        ({'id': ''}, 'without an id'),
        ({'kind': 'shoe'}, 'another kind'),
        ({'values': []}, 'without numbers'),
        ({'id': 'a'}, 'there before'),
        ({'values': [1, float('nan')]}, 'not finite'),
        ({'values': [float('inf'), 1]}, 'not finite'),
        ({'values': [1e30, 1]}, 'too large'),
    )
    def test_a_bad_record_is_counted_and_left_out(self, bad, reason):
        self._write(
            _record(id='a'), bad if isinstance(bad, bytes) else _record(**bad), _record(id='c')
        )
        with self.assertRaisesRegex(errors.InputError, reason):
            self._read()
        self.assertEqual(self._read(max_bad_records=1).ids, ['a', 'c'])
        self.assertEqual(self.data.bad.total(), 1)

    def test_a_part_of_a_number(self):
        packed = recsys_pb2.PackedEmbedding(id='b', kind='scene', values=b'\0' * 7)
        self._write(_record(id='a'), packed)
        with self.assertRaisesRegex(errors.InputError, 'a part of one'):
            self._read()

    @parameterized.parameters(
        ({'values': [1, 2, 3]}, '3 numbers, and others 2'),
        ({'model_hash': 'beef'}, "the model 'beef', and others by ''"),
    )
    def test_models_are_not_mixed(self, fields, message):
        self._write(_record(id='a'), _record(id='b', **fields))
        with self.assertRaisesRegex(errors.InputError, message):
            self._read(max_bad_records=9)

    def test_nothing(self):
        self._write()
        with self.assertRaisesRegex(errors.InputError, 'holds no embedding'):
            self._read()

    def test_write_refuses_what_is_not_finite(self):
        vectors = _vectors(2, 3)
        vectors[1, 2] = np.nan
        with self.assertRaisesRegex(errors.InputError, "scene 'b' has numbers"):
            embeddings.write(self.path, [('scene', ['a', 'b'], vectors)], '')

    def test_ids_of_pairs(self):
        self.assertEqual(embeddings.pair_id('s', 'p'), 's/p')
        self.assertEqual(embeddings.scene_of('s/p'), 's')
        self.assertEqual(embeddings.scene_of('s'), 's')
        self.assertEqual(embeddings.split_id('s/p'), ('s', 'p'))
        for name in ('s', '../p', 's/', '/p', 's/p/q'):
            self.assertEqual(embeddings.split_id(name), (name, ''))


if __name__ == '__main__':
    absltest.main()
