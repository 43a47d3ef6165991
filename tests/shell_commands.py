"""Runs lines of a shell as a user pastes them, without the start of Python and Java for each.

In the shell, `python -m PROGRAM` and `scripts/spark_submit.sh PROGRAM.py` lead to a client that has
the program run elsewhere, with the client's own streams, words, folder and environment: in a fork
of a process that has loaded the libraries (tests.programs), or, on Spark, one after another in a
process with one JVM (tests/spark_chain.py). All else is what it is to a user.
"""

import json
import os
import pathlib
import socketserver
import subprocess
import sys
import threading

from tests import programs
from tests import spark_chain

_CLIENT = """#!{python} -SE
import json, os, socket, sys
words = sys.argv[1:]
if {is_python} and words[:1] != ['-m']:
    os.execv({python!r}, [{python!r}, *words])
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
asked = [{is_python}, words, os.getpid(), os.getcwd(), dict(os.environ)]
server.sendall(json.dumps(asked).encode() + b'\\n')
sys.exit(int(server.recv(100) or b'70'))
"""


class Shell:
    """A shell in a folder; a context manager, since it has a server for its programs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._chain = None

    def __enter__(self) -> 'Shell':
        """Starts the server and writes the clients."""
        address = str(self.folder / '.socket')
        self._server = socketserver.ThreadingUnixStreamServer(address, _Handler)
        self._server.shell = self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        for path, is_python in (('.bin/python', True), ('scripts/spark_submit.sh', False)):
            client = self.folder / path
            client.parent.mkdir()
            text = _CLIENT.format(python=sys.executable, address=address, is_python=is_python)
            client.write_text(text)
            client.chmod(0o755)
        return self

    def __exit__(self, *error: object) -> None:
        """Ends the server and the JVM."""
        self._server.shutdown()
        self._server.server_close()
        if self._chain:
            self._chain.communicate(timeout=60)

    def run(self, lines: str) -> subprocess.CompletedProcess:
        """Runs lines until one of them fails; the result has stdout and stderr as text."""
        path = f'{self.folder}/.bin{os.pathsep}{os.environ["PATH"]}'
        return subprocess.run(
            ['bash', '-euo', 'pipefail', '-c', lines],
            capture_output=True,
            cwd=self.folder,
            env={**os.environ, 'PATH': path},
            text=True,
            timeout=500,
            check=False,
        )

    def run_on_spark(self, words: list[str], stderr: str) -> int:
        """Runs a program in the process that has the JVM; returns its exit status."""
        with self._lock, open(stderr, 'w') as file:
            chain = self._start_chain()
            print(json.dumps([words[0], words[1:], None]), file=chain.stdin, flush=True)
            for line in chain.stderr:
                text, ended, status = line.partition(spark_chain.ENDED)
                file.write(text)
                if ended:
                    return int(status)
        return chain.wait()

    def _start_chain(self) -> subprocess.Popen:
        if self._chain is None:
            settings = {
                'PYSPARK_SUBMIT_ARGS': '--master local[2] pyspark-shell',
                'PYTHONPATH': str(programs.ROOT),
            }
            self._chain = subprocess.Popen(
                [sys.executable, str(programs.ROOT / 'tests' / 'spark_chain.py'), '-'],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=self.folder,
                env={**os.environ, **settings},
                text=True,
            )
        return self._chain


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        is_python, words, pid, cwd, environment = json.loads(self.rfile.readline())
        streams = [f'/proc/{pid}/fd/{number}' for number in range(3)]
        if is_python:
            status = programs.run_with(words[1], words[2:], streams, cwd, environment)
        else:
            status = self.server.shell.run_on_spark(words, streams[2])
        self.wfile.write(b'%d' % status)
