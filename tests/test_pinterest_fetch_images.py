"""Tests of pinterest/fetch_images.py, downloads.py and ledgers.py."""

import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from pinterest import downloads
from pinterest import ledgers
from pinterest import photograph_urls
from pinterest import web_requests
from tests import misbehaving_server as server_lib
from tests import photograph_samples
from tests import programs

_PROGRAM = 'pinterest.fetch_images'
_GOOD = photograph_samples.jpeg()
_OTHER = photograph_samples.encode(photograph_samples.picture(30, 30), 'PNG')


class _FetchTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.images = self.folder / 'images'
        self.server = self.enter_context(server_lib.started())

    def _names(self):
        return sorted(os.listdir(self.images))

    def _ledger(self):
        lines = (self.images / ledgers.NAME).read_text().splitlines()
        return {entry['id']: entry for entry in map(json.loads, lines)}


class FetchAllTest(_FetchTest):
    def _fetch(self, ids='a', **options):
        options = {
            'allowed_hosts': frozenset({self.server.host}),
            'requests_per_second': 1000.0,
            'backoff_seconds': 0.01,
            'max_retries': 2,
            **options,
        }
        template = photograph_urls.Template(self.server.template)
        return downloads.fetch_all(
            list(ids), str(self.images), downloads.Options(template, **options)
        )

    def test_good_ones_and_again(self):
        self.server.set('a', server_lib.good(_GOOD))
        self.server.set('b', server_lib.chunked(_OTHER))
        totals = self._fetch('ab')
        self.assertEqual(totals.outcomes, {downloads.FETCHED: 2})
        self.assertEqual(totals.num_bytes, len(_GOOD) + len(_OTHER))
        self.assertEqual((self.images / 'a.jpg').read_bytes(), _GOOD)
        self.assertEqual((self.images / 'b.jpg').read_bytes(), _OTHER)
        self.assertEqual(self._fetch('ab').outcomes, {downloads.KEPT: 2})
        self.assertLen(self.server.requests, 2)

    def test_what_is_there_but_damaged_is_fetched_again(self):
        photograph_samples.write(
            self.images, {'a.jpg': _GOOD[:-200], 'b.jpg': b'', 'c.jpg': _GOOD, 'd.jpg': b'<html>'}
        )
        for name in 'abcd':
            self.server.set(name, server_lib.good(_OTHER))
        totals = self._fetch('abcd')
        self.assertEqual(totals.outcomes, {downloads.FETCHED: 3, downloads.KEPT: 1})
        self.assertEqual((self.images / 'a.jpg').read_bytes(), _OTHER)
        self.assertEqual((self.images / 'c.jpg').read_bytes(), _GOOD)

    @parameterized.parameters(
        (server_lib.status(404), 'status 404'),
        (server_lib.status(410), 'status 410'),
        (server_lib.good(b'<html>no</html>'), 'not an image'),
        (server_lib.good(b''), 'an empty file'),
        (server_lib.good(_GOOD[:-200]), 'damaged or cut off'),
        (server_lib.good(photograph_samples.bomb()), 'over 80 million pixels'),
    )
    def test_permanent_failures_are_not_asked_for_again(self, answer, reason):
        self.server.set('a', answer)
        for asked, outcome in ((1, downloads.GONE), (1, downloads.KNOWN)):
            self.assertEqual(self._fetch().outcomes, {outcome: 1})
            self.assertEqual(self.server.asked('a'), asked)
        self.assertRegex(self._ledger()['a']['reason'], reason)
        self.assertEqual(self._ledger()['a']['url'], self.server.url('a'))
        self.assertEqual(self._names(), [ledgers.NAME])
        self.server.set('a', server_lib.good(_GOOD))
        self.assertEqual(self._fetch(retry_failed=True).outcomes, {downloads.FETCHED: 1})
        self.assertEqual(self._fetch().outcomes, {downloads.KEPT: 1})

    @parameterized.parameters(
        (server_lib.status(403), 'status 403', 1),
        (server_lib.status(302, Location='http://example.org/'), 'not among --allowed_hosts', 1),
        (server_lib.too_long(10**9), 'over 20 MB', 1),
        (server_lib.status(500), 'status 500', 3),
        (server_lib.truncated(_GOOD), 'cut off', 3),
        (server_lib.unsized(_GOOD[:-200]), 'cut off', 3),
        (server_lib.garbage, 'broken answer', 3),
    )
    def test_other_failures_are_asked_for_again_next_time(self, answer, reason, asked):
        self.server.set('a', answer)
        totals = self._fetch()
        self.assertEqual(totals.outcomes, {downloads.FAILED: 1})
        self.assertRegex(totals.summary(), f'1 failed: 1 .*{reason}')
        self.assertEqual(self.server.asked('a'), asked)
        self.assertEqual(self._ledger(), {})
        self.server.set('a', server_lib.good(_GOOD))
        self.assertEqual(self._fetch().outcomes, {downloads.FETCHED: 1})

    @parameterized.parameters(
        server_lib.status(500), server_lib.status(503), server_lib.status(429), server_lib.reset,
        server_lib.truncated(_GOOD), server_lib.unsized(_GOOD[:-200]), server_lib.hang_up,
    )  # fmt: skip
    def test_tried_until_it_works(self, answer):
        self.server.set('a', answer, answer, server_lib.good(_GOOD))
        self.assertEqual(self._fetch().outcomes, {downloads.FETCHED: 1})
        self.assertEqual((self.images / 'a.jpg').read_bytes(), _GOOD)

    def test_trickling_does_not_hold_others_up(self):
        self.server.set('a', server_lib.trickling)
        self.server.set('b', server_lib.good(_GOOD))
        limits = web_requests.Limits(max_seconds=0.3)
        totals = self._fetch('ab', concurrency=2, max_retries=1, limits=limits)
        self.assertEqual(totals.outcomes, {downloads.FAILED: 1, downloads.FETCHED: 1})
        self.assertEqual(totals.reasons, {'no whole answer in time': 1})

    @parameterized.parameters(
        (server_lib.status(429, Retry_After='1'), 0.95), (server_lib.busy_until(2), 0.95)
    )
    def test_retry_after_holds_all(self, answer, seconds):
        # A date has whole seconds: two from now may be little more than one.
        self.server.set('a', answer, server_lib.good(_GOOD))
        for name in 'bcd':
            self.server.set(name, server_lib.good(_GOOD))
        self._fetch('abcd', concurrency=1)
        times = [moment for moment, _, _ in self.server.requests]
        self.assertGreater(times[1] - times[0], seconds)
        self.assertLen(times, 5)

    def test_too_long_a_wait_ends_the_run(self):
        self.server.set('a', server_lib.good(_GOOD))
        self.server.set('b', server_lib.status(503, Retry_After='3600'))
        with self.assertRaisesRegex(errors.InputError, 'asks to wait 3600 s.*--max_wait_seconds'):
            self._fetch('abcdefgh', concurrency=1)
        self.assertLen(self.server.requests, 2)
        self.assertEqual(self._names(), ['a.jpg', ledgers.NAME])

    def test_too_many_failures_end_the_run(self):
        ids = [f'i{number}' for number in range(50)]
        for number in range(0, 50, 2):
            self.server.set(f'i{number}', server_lib.good(_GOOD))
        with self.assertRaisesRegex(errors.InputError, '4 .*--max_failures=3.*status 404'):
            self._fetch(ids, max_failures=3)
        self.assertLen(self._ledger(), 4)
        self.assertEqual(self._fetch(ids, max_failures=21).outcomes[downloads.KNOWN], 4)
        self.assertLen(self._ledger(), 25)

    def test_rate(self):
        ids = [f'i{number}' for number in range(6)]
        for name in ids:
            self.server.set(name, server_lib.good(_GOOD))
        self._fetch(ids, requests_per_second=20.0)
        times = [moment for moment, _, _ in self.server.requests]
        self.assertGreater(max(times) - min(times), 0.24)

    def test_host_of_the_template_is_not_trusted_with_private_addresses(self):
        self.server.set('a', server_lib.good(_GOOD))
        totals = self._fetch(allowed_hosts=frozenset())
        self.assertEqual(totals.reasons, {'127.0.0.1 is at an address in a private network': 1})
        self.assertEmpty(self.server.requests)

    def test_leftovers_of_killed_runs_are_removed(self):
        names = {'.a.jpg.tmp-12-0123abcd': b'x', '.mine': b'x', 'b.jpg.tmp-1-00': b'x'}
        photograph_samples.write(self.images, names)
        self._fetch('')
        self.assertEqual(self._names(), ['.mine', 'b.jpg.tmp-1-00', ledgers.NAME])

    def test_a_ledger_that_was_cut_off_and_one_that_is_in_use(self):
        self.server.set('b', server_lib.good(_GOOD))
        self._fetch('a')
        with open(self.images / ledgers.NAME, 'ab') as file:
            file.write(b'[1]\n{"id": 2, "url": 3}\n{"id": "x')
        with self.assertLogs(level='WARNING') as logs:
            self._fetch('ac')
        self.assertRegex('\n'.join(logs.output), 'entry 3: not an entry[^$]*entry 4: not an entry')
        lines = (self.images / ledgers.NAME).read_bytes().splitlines()
        self.assertLen(lines, 5)
        self.assertEqual(json.loads(lines[4])['id'], 'c')
        with ledgers.open_ledger(str(self.images)):
            with self.assertRaisesRegex(errors.InputError, 'another run is fetching'):
                self._fetch('b')


