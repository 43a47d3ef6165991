"""What scripts/spark_submit.sh asks of YARN, as a ResourceManager sees it that starts nothing."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from absl.testing import absltest

from common import records
from common.pb import nlp_pb2
from tests import programs
from tests import recording_resource_manager

_SCRIPT = programs.ROOT / 'scripts' / 'spark_submit.sh'
_VENV = programs.ROOT / '.venv'
_PROGRAM = 'wikipedia/make_dictionary.py'
_INTERPRETER = './environment/bin/python'
_OURS = re.compile(r'recsys-[0-9a-f]{16}\.zip')


@unittest.skipUnless(pathlib.Path(sys.prefix) == _VENV, 'the script runs .venv')
class YarnTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.manager = cls.enterClassContext(recording_resource_manager.running(cls.folder))
        # What is inside matters to no client.
        cls.archive = cls.folder / 'worker-env.tar.gz'
        cls.archive.write_bytes(b'stands in for an archive')

    def _submit(self, *arguments: str) -> tuple[subprocess.CompletedProcess, ...]:
        """Returns how the client ended, and what it had asked for."""
        before = len(self.manager.submissions)
        result = subprocess.run(
            [
                _SCRIPT,
                '--master=yarn',
                f'--ship_env={self.archive}',
                # Else Spark uploads 420 MB of jars.
                '--conf=spark.yarn.jars=local:/opt/spark/jars/*',
                *arguments,
            ],
            capture_output=True,
            cwd=self.folder,
            env={
                **os.environ,
                'HADOOP_CONF_DIR': '.',
                # Nothing of these may reach the cluster.
                'PYTHONPATH': '/of/this/machine/pythonpath',
                'PYSPARK_PYTHON': '/of/this/machine/python',
                'PYSPARK_DRIVER_PYTHON': '/of/this/machine/python',
            },
            timeout=300,
            check=False,
            text=True,
        )
        self.assertLen(self.manager.submissions, before + 1, result.stderr)
        return result, self.manager.submissions[-1]

    def _check_common(self, submission: recording_resource_manager.Submission) -> None:
        """Checks what both modes have in common."""
        kinds = {name: file.kind for name, file in submission.files.items()}
        (ours,) = filter(_OURS.fullmatch, kinds)
        self.assertEqual(kinds['environment'], 'ARCHIVE')
        self.assertEqual(kinds[ours], 'FILE')
        for name, file in submission.files.items():
            self.assertIn(self.folder / 'shared', file.path.parents, name)
        # As a container sees it: its own folder, then pyspark's and our zip, and nothing else.
        path = submission.properties['spark.executorEnv.PYTHONPATH']
        self.assertRegex(path, rf'^{{{{PWD}}}}/pyspark\.zip<CPS>{{{{PWD}}}}/py4j-.*<CPS>.*{ours}$')
        self.assertLen(path.split('<CPS>'), 3)
        self.assertEqual(submission.environment['PYTHONPATH'], path)
        self.assertEqual(submission.properties['spark.executor.memoryOverhead'], '1g')
        variables = dict(submission.environment)
        # It is in the shared file system, but named after the user, as homes here are.
        self.assertStartsWith(variables.pop('SPARK_YARN_STAGING_DIR'), 'viewfs://cluster/user/')
        asked = [*submission.command, *variables.values()]
        asked += [
            value
            for name, value in submission.properties.items()
            if name.startswith(('spark.executorEnv.', 'spark.yarn.appMasterEnv.', 'spark.pyspark.'))
        ]
        home = str(pathlib.Path.home())
        for place in (programs.ROOT, sys.prefix, sys.base_prefix, self.folder, home, '/of/this'):
            # The prefix of a system's Python, and a home of /, are no path to look for.
            if str(place) not in ('/usr', '/'):
                self.assertEmpty([word for word in asked if str(place) in word], place)

    def test_cluster_mode_runs_the_program_there(self):
        result, submission = self._submit(
            '--deploy-mode=cluster',
            '--driver-memory=2g',
            _PROGRAM,
            '--input_file=hdfs:///docs',
            "--token_output=hdfs:///a name's file",
        )
        self.assertEqual(result.returncode, 1)
        self.assertIn(recording_resource_manager.DIAGNOSTICS, result.stderr)
        self.assertIn('yarn logs -applicationId', result.stderr.splitlines()[-1])
        self._check_common(submission)
        words = submission.command
        self.assertEqual(words[0], '{{JAVA_HOME}}/bin/java')
        self.assertIn('org.apache.spark.deploy.yarn.ApplicationMaster', words)
        self.assertEqual(words[words.index('--primary-py-file') + 1], 'make_dictionary.py')
        self.assertIn('make_dictionary.py', submission.files)
        arguments = [words[i + 1] for i, word in enumerate(words) if word == '--arg']
        # In quotes of the shell that starts the container.
        self.assertEqual(
            arguments,
            ["'--input_file=hdfs:///docs'", "'--token_output=hdfs:///a name'\\''s file'"],
        )
        environment = submission.environment
        self.assertEqual(environment['PYSPARK_PYTHON'], _INTERPRETER)
        self.assertEqual(environment['PYSPARK_DRIVER_PYTHON'], _INTERPRETER)
        # 2 GB, and a tenth for all that is not heap; Spark's least is 384 MB.
        self.assertEqual(submission.memory_mb, 2048 + 384)
        self.assertIn('-Xmx2048m', words)

    def test_client_mode_runs_the_program_here(self):
        records.write_parts(
            str(self.folder / 'docs'),
            [nlp_pb2.TextDocument(primary='a', tokens=['b']).SerializeToString()],
            proto=nlp_pb2.TextDocument,
        )
        result, submission = self._submit(
            '--executor-memory=3g',
            _PROGRAM,
            f'--input_file={self.folder}/docs',
            f'--token_output={self.folder}/tokens',
        )
        self.assertEqual(result.returncode, 1)
        last = result.stderr.splitlines()[-1]
        self.assertIn(recording_resource_manager.DIAGNOSTICS, last)
        self.assertIn('Spark did not start', last)
        self._check_common(submission)
        self.assertIn('org.apache.spark.deploy.yarn.ExecutorLauncher', submission.command)
        self.assertNotIn('--primary-py-file', submission.command)
        # The only argument is where the driver listens.
        self.assertEqual(submission.command.count('--arg'), 1)
        # What starts here only asks for executors: 512 MB, and Spark's least beside the heap.
        self.assertEqual(submission.memory_mb, 512 + 384)
        self.assertEqual(submission.properties['spark.executor.memory'], '3g')
        self.assertFalse((self.folder / 'tokens').exists())


if __name__ == '__main__':
    absltest.main()
