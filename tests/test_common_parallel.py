"""Tests of the ordered map over processes."""

import os
import signal
import subprocess
import sys
import threading
import time

from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import parallel

_PROGRAM = """
import time
from common import parallel
import tests.test_common_parallel as functions

if __name__ == '__main__':
    for result in parallel.ordered_map(functions.slow, iter(range(10 ** 6)), 2):
        print(result, flush=True)
"""


def square(number):
    return number * number


def sleep_backwards(number):
    time.sleep(0.02 * (5 - number % 5))
    return number, b'x' * 200_000


def echo(item):
    return item


def slow(number):
    time.sleep(0.05)
    return os.getpid()


def fail_at_three(number):
    if number == 3:
        raise ValueError('three')
    return number


def die_at_three(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return number


def _is_running(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


class OrderedMapTest(parameterized.TestCase):
    @parameterized.parameters(0, 1, 2, 3)
    def test_results_come_in_order(self, processes):
        self.assertEqual(
            list(parallel.ordered_map(square, range(7), processes)), [0, 1, 4, 9, 16, 25, 36]
        )

    @parameterized.parameters(0, 2)
    def test_no_items_give_no_results(self, processes):
        self.assertEqual(list(parallel.ordered_map(square, iter(()), processes)), [])

    def test_large_results_in_an_order_of_their_own_do_not_block(self):
        results = list(parallel.ordered_map(sleep_backwards, range(11), 2))
        self.assertEqual([number for number, _ in results], list(range(11)))

    @parameterized.parameters(0, 2)
    def test_error_of_the_function_comes_after_the_results_before(self, processes):
        results = parallel.ordered_map(fail_at_three, range(9), processes)
        self.assertEqual([next(results) for _ in range(3)], [0, 1, 2])
        with self.assertRaisesRegex(ValueError, 'three'):
            next(results)

    @parameterized.parameters(0, 2)
    def test_error_of_the_items_comes_after_the_results_before(self, processes):
        def items():
            yield from range(5)
            raise KeyError('five')

        results = parallel.ordered_map(square, items(), processes)
        self.assertEqual([next(results) for _ in range(5)], [0, 1, 4, 9, 16])
        with self.assertRaisesRegex(KeyError, 'five'):
            next(results)

    def test_items_are_read_only_as_fast_as_results_are_taken(self):
        taken = []

        def items():
            for number in range(100):
                taken.append(number)
                yield b'x' * 1_000_000

        results = parallel.ordered_map(echo, items(), 2)
        next(results)
        time.sleep(0.5)
        self.assertLess(len(taken), 12)
        results.close()

    def test_dead_worker_is_an_error_at_once(self):
        started = time.monotonic()
        with self.assertRaisesRegex(errors.InputError, 'killed by SIGKILL .*out of memory'):
            list(parallel.ordered_map(die_at_three, range(10**6), 2))
        self.assertLess(time.monotonic() - started, 30)

    def test_stopping_early_leaves_no_process_and_closes_the_items(self):
        closed = threading.Event()

        def items():
            try:
                yield from range(10**6)
            finally:
                closed.set()

        results = parallel.ordered_map(slow, items(), 2)
        pids = {next(results), next(results)}
        results.close()
        self.assertTrue(closed.wait(5))
        self.assertLen(pids, 2)
        self.assertFalse(any(map(_is_running, pids)))


class SignalTest(parameterized.TestCase):
    @parameterized.parameters(signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
    def test_workers_end_with_the_program(self, number):
        script = self.create_tempfile('program.py', _PROGRAM).full_path
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        environment = {**os.environ, 'PYTHONPATH': root}
        with subprocess.Popen(
            [sys.executable, script],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            stderr=subprocess.DEVNULL,
        ) as process:
            pids = {int(process.stdout.readline()) for _ in range(4)}
            process.send_signal(number)
            process.wait(60)
        deadline = time.monotonic() + 10
        while any(map(_is_running, pids)) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(any(map(_is_running, pids)))


if __name__ == '__main__':
    absltest.main()
