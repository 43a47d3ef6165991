"""All programs behave alike: help, wrong flags, bad inputs, outputs that exist."""

import ast
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from absl.testing import absltest
from absl.testing import parameterized

from tests import damage
from tests import program_inputs
from tests import program_table
from tests import programs

_PACKAGES = ('common', 'wikipedia', 'pinterest', 'spotify')
_NO_PROGRAM = {'common.cli'}  # What calls cli.run without being started itself.


def _program_files():
    """Returns the names of all modules that are started as programs."""
    paths = [path for package in _PACKAGES for path in (programs.ROOT / package).glob('*.py')]
    return {f'{path.parent.name}.{path.stem}' for path in paths if 'cli.run(' in path.read_text()}


def _manual(program):
    path = programs.ROOT / f'{program.name.replace(".", "/")}.py'
    return ast.get_docstring(ast.parse(path.read_text()))


def _on_spark(cases_of):
    """Returns every program on Spark with each of its cases."""
    on_spark = (program for program in program_table.PROGRAMS if program.uses_spark)
    return [(program, *case) for program in on_spark for case in cases_of(program)]


def _last_line(errors):
    return (errors.strip().splitlines() or [''])[-1]


class ProgramsTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inputs = program_inputs.open_folder()
        cls.ended = json.loads((cls.inputs / 'results.json').read_text())

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_all_are_in_the_table(self):
        names = [program.name for program in program_table.PROGRAMS]
        self.assertCountEqual(names, _program_files() - _NO_PROGRAM)

    @parameterized.named_parameters(program_table.named())
    def test_runs(self, program):
        status, errors = self.ended[program.name]['first']
        self.assertEqual(status, 0, errors)
        self.assertNotIn('Traceback', errors)
        self.assertNotIn('Warning', errors)
        # One line of totals, or of what was made.
        self.assertRegex(_last_line(errors), r'^I[\d:]{8} .*\d')
        for path in program.outputs.values():
            self.assertTrue((self.inputs / path).exists(), path)

    @parameterized.named_parameters(program_table.named())
    def test_an_output_that_exists(self, program):
        status, errors = self.ended[program.name]['again']
        if program.goes_on or not program.outputs:
            self.assertEqual(status, 0, errors)
            return
        self._check_refusal(status, errors, *program.outputs.values())
        self.assertIn('--overwrite', _last_line(errors))
        status, errors = self.ended[program.name]['overwrite']
        self.assertEqual(status, 0, errors)

    def _check_refusal(self, status, errors, *names):
        """Checks what a program says that cannot do its work; the line holds one of names."""
        last = _last_line(errors)
        self.assertEqual(status, 1, errors)
        self.assertIn(': error: ', last)
        self.assertNotIn('unexpected', last)
        self.assertNotIn('Traceback', errors)
        self.assertTrue(any(name in last for name in names), f'{names} is not in: {last}')

    @parameterized.named_parameters(program_table.named())
    def test_help(self, program):
        """Also without the shortcut of tests.programs: at once, and with nothing on stderr."""
        done = subprocess.run(
            [sys.executable, '-m', program.name, '--help'],
            capture_output=True,
            cwd=programs.ROOT,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        manual = _manual(program)
        for heading in ('Reads: ', 'Writes: ', 'Next: ', 'Example'):
            self.assertIn(heading, manual)
            self.assertIn(heading, done.stdout)
        self.assertNotRegex(manual, r'\S {4,}--', 'a line of the manual lost its end')
        for path in re.findall(r'\b\w+/\w+\.py\b', manual):
            self.assertTrue((programs.ROOT / path).exists(), path)
        known = set(re.findall(r'^ +(?:-\w,)?--(?:\[no\])?(\w+):', done.stdout, re.MULTILINE))
        self.assertContainsSubset({*program.inputs, *program.outputs}, known)
        for command in self._examples(manual):
            self.assertIn(
                program.name if command[0] == 'python' else program.name.replace('.', '/') + '.py',
                command,
            )
            if program.last:
                command = command[: command.index('--')]
            for word in command:
                if word.startswith('--'):
                    self.assertIn(word[2:].partition('=')[0].removeprefix('no'), known)

    def _examples(self, manual):
        """Returns the commands of the manual, as words."""
        text = manual.partition('\nExample:\n')[2].replace('\\\n', ' ')
        commands = [shlex.split(line.partition(' | ')[0]) for line in text.splitlines() if line]
        self.assertNotEmpty(commands)
        return commands

    @parameterized.named_parameters(program_table.named())
    def test_wrong_flags(self, program):
        words = program.words()
        for wrong in ('--no_such_flag=1', '--debug=perhaps'):
            last = programs.fail(program.name, wrong, *words, status=2, cwd=self.inputs)
            self.assertIn(wrong[2:].partition('=')[0], last)
        if program.last:  # Words that are no flags are meant for others.
            return
        last = programs.fail(program.name, *words, 'stray', status=2, cwd=self.inputs)
        self.assertIn('stray', last)

    @parameterized.named_parameters(program_table.named())
    def test_an_output_that_cannot_be_written(self, program):
        """Not even by root: its folder is a file."""
        (self.folder / 'file').write_text('')
        for flag, path in program.outputs.items():
            with self.subTest(flag):
                outputs = {
                    other: str(self.folder / made) for other, made in program.outputs.items()
                }
                outputs[flag] = str(self.folder / 'file' / path)
                result = programs.run(program.name, *program.words(**outputs), cwd=self.inputs)
                self._check_refusal(result.returncode, result.stderr.decode(), 'file')
                self.assertEqual(os.listdir(self.folder), ['file'])

    @parameterized.named_parameters(
        (name, program) for name, program in program_table.named() if not program.uses_spark
    )
    def test_bad_input(self, program):
        for flag, way, path, words in self._bad_inputs(program):
            with self.subTest(f'{flag}, {way}'):
                result = programs.run(program.name, *words, cwd=self.inputs)
                self._check_refusal(result.returncode, result.stderr.decode(), path.name)
                self._check_nothing_else(path)

    def test_bad_input_of_programs_on_spark(self):
        cases = _on_spark(self._bad_inputs)
        ended = program_inputs.run_chain(
            self.inputs, [(program.name, words) for program, _, _, _, words in cases]
        )
        for (program, flag, way, path, _), (status, errors) in zip(cases, ended, strict=True):
            with self.subTest(f'{program.name}, {flag}, {way}'):
                self._check_refusal(status, errors, path.name)
                self._check_nothing_else(path)

    def _check_nothing_else(self, path):
        """Checks that a program left nothing beside its input."""
        self.assertEqual({name for name in os.listdir(path.parent) if path.name not in name}, set())

    @parameterized.named_parameters(
        (name, program) for name, program in program_table.named() if not program.uses_spark
    )
    def test_a_broken_line(self, program):
        for flag, _, path, words in self._broken_lines(program):
            with self.subTest(flag):
                limit = '--max_bad_records=1'
                result = programs.run(program.name, *words, cwd=self.inputs)
                self._check_refusal(result.returncode, result.stderr.decode(), path.name)
                self.assertIn('--max_bad_records', result.stderr.decode())
                self._check_nothing_else(path)
                result = programs.run(program.name, limit, *words, cwd=self.inputs)
                self._check_one_bad(result.returncode, result.stderr.decode())

    def test_a_broken_line_for_programs_on_spark(self):
        cases = _on_spark(self._broken_lines)
        steps = []
        for program, _, _, _, words in cases:
            steps += [(program.name, words), (program.name, [*words, '--max_bad_records=1'])]
        ended = iter(program_inputs.run_chain(self.inputs, steps))
        for program, flag, _, path, _ in cases:
            refused, counted = next(ended), next(ended)
            with self.subTest(f'{program.name}, {flag}'):
                self._check_refusal(*refused, path.name)
                self._check_one_bad(*counted)

    def _check_one_bad(self, status, errors):
        self.assertEqual(status, 0, errors)
        self.assertRegex(errors, r'(?i)bad|skipped|left out')

    def _broken_lines(self, program):
        """Yields cases as _bad_inputs does: a line that is no record, in each data set."""
        for flag, name in program.inputs.items():
            if list((self.inputs / name.partition(',')[0]).glob('part-*.bz2')):
                yield self._case(program, flag, damage.broken_line)

    def _bad_inputs(self, program):
        """Yields flag, what is wrong with its input, where that is, and all words."""
        for flag in program.inputs:
            for way in damage.WAYS:
                if (flag, way.__name__) not in program.bears:
                    yield self._case(program, flag, way)

    def _case(self, program, flag, way):
        name, *more = program.inputs[flag].split(',')
        folder = self.folder / f'{program.name}-{flag}-{way.__name__}'
        folder.mkdir()
        path = folder / f'bad-{name.replace("/", "-")}'
        way(self.inputs / name, path)
        outputs = {other: str(folder / made) for other, made in program.outputs.items()}
        inputs = {flag: ','.join([str(path), *more])}
        return flag, way.__name__, path, program.words(**outputs, **inputs)


if __name__ == '__main__':
    absltest.main()
