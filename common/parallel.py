"""Ordered map over worker processes, with bounded memory.

Workers are started by `spawn`, so they inherit no threads, locks or open files, and the
function must be a module's own or a functools.partial of one. Each worker has a pipe of its
own, item i goes to worker i modulo their number, and a pipe holds back its sender: at most one
item waits, one is computed and one result waits per worker, however slow the consumer is.
"""

import functools
import itertools
import multiprocessing
import multiprocessing.connection
import multiprocessing.context
import signal
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from common import errors

_JOIN_SECONDS = 5.0


class _End:
    """Sent to a worker after its last item, and echoed by it."""


class _Failure:
    """An exception that the function raised in a worker."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Worker:
    """A process and the pipe to it."""

    def __init__(
        self, context: multiprocessing.context.SpawnContext, function: Callable[[Any], Any]
    ) -> None:
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, function), daemon=True)
        self.process.start()
        theirs.close()

    def join(self) -> None:
        self.process.join(_JOIN_SECONDS)
        self.process.kill()  # Does nothing to one that has ended.
        self.connection.close()


def count_processes(num_workers: int, num_items: int) -> int:
    """Returns how many processes to start: none for one worker, which is this process."""
    return min(num_workers, num_items) if num_workers > 1 else 0


def ordered_map(
    function: Callable[[Any], Any], items: Iterable[Any], num_processes: int
) -> Iterator[Any]:
    """Yields function(item) of every item, in order.

    Args:
        function: what to compute; for processes it must pickle, as must items and results.
        items: read by a thread when there are processes; closed at the end if it has close().
        num_processes: processes to start; 0 computes in this one.

    Raises:
        InputError: at once when a worker dies.
        Exception: whatever the function or the items raise, after the results before it.
    """
    if num_processes == 0:
        yield from map(function, items)
        return
    workers = _start_workers(function, num_processes)
    stopped = threading.Event()
    failures: list[BaseException] = []
    feeder = threading.Thread(
        target=_feed, args=(items, workers, stopped, failures), name='feeder', daemon=True
    )
    try:
        feeder.start()
        yield from _results(workers)
        if failures:
            raise failures[0]
    finally:
        stopped.set()
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.join()
        feeder.join(_JOIN_SECONDS)


def _start_workers(function: Callable[[Any], Any], num_processes: int) -> list[_Worker]:
    """Starts the processes deaf to Ctrl-C, which the terminal sends to all of them."""
    context = multiprocessing.get_context('spawn')
    start = functools.partial(_Worker, context, function)
    if threading.current_thread() is not threading.main_thread():
        return [start() for _ in range(num_processes)]
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return [start() for _ in range(num_processes)]
    finally:
        signal.signal(signal.SIGINT, previous)


def _feed(
    items: Iterable[Any],
    workers: list[_Worker],
    stopped: threading.Event,
    failures: list[BaseException],
) -> None:
    """Sends the items round the workers; leaves an exception of the items in failures."""
    try:
        for item, worker in zip(items, itertools.cycle(workers)):
            if stopped.is_set() or not _send(worker, item):
                break
    except BaseException as error:  # pylint: disable=broad-except
        failures.append(error)
    finally:
        if hasattr(items, 'close'):
            items.close()
        for worker in workers:
            _send(worker, _End())


def _send(worker: _Worker, item: Any) -> bool:
    """Returns whether the worker took it; the side that receives says why one did not."""
    try:
        worker.connection.send(item)
    except OSError:
        return False
    return True


def _results(workers: list[_Worker]) -> Iterator[Any]:
    for worker in itertools.cycle(workers):
        result = _receive(worker, workers)
        if isinstance(result, _End):
            return
        if isinstance(result, _Failure):
            raise result.error
        yield result


def _receive(worker: _Worker, workers: list[_Worker]) -> Any:
    """Returns the next result of one worker, watching all of them."""
    while True:
        alive = [other.process.sentinel for other in workers if other.process.exitcode is None]
        ready = multiprocessing.connection.wait([worker.connection, *alive])
        for other in workers:
            if other.process.exitcode:
                raise errors.InputError(_obituary(other.process.exitcode))
        if worker.connection in ready:
            try:
                return worker.connection.recv()
            except (EOFError, OSError):
                worker.process.join(_JOIN_SECONDS)
                raise errors.InputError(_obituary(worker.process.exitcode)) from None


def _obituary(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        how = f'was killed by {signal.Signals(-exitcode).name}'
        hint = ' (out of memory?)' if exitcode == -signal.SIGKILL else ''
    else:
        how, hint = f'ended with status {exitcode}', ''
    return f'a worker process {how}{hint}; the output is not written. Try a smaller --num_workers'


def _serve(
    connection: multiprocessing.connection.Connection, function: Callable[[Any], Any]
) -> None:
    """Runs in a worker: answers items until the end, or until the main process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while not isinstance(item := connection.recv(), _End):
            connection.send(_call(function, item))
        connection.send(item)
    except (EOFError, OSError):
        return


def _call(function: Callable[[Any], Any], item: Any) -> Any:
    try:
        return function(item)
    except Exception as error:  # pylint: disable=broad-except
        return _Failure(error)
