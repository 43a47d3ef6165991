"""What scripts/bench/fuzz.py feeds takes its own seeds, and refuses what is not good."""

import pathlib
import subprocess
import sys

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized

from tests import hostile

_BENCH = pathlib.Path(__file__).resolve().parents[1] / 'scripts' / 'bench'
sys.path.insert(0, str(_BENCH))

import fuzz_targets  # noqa: E402

sys.path.remove(str(_BENCH))


class FuzzTest(parameterized.TestCase):
    @parameterized.parameters(*fuzz_targets.NAMES)
    def test_any_damage(self, name):
        target = fuzz_targets.get(name)
        seeds = target.seeds()
        for seed in seeds:
            self.assertLessEqual(len(seed), target.max_bytes)
            fuzz_targets.feed(target, seed)

        @hostile.settings(25)
        @hypothesis.given(hostile.damaged([*seeds, b'']))
        def run(data):
            fuzz_targets.feed(target, data)

        run()

    def test_one_input(self):
        path = pathlib.Path(self.create_tempdir().full_path, 'crash')
        for content, said in ((b'id,category\np,A\n', 'taken\n'), (b'{', 'refused\n')):
            path.write_bytes(content)
            words = [sys.executable, str(_BENCH / 'fuzz.py'), 'categories', f'--input={path}']
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            self.assertEqual(done.stdout, said)

    def test_help_names_the_targets(self):
        words = [sys.executable, str(_BENCH / 'fuzz.py'), '--help']
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        self.assertIn('pip install atheris', done.stdout)
        words[-1:] = ['none', '--input=x']
        failed = subprocess.run(words, capture_output=True, text=True, check=False)
        self.assertEqual(failed.returncode, 2)
        self.assertIn(', '.join(fuzz_targets.NAMES), failed.stderr)


if __name__ == '__main__':
    absltest.main()
