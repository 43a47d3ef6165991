"""Gets a file from the web: redirects, sizes and times are limited, and failures have kinds."""

import dataclasses
import email.utils
import functools
import http.client
import re
import ssl
import time
import urllib.parse
from collections.abc import Callable
from collections.abc import Mapping

from common import sizes
from pinterest import safe_connections

_PIECE_BYTES = 1 << 16
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY_STATUSES = (408, 425, 429)
# Of these a server means all that is asked of it, and not one file.
_OVERLOADED = (429, 503)
_RESERVED = "%/:?#[]@!$&'()*+,;=~"


class DownloadError(Exception):
    """A file that was not got; the message is the same for the same fault."""


class GoneError(DownloadError):
    """A file that there is not, and will not be."""


class RefusedError(DownloadError):
    """A file that is not got in this way; with other settings perhaps."""


class BusyError(DownloadError):
    """A file that may be got later.

    Attributes:
        wait_seconds: what the server asks for, if anything.
        is_overload: whether the server has too much to do, for this file or another.
    """

    def __init__(
        self, reason: str, wait_seconds: float | None = None, is_overload: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait_seconds, self.is_overload = wait_seconds, is_overload


@dataclasses.dataclass(frozen=True)
class Limits:
    """What an answer may take.

    Attributes:
        max_bytes: of a file.
        patience_seconds: for a connection, or until anything more arrives.
        max_seconds: for a whole answer.
        max_redirects: that are followed for one file.
        permanent_statuses: that say that there is no such file.
    """

    max_bytes: int = 20 * 10**6
    patience_seconds: float = 20.0
    max_seconds: float = 60.0
    max_redirects: int = 5
    permanent_statuses: frozenset[int] = frozenset((404, 410))


@dataclasses.dataclass(frozen=True)
class Answer:
    """A file, and whether its length was told, so that it is known to be whole."""

    content: bytes
    is_whole: bool


class Client:
    """Gets files one after the other; for one thread."""

    def __init__(
        self,
        hosts: safe_connections.Hosts,
        limits: Limits,
        headers: Mapping[str, str],
        before_request: Callable[[], None] = lambda: None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            hosts: that may be asked.
            limits: of answers.
            headers: of every request.
            before_request: called before every request, also after a redirect; may wait.
        """
        self._hosts, self._limits, self._before_request = hosts, limits, before_request
        self._headers = {'Accept': 'image/*', 'Accept-Encoding': 'identity', **headers}
        self._connections: dict[safe_connections.Place, safe_connections.Connection] = {}

    @functools.cached_property
    def _tls(self) -> ssl.SSLContext:
        return safe_connections.make_tls()

    def get(self, url: str) -> Answer:
        """Returns the file at an address.

        Raises:
            GoneError: when the server says that there is none.
            RefusedError: when it is too large, elsewhere, or not to be had.
            BusyError: when the server or the network failed.
        """
        for _ in range(self._limits.max_redirects + 1):
            self._before_request()
            found = self._get_once(url)
            if isinstance(found, Answer):
                return found
            following = _join(url, found)
            if _is_encrypted(url) and not _is_encrypted(following):
                raise RefusedError('a redirect from https to another scheme')
            url = following
        raise RefusedError(f'over {self._limits.max_redirects} redirects')

    def abort(self) -> None:
        """Makes a get in another thread fail soon."""
        for connection in list(self._connections.values()):
            connection.abort()

    def close(self) -> None:
        """Closes all connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _get_once(self, url: str) -> Answer | str:
        """Returns the file, or the address that the server sends us on to."""
        try:
            parts = urllib.parse.urlsplit(url)
            place = safe_connections.place_of(parts.scheme, parts.hostname, parts.port)
            self._hosts.check(place)
            target = urllib.parse.urlunsplit(('', '', parts.path or '/', parts.query, ''))
            return self._ask(place, target)
        except safe_connections.ForbiddenError as error:
            raise RefusedError(str(error)) from error
        except ssl.SSLCertVerificationError as error:
            raise RefusedError('a certificate that is not valid') from error
        except TimeoutError as error:
            self._drop(place)
            raise BusyError('no whole answer in time') from error
        except (OSError, http.client.HTTPException) as error:
            self._drop(place)
            raise BusyError(f'a broken answer ({type(error).__name__})') from error
        except ValueError as error:
            raise RefusedError('an address that is none') from error

    def _ask(self, place: safe_connections.Place, target: str) -> Answer | str:
        connection = self._connections.get(place)
        if connection is not None:
            try:
                return self._read(connection, self._send(connection, target))
            except (http.client.RemoteDisconnected, ConnectionError):
                self._drop(place)  # It was kept too long; a new one may do.
                self._before_request()
        tls = self._tls if place[0] == 'https' else None
        connection = safe_connections.Connection(
            place, self._hosts, self._limits.patience_seconds, tls
        )
        self._connections[place] = connection
        return self._read(connection, self._send(connection, target))

    def _send(
        self, connection: safe_connections.Connection, target: str
    ) -> http.client.HTTPResponse:
        connection.set_deadline(time.monotonic() + self._limits.max_seconds)
        connection.request('GET', target, headers=self._headers)
        return connection.getresponse()

    def _read(
        self, connection: safe_connections.Connection, response: http.client.HTTPResponse
    ) -> Answer | str:
        status = response.status
        if status == http.client.OK:
            try:
                return self._read_body(response)
            except DownloadError:
                connection.close()  # There is more to come on it.
                raise
        # A short page that says what is wrong is read, so that the connection can be kept.
        if response.length is not None and response.length <= _PIECE_BYTES:
            response.read()
        else:
            connection.close()
        location = response.getheader('Location')
        if status in _REDIRECTS and location:
            return urllib.parse.quote(location.strip(), _RESERVED, 'latin-1', 'replace')
        reason = f'status {status}'
        if status in self._limits.permanent_statuses:
            raise GoneError(reason)
        if status >= 500 or status in _BUSY_STATUSES:
            wait = parse_retry_after(response.getheader('Retry-After'), time.time())
            raise BusyError(reason, wait, status in _OVERLOADED)
        raise RefusedError(reason)

    def _read_body(self, response: http.client.HTTPResponse) -> Answer:
        limit = self._limits.max_bytes
        is_told = response.length is not None or response.chunked
        pieces, size = [], 0
        while size + (response.length or 0) <= limit and (piece := response.read1(_PIECE_BYTES)):
            pieces.append(piece)
            size += len(piece)
        if size + (response.length or 0) > limit:
            raise RefusedError(f'over {sizes.show(limit)}')
        if response.length:
            raise BusyError('an answer that was cut off')
        response.read()  # Nothing; it tells the connection that the answer is over.
        return Answer(b''.join(pieces), bool(is_told))

    def _drop(self, place: safe_connections.Place) -> None:
        connection = self._connections.pop(place, None)
        if connection is not None:
            connection.close()


def _is_encrypted(url: str) -> bool:
    return url.partition(':')[0].lower() == 'https'


def _join(url: str, location: str) -> str:
    try:
        return urllib.parse.urljoin(url, location)
    except ValueError as error:
        raise RefusedError('an address that is none') from error


def parse_retry_after(text: str | None, now: float) -> float | None:
    """Returns the seconds that a Retry-After header asks for: a number of them, or a date.

    Args:
        text: of the header, if there is one.
        now: seconds since 1970.
    """
    text = (text or '').strip()
    if re.fullmatch('[0-9]{1,9}', text):
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
