"""Tests of pinterest/web_requests.py, safe_connections.py and pacing.py."""

import dataclasses
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from unittest import mock

from absl.testing import absltest
from absl.testing import parameterized

from pinterest import pacing
from pinterest import safe_connections
from pinterest import web_requests
from tests import misbehaving_server as server_lib
from tests import photograph_samples

_PHOTOGRAPH = photograph_samples.jpeg()
_LIMITS = web_requests.Limits(max_bytes=10**6)
_HURRIED = dataclasses.replace(_LIMITS, patience_seconds=0.3, max_seconds=0.6)


class ClientTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.enter_context(server_lib.started())
        self.client = self._client({self.server.host})

    def _client(self, trusted=(), allowed=(), limits=_LIMITS, **options):
        hosts = safe_connections.Hosts(frozenset(allowed), frozenset(trusted))
        client = web_requests.Client(hosts, limits, {'User-Agent': 'test/1'}, **options)
        self.addCleanup(client.close)
        return client

    def _get(self, *answers):
        self.server.set('a', *answers)
        return self.client.get(self.server.url('a'))

    @parameterized.parameters(
        (server_lib.good, True), (server_lib.chunked, True), (server_lib.unsized, False)
    )
    def test_good(self, kind, is_whole):
        for _ in range(2):
            answer = self._get(kind(_PHOTOGRAPH))
            self.assertEqual(answer, web_requests.Answer(_PHOTOGRAPH, is_whole))

    def test_headers_and_one_connection_for_many(self):
        with mock.patch.object(
            safe_connections.Connection, 'connect', autospec=True,
            side_effect=safe_connections.Connection.connect,
        ) as connect:  # fmt: skip
            self._get(server_lib.good(_PHOTOGRAPH))
            with self.assertRaises(web_requests.GoneError):
                self._get(server_lib.status(404))
            self._get(server_lib.good(_PHOTOGRAPH))
        self.assertEqual(connect.call_count, 1)
        headers = self.server.requests[-1][2]
        self.assertEqual(headers['User-Agent'], 'test/1')
        self.assertEqual(headers['Accept-Encoding'], 'identity')
        self.assertEqual(headers['Host'], self.server.host)

    def test_a_connection_that_was_kept_too_long(self):
        self._get(server_lib.good(_PHOTOGRAPH))
        answer = self._get(server_lib.hang_up, server_lib.good(_PHOTOGRAPH))
        self.assertEqual(answer.content, _PHOTOGRAPH)

    @parameterized.parameters(404, 410)
    def test_gone(self, code):
        with self.assertRaisesRegex(web_requests.GoneError, f'status {code}'):
            self._get(server_lib.status(code))

    @parameterized.parameters(400, 401, 403, 204, 206, 304)
    def test_refused(self, code):
        with self.assertRaisesRegex(web_requests.RefusedError, f'status {code}'):
            self._get(server_lib.status(code))

    @parameterized.parameters(
        (server_lib.status(500), 'status 500', None, False),
        (server_lib.status(502, Retry_After='7'), 'status 502', 7.0, False),
        (server_lib.status(429, Retry_After='7'), 'status 429', 7.0, True),
        (server_lib.status(503, Retry_After='soon'), 'status 503', None, True),
        (server_lib.hang_up, r'broken answer \(RemoteDisconnected', None, False),
        (server_lib.reset, r'broken answer \(ConnectionReset', None, False),
        (server_lib.garbage, r'broken answer \(BadStatusLine', None, False),
        (server_lib.truncated(_PHOTOGRAPH), 'cut off', None, False),
    )
    def test_busy(self, answer, reason, wait_seconds, is_overload):
        with self.assertRaisesRegex(web_requests.BusyError, reason) as caught:
            self._get(answer)
        self.assertEqual(caught.exception.wait_seconds, wait_seconds)
        self.assertEqual(caught.exception.is_overload, is_overload)
        self.assertEqual(self._get(server_lib.good(_PHOTOGRAPH)).content, _PHOTOGRAPH)

    def test_silent(self):
        self.client = self._client({self.server.host}, limits=_HURRIED)
        with self.assertRaisesRegex(web_requests.BusyError, 'in time'):
            self._get(server_lib.silent)

    @parameterized.parameters(server_lib.trickling, server_lib.trickling_headers)
    def test_slow_to_the_end_of_time(self, answer):
        self.client = self._client({self.server.host}, limits=_HURRIED)
        started = time.monotonic()
        with self.assertRaisesRegex(web_requests.BusyError, 'in time'):
            self._get(answer)
        # Something comes all the time, so that only the limit of the whole can end it.
        self.assertBetween(time.monotonic() - started, 0.55, 4.0)

    @parameterized.parameters(server_lib.endless, server_lib.too_long(10**6 + 1))
    def test_too_large(self, answer):
        with self.assertRaisesRegex(web_requests.RefusedError, 'over 1 MB'):
            self._get(answer)

    def test_redirects(self):
        self.server.set('b c', server_lib.good(_PHOTOGRAPH))
        self.server.answers['/b%20c.jpg'] = self.server.answers['/b c.jpg']
        for code in (301, 302, 303, 307, 308):
            for location in ('b c.jpg', '/b%20c.jpg', f'http://{self.server.host}/b%20c.jpg#x'):
                answer = self._get(server_lib.status(code, Location=location))
                self.assertEqual(answer.content, _PHOTOGRAPH)

    def test_redirect_to_another_allowed_host(self):
        with server_lib.started() as other:
            other.set('b', server_lib.good(_PHOTOGRAPH))
            redirect = server_lib.status(302, Location=other.url('b'))
            with self.assertRaisesRegex(web_requests.RefusedError, 'not among --allowed_hosts'):
                self._get(redirect)
            self.assertEmpty(other.requests)
            self.client = self._client({self.server.host, other.host})
            self.assertEqual(self._get(redirect).content, _PHOTOGRAPH)

    @parameterized.parameters(
        ('http://example.org/', 'example.org:80 is not among'),
        ('http://127.0.0.1:1/', '127.0.0.1:1 is not among'),
        ('http://[::1]/', '::1:80 is not among'),
        ('https://169.254.169.254/latest', '169.254.169.254:443 is not among'),
        ('file:///etc/passwd', "the scheme 'file'"),
        ('ftp://127.0.0.1/', "the scheme 'ftp'"),
        ('javascript:alert(1)', "the scheme 'javascript'"),
        ('http://127.0.0.1:99999/', 'an address that is none'),
        ('http://[/', 'an address that is none'),
    )
    def test_forbidden_redirects(self, location, reason):
        with self.assertRaisesRegex(web_requests.RefusedError, reason):
            self._get(server_lib.status(302, Location=location))

    def test_redirects_without_end(self):
        with self.assertRaisesRegex(web_requests.RefusedError, 'over 5 redirects'):
            self._get(server_lib.status(302, Location='/a.jpg'))
        self.assertEqual(self.server.asked('a'), 6)
        with self.assertRaisesRegex(web_requests.RefusedError, 'status 302'):
            self._get(server_lib.status(302))

    def test_private_addresses_only_when_trusted(self):
        host, _, port = self.server.host.partition(':')
        for name in (self.server.host, f'localhost:{port}'):
            self.client = self._client(allowed={name})
            with self.assertRaisesRegex(web_requests.RefusedError, 'in a private network'):
                self.client.get(f'http://{name}/a.jpg')
        # A name that means a public address when it is checked, and this machine afterwards.
        addresses = [[(socket.AF_INET, 1, 6, '', (host, int(port)))]]
        self.client = self._client(allowed={f'public.example:{port}'})
        with mock.patch.object(socket, 'getaddrinfo', side_effect=addresses) as resolve:
            with self.assertRaisesRegex(web_requests.RefusedError, 'in a private network'):
                self.client.get(f'http://public.example:{port}/a.jpg')
        self.assertEqual(resolve.call_count, 1)
        self.assertEmpty(self.server.requests)

    def test_before_every_request(self):
        before = mock.Mock()
        self.client = self._client({self.server.host}, before_request=before)
        self.server.set('b', server_lib.good(_PHOTOGRAPH))
        self._get(server_lib.status(302, Location='/b.jpg'))
        self.assertEqual(before.call_count, 2)

    def test_abort(self):
        threading.Timer(0.2, self.client.abort).start()
        started = time.monotonic()
        with self.assertRaises(web_requests.BusyError):
            self._get(server_lib.silent)
        self.assertLess(time.monotonic() - started, 5)

    @absltest.skipUnless(shutil.which('openssl'), 'openssl makes the certificate')
    def test_tls(self):
        folder = self.create_tempdir().full_path
        key, certificate = os.path.join(folder, 'key.pem'), os.path.join(folder, 'cert.pem')
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
             '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=test',
             '-addext', 'subjectAltName=IP:127.0.0.1'],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with server_lib.started(tls=context) as self.server:
            self.client = self._client({self.server.host})
            with self.assertRaisesRegex(web_requests.RefusedError, 'certificate'):
                self._get(server_lib.good(_PHOTOGRAPH))
            with mock.patch.dict(os.environ, SSL_CERT_FILE=certificate):
                self.client = self._client({self.server.host})
                answer = self._get(server_lib.good(_PHOTOGRAPH))
                self.assertEqual(answer.content, _PHOTOGRAPH)
                self.client = self._client({self.server.host}, limits=_HURRIED)
                with self.assertRaisesRegex(web_requests.BusyError, 'in time'):
                    self._get(server_lib.trickling)


