"""What executors say before any work; on a cluster, tests/test_common_spark_output.py runs it."""

import os
import pathlib
import shutil
from unittest import mock

from absl.testing import absltest
from absl.testing import parameterized

from common import preflight


class PreflightTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = pathlib.Path(self.create_tempdir().full_path)
        self.input = self.dir / 'part-00000.bz2'
        self.input.write_bytes(b'12345')
        (self.dir / 'probe').mkdir()

    def _examine(self, environment=None, size=5, probe='probe'):
        return preflight.examine(
            preflight.Wanted(
                environment or preflight.describe_environment(),
                {str(self.input): size},
                {'/data/out': str(self.dir / probe)},
            )
        ).problem

    def test_nothing_is_wrong(self):
        self.assertEmpty(self._examine())

    def test_other_versions(self):
        environment = {**preflight.describe_environment(), 'numpy': '1.0', 'messages': 'abc'}
        problem = self._examine(environment)
        self.assertRegex(
            problem, r'numpy 2[\d.]+, not 1\.0; messages [0-9a-f]{12}, not abc.*--ship_env'
        )
        with self.assertRaisesRegex(preflight.errors.InputError, r'executor on .*numpy'):
            preflight.confirm(environment)
        preflight.confirm(preflight.describe_environment())

    def test_input_that_is_another_or_not_there(self):
        self.assertRegex(self._examine(size=6), r'part-00000.bz2 has 5 bytes there, and 6 on')
        self.input.unlink()
        self.assertRegex(self._examine(), r'cannot see .*part-00000.bz2 .*hdfs://')

    def test_output_folder_that_is_another_or_refuses(self):
        self.assertRegex(self._examine(probe='other'), r'for /data/out, is not the folder')
        with mock.patch.object(
            preflight, 'open', side_effect=PermissionError(13, 'No'), create=True
        ):
            self.assertRegex(self._examine(), r'cannot write in .*, for /data/out \(No\)')

    def test_scratch_folder_that_is_full(self):
        usage = shutil._ntuple_diskusage(1 << 40, 1 << 40, 3 << 20)
        with mock.patch.dict(os.environ, {'SPARK_LOCAL_DIRS': '/scratch'}):
            with mock.patch.object(shutil, 'disk_usage', return_value=usage):
                self.assertRegex(self._examine(), r'/scratch has 3 MiB left of the 512')

    @parameterized.parameters(
        ('local', False), ('local[*]', False), ('local-cluster[2,1,1024]', True),
        ('spark://host:7077', True), ('yarn', True),
    )  # fmt: skip
    def test_only_a_cluster_has_executors(self, master, expected):
        self.assertEqual(preflight.has_executors(mock.Mock(master=master)), expected)

    @parameterized.parameters(
        # As Spark 4.3 words them.
        (
            'Python in worker has different version: 3.12 than that in driver: 3.11, PySpark',
            r'workers run Python 3.12, and the driver 3.11; .*--ship_env',
        ),
        (
            'java.io.IOException: Cannot run program "/no/python": error=2, No such file',
            r'no interpreter /no/python .*--ship_env',
        ),
        ("ModuleNotFoundError: No module named 'numpy'", r'no module numpy; .*--ship_env'),
        ("ModuleNotFoundError: No module named 'common.pb'", r'spark_submit.sh, which sends our'),
        ('java.lang.OutOfMemoryError', r'^$'),
    )
    def test_workers_that_do_not_start(self, said, expected):
        self.assertRegex(preflight.explain(said), expected)


if __name__ == '__main__':
    absltest.main()
