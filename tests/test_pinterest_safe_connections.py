"""Hostile addresses: nothing but what was allowed is ever connected to."""

import dataclasses
import ipaddress
import itertools
import socket
from unittest import mock

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from pinterest import safe_connections
from pinterest import web_requests
from tests import hostile
from tests import misbehaving_server as server_lib

_LIMITS = web_requests.Limits(max_bytes=1000, patience_seconds=2.0, max_seconds=2.0)
_PUBLIC, _OTHER = '93.184.216.34', '8.8.8.8'
# Ranges of the registries of special addresses, with one address in each.
_PRIVATE = (
    '0.0.0.1', '10.0.0.1', '100.64.0.1', '127.8.8.8', '169.254.169.254', '172.31.255.255',
    '192.0.0.1', '192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1',
    '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255',
)  # fmt: skip
_PRIVATE_6 = (
    '::', '::1', '::2', '::7f00:1', '::ffff:0:7f00:1', '64:ff9b:1::a00:1', '100::1', '100:0:0:1::1',
    '2001::1', '2001:2::1', '2001:db8::1', '2001:10::1', '3fff::1', '5f00::1', 'fc00::1', 'fd12::1',
    'fe80::1', 'fe80::1%lo', 'fec0::1', 'ff02::1', 'ff0e::1',
)  # fmt: skip


def _disguises(text):
    """Returns IPv6 addresses behind which an IPv4 address is."""
    number = int(ipaddress.IPv4Address(text))
    high, low = number >> 16, number & 0xFFFF
    return [
        f'::ffff:{text}', f'::{high:x}:{low:x}', f'64:ff9b::{high:x}:{low:x}',
        f'2002:{high:x}:{low:x}::', f'2002:{high:x}:{low:x}::1', f'::ffff:0:{high:x}:{low:x}',
        f'64:ff9b:1::{high:x}:{low:x}', f'2001:0:{high:x}:{low:x}::',
    ]  # fmt: skip


def _resolved(*addresses):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, '', (name, 80)) for name in addresses]
    return mock.patch.object(socket, 'getaddrinfo', return_value=found)


class AddressesTest(parameterized.TestCase):
    def _resolve(self, *addresses):
        hosts = safe_connections.Hosts(frozenset({'a.org'}), frozenset())
        with _resolved(*addresses):
            return hosts.resolve(('http', 'a.org', 80))

    @parameterized.parameters(*_PRIVATE, *_PRIVATE_6, *itertools.chain(*map(_disguises, _PRIVATE)))
    def test_private(self, address):
        with self.assertRaisesRegex(safe_connections.ForbiddenError, 'private network'):
            self._resolve(address)
        # Between others, it is passed over.
        (found,) = self._resolve(address, _PUBLIC, address)
        self.assertEqual(found[1][0], _PUBLIC)

    @parameterized.parameters(
        _PUBLIC, '1.1.1.1', '2606:4700::1111', '2a00:1450::1', f'::ffff:{_PUBLIC}',
        '64:ff9b::5db8:d822', '2002:5db8:d822::1',
    )  # fmt: skip
    def test_public(self, address):
        self.assertLen(self._resolve(address), 1)

    @hostile.settings(400)
    @hypothesis.given(strategies.ip_addresses())
    def test_what_is_taken_is_public(self, address):
        # What 6to4 leads to is what counts; since Python 3.13 none of its addresses is global.
        reached = getattr(address, 'sixtofour', None) or address
        if reached.is_global and not reached.is_multicast:
            return
        with self.assertRaises(safe_connections.ForbiddenError):
            self._resolve(str(address))


