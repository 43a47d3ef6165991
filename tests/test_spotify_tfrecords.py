import os
import pathlib
import struct

import hypothesis
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import datasets
from common import errors
from common.pb import example_pb2
from spotify import tfrecords
from spotify import training_examples
from tests import hostile

# The book's, of its input_pipeline.
_CONTEXTS = ('track_context', 'album_context', 'artist_context')
_NEXT = ('next_track', 'next_album', 'next_artist')


class TFRecordsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.path = self.folder / 'x.tfrecord'

    def read(self, data, limit=0):
        self.path.write_bytes(data)
        self.bad = datasets.BadRecords(limit)
        return tfrecords.read(str(self.path), self.bad).payloads

    def test_masked_crc(self):
        # CRC-32C of '123456789' is 0xE3069283 (RFC 3720); rotated right by 15 bits it is
        # 0x2507C60D, and with 0xA282EAD8 added 0xC78AB0E5.
        self.assertEqual(tfrecords.masked_crc(b'123456789'), 0xC78AB0E5)

    def test_frame(self):
        length = struct.pack('<Q', 9)
        want = length + struct.pack('<I', tfrecords.masked_crc(length)) + b'123456789'
        self.assertEqual(tfrecords.frame(b'123456789'), want + struct.pack('<I', 0xC78AB0E5))

    def test_reads_what_it_writes(self):
        payloads = [b'', b'x', bytes(range(256)) * 5]
        self.assertEqual(self.read(b''.join(map(tfrecords.frame, payloads))), payloads)
        self.assertEqual(self.read(b''), [])

    @parameterized.parameters(
        # Frames of 1, 2 and 3 bytes are 17, 18 and 19 long; the second begins at byte 17.
        (17 + 12, [b'a', b'ccc'], 'byte 17: a record fails its CRC'),
        (17 + 14, [b'a', b'ccc'], 'byte 17: a record fails its CRC'),
        (17 + 3, [b'a'], 'byte 17: the length of a record fails its CRC'),
        (17 + 9, [b'a'], 'byte 17: the length of a record fails its CRC'),
    )
    def test_damage(self, place, left, message):
        data = bytearray(b''.join(map(tfrecords.frame, (b'a', b'bb', b'ccc'))))
        data[place] ^= 0x10
        with self.assertRaisesRegex(errors.InputError, f'x.tfrecord, {message}'):
            self.read(bytes(data))
        self.assertEqual(self.read(bytes(data), limit=1), left)
        self.assertEqual(self.bad.total(), 1)

    @parameterized.parameters(1, 11, 13, 17)
    def test_cut_off(self, size):
        whole = tfrecords.frame(b'a')
        data = whole + tfrecords.frame(b'bb')[:size]
        with self.assertRaisesRegex(errors.InputError, 'byte 17: the last record is cut off'):
            self.read(data)
        self.assertEqual(self.read(data, limit=1), [b'a'])

    @parameterized.parameters(0, 1, 2**31, 2**63, 2**64 - 1, 2**64 - 16)
    def test_lengths_that_lie(self, length):
        # The CRC of the length is right, so that it is believed.
        head = struct.pack('<Q', length)
        data = head + struct.pack('<I', tfrecords.masked_crc(head)) + b'abcdef'
        with self.assertRaisesRegex(errors.InputError, 'byte 0: (the last record is cut|a record)'):
            self.read(data)

    @hostile.settings(300)
    @hypothesis.given(
        hostile.damaged([b''.join(map(tfrecords.frame, (b'a', b'bb', b'c' * 300))), b''])
    )
    def test_any_bytes(self, data):
        bad = hostile.tolerant()
        found = tfrecords.read('x', bad, data).payloads
        self.assertLessEqual(sum(map(len, found)) + 16 * len(found), len(data))
        if b''.join(map(tfrecords.frame, found)) != data:
            self.assertGreater(bad.total(), 0)

    def test_parts(self):
        writer = tfrecords.PartsWriter(str(self.folder), 'train', 3)
        payloads = [bytes([n]) * (300_000 * n) for n in range(8)]  # Over the size of a block.
        for payload in payloads:
            writer.add(payload)
        parts = writer.finish()
        self.assertEqual(parts, writer.parts)
        self.assertEqual(
            [(part.name, part.records) for part in parts],
            [(f'train/part-{n:05d}.tfrecord', size) for n, size in enumerate((3, 3, 2))],
        )
        found = [tfrecords.read(str(self.folder / p.name), datasets.BadRecords(0)) for p in parts]
        self.assertEqual([p for content in found for p in content.payloads], payloads)
        self.assertEqual([c.sha256 for c in found], [part.sha256 for part in parts])

    def test_no_parts(self):
        self.assertEmpty(tfrecords.PartsWriter(str(self.folder), 'test', 3).finish())
        self.assertEmpty(os.listdir(self.folder / 'test'))


