"""Fetches photographs, in threads, until all are there or known to be nowhere."""

import collections
import contextlib
import dataclasses
import os
import pathlib
import queue
import re
import threading
from collections.abc import Iterator
from collections.abc import Sequence

from absl import logging

from common import atomic
from common import errors
from common import progress
from common import sizes
from pinterest import ledgers
from pinterest import pacing
from pinterest import photograph_urls
from pinterest import photographs
from pinterest import safe_connections
from pinterest import web_requests

# What becomes of a photograph.
FETCHED, KEPT, KNOWN, GONE, FAILED = 'fetched', 'kept', 'known', 'gone', 'failed'
_FAILURES = (GONE, FAILED)
_LEFTOVER = re.compile(r'\.[A-Za-z0-9_-]+\.jpg\.tmp-\d+-[0-9a-f]+')
_JOIN_SECONDS = 2.0
_MAX_NAMED = 10


@dataclasses.dataclass(frozen=True)
class Options:
    """How to fetch.

    Attributes:
        template: of the addresses.
        allowed_hosts: beside the template's, where redirects may lead.
        user_agent: how we call ourselves.
        requests_per_second: of all threads together.
        concurrency: threads.
        max_retries: of one photograph.
        backoff_seconds: the longest wait before the first retry; it doubles.
        max_wait_seconds: the longest wait that a server may ask for.
        max_failures: how many photographs may fail.
        retry_failed: ask again for what is in the ledger.
        limits: of answers.
    """

    template: photograph_urls.Template
    allowed_hosts: frozenset[str] = frozenset()
    user_agent: str = 'recommender-toolkit'
    requests_per_second: float = 2.0
    concurrency: int = 4
    max_retries: int = 5
    backoff_seconds: float = 1.0
    max_wait_seconds: float = 300.0
    max_failures: int = 100
    retry_failed: bool = False
    limits: web_requests.Limits = dataclasses.field(default_factory=web_requests.Limits)


@dataclasses.dataclass
class Totals:
    """What became of the photographs.

    Attributes:
        outcomes: how many of each.
        reasons: of those that failed.
        num_bytes: fetched.
    """

    outcomes: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    reasons: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    num_bytes: int = 0

    @property
    def failures(self) -> int:
        """The number of photographs that failed in this run."""
        return sum(self.outcomes[outcome] for outcome in _FAILURES)

    @property
    def usable(self) -> int:
        """The number of photographs that are there now."""
        return self.outcomes[FETCHED] + self.outcomes[KEPT]

    def summary(self) -> str:
        """Returns the totals in words."""
        text = (
            f'fetched {self.outcomes[FETCHED]} photographs ({sizes.show(self.num_bytes)}), kept '
            f'{self.outcomes[KEPT]} that were there, left out {self.outcomes[KNOWN]} known not to '
            f'be; {self.failures} failed'
        )
        reasons = ', '.join(f'{count} {reason}' for reason, count in self.reasons.most_common())
        return f'{text}: {reasons}' if reasons else text


def fetch_all(ids: Sequence[str], output_dir: str, options: Options) -> Totals:
    """Fetches the photographs of identifiers into a directory, which may hold some already.

    Each is decoded before it is written as ID.jpg, whole. What there is not goes into the ledger,
    ledgers.NAME; the next run does not ask for it again.

    Args:
        ids: identifiers, each once.
        output_dir: made when it is not there.
        options: how.

    Raises:
        InputError: when too many fail, or the server asks to wait for too long; what was fetched
            until then stays.
    """
    os.makedirs(output_dir, exist_ok=True)
    totals = Totals()
    with (
        ledgers.open_ledger(output_dir) as ledger,
        progress.Progress(len(ids), 'photographs') as shown,
    ):
        _remove_leftovers(output_dir)
        fetcher = _Fetcher(ids, output_dir, ledger, options)
        with contextlib.closing(fetcher.results()) as results:
            for result in results:
                _count(result, ledger, totals)
                note = f'{totals.outcomes[FETCHED]} fetched, {totals.failures} failed'
                shown.add(1, note)
                if totals.failures > options.max_failures:
                    raise errors.InputError(
                        f'{totals.failures} photographs failed, more than --max_failures='
                        f'{options.max_failures}; the last was {result.url}: {result.reason}. '
                        'What was fetched is kept; run it again to go on'
                    )
    return totals


@dataclasses.dataclass(frozen=True)
class _Result:
    """What became of one photograph."""

    id: str
    url: str
    outcome: str
    reason: str = ''
    num_bytes: int = 0


