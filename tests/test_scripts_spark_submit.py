"""scripts/spark_submit.sh, of which --dry_run shows what it would run."""

import os
import pathlib
import shlex
import subprocess
import sys
import unittest
import zipfile

from absl.testing import absltest
from absl.testing import parameterized

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


if __name__ == '__main__':
    absltest.main()