class TricksTest(parameterized.TestCase):
    """A server that was allowed sends us on, to itself, or to what a name suddenly means."""

    def setUp(self):
        super().setUp()
        self.server = self.enter_context(server_lib.started())
        self.other = self.enter_context(server_lib.started())
        self.other.set('b', server_lib.good(b'secret'))
        hosts = safe_connections.Hosts(frozenset(), frozenset({self.server.host}))
        self.client = web_requests.Client(hosts, _LIMITS, {'User-Agent': 'test/1'})
        self.addCleanup(self.client.close)

    def _follow(self, location):
        location = location.encode().decode('latin-1')  # As it comes in a header.
        self.server.set('a', server_lib.status(302, Location=location))
        with self.assertRaises(web_requests.DownloadError):
            self.client.get(self.server.url('a'))

    @parameterized.parameters(
        'http://{other}/b.jpg', '//{other}/b.jpg', 'HTTP://{other}/b.jpg',
        'http://{this}@{other}/b.jpg', 'http://{this}:x@{other}/b.jpg', 'http://{this}%40{other}/b',
        'http://{other}#@{this}/b.jpg', 'http://{other}?@{this}/', 'http://{other}\\@{this}/b.jpg',
        'http://2130706433:{port}/b.jpg', 'http://0x7f000001:{port}/b.jpg', 'http://0177.1:{port}/b',
        'http://127.1:{port}/b.jpg', 'http://127.0.0.1.:{port}/b.jpg', 'http://localhost:{port}/b',
        'http://[::ffff:127.0.0.1]:{port}/b.jpg', 'http://[::1]:{port}/b.jpg', 'http://0:{port}/b.jpg',
        'http://①②⑦.0.0.1:{port}/b.jpg', 'http://127。0。0。1:{port}/b.jpg', 'http:////{other}/b.jpg',
        'https://{other}/b.jpg', 'https://{this}/a.jpg', 'ftp://{this}/a.jpg', 'file:///etc/passwd',
        'gopher://{this}/_x', 'data:image/png;base64,AA', 'jar:http://{other}!/', 'http://', 'http:///',
        'unix:/run/docker.sock', 'http://{this}:80/a.jpg', 'http://{other}\t/b.jpg', 'ws://{this}/',
    )  # fmt: skip
    def test_redirects_elsewhere(self, location):
        places = {'this': self.server.host, 'other': self.other.host}
        port = self.other.host.partition(':')[2]
        with mock.patch.object(
            safe_connections.Connection, 'connect', autospec=True,
            side_effect=safe_connections.Connection.connect,
        ) as connect:  # fmt: skip
            self._follow(location.format(**places, port=port))
        self.assertEmpty(self.other.requests)
        for call in connect.call_args_list:
            self.assertEqual(f'{call.args[0].host}:{call.args[0].port}', self.server.host)

    @hostile.settings(100)
    @hypothesis.given(
        strategies.text(strategies.sampled_from('/\\@:?#.[]%0127 \tah'), max_size=12),
        strategies.sampled_from(('', 'http:', '//', 'http://', 'https://', 'file:', '\\\\')),
    )
    def test_any_redirect(self, text, start):
        self.server.requests.clear()
        self._follow(start + text + self.other.host)
        self.assertEmpty(self.other.requests)
        self.assertTrue(all(path.startswith('/') for _, path, _ in self.server.requests))

    @parameterized.parameters(
        (['http://b.org/x'], 'http'),
        (['HtTp://b.org/x'], 'http'),
        (['/x', 'https://b.org/', '//a.org/x', 'http://a.org/x'], 'http'),
        (['ftp://a.org/'], 'ftp'),
    )
    def test_from_https_to_another_scheme(self, locations, scheme):
        with mock.patch.object(
            web_requests.Client, '_get_once', autospec=True, side_effect=locations
        ) as get:
            with self.assertRaisesRegex(web_requests.RefusedError, 'from https to another'):
                self.client.get('https://a.org/')
        self.assertLen(get.call_args_list, len(locations))
        schemes = {call.args[1].partition(':')[0] for call in get.call_args_list}
        self.assertNotIn(scheme, schemes)

    def test_from_http_to_https(self):
        answer = web_requests.Answer(b'x', True)
        with mock.patch.object(
            web_requests.Client, '_get_once', autospec=True, side_effect=['https://a.org/', answer]
        ):
            self.assertEqual(self.client.get('http://a.org/'), answer)

    def test_a_name_that_changes_its_meaning(self):
        # Public when it is asked for the first time, and this machine when it is connected to.
        host, _, port = self.other.host.partition(':')
        place = f'public.example:{port}'
        hosts = safe_connections.Hosts(frozenset({place}), frozenset())
        client = web_requests.Client(hosts, _LIMITS, {})
        entries = [
            [(socket.AF_INET, socket.SOCK_STREAM, 6, '', (address, int(port)))]
            for address in (_PUBLIC, host, host)
        ]
        connected = []

        def connect(_, address):
            connected.append(address)
            raise ConnectionRefusedError

        with mock.patch.object(socket, 'getaddrinfo', side_effect=entries):
            with mock.patch.object(socket.socket, 'connect', connect):
                for error in (web_requests.BusyError, web_requests.RefusedError):
                    with self.assertRaises(error):
                        client.get(f'http://{place}/b.jpg')
        self.assertEqual(connected, [(_PUBLIC, int(port))])
        self.assertEmpty(self.other.requests)

    @parameterized.parameters(
        b'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc',
        b'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nabc',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc',
        b'HTTP/1.1 200 OK\r\n' + b'X: y\r\n' * 1000 + b'\r\n',
        b'HTTP/1.1 200 OK\r\nX: ' + b'y' * 100_000 + b'\r\n\r\n',
        b'HTTP/1.1 302 Found\r\nLocation: /a.jpg\r\n X: y\r\nContent-Length: 0\r\n\r\n',
        b'HTTP/1.1 302 Found\r\nLocation: \xff\xfe/\r\nContent-Length: 0\r\n\r\n',
        b'HTTP/1.1 100 Continue\r\n\r\n' * 1000,
        b'HTTP/9.9 200 OK\r\n\r\n',
        b'HTTP/1.1 99999 OK\r\n\r\n',
        b'HTTP/1.1 -200 OK\r\n\r\n',
        b'\r\n' * 1000,
        b'\x16\x03\x01\x02\x00',
    )
    def test_answers_that_are_none(self, answer):
        def send(handler):
            handler.wfile.write(answer)
            handler.close_connection = True

        self.server.set('a', send)
        try:
            found = self.client.get(self.server.url('a'))
        except web_requests.DownloadError as error:
            self.assertTrue(str(error))
        else:
            self.assertLessEqual(len(found.content), _LIMITS.max_bytes)


class LimitsTest(absltest.TestCase):
    def test_many_answers_that_say_wait_end_in_time(self):
        server = self.enter_context(server_lib.started())

        def wait_forever(handler):
            while True:
                handler.wfile.write(b'HTTP/1.1 100 Continue\r\n\r\n')
                handler.wfile.flush()
                handler.owner.pause(0.01)

        server.set('a', wait_forever)
        hosts = safe_connections.Hosts(frozenset(), frozenset({server.host}))
        limits = dataclasses.replace(_LIMITS, max_seconds=0.5)
        client = web_requests.Client(hosts, limits, {})
        self.addCleanup(client.close)
        with self.assertRaisesRegex(web_requests.BusyError, 'in time'):
            client.get(server.url('a'))


if __name__ == '__main__':
    absltest.main()
