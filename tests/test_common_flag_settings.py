"""Tests of settings that come from flags, and of the flags of checkpoints."""

import dataclasses
import pathlib

from absl import flags
from absl.testing import absltest
from absl.testing import flagsaver
from absl.testing import parameterized

from common import checkpoint_flags
from common import errors
from common import flag_settings

flags.DEFINE_integer('flag_settings_test_size', None, 'For the test.')
flags.DEFINE_float('flag_settings_test_rate', 0.5, 'For the test.')


@dataclasses.dataclass(frozen=True)
class _Settings:
    flag_settings_test_size: int = 3
    flag_settings_test_rate: float = 0.1
    flag_settings_test_other: str = 'kept'


class FlagSettingsTest(parameterized.TestCase):
    def test_flags_that_are_none_or_not_there_change_nothing(self):
        self.assertEqual(flag_settings.given(_Settings()), _Settings(3, 0.5, 'kept'))

    @flagsaver.flagsaver(flag_settings_test_size=7)
    def test_flags_that_are_given_do(self):
        self.assertEqual(flag_settings.given(_Settings()), _Settings(7, 0.5, 'kept'))

    def test_zero_is_a_value(self):
        with flagsaver.flagsaver(flag_settings_test_size=0, flag_settings_test_rate=0.0):
            self.assertEqual(flag_settings.given(_Settings()), _Settings(0, 0.0, 'kept'))


class CheckpointFlagsTest(absltest.TestCase):
    def test_what_is_refused(self):
        checkpoint_flags.check([])
        folder = pathlib.Path(self.create_tempdir().full_path)
        file = folder / 'file'
        file.touch()
        with flagsaver.flagsaver(resume_checkpoint='latest'):
            with self.assertRaisesRegex(errors.UsageError, 'wants --checkpoint_dir'):
                checkpoint_flags.check([])
        with flagsaver.flagsaver(checkpoint_dir=str(folder), resume_checkpoint='latest'):
            checkpoint_flags.check([])
            with self.assertRaises(errors.UsageError):
                checkpoint_flags.check([str(folder)])
        with flagsaver.flagsaver(checkpoint_dir=str(file)):
            with self.assertRaisesRegex(errors.InputError, 'is a file'):
                checkpoint_flags.check([])


if __name__ == '__main__':
    absltest.main()
