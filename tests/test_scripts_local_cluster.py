"""scripts/local_cluster.sh, as far as no cluster has to run; the bench of faults runs one."""

import os
import pathlib
import socket
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
        (['start', '--memory=1'], 2, '--memory=1: it is such as 2g'),
        (['start', '--cores=2x'], 2, '--cores=2x is no flag of start'),
        (['start', '--port=70000'], 2, '--port=70000: it is 1 to 65535'),
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

    def test_refuses_a_port_that_is_taken(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            port = server.getsockname()[1]
            result = self._run('start', f'--port={port}')
        self.assertEqual(result.returncode, 1)
        self.assertIn(f'port {port} is taken', result.stderr.splitlines()[-1])
        self.assertEmpty(os.listdir(self.folder))

    @parameterized.parameters('start_worker 3', 'stop_worker', 'stop_worker 1x', 'stop --workers=2')
    def test_refuses_words_behind_a_command(self, words):
        pathlib.Path(self.folder, 'settings').write_text('workers=2')
        result = self._run(*words.split())
        self.assertEqual(result.returncode, 2)
        self.assertRegex(
            result.stderr, r'number of a worker, 1 to 2|takes no flag, such as --workers'
        )
        self.assertLen(result.stderr.splitlines(), 1)

    def test_help_says_how(self):
        result = self._run('--help')
        self.assertEqual(result.returncode, 0)
        self.assertIn('start_worker', result.stdout)


if __name__ == '__main__':
    absltest.main()
