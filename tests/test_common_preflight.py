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

    def _fill(self, folder):
        """Makes the disk of a folder look full."""
        usage = shutil.disk_usage(self.dir)
        full = usage._replace(free=3 << 20)
        return mock.patch.object(
            shutil, 'disk_usage', lambda asked: full if str(asked) == folder else usage
        )

    def test_disks_that_are_full(self):
        with mock.patch.dict(os.environ, {'SPARK_LOCAL_DIRS': '/a,/scratch'}):
            with self._fill('/scratch'):
                self.assertRegex(self._examine(), r'folder /scratch has 3 MiB left of the 100')
            with self._fill(str(self.dir / 'probe')):
                self.assertRegex(self._examine(), r'output /data/out has 3 MiB left')

    def test_a_local_run_wants_room_and_no_task(self):
        context = mock.Mock(spec=('master', '_temp_dir'), master='local[*]', _temp_dir='/scratch')
        output = str(self.dir / 'not' / 'there' / 'out')
        files = ['/no/such/input'], [output, 'hdfs://host/out']
        preflight.check(context, *files)
        for folder, named in (('/scratch', 'scratch folder /scratch'), (str(self.dir), output)):
            with self._fill(folder), self.assertRaisesRegex(preflight.errors.InputError, named):
                preflight.check(context, *files)
        self.assertCountEqual(os.listdir(self.dir), [self.input.name, 'probe'])

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
            r'no interpreter /no/python; .*--ship_env',
        ),
        ("ModuleNotFoundError: No module named 'numpy'", r'no module numpy; .*--ship_env'),
        ("ModuleNotFoundError: No module named 'common.pb'", r'spark_submit.sh, which sends our'),
        ('java.lang.OutOfMemoryError', r'^$'),
    )
    def test_workers_that_do_not_start(self, said, expected):
        self.assertRegex(preflight.explain(said), expected)


if __name__ == '__main__':
    absltest.main()
