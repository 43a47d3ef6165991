import os
import pathlib
import shutil

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import metadata
from common import records
from common.pb import example_pb2
from common.pb import recsys_pb2
from spotify import tfrecords
from spotify import training_data
from spotify import training_examples


def _row(number, size, context_size):
    tracks = np.arange(1000 * number, 1000 * number + size, dtype=np.int32)
    return training_examples.Row(
        f'p{number}', f'Näme {number}', tracks, tracks // 2, tracks // 3, context_size, 7 * number
    )


class TrainingDataTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.create_tempdir().full_path, 'data')
        writers = {name: tfrecords.PartsWriter(self.path, name, 2) for name in training_data.SPLITS}
        for row in (_row(1, 6, 5), _row(2, 3, 0), _row(3, 400, 100)):
            writers['train'].add(training_examples.encode(row))
        writers['test'].add(training_examples.encode(_row(4, 2, 2)))
        self.parts = [part for writer in writers.values() for part in writer.finish()]
        self.finish(self.parts)
        records.write_parts(os.path.join(self.path, 'tracks'), [b''] * 4002, proto=recsys_pb2.Track)

    def finish(self, parts, proto='recsys.example.Example'):
        inputs = [
            {'path': kind, 'records': 1, 'content_hash': f'hash of {kind}', 'dictionary': kind}
            for kind in ('artist', 'track')
        ]
        meta = metadata.Meta(proto, tuple(parts), inputs=tuple(inputs))
        records.finish_directory(self.path, meta)

    def test_playlists(self):
        data = training_data.open_data(self.path + '/')
        train = data.playlists('train')
        self.assertEqual(train.ids, ['p1', 'p2', 'p3'])
        self.assertEqual(train.names[2], 'Näme 3')
        self.assertEqual(train.offsets.tolist(), [0, 6, 9, 409])
        self.assertEqual(train.context_sizes.tolist(), [5, 0, 100])
        self.assertEqual(train.unknown.tolist(), [7, 14, 21])
        self.assertEqual(train[1].tracks.tolist(), [2000, 2001, 2002])
        self.assertEqual(train[2].tracks.tolist(), list(range(3000, 3400)))
        for array in (train.tracks, train.context_sizes, train.unknown):
            self.assertEqual(array.dtype, np.int32)
        self.assertEqual(train.offsets.dtype, np.int64)
        self.assertEqual(data.playlists('test').tracks.tolist(), [4000, 4001])
        self.assertEmpty(data.playlists('validation'))
        with self.assertRaisesRegex(ValueError, "split 'all'"):
            data.playlists('all')

    def test_identity(self):
        data = training_data.open_data(self.path)
        self.assertEqual(data.track_hash, 'hash of track')
        description = data.describe()
        self.assertEqual((description['path'], description['records']), (self.path, 4))
        self.assertEqual(description['content_hash'], data.meta.content_hash)

    def test_damage(self):
        part = pathlib.Path(self.path, 'train', 'part-00001.tfrecord')
        whole = part.read_bytes()
        damaged = bytearray(whole)
        damaged[-10] ^= 1
        part.write_bytes(bytes(damaged))
        with self.assertRaisesRegex(errors.InputError, 'part-00001.tfrecord, byte 0: a record fai'):
            training_data.open_data(self.path).playlists('train')
        lenient = training_data.open_data(self.path, max_bad_records=1)
        self.assertEqual(lenient.playlists('train').ids, ['p1', 'p2'])
        part.write_bytes(whole + whole)
        with self.assertRaisesRegex(errors.InputError, 'is not what _meta.json says of it'):
            lenient.playlists('train')
        part.unlink()
        with self.assertRaisesRegex(errors.InputError, 'part-00001.tfrecord is missing'):
            lenient.playlists('train')

    def test_other_examples(self):
        example = example_pb2.Example()
        example.features.feature['x'].int64_list.value.append(3)
        writer = tfrecords.PartsWriter(self.path, 'validation', 2)
        writer.add(example.SerializeToString())
        self.finish(writer.finish())
        with self.assertRaisesRegex(errors.InputError, 'holds other Examples than those of'):
            training_data.open_data(self.path).playlists('validation')

    @parameterized.parameters(4002, 2**31 - 1, 2**31, 2**40, 2**64 - 1)
    def test_tracks_that_there_are_not(self, track):
        writer = tfrecords.PartsWriter(self.path, 'validation', 2)
        example = example_pb2.Example.FromString(training_examples.encode(_row(3, 3, 2)))
        values = example.features.feature[training_examples.NEXT_TRACK].int64_list.value
        values[0] = track - (1 << 64 if track >> 63 else 0)
        writer.add(example.SerializeToString())
        self.finish(writer.finish())
        message = (
            f'a number of {track}' if track >> 31 else f'the track {track}, and there are 4002'
        )
        with self.assertRaisesRegex(errors.InputError, message):
            training_data.open_data(self.path).playlists('validation')

    def test_metadata_without_the_tracks(self):
        meta = metadata.Meta('recsys.example.Example', tuple(self.parts), inputs=({'path': 'x'},))
        records.finish_directory(self.path, meta)
        with self.assertRaisesRegex(errors.InputError, 'which dictionary of tracks'):
            _ = training_data.open_data(self.path).track_hash

    def test_refuses_what_is_no_training_data(self):
        for wrong in ('nothing', os.path.join(self.path, 'train')):
            with self.assertRaisesRegex(errors.InputError, 'is not a whole directory of training'):
                training_data.open_data(wrong)
        os.unlink(os.path.join(self.path, metadata.SUCCESS_NAME))
        with self.assertRaisesRegex(errors.InputError, 'is not a whole directory of training'):
            training_data.open_data(self.path)
        shutil.rmtree(self.path)
        records.write_parts(self.path, [], proto=recsys_pb2.Track)
        with self.assertRaisesRegex(errors.InputError, 'holds Track records, not training data'):
            training_data.open_data(self.path)


if __name__ == '__main__':
    absltest.main()
