"""Of scripts/bench/pages.sh what needs no browser."""

import subprocess

from absl.testing import absltest

from tests import programs

_SCRIPT = programs.ROOT / 'scripts' / 'bench' / 'pages.sh'


def _run(*words):
    return subprocess.run(
        [str(_SCRIPT), *words], capture_output=True, text=True, timeout=60, check=False
    )


class PagesTest(absltest.TestCase):
    def test_skips_without_tools(self):
        done = _run(self.create_tempdir().full_path)
        self.assertEqual((done.returncode, done.stdout), (0, ''))
        self.assertRegex(done.stderr, r'^pages.sh: skipped: wants node, a Chromium, and in .+\n$')

    def test_help(self):
        done = _run('--help')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('scripts/bench/pages.sh TOOLS [FOLDER]', done.stdout)


if __name__ == '__main__':
    absltest.main()
