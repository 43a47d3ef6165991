"""How Spark starts, and how what it says is worded; no JVM runs here."""

import pathlib
import signal
import socket
import subprocess
import time
from unittest import mock

from absl.testing import absltest
from absl.testing import parameterized
from py4j import protocol as py4j_protocol

from common import addresses
from common import errors
from common import spark


class _JavaError(py4j_protocol.Py4JJavaError):
    def __init__(self, text):
        Exception.__init__(self, 'An error occurred while calling None')
        self.java_exception = text


class _GoneError(_JavaError):
    """As py4j has it when Java ends before it is asked what was wrong."""

    def __init__(self, text):
        super().__init__(text)
        self.java_exception = _Mute()


class _Mute:
    def __str__(self):
        return None


def _closed_port():
    """Returns a port of this machine that nothing listens on."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        return server.getsockname()[1]


class SparkTest(parameterized.TestCase):
    def _start(self, master, raised):
        """Starts a context that raises; returns how it is worded."""
        fake = mock.Mock(side_effect=raised)
        configuration = mock.Mock()
        configuration.setAppName.return_value.get.return_value = master
        with mock.patch.multiple(
            spark.pyspark, SparkContext=fake, SparkConf=mock.Mock(return_value=configuration)
        ):
            with self.assertRaises(errors.InputError) as raised, spark.context('test'):
                pass
        return str(raised.exception), fake.called

    @parameterized.parameters(
        # As a cluster that killed the application, and YARN's client, word it.
        ('org.apache.spark.SparkException: The queue is full.\nat once', 'The queue is full.'),
        (
            'java.lang.IllegalArgumentException: Required executor memory (9 MB) is above',
            'Required executor memory (9 MB) is above',
        ),
        ('java.lang.NullPointerException', 'java.lang.NullPointerException'),
    )
    def test_refusal_of_a_cluster_is_worded(self, said, expected):
        worded, _ = self._start('yarn', _JavaError(said))
        self.assertEqual(worded, f'Spark did not start: {expected}')

    def test_java_that_is_gone_says_nothing(self):
        worded, _ = self._start('yarn', _GoneError('unasked'))
        self.assertEqual(worded, 'Spark did not start: because SparkContext was shut down')

    def test_full_disk_at_the_start_has_a_remedy(self):
        worded, _ = self._start('local[1]', _JavaError('a.zip -> b.zip: No space left on device'))
        self.assertRegex(worded, 'did not start: .*No space left on device; make room, or set')

    def test_master_that_is_not_there_is_noticed_before_spark_tries(self):
        ports = _closed_port(), _closed_port()
        worded, tried = self._start(f'spark://127.0.0.1:{ports[0]},localhost:{ports[1]}', None)
        self.assertRegex(
            worded,
            rf'no Spark master answers at 127\.0\.0\.1:{ports[0]} \(.*refused\), '
            rf'localhost:{ports[1]} \(.*refused\); .*local_cluster.sh status',
        )
        self.assertFalse(tried)

    def test_full_folder_for_temporary_files_is_noticed_before_java_starts(self):
        spark._refuse_full_folder('/')
        full = mock.Mock(free=5 << 10)
        with mock.patch('shutil.disk_usage', return_value=full):
            with self.assertRaisesRegex(errors.InputError, r'has 5 KiB left, .*TMPDIR'):
                with spark.context('test'):
                    pass

    def test_java_that_has_no_room_to_say_that_it_runs_is_ended(self):
        full = mock.Mock(free=5 << 10)
        with (
            subprocess.Popen(['bash', '-c', 'exec -a SparkSubmit sleep 60']) as java,
            subprocess.Popen(['sleep', '60']) as other,
            mock.patch('shutil.disk_usage', return_value=full),
            mock.patch.object(spark, '_WATCH_SECONDS', 0.1),
            spark._ending_mute_java('/'),
        ):
            self.assertEqual(java.wait(20), -signal.SIGKILL)
            self.assertIsNone(other.poll())
            other.kill()

    def test_java_that_starts_while_a_signal_ends_us_is_ended(self):
        with subprocess.Popen(['bash', '-c', 'exec -a SparkSubmit sleep 60']) as java:
            while b'SparkSubmit' not in pathlib.Path(f'/proc/{java.pid}/cmdline').read_bytes():
                time.sleep(0.01)
            with self.assertRaises(SystemExit), spark._ending_mute_java('/'):
                raise SystemExit(143)
            self.assertEqual(java.wait(20), -signal.SIGKILL)

    def test_standard_input_is_refused(self):
        with self.assertRaisesRegex(errors.InputError, 'standard input'), spark.context('a', ['-']):
            pass

    @parameterized.parameters('host', 'host:many', '')
    def test_address_that_is_none(self, address):
        self.assertEqual(addresses.unreachable([address]), f'{address} (not host:port)')

    def test_one_that_listens_is_enough(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            port = server.getsockname()[1]
            self.assertEmpty(
                addresses.unreachable([f'127.0.0.1:{_closed_port()}', f'127.0.0.1:{port}'])
            )

    @parameterized.parameters(
        ('common.errors.InputError: part-7 is damaged\n  at', errors.InputError, '^part-7 is dam'),
        ('java.io.IOException: No space left on device', errors.InputError, 'scratch disk .*full'),
        ("ModuleNotFoundError: No module named 'numpy'", errors.InputError, 'no module numpy'),
        (
            'java.lang.IllegalStateException: Cannot call methods on a stopped SparkContext.\nThis',
            errors.InputError,
            'the cluster ended the application',
        ),
        ('  ValueError: no\n at', RuntimeError, '^a Spark task failed: ValueError: no$'),
        ('Job 3 cancelled\nat', RuntimeError, '^Spark failed: Job 3 cancelled$'),
    )
    def test_what_tasks_say(self, said, kind, expected):
        error = spark._translate(_JavaError(said))
        self.assertIsInstance(error, kind)
        self.assertRegex(str(error), expected)


if __name__ == '__main__':
    absltest.main()