class HostsTest(parameterized.TestCase):
    @parameterized.parameters(
        ('http', 'a.org', 80, True),
        ('https', 'a.org', 443, True),
        ('http', 'a.org', 443, False),
        ('http', 'a.org', 8080, False),
        ('http', 'b.org', 8080, True),
        ('http', 'b.org', 80, False),
        ('http', 'x.a.org', 80, False),
        ('gopher', 'a.org', 80, False),
    )
    def test_check(self, scheme, host, port, is_allowed):
        hosts = safe_connections.Hosts(frozenset({'a.org'}), frozenset({'b.org:8080'}))
        if is_allowed:
            hosts.check((scheme, host, port))
        else:
            with self.assertRaises(safe_connections.ForbiddenError):
                hosts.check((scheme, host, port))

    @parameterized.parameters(
        '127.0.0.1', '10.1.2.3', '192.168.1.1', '172.16.0.1', '169.254.169.254', '0.0.0.0',
        '100.64.0.1', '224.0.0.1', '255.255.255.255', '::1', '::', 'fe80::1%lo', 'fc00::1',
        '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::', 'ff02::1',
    )  # fmt: skip
    def test_private(self, address):
        hosts = safe_connections.Hosts(frozenset({'a.org'}), frozenset())
        found = [(socket.AF_INET, 1, 6, '', (address, 80))]
        with mock.patch.object(socket, 'getaddrinfo', return_value=found):
            with self.assertRaisesRegex(safe_connections.ForbiddenError, 'private network'):
                hosts.resolve(('http', 'a.org', 80))

    @parameterized.parameters('93.184.216.34', '2606:2800:220:1::1', '64:ff9b::5db8:d822')
    def test_public(self, address):
        hosts = safe_connections.Hosts(frozenset({'a.org'}), frozenset())
        found = [(socket.AF_INET, 1, 6, '', (name, 80)) for name in ('10.0.0.1', address)]
        with mock.patch.object(socket, 'getaddrinfo', return_value=found):
            addresses = hosts.resolve(('http', 'a.org', 80))
        self.assertEqual(addresses, [(socket.AF_INET, (address, 80))])


