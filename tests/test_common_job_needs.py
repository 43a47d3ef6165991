"""What a job takes, compared with what there is."""

import pathlib
import shutil
from unittest import mock

from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import job_needs

_GB = 10**9


class JobNeedsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = pathlib.Path(self.create_tempdir().full_path)
        self.free = {}
        for name, free in (('a', 3), ('b', 5), ('c', 2), ('c2', 2)):
            folder = self.dir / name
            folder.mkdir()
            self.free[str(folder)] = free * _GB
        self.a, self.b, self.c, self.c2 = self.free
        # Each folder stands for a disk of its own, but for c and c2, which share one.
        disk_of = {folder: pathlib.Path(folder).name[0] for folder in self.free}
        self.enterContext(mock.patch.object(job_needs, '_disk', disk_of.get))
        usage = mock.Mock(side_effect=lambda folder: mock.Mock(free=self.free[folder]))
        self.enterContext(mock.patch.object(shutil, 'disk_usage', usage))

    def _find(self, scratch, output, memory, folders, place):
        needs = job_needs.Needs(scratch * _GB, output * _GB, memory * _GB)
        return job_needs.find_shortage(needs, folders, place, 7 * _GB)

    def test_enough(self):
        self.assertEmpty(self._find(3, 5, 7, [self.a], self.b))
        self.assertEmpty(self._find(8, 2, 7, [self.a, self.b], self.c))
        self.assertEmpty(self._find(99, 99, 7, [], None))

    def test_scratch(self):
        self.assertRegex(
            self._find(4, 1, 1, [self.a], self.b),
            rf'takes about 4 GB in {self.a}, which has 3 GB left; make room, .*spark.local.dir',
        )
        self.assertRegex(self._find(9, 1, 1, [self.a, self.b], self.c), 'which has 8 GB left')
        self.assertRegex(self._find(3, 1, 1, [self.c, self.c2], self.a), 'which has 2 GB left')

    def test_output(self):
        self.assertRegex(
            self._find(1, 6, 1, [self.a], self.b),
            rf'output takes about 6 GB, and {self.b} has 5 GB left; make room, name another',
        )

    def test_one_disk_for_both(self):
        self.assertEmpty(self._find(1, 1, 1, [self.c], self.c2))
        self.assertRegex(
            self._find(1.5, 1, 1, [self.c], self.c2),
            '2.5 GB in .*, the output among it, which has 2',
        )

    def test_memory(self):
        self.assertRegex(
            self._find(1, 1, 8, [self.a], self.b), '8 GB of memory, of which 7 GB is left; .*local'
        )

    @parameterized.parameters(('max', 3 << 20), ('2097152', 2 << 20), ('9999999', 3 << 20))
    def test_memory_of_a_container(self, limit, expected):
        info, most = self.dir / 'meminfo', self.dir / 'memory.max'
        info.write_text('MemFree:   1 kB\nMemAvailable:    3072 kB\n')
        most.write_text(f'{limit}\n')
        with mock.patch.object(job_needs, '_MEMORY_INFO', info):
            with mock.patch.object(job_needs, '_MEMORY_LIMIT', most):
                self.assertEqual(job_needs.available_memory(), expected)

    @parameterized.parameters('local[*]', 'spark://host:7077')
    def test_says_it_and_stops(self, master):
        folders = mock.Mock(return_value=[self.a, f'{self.a}/that/cannot/be/made'])
        context = mock.Mock(master=master)
        utilities = context._jvm.org.apache.spark.util.Utils
        utilities.getConfiguredLocalDirs = folders
        needs = job_needs.Needs(4 * _GB, _GB, 1000)
        output = f'{self.b}/not/there'
        with self.assertLogs() as logs:
            job_needs.check(context, needs, output, stop=False)
        (line,) = logs.output
        self.assertIn('1 GB for the output (5 GB free)', line)
        if master == 'local[*]':
            self.assertIn(f'about 4 GB of scratch in {self.a} (3 GB free)', line)
            with self.assertRaisesRegex(errors.InputError, '3 GB left; .*--nocheck_room'):
                job_needs.check(context, needs, output, stop=True)
        else:  # What other machines have is not known.
            job_needs.check(context, needs, output, stop=True)


if __name__ == '__main__':
    absltest.main()
