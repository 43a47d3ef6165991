"""scripts/local_cluster.sh, as far as no cluster has to run; the bench of faults runs one."""

import os
import subprocess

from absl.testing import absltest
from absl.testing import parameterized

from tests import programs

_SCRIPT = programs.ROOT / 'scripts' / 'local_cluster.sh'


class LocalClusterTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.create_tempdir().full_path

    def _run(self, *arguments):
        return subprocess.run(
            [_SCRIPT, *arguments],
            capture_output=True,
            cwd='/',
            env={**os.environ, 'CLUSTER_DIR': self.folder},
            timeout=60,
            check=False,
            text=True,
        )

    @parameterized.parameters(
        (['start', '--workers=0'], 2, '--workers=0 is no flag of start'),
        (['start', '--memory=1'], 2, '--memory=1 is no flag of start'),
        (['begin'], 2, 'no command is called begin'),
        (['stop'], 1, 'no cluster runs in'),
        (['status'], 1, 'no cluster runs in'),
        (['start_worker', '1'], 1, 'no cluster runs in'),
    )
    def test_refuses(self, arguments, status, message):
        result = self._run(*arguments)
        self.assertEqual(result.returncode, status)
        self.assertIn(message, result.stderr)
        self.assertLen(result.stderr.splitlines(), 1)
        self.assertEmpty(os.listdir(self.folder))

    def test_help_says_how(self):
        result = self._run('--help')
        self.assertEqual(result.returncode, 0)
        self.assertIn('start_worker', result.stdout)


if __name__ == '__main__':
    absltest.main()