class PacingTest(parameterized.TestCase):
    def test_all_threads_together(self):
        pacer, times = pacing.Pacer(50), []

        def work():
            for _ in range(4):
                pacer.wait()
                times.append(time.monotonic())

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Twelve requests have eleven pauses of 20 ms between them.
        self.assertGreater(max(times) - min(times), 0.21)
        self.assertLess(max(times) - min(times), 2.0)

    def test_hold_and_stop(self):
        pacer = pacing.Pacer(1000)
        pacer.hold(0.2)
        pacer.hold(0.1)
        started = time.monotonic()
        pacer.wait()
        self.assertGreater(time.monotonic() - started, 0.19)
        pacer.hold(60)
        threading.Timer(0.05, pacer.stop).start()
        with self.assertRaises(pacing.StoppedError):
            pacer.wait()
        with self.assertRaises(pacing.StoppedError):
            pacer.sleep(0)

    @parameterized.parameters((0, 0.5, 1.0), (3, 4.0, 8.0), (9, 30.0, 60.0), (2000, 30.0, 60.0))
    def test_backoff(self, attempt, low, high):
        # By hand: between half and all of 2 ** attempt, and of a minute at most.
        waits = [pacing.backoff(attempt, 1.0) for _ in range(200)]
        self.assertBetween(min(waits), low, (low + high) / 2)
        self.assertBetween(max(waits), (low + high) / 2, high)

    @parameterized.parameters(
        ('120', 120.0),
        (' 0 ', 0.0),
        # RFC 9110's example, a minute after the time that is now.
        ('Fri, 31 Dec 1999 23:59:59 GMT', 60.0),
        ('Thu, 01 Jan 1970 00:00:00 GMT', 0.0),
        ('-1', None),
        ('1.5', None),
        ('9' * 5000, None),
        ('tomorrow', None),
        ('', None),
        (None, None),
    )
    def test_retry_after(self, text, want):
        self.assertEqual(web_requests.parse_retry_after(text, 946684799.0 - 60), want)


if __name__ == '__main__':
    absltest.main()