class TensorFlowTest(absltest.TestCase):
    """Both ways, with TensorFlow's own reader and writer."""

    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.create_tempdir().full_path, 'x.tfrecord')

    def test_tensorflow_reads_ours_by_the_schema_of_the_book(self):
        import tensorflow as tf

        row = training_examples.Row(
            'id 1',
            'Ночь 🎵',
            tracks=np.arange(10, 17, dtype=np.int32),
            artists=np.arange(300, 307, dtype=np.int32),
            albums=np.arange(70_000, 70_007, dtype=np.int32),
            context_size=5,
            unknown=2,
        )
        with open(self.path, 'wb') as file:
            file.write(tfrecords.frame(training_examples.encode(row)) * 2)
        schema = {name: tf.io.FixedLenFeature([5], tf.int64) for name in _CONTEXTS}
        schema |= {name: tf.io.VarLenFeature(tf.int64) for name in _NEXT}
        schema |= {name: tf.io.FixedLenFeature([], tf.string) for name in ('id', 'name')}
        schema['unknown'] = tf.io.FixedLenFeature([], tf.int64)
        records = list(tf.data.TFRecordDataset([self.path]))
        self.assertLen(records, 2)
        found = tf.io.parse_single_example(records[1], schema)
        self.assertEqual(found['track_context'].numpy().tolist(), [10, 11, 12, 13, 14])
        self.assertEqual(found['artist_context'].numpy().tolist(), [300, 301, 302, 303, 304])
        self.assertEqual(found['album_context'].numpy()[4], 70_004)
        following = {name: tf.sparse.to_dense(found[name]).numpy().tolist() for name in _NEXT}
        self.assertEqual(
            following,
            {'next_track': [15, 16], 'next_album': [70_005, 70_006], 'next_artist': [305, 306]},
        )
        self.assertEqual(found['id'].numpy().decode(), 'id 1')
        self.assertEqual(found['name'].numpy().decode(), 'Ночь 🎵')
        self.assertEqual(found['unknown'].numpy(), 2)

    def test_we_read_what_tensorflow_writes(self):
        import tensorflow as tf

        features = {
            'next_track': tf.train.Feature(int64_list=tf.train.Int64List(value=[3, 1 << 40])),
            'id': tf.train.Feature(bytes_list=tf.train.BytesList(value=[b'x'])),
        }
        example = tf.train.Example(features=tf.train.Features(feature=features))
        with tf.io.TFRecordWriter(self.path) as writer:
            writer.write(example.SerializeToString())
            writer.write(b'')
        first, second = tfrecords.read(self.path, datasets.BadRecords(0)).payloads
        self.assertEqual(second, b'')
        found = example_pb2.Example.FromString(first).features.feature
        self.assertEqual(list(found['next_track'].int64_list.value), [3, 1 << 40])
        self.assertEqual(found['id'].bytes_list.value[0], b'x')


if __name__ == '__main__':
    absltest.main()
