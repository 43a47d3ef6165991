"""scripts/spark_submit.sh: what it would run, and how it ends at a signal."""

import contextlib
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time
import unittest
import zipfile

from absl.testing import absltest
from absl.testing import parameterized

from common import records
from common.pb import nlp_pb2
from tests import programs

_PROGRAM = 'wikipedia/make_dictionary.py'
_SCRIPT = programs.ROOT / 'scripts' / 'spark_submit.sh'
_VENV = programs.ROOT / '.venv'
_CLEARED = (
    'JAVA_HOME',
    'SPARK_HOME',
    'SPARK_CONF_DIR',
    'PYSPARK_PYTHON',
    'HADOOP_CONF_DIR',
    'YARN_CONF_DIR',
    'MASTER',
    'DEPLOY_MODE',
)


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if name not in _CLEARED}
    return subprocess.run(
        [_SCRIPT, *arguments],
        capture_output=True,
        cwd='/',
        env={**kept, **environment},
        timeout=300,
        check=False,
        text=True,
    )


def _dry_run(*arguments: str, **environment: str) -> list[str]:
    result = _run('--dry_run', *arguments, **environment)
    assert result.returncode == 0, result.stderr
    return shlex.split(result.stdout)


@unittest.skipUnless(pathlib.Path(sys.prefix) == _VENV, 'the script runs .venv')
class DryRunTest(parameterized.TestCase):
    def test_shows_all_options_and_flags(self):
        words = _dry_run(
            '--master=local[3]', '--conf', 'spark.ui.enabled=true', _PROGRAM, '--input_file=a b'
        )
        self.assertEqual(words[0], 'env')
        self.assertIn(f'PYSPARK_PYTHON={_VENV}/bin/python', words)
        self.assertIn('spark-submit', words)
        expected = ['--master', 'local[3]', '--conf', 'spark.ui.enabled=true']
        self.assertEqual(words[-6:], [*expected, str(programs.ROOT / _PROGRAM), '--input_file=a b'])

    def test_zip_holds_the_packages_and_keeps_its_name(self):
        whole = str(programs.ROOT / _PROGRAM)
        first, second = _dry_run(_PROGRAM, '--input_file=a'), _dry_run(whole, '--input_file=b')
        self.assertEqual(first[-2:], [whole, '--input_file=a'])
        self.assertEqual(first[:-1], second[:-1])
        path = first[first.index('--py-files') + 1]
        self.assertEqual(second[second.index('--py-files') + 1], path)
        names = zipfile.ZipFile(path).namelist()
        self.assertContainsSubset(
            ('common/records.py', 'common/pb/nlp_pb2.py', _PROGRAM, 'spotify/__init__.py'), names
        )

    def test_py_files_of_the_user_go_along(self):
        words = _dry_run('--py-files', 'mine.py,other.zip', _PROGRAM)
        ours, *theirs = words[words.index('--py-files') + 1].split(',')
        self.assertRegex(ours, r'recsys-[0-9a-f]{16}\.zip$')
        self.assertEqual(theirs, ['mine.py', 'other.zip'])

    def test_archive_that_was_packed_before_goes_along(self):
        words = _dry_run(
            '--master=spark://h:1', '--ship_env=hdfs:///env.tar.gz', '--archives=a.zip#b', _PROGRAM
        )
        self.assertEqual(
            words[words.index('--archives') + 1], 'a.zip#b,hdfs:///env.tar.gz#environment'
        )
        self.assertIn('PYSPARK_PYTHON=./environment/bin/python', words)
        self.assertIn(f'PYSPARK_DRIVER_PYTHON={_VENV}/bin/python', words)

    @parameterized.parameters(
        ('spark.master  yarn', ()),
        (' spark.master=yarn ', ()),
        ('#spark.master k8s://no\nspark.master : spark://h:1\nspark.master: yarn', ()),
        ('spark.master k8s://no', ('--conf', 'spark.master=yarn')),
        ('spark.master k8s://no', ('--conf', 'spark.master=k8s://no', '--master', 'yarn')),
    )
    def test_finds_the_master_where_spark_submit_does(self, text, options):
        folder = pathlib.Path(self.create_tempdir().full_path)
        (folder / 'spark-defaults.conf').write_text(text)
        for given, environment in (
            ((f'--properties-file={folder}/spark-defaults.conf',), {}),
            ((), {'SPARK_CONF_DIR': str(folder)}),
        ):
            result = _run(*given, *options, _PROGRAM, **environment, MASTER='k8s://no')
            self.assertIn('set HADOOP_CONF_DIR', result.stderr)

    @parameterized.parameters(
        (['--nothing'], '--nothing wants a value'),
        (['--masters', 'yarn', _PROGRAM], '--masters is no option'),
        (['--conf', 'spark.master', _PROGRAM], 'it is PROPERTY=VALUE'),
        (['--executor-memory=2 GB', _PROGRAM], '--executor-memory 2 GB: it is such as 2g'),
        ([], 'name a program'),
        (['wikipedia/no_such.py'], 'no_such.py is not a program'),
        (['--master', 'local[2]', '--ship_env', _PROGRAM], '--ship_env wants a cluster'),
        (['--master', 'spark://h:1', '--deploy-mode', 'cluster', _PROGRAM], 'client only'),
        (['--master', 'k8s://https://h', _PROGRAM], 'k8s://https://h is not supported: local'),
        (['--master', 'yarn-cluster', _PROGRAM], 'say yarn, and --deploy-mode cluster'),
        (['--master', 'hadoop', _PROGRAM], 'hadoop is no master'),
        (['--remote', 'sc://h', _PROGRAM], 'not a server of Spark Connect'),
        (['--deploy-mode', 'clusters', _PROGRAM], 'it is client or cluster'),
        (['--master=spark://h:1', '--ship_env=no.tar.gz', _PROGRAM], 'pack_env.sh no.tar.gz makes'),
        (['--master', 'yarn', _PROGRAM], 'set HADOOP_CONF_DIR'),
        (['--conf', 'spark.master=yarn', _PROGRAM], 'set HADOOP_CONF_DIR'),
    )
    def test_refuses(self, arguments, message):
        result = _run(*arguments)
        self.assertEqual(result.returncode, 2)
        self.assertEmpty(result.stdout)
        self.assertLen(result.stderr.splitlines(), 1)
        self.assertIn(message, result.stderr)


