"""Connections to allowed hosts only, that end in time.

A host is allowed by name and port, and must not lead to an address inside a private network, unless
the user named it: an answer that redirects elsewhere, or a name that suddenly means this machine,
reaches nothing. The address that was checked is the one that is connected to.
"""

import dataclasses
import http.client
import ipaddress
import math
import socket
import ssl
import time

_DEFAULT_PORTS = {'http': 80, 'https': 443}
# Addresses behind which others are hidden: of NAT64.
_TRANSLATED = ipaddress.ip_network('64:ff9b::/96')
# The only part of IPv6 that is given out to the public, and what is set apart in it and in IPv4,
# which not every Python that runs this knows.
_GIVEN_OUT = ipaddress.ip_network('2000::/3')
_SET_APART = tuple(map(ipaddress.ip_network, ('192.0.0.0/24', '192.88.99.0/24', '3fff::/20')))

Place = tuple[str, str, int]


class ForbiddenError(Exception):
    """An address that may not be asked; the message says why."""


@dataclasses.dataclass(frozen=True)
class Hosts:
    """Which hosts may be asked, each a name for the usual ports, or name:port.

    Attributes:
        allowed: may be asked at public addresses.
        trusted: may be asked wherever they are.
    """

    allowed: frozenset[str]
    trusted: frozenset[str]

    def check(self, place: Place) -> None:
        """Raises ForbiddenError unless scheme, host and port are allowed."""
        scheme, host, port = place
        if scheme not in _DEFAULT_PORTS:
            raise ForbiddenError(f'the scheme {scheme!r} is neither http nor https')
        if not _names(place) & (self.allowed | self.trusted):
            raise ForbiddenError(f'{host}:{port} is not among --allowed_hosts')

    def resolve(self, place: Place) -> list[tuple[socket.AddressFamily, tuple]]:
        """Returns the addresses of a place that may be connected to.

        Raises:
            ForbiddenError: when there are only others.
            OSError: when the name is not known.
        """
        self.check(place)
        _, host, port = place
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if not _names(place) & self.trusted:
            found = [entry for entry in found if _is_public(entry[4][0])]
        if not found:
            raise ForbiddenError(f'{host} is at an address in a private network')
        return [(family, address) for family, _, _, _, address in found]


class Connection(http.client.HTTPConnection):
    """A connection to one place, kept for several requests."""

    def __init__(
        self, place: Place, hosts: Hosts, patience_seconds: float, tls: ssl.SSLContext | None
    ) -> None:
        """Connects to nothing yet.

        Args:
            place: scheme, host and port.
            hosts: what may be connected to.
            patience_seconds: how long to wait for a connection, or for anything to arrive.
            tls: from make_tls, for https.
        """
        scheme, host, port = self._place = place
        self.default_port = _DEFAULT_PORTS[scheme]
        super().__init__(host, port)
        self._hosts, self._tls, self._patience = hosts, tls, patience_seconds
        self._deadline = math.inf

    def set_deadline(self, deadline: float) -> None:
        """Says when, by time.monotonic, the next answer must be complete."""
        self._deadline = deadline
        if self.sock is not None:
            self.sock.deadline = deadline
            self.sock.check_time()

    def connect(self) -> None:
        """Connects to the first address that answers; http.client calls it."""
        error: OSError | None = None
        for family, address in self._hosts.resolve(self._place):
            plain = _PlainSocket(family, socket.SOCK_STREAM)
            try:
                self.sock = self._open(plain, address)
                return
            except OSError as caught:
                plain.close()
                error = caught
        raise error or OSError('no address')

    def _open(self, plain: '_PlainSocket', address: tuple) -> '_Timed':
        plain.patience, plain.deadline = self._patience, self._deadline
        plain.check_time()
        plain.connect(address)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return plain
        plain.check_time()
        wrapped = self._tls.wrap_socket(plain, server_hostname=self.host)
        wrapped.patience, wrapped.deadline = self._patience, self._deadline
        return wrapped

    def abort(self) -> None:
        """Makes whoever waits for this connection, in another thread, fail at once."""
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def make_tls() -> ssl.SSLContext:
    """Returns the usual settings of TLS, certificates checked, for sockets that end in time."""
    context = ssl.create_default_context()
    context.sslsocket_class = _TlsSocket
    return context


class _Timed:
    """Of a socket: however an answer trickles, it is over by the deadline."""

    patience = math.inf
    deadline = math.inf

    def check_time(self) -> None:
        """Sets how long the next step may take; raises TimeoutError when no time is left."""
        left = min(self.patience, self.deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError('timed out')
        self.settimeout(left if math.isfinite(left) else None)

    def recv_into(self, *arguments: object) -> int:
        self.check_time()
        return super().recv_into(*arguments)


class _PlainSocket(_Timed, socket.socket):
    """A socket that ends in time."""


class _TlsSocket(_Timed, ssl.SSLSocket):
    """A socket of TLS that ends in time."""


def place_of(scheme: str, host: str | None, port: int | None) -> Place:
    """Returns a place with its port, in lower case."""
    scheme = scheme.lower()
    return scheme, (host or '').lower(), port or _DEFAULT_PORTS.get(scheme, 0)


def _names(place: Place) -> set[str]:
    """Returns the entries in a list of hosts that would mean a place."""
    scheme, host, port = place
    usual = {host} if port == _DEFAULT_PORTS[scheme] else set()
    return {f'{host}:{port}'} | usual


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition('%')[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        else:
            address = address.ipv4_mapped or address.sixtofour or address
    if isinstance(address, ipaddress.IPv6Address) and address not in _GIVEN_OUT:
        return False
    if any(address in network for network in _SET_APART):
        return False
    return address.is_global and not address.is_multicast
