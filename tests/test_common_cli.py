import os
import pathlib
import signal
import subprocess
import sys
import time

from absl.testing import absltest
from absl.testing import parameterized

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_PROGRAM = '''"""Does as told.

Reads: nothing
"""
import atexit, errno, os, sys, time
from absl import flags, logging
from common import atomic, cli, errors, output_flags, record_flags
_WHAT = flags.DEFINE_enum('what', 'work', [
    'work', 'input', 'usage', 'bug', 'mute', 'act', 'os', 'full', 'interrupt', 'callback', 'wait',
    'print', 'exit', 'teardown'],
    'What to do.')
_OUTPUT = flags.DEFINE_string('output', None, 'File.')
flags.DEFINE_float('share', 0.5, 'Share.', lower_bound=0.0, upper_bound=1.0)

class Mute(Exception):
    def __str__(self): return None

class Slow:
    def __del__(self, write=os.write, sleep=time.sleep):  # Names of modules may be gone by then.
        write(1, b'ready\\n')
        sleep(1)

class Deaf:
    def __del__(self): raise KeyboardInterrupt

def main(argv):
    cli.refuse_arguments(argv)
    if _WHAT.value == 'mute': raise Mute
    if _WHAT.value == 'act':
        logging.warning('long %s end', 'x' * 10_000_000)
        logging.warning('title %s', '\\x1b]0;a\\x07\\x9b31m\\u202e é\\tb\\nc')
        raise errors.InputError('title \\x1b[2J\\x9b31m\\ud800 é')
    if _WHAT.value == 'input': raise errors.InputError('x.bz2: bad\\nvalue; mend it')
    if _WHAT.value == 'usage': raise errors.UsageError('--a without --b')
    if _WHAT.value == 'bug': {}['key']
    if _WHAT.value == 'os': open('/nonexistent/file')
    if _WHAT.value == 'full': raise OSError(errno.ENOSPC, 'No space left on device')
    if _WHAT.value == 'interrupt': raise KeyboardInterrupt
    if _WHAT.value == 'callback':
        Deaf()
        time.sleep(60)
    if _WHAT.value in ('exit', 'teardown'):
        sys.slow = Slow()  # Python 3.13 does not always take the main module apart.
        if _WHAT.value == 'exit': atexit.register(sys.slow.__del__)
        print('done', file=sys.stderr)
    if _WHAT.value == 'print':
        for i in range(100000): print('line', i)
    if _WHAT.value == 'wait':
        with atomic.output_file(_OUTPUT.value) as path:
            open(path, 'w').write('half')
            print('ready', flush=True)
            time.sleep(60)

if __name__ == '__main__':
    cli.run(main)
'''


class CliTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.program = self.folder / 'tell.py'
        self.program.write_text(_PROGRAM)
        self.environment = {**os.environ, 'PYTHONPATH': str(_ROOT)}

    def _run(self, *arguments):
        return subprocess.run(
            [sys.executable, str(self.program), *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            check=False,
        )

    @parameterized.parameters(
        ('--what=work', 0, None),
        ('--what=input', 1, 'tell.py: error: x.bz2: bad value; mend it'),
        ('--what=usage', 2, 'tell.py: error: --a without --b (see --help)'),
        ('--what=act', 1, 'tell.py: error: title \ufffd[2J\ufffd31m\ufffd é'),
        ('--what=mute', 1, 'tell.py: error: unexpected Mute: Mute; --debug shows where'),
        ('--what=bug', 1, "tell.py: error: unexpected KeyError: 'key'; --debug shows where"),
        ('--what=os', 1, 'tell.py: error: /nonexistent/file: No such file or directory'),
        (
            '--what=full',
            1,
            'tell.py: error: No space left on device; make room, or let TMPDIR name a folder on a '
            'larger disk',
        ),
        ('--what=interrupt', 130, 'tell.py: error: interrupted; nothing half-written was left'),
        ('--what=callback', 130, 'tell.py: error: interrupted; nothing half-written was left'),
        (
            'stray',
            2,
            "tell.py: error: cannot use 'stray': this program takes flags only, each as "
            '--name=value (see --help)',
        ),
        ('--what=else', 2, None),
        (
            '--share=nan',
            2,
            'tell.py: error: flag --share=nan: must be a finite number (see --help)',
        ),
        (
            '--whatt=work',
            2,
            "tell.py: error: Unknown command line flag 'whatt'. Did you mean: what ? (see --help)",
        ),
    )
    def test_status_and_last_line(self, argument, status, last):
        result = self._run(argument)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertNotIn('Traceback', result.stderr)
        if last is not None:
            self.assertEqual(result.stderr.splitlines()[-1], last)

    def test_nothing_acts_on_the_terminal(self):
        error = self._run('--what=act').stderr
        self.assertIn('title \ufffd]0;a\ufffd\ufffd31m\ufffd é\tb\nc\n', error)
        self.assertRegex(error, 'long x{4980,5000} … x{4980,5000} end')
        self.assertNotRegex(error, '[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]')

    def test_debug_shows_where(self):
        self.assertIn("{}['key']", self._run('--what=bug', '--debug').stderr)

    def test_help_is_the_docstring_and_all_flags(self):
        result = self._run('--help')
        self.assertEqual(result.returncode, 0)
        for text in (
            'Does as told.',
            '--what',
            '--[no]overwrite',
            '--max_bad_records',
            '--[no]debug',
        ):
            self.assertIn(text, result.stdout)

    def test_closed_pipe_is_no_error(self):
        command = f'"{sys.executable}" "{self.program}" --what=print | head -n 1'
        result = subprocess.run(
            command, shell=True, capture_output=True, text=True, env=self.environment, check=False
        )
        self.assertEqual((result.stdout, result.stderr), ('line 0\n', ''))

    def test_help_into_a_closed_pipe(self):
        command = f'"{sys.executable}" "{self.program}" --help | true'
        result = subprocess.run(
            command, shell=True, capture_output=True, text=True, env=self.environment, check=False
        )
        self.assertEqual(result.stderr, '')

    @parameterized.parameters(
        ('--help > /dev/full', 1, 'No space left on device; make room'),
        ('--what=print > /dev/full', 1, 'No space left on device; make room'),
        ('--what=input > /dev/full', 1, 'x.bz2: bad value; mend it'),
        ('--what=print >&-', 0, None),
        ('--what=input >&-', 1, 'x.bz2: bad value; mend it'),
        ('--help >&-', 0, None),
    )
    def test_output_that_is_full_or_closed(self, arguments, status, last):
        result = subprocess.run(
            f'"{sys.executable}" "{self.program}" {arguments}',
            shell=True,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            check=False,
        )
        self.assertEqual(result.returncode, status, result.stderr)
        lines = result.stderr.splitlines()
        self.assertLen(lines, 0 if last is None else 1)
        self.assertTrue(last is None or lines[0].startswith(f'tell.py: error: {last}'), lines)

    @parameterized.parameters('exit', 'teardown')
    def test_a_signal_that_comes_too_late_changes_nothing(self, what):
        with subprocess.Popen(
            [sys.executable, str(self.program), f'--what={what}'],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        ) as process:
            self.assertEqual(process.stdout.readline(), b'ready\n')
            process.send_signal(signal.SIGTERM)
            errors = process.stderr.read()
        self.assertEqual((process.returncode, errors), (0, b'done\n'))

    def test_terminated_program_leaves_nothing(self):
        process = subprocess.Popen(
            [sys.executable, str(self.program), '--what=wait', f'--output={self.folder}/out/x'],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        )
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        self.assertEqual(process.wait(), 143)
        process.stdout.close()
        with process.stderr as stderr:
            last = stderr.read().decode().splitlines()[-1]
        self.assertEqual(last, 'tell.py: error: terminated; nothing half-written was left')
        self.assertLess(time.monotonic() - start, 30)
        self.assertEmpty(list((self.folder / 'out').iterdir()))


if __name__ == '__main__':
    absltest.main()
