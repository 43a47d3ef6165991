"""A server of HTTP on this machine that answers as it is told, well or badly."""

import contextlib
import email.utils
import http.server
import socket
import struct
import threading
import time


class Server:
    """Serves; a context manager.

    Attributes:
        answers: of each path the answers, functions of a handler; the last one repeats.
        requests: (time, path, headers) of what was asked.
        host: 127.0.0.1:PORT.
    """

    def __init__(self, tls=None):
        self.answers, self.requests = {}, []
        self._stopped = threading.Event()
        handler = type('Handler', (_Handler,), {'owner': self})
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.scheme = 'http' if tls is None else 'https'
        self.host = f'127.0.0.1:{self._server.server_port}'

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def template(self):
        return f'{self.scheme}://{self.host}/{{id}}.jpg'

    def url(self, identifier):
        return self.template.replace('{id}', identifier)

    def set(self, identifier, *answers):
        self.answers[f'/{identifier}.jpg'] = list(answers)

    def asked(self, identifier):
        """Returns how often a photograph was asked for."""
        return sum(path == f'/{identifier}.jpg' for _, path, _ in self.requests)

    def pause(self, seconds):
        """Waits; raises when the server stops."""
        if self._stopped.wait(seconds):
            raise ConnectionAbortedError


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    wbufsize = 1 << 16

    def do_GET(self):
        self.owner.requests.append((time.monotonic(), self.path, dict(self.headers)))
        answers = self.owner.answers.get(self.path, [status(404)])
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *_):
        return

    def head(self, code, **headers):
        self.send_response_only(code)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.end_headers()


def good(content):
    """Answers with a file."""

    def answer(handler):
        handler.head(200, Content_Length=str(len(content)))
        handler.wfile.write(content)

    return answer


def unsized(content):
    """Answers with a file that ends when the connection does."""

    def answer(handler):
        handler.head(200, Connection='close')
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


def chunked(content):
    """Answers with a file in two chunks."""

    def answer(handler):
        handler.head(200, Transfer_Encoding='chunked')
        for piece in (content[:100], content[100:], b''):
            handler.wfile.write(b'%x\r\n%s\r\n' % (len(piece), piece))

    return answer


def status(code, **headers):
    """Answers with a status and a short page."""

    def answer(handler):
        handler.head(code, Content_Length='4', **headers)
        handler.wfile.write(b'page')

    return answer


def busy_until(seconds):
    """Answers that it is busy until a time from now."""

    def answer(handler):
        date = email.utils.formatdate(time.time() + seconds, usegmt=True)
        status(503, Retry_After=date)(handler)

    return answer


def truncated(content):
    """Answers with less than it said."""

    def answer(handler):
        handler.head(200, Content_Length=str(len(content) + 1000))
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


def too_long(size):
    """Says that it is about to send much, and sends nothing."""

    def answer(handler):
        handler.head(200, Content_Length=str(size))
        handler.wfile.flush()
        handler.owner.pause(9)

    return answer


def endless(handler):
    """Sends without end."""
    handler.head(200, Connection='close')
    while True:
        handler.wfile.write(bytes(1 << 16))
        handler.owner.pause(0)


def trickling(handler):
    """Sends a byte now and then without end."""
    handler.head(200, Content_Length='1000000')
    _trickle(handler, b'x')


def trickling_headers(handler):
    """Sends headers without end, a byte now and then."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nX: ')
    _trickle(handler, b'y')


def _trickle(handler, data):
    while True:
        handler.wfile.write(data)
        handler.wfile.flush()
        handler.owner.pause(0.01)


def silent(handler):
    """Says nothing."""
    handler.owner.pause(9)


def hang_up(handler):
    """Ends the connection without an answer."""
    handler.close_connection = True


def reset(handler):
    """Breaks the connection in the middle."""
    handler.head(200, Content_Length='1000')
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    handler.connection.close()
    handler.close_connection = True


def garbage(handler):
    """Answers in no known language."""
    handler.wfile.write(b'\x00\xff not HTTP\r\n\r\n')
    handler.close_connection = True


@contextlib.contextmanager
def started(**options):
    """Yields a server that runs."""
    with Server(**options) as server:
        yield server