class ProgramTest(_FetchTest):
    def _flags(self, *ids):
        lines = [
            json.dumps({'scene': first, 'product': second, 'bbox': [0, 0, 1, 1]})
            for first, second in itertools.pairwise(ids)
        ]
        path = self.folder / 'pairs.json'
        path.write_text('\n'.join(lines))
        return (
            f'--input_file={path}',
            f'--output_dir={self.images}',
            f'--url_template={self.server.template}',
            f'--allowed_hosts={self.server.host}',
            '--requests_per_second=500',
            '--backoff_seconds=0.01',
        )

    def test_totals_and_limits(self):
        self.server.set('a', server_lib.good(_GOOD))
        flags = self._flags('a', 'b', 'a')
        result = programs.succeed(_PROGRAM, *flags)
        self.assertRegex(
            result.stderr.decode(),
            'Done: fetched 1 photographs .*, kept 0 .*; 1 failed: 1 status 404; bad: none',
        )
        self.assertEqual(self._names(), ['a.jpg', ledgers.NAME])
        self.assertIn('User-Agent', self.server.requests[0][2])
        message = programs.fail(_PROGRAM, *flags, '--max_failures=0', '--retry_failed')
        self.assertRegex(message, '1 photographs failed, more than --max_failures=0')
        self.server.set('a', server_lib.status(403))
        (self.images / 'a.jpg').unlink()
        statuses = ('--permanent_status=403', '--max_lines=1')
        self.assertIn('has none of the 2', programs.fail(_PROGRAM, *flags, *statuses))
        self.assertEqual(self._ledger()['a']['reason'], 'status 403')

    def test_unsafe_identifiers_ask_nothing_and_write_nothing(self):
        flags = self._flags('a', '../../evil', 'a')
        self.assertIn('line 1', programs.fail(_PROGRAM, *flags))
        self.assertIn('holds no pair', programs.fail(_PROGRAM, *flags, '--max_bad_records=9'))
        self.assertEmpty(self.server.requests)
        self.assertFalse(self.images.exists())

    def test_wrong_flags(self):
        for flag in (
            '--url_template=http://x/',
            '--max_bytes=much',
            '--user_agent=a\nb',
            '--max_wait_seconds=1e300',
        ):
            programs.fail(_PROGRAM, *self._flags('a', 'b'), flag, status=2)

    @parameterized.parameters(signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
    def test_interrupted_then_resumed(self, number):
        ids = [f'i{number}' for number in range(12)]
        for name in ids:
            self.server.set(name, server_lib.good(_GOOD))
        self.server.set('i5', server_lib.silent)
        flags = self._flags(*ids)
        process = subprocess.Popen(
            [sys.executable, '-m', _PROGRAM, *flags, '--concurrency=1'],
            cwd=programs.ROOT,
            stderr=subprocess.PIPE,
        )
        while not self.server.asked('i5') and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        message = process.communicate(timeout=20)[1].decode()
        self.assertEqual(
            process.returncode, {signal.SIGINT: 130, signal.SIGTERM: 143}.get(number, -9)
        )
        self.assertNotIn('Traceback', message)
        self.assertCountEqual(self._names(), [ledgers.NAME, *(f'i{i}.jpg' for i in range(5))])
        before = len(self.server.requests)
        self.server.set('i5', server_lib.good(_GOOD))
        result = programs.succeed(_PROGRAM, *flags)
        self.assertRegex(result.stderr.decode(), r'fetched 7 photographs .*, kept 5 that')
        self.assertEqual(len(self.server.requests) - before, 7)
        self.assertCountEqual(self._names(), [ledgers.NAME, *(f'{name}.jpg' for name in ids)])


if __name__ == '__main__':
    absltest.main()