def _count(result: _Result, ledger: ledgers.Ledger, totals: Totals) -> None:
    totals.outcomes[result.outcome] += 1
    totals.num_bytes += result.num_bytes
    if result.outcome == GONE:
        ledger.add(result.id, result.url, result.reason)
    if result.outcome in _FAILURES:
        totals.reasons[result.reason] += 1
        if totals.failures <= _MAX_NAMED:
            logging.warning('%s: %s', result.url, result.reason)


class _Fetcher:
    """The threads, what they share, and what they found."""

    def __init__(
        self, ids: Sequence[str], output_dir: str, ledger: ledgers.Ledger, options: Options
    ) -> None:
        self._ids, self._output_dir, self._options = ids, output_dir, options
        self._ledger = ledger
        self._pacer = pacing.Pacer(options.requests_per_second)
        self._jobs: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[_Result | Exception] = queue.SimpleQueue()
        self._hosts = safe_connections.Hosts(
            frozenset((options.template.host,)), options.allowed_hosts
        )
        self._clients: list[web_requests.Client] = []

    def results(self) -> Iterator[_Result]:
        """Yields what becomes of the photographs, in the order in which it is known.

        Raises:
            Exception: whatever a thread raises.
        """
        threads = [self._start() for _ in range(min(self._options.concurrency, len(self._ids)))]
        for identifier in self._ids:
            self._jobs.put(identifier)
        for _ in threads:
            self._jobs.put(None)
        try:
            for _ in self._ids:
                result = self._results.get()
                if isinstance(result, Exception):
                    raise result
                yield result
        finally:
            self._pacer.stop()
            for client in self._clients:
                client.abort()
            for thread in threads:
                thread.join(_JOIN_SECONDS)

    def _start(self) -> threading.Thread:
        headers = {'User-Agent': self._options.user_agent}
        client = web_requests.Client(self._hosts, self._options.limits, headers, self._pacer.wait)
        self._clients.append(client)
        thread = threading.Thread(target=self._work, args=(client,), daemon=True)
        thread.start()
        return thread

    def _work(self, client: web_requests.Client) -> None:
        with contextlib.closing(client):
            while (identifier := self._jobs.get()) is not None:
                try:
                    self._results.put(self._process(client, identifier))
                except pacing.StoppedError:
                    return
                except Exception as error:
                    self._results.put(error)
                    return

    def _process(self, client: web_requests.Client, identifier: str) -> _Result:
        path = photographs.path_of(self._output_dir, identifier)
        url = self._options.template.url(identifier)
        if _is_whole(path):
            return _Result(identifier, url, KEPT)
        if not self._options.retry_failed and self._ledger.knows(identifier, url):
            return _Result(identifier, url, KNOWN)
        try:
            content = self._get(client, url)
        except web_requests.GoneError as error:
            return _Result(identifier, url, GONE, str(error))
        except web_requests.DownloadError as error:
            return _Result(identifier, url, FAILED, str(error))
        with atomic.output_file(path, overwrite=True) as temporary:
            pathlib.Path(temporary).write_bytes(content)
        return _Result(identifier, url, FETCHED, num_bytes=len(content))

    def _get(self, client: web_requests.Client, url: str) -> bytes:
        """Returns a photograph, after as many tries as are allowed."""
        for attempt in range(self._options.max_retries + 1):
            try:
                return _checked(client.get(url))
            except web_requests.BusyError as error:
                if attempt == self._options.max_retries:
                    raise
                self._recover(error, attempt)
        raise AssertionError('the last try returns or raises')

    def _recover(self, error: web_requests.BusyError, attempt: int) -> None:
        """Waits before another try; when a server has too much to do, so do all threads."""
        seconds = pacing.backoff(attempt, self._options.backoff_seconds)
        if error.wait_seconds is not None:
            if error.wait_seconds > self._options.max_wait_seconds:
                raise errors.InputError(
                    f'{self._options.template.host} asks to wait {error.wait_seconds:.0f} s, more '
                    f'than --max_wait_seconds={self._options.max_wait_seconds:g}; run it again '
                    'then: what was fetched is kept'
                )
            seconds += error.wait_seconds
        if error.is_overload:
            self._pacer.hold(seconds)
        else:
            self._pacer.sleep(seconds)


def _checked(answer: web_requests.Answer) -> bytes:
    """Returns what an answer holds when that is a photograph."""
    try:
        photographs.verify(answer.content)
    except photographs.PhotographError as error:
        if error.reason == photographs.DAMAGED and not answer.is_whole:
            raise web_requests.BusyError('an answer that was cut off') from error
        raise web_requests.GoneError(error.reason) from error
    return answer.content


def _is_whole(path: str) -> bool:
    try:
        photographs.verify(path)
    except photographs.PhotographError:
        return False
    return True


def _remove_leftovers(folder: str) -> None:
    """Removes what runs that were killed left half-written."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if _LEFTOVER.fullmatch(entry.name):
                os.unlink(entry.path)
