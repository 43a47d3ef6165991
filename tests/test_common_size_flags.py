"""Flags of bytes."""

from absl import flags
from absl.testing import absltest
from absl.testing import parameterized

from common import size_flags


class SizeFlagsTest(parameterized.TestCase):
    def _define(self, default=None, **bounds):
        values = flags.FlagValues()
        holder = size_flags.DEFINE_size('room', default, 'Room.', flag_values=values, **bounds)
        return values, holder

    @parameterized.parameters((['--room=4GB'], 4_000_000_000), (['--room', '1.5 MB'], 1_500_000))
    def test_takes_units(self, words, wanted):
        values, holder = self._define('2KB')
        self.assertEqual(values['room'].value, 2000)
        self.assertEqual(values['room'].serialize(), '--room=2KB')
        values(['program', *words])
        self.assertEqual(holder.value, wanted)
        self.assertEqual(
            values['room'].serialize(), words[0] if len(words) == 1 else '--room=1.5MB'
        )

    def test_no_default(self):
        values, holder = self._define()
        values(['program'])
        self.assertIsNone(holder.value)

    @parameterized.parameters('much', '-1', '2KB', '3GB', '')
    def test_refuses(self, text):
        values, _ = self._define('4KB', lower_bound=3000, upper_bound=2_000_000_000)
        with self.assertRaisesRegex(flags.IllegalFlagValueError, 'room.*number of bytes'):
            values(['program', f'--room={text}'])


if __name__ == '__main__':
    absltest.main()
