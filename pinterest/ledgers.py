"""Remembers which photographs there are not, so that nobody asks for them again.

A ledger is a file of JSON lines beside the photographs: {"id", "url", "reason", "time"}. While it
is open, it keeps other runs away from its directory.
"""

import contextlib
import datetime
import fcntl
import json
import os
from collections.abc import Iterator

from absl import logging

from common import errors

NAME = 'failures.jsonl'


class Ledger:
    """An open ledger."""

    def __init__(self, path: str) -> None:
        """Opens or makes a ledger and reads it; use open_ledger.

        Raises:
            InputError: when another run has it open.
        """
        self._file = open(path, 'a+b')  # noqa: SIM115
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise errors.InputError(
                f'another run is fetching into {os.path.dirname(path)}; let it end first'
            ) from None
        self._url_of = self._read(path)

    def knows(self, identifier: str, url: str) -> bool:
        """Returns whether the photograph of an identifier was not to be had at an address."""
        return self._url_of.get(identifier) == url

    def add(self, identifier: str, url: str, reason: str) -> None:
        """Writes down that a photograph is not to be had."""
        entry = {
            'id': identifier,
            'url': url,
            'reason': reason,
            'time': datetime.datetime.now(datetime.UTC).isoformat(timespec='seconds'),
        }
        self._url_of[identifier] = url
        self._file.write(json.dumps(entry).encode() + b'\n')
        self._file.flush()

    def close(self) -> None:
        """Closes the file and lets other runs in."""
        self._file.close()

    def _read(self, path: str) -> dict[str, str]:
        """Returns the address of each identifier; ends a last line that was cut off."""
        self._file.seek(0)
        lines = self._file.read().split(b'\n')
        if lines[-1]:
            self._file.write(b'\n')
        url_of = {}
        for number, line in enumerate(filter(None, lines), start=1):
            try:
                entry = json.loads(line)
                identifier, url = entry['id'], entry['url']
                if not (isinstance(identifier, str) and isinstance(url, str)):
                    raise TypeError
                url_of[identifier] = url
            except (ValueError, KeyError, TypeError, RecursionError):
                logging.warning('%s, entry %d: not an entry; left out', path, number)
        return url_of


@contextlib.contextmanager
def open_ledger(folder: str) -> Iterator[Ledger]:
    """Yields the ledger of a directory of photographs.

    Raises:
        InputError: when another run has it open.
    """
    ledger = Ledger(os.path.join(folder, NAME))
    try:
        yield ledger
    finally:
        ledger.close()