def _processes(word: str) -> list[pathlib.Path]:
    """Returns the folders in /proc of the processes with a word on their command line."""
    found = []
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            if word.encode() in (folder / 'cmdline').read_bytes().split(b'\0'):
                found.append(folder)
    return found


def _is_java(folder: pathlib.Path) -> bool:
    with contextlib.suppress(OSError):
        return (folder / 'comm').read_text() == 'java\n'
    return False


def _says_that_it_ends(folder: pathlib.Path) -> bool:
    """Returns whether a process is the program's, which has its name, and handles SIGTERM."""
    with contextlib.suppress(OSError):
        caught = re.search(r'^SigCgt:\s*(\w+)', (folder / 'status').read_text(), re.MULTILINE)
        is_program = (folder / 'comm').read_text().startswith('make_dict')
        return is_program and bool(int(caught[1], 16) >> signal.SIGTERM - 1 & 1)
    return False


@unittest.skipUnless(pathlib.Path(sys.prefix) == _VENV, 'the script runs .venv')
class TerminationTest(parameterized.TestCase):
    @parameterized.named_parameters(
        ('while_java_starts', _is_java, 'spark_submit.sh'),
        ('while_the_program_runs', _says_that_it_ends, 'make_dictionary.py'),
    )
    def test_ends_with_one_line(self, has_come, speaker):
        folder = self.create_tempdir().full_path
        documents = [nlp_pb2.TextDocument(tokens=['a']).SerializeToString()]
        records.write_parts(f'{folder}/docs', documents, proto=nlp_pb2.TextDocument)
        output = f'--token_output={folder}/tokens.bz2'
        command = [_SCRIPT, '--master=local[1]', _PROGRAM, f'--input_file={folder}/docs', output]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            deadline = time.monotonic() + 300  # The first start in an environment takes long.
            while not any(map(has_come, _processes(output))) and time.monotonic() < deadline:
                time.sleep(0.01)
            process.terminate()
            said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 143, said)
        self.assertEqual(
            said.splitlines(), [f'{speaker}: error: terminated; nothing half-written was left']
        )
        self.assertEqual(os.listdir(folder), ['docs'])
        self.assertEmpty(_processes(output))


if __name__ == '__main__':
    absltest.main()
