"""Spark sessions and their input: what every distributed program stands on.

The programs hand Spark one task per part of their input. Workers decode and encode the parts in
Python, and what goes through a shuffle is blocks of bytes, never Python objects per
record. Whatever a task counts is keyed by its part, so that repeated and speculative tasks count
once.
"""

import collections
import contextlib
import os
import pathlib
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import pyspark
from absl import logging
from py4j import protocol as py4j_protocol

from common import addresses
from common import datasets
from common import errors
from common import java
from common import part_files
from common import preflight
from common import processors
from common import records

_INPUT_ERROR = re.compile(r'(?:common\.)?errors\.InputError: (.*)')
_PYTHON_ERROR = re.compile(r'^\s*(\w[\w.]*(?:Error|Exception)): (.*)$', re.MULTILINE)
_CLASS = re.compile(r'^(?:[\w$]+\.)+[\w$]+: ')  # Before the message of an exception of Java.
_STOPPED = 'Cannot call methods on a stopped SparkContext'
_FULL = 'No space left on device'
_PROGRESS_SECONDS = 10.0
_MIN_FREE_BYTES = 1 << 20
_WATCH_SECONDS = 5.0
_JAVA_NAMES = (b'spark-submit', b'spark-class', b'SparkSubmit')
_NO_EXECUTOR = (
    '%s waits: the cluster has given it no executor; is its master there, and has any worker a '
    'free core, and the memory that --executor-memory asks for?'
)


@contextlib.contextmanager
def context(
    name: str, reads: Sequence[str] = (), writes: Sequence[str] = ()
) -> Iterator[pyspark.SparkContext]:
    """Yields a quiet SparkContext, on local[*] unless spark-submit or the configuration says more.

    Args:
        name: of the application.
        reads: what the workers will read,
        writes: and write: both are looked at on every executor first.

    Raises:
        InputError: when Spark does not start, an executor cannot do the work, or a task found bad
            input, in its words.
    """
    if datasets.STDIN in reads:
        raise errors.InputError('no worker of Spark has the standard input; give it as a file')
    java.prepare_spark()
    logging.logging.getLogger('py4j').setLevel(logging.logging.ERROR)
    sc = _start(name)
    stopped = threading.Event()
    threading.Thread(target=_log_progress, args=(sc, name, stopped), daemon=True).start()
    try:
        preflight.check(sc, reads, writes)
        yield sc
    except py4j_protocol.Py4JJavaError as error:
        raise _translate(error) from error
    finally:
        stopped.set()
        _stop(sc)


def _stop(sc: pyspark.SparkContext) -> None:
    """Stops Spark, but waits not for its server of accumulators, which looks up twice a second."""
    server, sc._accumulatorServer = sc._accumulatorServer, None
    sc.stop()
    if server is not None:
        threading.Thread(target=server.shutdown, daemon=True).start()


def _start(name: str) -> pyspark.SparkContext:
    folder = tempfile.gettempdir()
    _refuse_full_folder(folder)
    try:
        with _ending_mute_java(folder):  # Without a JVM, a SparkConf knows no settings.
            pyspark.SparkContext._ensure_initialized()
        configuration = pyspark.SparkConf().setAppName(name)
        configuration.setIfMissing('spark.master', 'local[*]')
        for variable, value in processors.numpy_environment().items():
            configuration.setIfMissing(f'spark.executorEnv.{variable}', value)
        _refuse_silent_master(configuration.get('spark.master'))
        return pyspark.SparkContext(conf=configuration)
    except pyspark.errors.PySparkRuntimeError as error:
        _refuse_full_folder(folder)
        raise errors.InputError(f'Spark did not start: {error}') from error
    except py4j_protocol.Py4JJavaError as error:
        said = preflight.text_of(error).splitlines()[0]
        remedy = f'; {preflight.MORE_ROOM}' if _FULL in said else ''
        raise errors.InputError(f'Spark did not start: {_CLASS.sub("", said)}{remedy}') from error


def _refuse_full_folder(folder: str) -> None:
    """Raises InputError where Java has no room to write that it runs."""
    free = shutil.disk_usage(folder).free
    if free < _MIN_FREE_BYTES:
        raise errors.InputError(
            f'{folder} has {free >> 10} KiB left, and Java wants to write there; make room, or let '
            'TMPDIR name a folder on a larger disk'
        )


@contextlib.contextmanager
def _ending_mute_java(folder: str) -> Iterator[None]:
    """Ends a Java that cannot say that it runs: for want of room, or since we end before it could.

    PySpark would wait for the former for ever, and the latter would itself run for ever.
    """
    runs = threading.Event()
    children = pathlib.Path(f'/proc/{os.getpid()}/task/{threading.get_native_id()}/children')

    def watch() -> None:
        while not runs.wait(_WATCH_SECONDS):
            if shutil.disk_usage(folder).free < _MIN_FREE_BYTES:
                _kill_java(children)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    except BaseException:  # A signal, for the most part.
        _kill_java(children)
        raise
    finally:
        runs.set()


def _kill_java(children: pathlib.Path) -> None:
    """Kills those of a process' children that are, or are about to become, Spark's Java."""
    with contextlib.suppress(OSError):
        for pid in children.read_text().split():
            words = pathlib.Path('/proc', pid, 'cmdline').read_bytes()
            if any(name in words for name in _JAVA_NAMES):
                os.kill(int(pid), signal.SIGKILL)


