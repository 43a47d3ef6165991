"""Progress of long work: a bar on a terminal, a log line now and then elsewhere."""

import sys
import time

import tqdm
from absl import logging

_LOG_SECONDS = 5.0


class Progress:
    """Shows how much was done, at which rate, and what remains. A context manager."""

    def __init__(self, total: float, unit: str, scale: float = 1.0) -> None:
        """Starts the clock.

        Args:
            total: what there is to do.
            unit: what is counted, such as MB.
            scale: how many of what is counted make one unit, such as 1e6 bytes.
        """
        self._total, self._unit, self._scale = total / scale, unit, scale
        self._done = 0.0
        self._started = self._logged = time.monotonic()
        self._bar = tqdm.tqdm(total=self._total, unit=unit, disable=not sys.stderr.isatty())

    def __enter__(self) -> 'Progress':
        """Returns the progress."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Closes the bar."""
        self._bar.close()

    def add(self, done: float, note: str = '') -> None:
        """Shows that more was done.

        Args:
            done: how much more.
            note: what else there is to say, such as '1200 playlists'.
        """
        self._done += done / self._scale
        self._bar.update(done / self._scale)
        self._bar.set_postfix_str(note, refresh=False)
        now = time.monotonic()
        if self._bar.disable and now - self._logged >= _LOG_SECONDS:
            self._logged = now
            rate = self._done / (now - self._started)
            left = (self._total - self._done) / rate if rate else 0.0
            logging.info(
                '%.0f of %.0f %s, %.1f a second, about %.0f s left%s',
                self._done,
                self._total,
                self._unit,
                rate,
                left,
                f'; {note}' if note else '',
            )
