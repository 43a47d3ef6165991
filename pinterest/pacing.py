"""When to ask next: not too often, and later when a server says so."""

import random
import threading
import time

_MAX_BACKOFF_SECONDS = 60.0


class StoppedError(Exception):
    """The run ends; nothing more is asked."""


class Pacer:
    """Spreads the requests of all threads over time."""

    def __init__(self, requests_per_second: float) -> None:
        """Starts with a request at once."""
        self._interval = 1 / requests_per_second
        self._lock = threading.Lock()
        self._next = self._held = 0.0
        self._stopped = threading.Event()

    def wait(self) -> None:
        """Returns when the next request may be made.

        Raises:
            StoppedError: when the run ends.
        """
        self.sleep(0)
        while (seconds := self._take_turn()) > 0:
            self.sleep(seconds)

    def hold(self, seconds: float) -> None:
        """Lets nobody make a request for some time."""
        with self._lock:
            self._held = max(self._held, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Waits.

        Raises:
            StoppedError: when the run ends.
        """
        if self._stopped.wait(seconds):
            raise StoppedError

    def stop(self) -> None:
        """Ends every wait, now and later."""
        self._stopped.set()

    def _take_turn(self) -> float:
        """Takes the turn if there is one, and returns 0; else returns when to ask again."""
        with self._lock:
            now = time.monotonic()
            turn = max(self._next, self._held)
            if turn <= now:
                self._next = now + self._interval
            return max(0.0, turn - now)


def backoff(attempt: int, base_seconds: float) -> float:
    """Returns how long to wait after a failure: doubling, limited, and never at the same time.

    Args:
        attempt: how many failures there were before, from 0.
        base_seconds: the longest wait after the first.
    """
    longest = min(base_seconds * 2.0 ** min(attempt, 30), _MAX_BACKOFF_SECONDS)
    return longest * random.uniform(0.5, 1.0)
