"""Tests of checkpoints."""

import hashlib
import os
import pathlib

import hypothesis
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import checkpoints
from common import errors
from common import parameters
from tests import hostile


def _checkpoint(epoch: int) -> checkpoints.Checkpoint:
    state = {'table': np.full((2, 3), epoch, np.float32), 'step': np.int32(epoch)}
    return checkpoints.Checkpoint(epoch, state, f'line {epoch}\n', {'seed': 1, 'input': 'abc'})


class CheckpointsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = self.create_tempdir().full_path

    def test_round_trip(self):
        found = checkpoints.load(checkpoints.save(self.dir, _checkpoint(3)))
        np.testing.assert_array_equal(found.state['table'], np.full((2, 3), 3))
        self.assertEqual(found.state['table'].dtype, np.float32)
        self.assertEqual((found.epoch, found.metrics), (3, 'line 3\n'))
        self.assertEqual(found.fingerprint, {'seed': 1, 'input': 'abc'})
        self.assertEqual(os.listdir(self.dir), ['checkpoint-00003.msgpack'])

    def test_names_what_a_killed_run_left(self):
        left = pathlib.Path(self.dir, '.checkpoint-00003.msgpack.tmp-7-0123abcd')
        left.touch()
        with self.assertLogs(level='WARNING') as logs:
            checkpoints.refuse_folder(self.dir, [])
        self.assertIn(f'{left} was left by a run that was killed', logs.output[0])

    @parameterized.parameters(0, 5, 30, 60, -1)
    def test_cut_off(self, size):
        path = pathlib.Path(checkpoints.save(self.dir, _checkpoint(3)))
        path.write_bytes(path.read_bytes()[:size])
        with self.assertRaisesRegex(errors.InputError, 'checkpoint-00003'):
            checkpoints.load(str(path))

    def test_flipped_bit(self):
        path = pathlib.Path(checkpoints.save(self.dir, _checkpoint(3)))
        data = bytearray(path.read_bytes())
        data[-9] ^= 1
        path.write_bytes(data)
        with self.assertRaisesRegex(errors.InputError, 'damaged or cut off'):
            checkpoints.load(str(path))

    @hostile.settings(100)
    @hypothesis.given(strategies.data())
    def test_any_content_with_the_right_hash(self, data):
        path = pathlib.Path(checkpoints.save(self.dir, _checkpoint(3)))
        whole = path.read_bytes()
        start = next(
            place for place in range(len(whole))
            if hashlib.sha256(whole[place + 32 :]).digest() == whole[place : place + 32]
        )  # fmt: skip
        tree = hostile.changed_tree(parameters.decode(whole[start + 32 :], 'memory'))
        damaged = data.draw(tree.map(parameters.encode) | hostile.damaged([whole[start + 32 :]]))
        path.write_bytes(whole[:start] + hashlib.sha256(damaged).digest() + damaged)

        def use():
            found = checkpoints.load(str(path))
            self.assertGreaterEqual(found.epoch, 0)
            self.assertIsInstance(found.state, dict)
            self.assertIsInstance(found.metrics.splitlines(), list)
            self.assertNotIn('x', found.fingerprint.keys())

        hostile.accepted(use)

    def test_latest_falls_back_and_says_so(self):
        for epoch in (9, 10):
            checkpoints.save(self.dir, _checkpoint(epoch))
        pathlib.Path(checkpoints.checkpoint_path(self.dir, 10)).write_bytes(b'')
        with self.assertLogs(level='WARNING') as logs:
            self.assertEqual(checkpoints.load_latest(self.dir).epoch, 9)
        self.assertIn('checkpoint-00010', logs.output[0])

    def test_latest_of_nothing(self):
        with self.assertRaisesRegex(errors.InputError, 'holds no whole checkpoint'):
            checkpoints.load_latest(self.dir)

    @parameterized.parameters(({'seed': 2, 'input': 'abc'}, 'seed'), ({'seed': 1}, 'input'))
    def test_other_settings(self, settings, name):
        path = checkpoints.save(self.dir, _checkpoint(3))
        with self.assertRaisesRegex(errors.InputError, f'made with {name} = '):
            checkpoints.resume(path, self.dir, settings)

    def test_folder(self):
        checkpoints.refuse_folder('', [self.dir])
        checkpoints.refuse_folder(self.dir, [f'{self.dir}-input'])
        with self.assertRaisesRegex(errors.UsageError, 'lies in the input'):
            checkpoints.refuse_folder(f'{self.dir}/inside', [self.dir])
        path = checkpoints.save(self.dir, _checkpoint(3))
        with self.assertRaisesRegex(errors.InputError, 'is a file; name a directory'):
            checkpoints.refuse_folder(path, [])

    def test_missing(self):
        with self.assertRaisesRegex(errors.InputError, 'cannot read checkpoint'):
            checkpoints.load(f'{self.dir}/nothing')


if __name__ == '__main__':
    absltest.main()