def _refuse_silent_master(master: str) -> None:
    """Raises InputError where no standalone master listens; Spark would try for a minute."""
    if not master.startswith('spark://'):
        return
    if failures := addresses.unreachable(master.removeprefix('spark://').split(',')):
        raise errors.InputError(
            f'no Spark master answers at {failures}; does one run there? One of this machine is '
            'looked at by scripts/local_cluster.sh status'
        )


def _translate(error: py4j_protocol.Py4JJavaError) -> Exception:
    """Returns the error of a worker's task without the JVM's account of it."""
    text = preflight.text_of(error)
    if match := _INPUT_ERROR.search(text):
        return errors.InputError(match.group(1))
    if problem := preflight.explain(text):
        return errors.InputError(problem)
    if _FULL in text:
        return errors.InputError(
            f'a scratch disk of a worker is full ({_FULL}); {preflight.MORE_ROOM}'
        )
    if _STOPPED in text:
        return errors.InputError(
            'the cluster ended the application; what Spark said of it stands above this line'
        )
    if preflight.SHUT_DOWN in text:
        return errors.InputError('Spark was told to end; nothing half-written was left')
    if matches := _PYTHON_ERROR.findall(text):
        return RuntimeError(f'a Spark task failed: {": ".join(matches[-1])}')
    return RuntimeError(f'Spark failed: {text.splitlines()[0]}')


def _log_progress(sc: pyspark.SparkContext, name: str, stopped: threading.Event) -> None:
    tracker = sc.statusTracker()
    alone = 0  # So many times the cluster had no executor for us.
    while not stopped.wait(_PROGRESS_SECONDS):
        with contextlib.suppress(Exception):  # The JVM may be gone between two questions.
            lost = preflight.has_executors(sc) and not preflight.count_executors(sc)
            alone = alone + 1 if lost else 0
            if alone and alone % 3 == 0:
                logging.warning(_NO_EXECUTOR, name)
            for stage in tracker.getActiveStageIds():
                info = tracker.getStageInfo(stage)
                if info is not None:
                    done, tasks = info.numCompletedTasks, info.numTasks
                    logging.info('%s, stage %d: %d of %d tasks', name, stage, done, tasks)


class PartCounts(pyspark.AccumulatorParam[dict[tuple[str, str], int]]):
    """Counts by (part, what). Adding the same part again changes nothing."""

    def zero(self, value: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
        """Returns no counts."""
        return {}

    def addInPlace(
        self, value1: dict[tuple[str, str], int], value2: dict[tuple[str, str], int]
    ) -> dict[tuple[str, str], int]:
        """Merges counts; a part counted twice keeps one of its counts."""
        for key, count in value2.items():
            value1[key] = max(count, value1.get(key, 0))
        return value1


class Input:
    """A data set as Spark sees it: a part a task, with counts that come back to the driver."""

    def __init__(self, sc: pyspark.SparkContext, data: records.Dataset) -> None:
        self.data = data
        self._counts = sc.accumulator({}, PartCounts())
        self._files = part_files.open_files(sc, data.parts)
        self.parts = self._files.rdd

    @property
    def numbers(self) -> list[int] | None:
        """The number of the part in each partition; None when they follow one another."""
        return self._files.numbers

    def map_parts(
        self,
        function: Callable[[Iterator[Any], collections.Counter[str]], Iterable],
        *,
        parse: Callable[[bytes], Any] | None = None,
    ) -> pyspark.RDD:
        """Returns what function yields for the messages of each part, one partition a part.

        Args:
            function: takes an iterator over the messages of a part and a counter to fill with
                whatever it wants summed in totals(); runs on the workers.
            parse: as in records.read.
        """
        data, counts = self.data, self._counts

        def run(files: Iterator[part_files.File]) -> Iterator:
            for path, content in files:
                counter: collections.Counter[str] = collections.Counter()
                messages = records.read(data, path, content=content, parse=parse)
                yield from function(_count_read(messages, counter), counter)
                found = {(path, what): count for what, count in counter.items()}
                for (_, reason), count in data.bad.counts.items():
                    found[path, f'bad ({reason})'] = count
                counts.add(found)
                data.bad.counts.clear()

        return self.parts.mapPartitions(run)

    def totals(self) -> dict[str, int]:
        """Returns the counts of all parts so far, by what was counted.

        Raises:
            InputError: when more records were bad, in all, than allowed.
        """
        totals: collections.Counter[str] = collections.Counter()
        for (_, what), count in sorted(self._counts.value.items()):
            totals[what] += count
        bad = {what: count for what, count in totals.items() if what.startswith('bad (')}
        if sum(bad.values()) > self.data.bad.limit:
            found = ', '.join(f'{count} {what}' for what, count in bad.items())
            raise errors.InputError(
                f'{self.data.pattern}: {found}: more than --max_bad_records={self.data.bad.limit}'
            )
        return dict(totals)


def _count_read(messages: Iterator[Any], counter: collections.Counter[str]) -> Iterator[Any]:
    for message in messages:
        counter['read'] += 1
        yield message
