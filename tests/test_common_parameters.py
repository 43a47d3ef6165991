"""Tests of the parameters' form in bytes."""

import resource

import flax.serialization
import hypothesis
import jax.numpy as jnp
import msgpack
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import parameters
from tests import hostile

_TREE = {'a': {'b': np.arange(6, dtype=np.float32).reshape(2, 3)}, 'n': np.int32(7), 't': 'x'}


class ParametersTest(parameterized.TestCase):
    def test_flax_reads_it(self):
        back = flax.serialization.msgpack_restore(parameters.encode(_TREE))
        np.testing.assert_array_equal(back['a']['b'], _TREE['a']['b'])
        self.assertEqual((int(back['n']), back['t']), (7, 'x'))

    def test_reads_what_flax_writes(self):
        data = flax.serialization.msgpack_serialize({'a': jnp.ones((3, 2)), 'n': np.float32(2)})
        back = parameters.decode(data, 'f')
        np.testing.assert_array_equal(back['a'], np.ones((3, 2)))
        self.assertEqual(back['n'], 2.0)

    def test_chunks_of_long_arrays(self):
        array = np.arange(35, dtype=np.int64).reshape(5, 7)
        with absltest.mock.patch.object(parameters, '_CHUNK_BYTES', 64):
            data = parameters.encode({'a': array})
        np.testing.assert_array_equal(parameters.decode(data, 'f')['a'], array)
        np.testing.assert_array_equal(flax.serialization.msgpack_restore(data)['a'], array)

    def test_every_cut_is_an_error(self):
        data = parameters.encode(_TREE)
        for stop in range(len(data)):
            with self.assertRaisesRegex(errors.InputError, 'f is damaged or cut off'):
                parameters.decode(data[:stop], 'f')

    @parameterized.parameters(
        ((2, 4), 'float32', 'shape'),
        ((-2, -3), 'float32', 'shape'),
        ((2, 3), 'object', 'dtype'),
        ((1 << 62, 1 << 62), 'float32', 'shape'),
    )
    def test_sizes_that_lie(self, shape, dtype, word):
        array = msgpack.ExtType(1, msgpack.packb((shape, dtype, bytes(24))))
        with self.assertRaisesRegex(errors.InputError, word):
            parameters.decode(msgpack.packb({'a': array}), 'f')

    @hostile.settings(300)
    @hypothesis.given(
        hostile.damaged(
            [
                parameters.encode(_TREE),
                msgpack.packb({'__msgpack_chunked_array__': True, 'shape': {'0': 2}, 'chunks': {}}),
                msgpack.packb({'a': msgpack.ExtType(3, msgpack.packb(((), 'int8', b'1')))}),
            ]
        )
    )
    def test_any_bytes(self, data):
        hostile.accepted(parameters.decode, data, 'f')

    @parameterized.parameters(
        b'\xdd\xff\xff\xff\xff',  # Lists in lists, each of 4 billion entries, or of as many as
        b'\xdd\x00\x01\x00\x00',  # there are bytes;
        b'\xdf\xff\xff\xff\xff\xa1a',  # maps of 4 billion entries,
        b'\xc9\xff\xff\xff\xff\x01',  # an array, and
        b'\xc6\xff\xff\xff\xff',  # bytes.
    )
    def test_lengths_that_lie(self, header):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for levels in (1, 400, 100_000):
            data = header * levels + b'\xc0' * (1 << 16)
            with self.assertRaisesRegex(errors.InputError, 'f is damaged or cut off'):
                parameters.decode(data, 'f')
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        self.assertLess(grown, 200_000)  # KB; 400 lists of 65,536 entries would take 200 MB.

    def test_refuses_objects(self):
        with self.assertRaises(TypeError):
            parameters.encode({'a': np.array([object()])})


if __name__ == '__main__':
    absltest.main()
