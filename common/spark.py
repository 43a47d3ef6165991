"""Spark sessions and data sets of records: what every distributed program stands on.

The programs hand Spark one task per part of their input. Workers read and write the parts
themselves, in Python, and what goes through a shuffle is blocks of bytes, never Python objects per
record. Whatever a task counts is keyed by its part, so that repeated and speculative tasks count
once.
"""

import collections
import contextlib
import os
import pathlib
import re
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

import pyspark
from absl import logging
from google.protobuf import message as protobuf_message
from py4j import protocol as py4j_protocol

from common import atomic
from common import errors
from common import java
from common import metadata
from common import records

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_INPUT_ERROR = re.compile(r'(?:common\.)?errors\.InputError: (.*)')
_PYTHON_ERROR = re.compile(r'^\s*(\w[\w.]*(?:Error|Exception)): (.*)$', re.MULTILINE)
_REMOTE = re.compile(r'[a-z][a-z0-9+.-]*://')
_PROGRESS_SECONDS = 10.0

# What a task may yield: the name of an output and a serialized message for it.
Tagged = tuple[str, bytes]


def refuse_remote(*paths: str) -> None:
    """Raises InputError for a path that is not on a disk that all workers share."""
    for path in paths:
        if _REMOTE.match(path):
            raise errors.InputError(f'{path}: only paths of file systems that are mounted work')


@contextlib.contextmanager
def context(name: str) -> Iterator[pyspark.SparkContext]:
    """Yields a quiet SparkContext, on local[*] unless spark-submit or the configuration says more.

    Args:
        name: of the application.

    Raises:
        InputError: when a task found bad input, in that task's words.
    """
    _prepare_environment()
    logging.logging.getLogger('py4j').setLevel(logging.logging.ERROR)
    configuration = pyspark.SparkConf().setAppName(name)
    if 'PYSPARK_GATEWAY_PORT' not in os.environ:  # spark-submit has chosen a master already.
        configuration.setIfMissing('spark.master', 'local[*]')
    try:
        sc = pyspark.SparkContext(conf=configuration)
    except pyspark.errors.PySparkRuntimeError as error:
        raise errors.InputError(f'Spark did not start: {error}') from error
    stopped = threading.Event()
    threading.Thread(target=_log_progress, args=(sc, name, stopped), daemon=True).start()
    try:
        yield sc
    except py4j_protocol.Py4JJavaError as error:
        raise _translate(error) from error
    finally:
        stopped.set()
        sc.stop()


def _prepare_environment() -> None:
    """Lets the JVM and the workers find Java, this interpreter, our packages and settings."""
    java.prepare_environment()
    os.environ.setdefault('PYSPARK_PYTHON', sys.executable)
    os.environ.setdefault('SPARK_CONF_DIR', str(_ROOT / 'scripts' / 'spark_conf'))
    paths = os.environ.get('PYTHONPATH', '').split(os.pathsep)
    if str(_ROOT) not in paths:
        os.environ['PYTHONPATH'] = os.pathsep.join(filter(None, [str(_ROOT), *paths]))


def _translate(error: py4j_protocol.Py4JJavaError) -> Exception:
    """Returns the error of a worker's task without the JVM's account of it."""
    text = str(error.java_exception)
    if match := _INPUT_ERROR.search(text):
        return errors.InputError(match.group(1))
    if matches := _PYTHON_ERROR.findall(text):
        return RuntimeError(f'a Spark task failed: {": ".join(matches[-1])}')
    return RuntimeError(f'Spark failed: {text.splitlines()[0]}')


def _log_progress(sc: pyspark.SparkContext, name: str, stopped: threading.Event) -> None:
    tracker = sc.statusTracker()
    while not stopped.wait(_PROGRESS_SECONDS):
        with contextlib.suppress(Exception):  # The JVM may be gone between two questions.
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
        self.parts = sc.parallelize(data.parts, max(1, len(data.parts)))

    def map_parts(
        self,
        function: Callable[
            [Iterator[protobuf_message.Message], collections.Counter[str]], Iterable
        ],
    ) -> pyspark.RDD:
        """Returns what function yields for the messages of each part, one partition a part.

        Args:
            function: takes an iterator over the messages of a part and a counter to fill with
                whatever it wants summed in totals(); runs on the workers.
        """
        data, counts = self.data, self._counts

        def run(paths: Iterator[str]) -> Iterator:
            for path in paths:
                counter: collections.Counter[str] = collections.Counter()
                yield from function(_count_read(records.read(data, path), counter), counter)
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


def _count_read(
    messages: Iterator[protobuf_message.Message], counter: collections.Counter[str]
) -> Iterator[protobuf_message.Message]:
    for message in messages:
        counter['read'] += 1
        yield message


def write_tagged(
    rdd: pyspark.RDD,
    path: str,
    protos: Mapping[str, type[protobuf_message.Message]],
    *,
    inputs: Iterable[Mapping[str, object]] = (),
    site: Mapping[str, object] | None = None,
    totals: Callable[[], Mapping[str, int]] = dict,
    overwrite: bool = False,
) -> dict[str, metadata.Meta]:
    """Writes one data set for each tag, each partition as a part of it.

    Args:
        rdd: of (tag, serialized message).
        path: directory to make. The data set with the tag '' stands there, any other in a
            subdirectory of its tag's name.
        protos: class of the messages by tag.
        inputs: what the records were made from.
        site: the wiki that they come from.
        totals: called when all is written, for the metadata; what it raises undoes all.
        overwrite: whether path may be replaced.

    Returns:
        The metadata by tag.

    Raises:
        InputError: when path exists, or whatever a task raised.
    """
    with atomic.output_directory(path, overwrite) as folder:
        folders = {tag: os.path.join(folder, tag) for tag in protos}
        return _write_folders(rdd, folders, protos, inputs, site, totals)


def write_separate(
    rdd: pyspark.RDD,
    paths: Mapping[str, str],
    protos: Mapping[str, type[protobuf_message.Message]],
    *,
    inputs: Iterable[Mapping[str, object]] = (),
    site: Mapping[str, object] | None = None,
    totals: Callable[[], Mapping[str, int]] = dict,
    overwrite: bool = False,
) -> dict[str, metadata.Meta]:
    """Writes one data set for each tag as write_tagged does, but each to a path of its own.

    Args:
        paths: directory to make by tag.

    The others, what is returned and what is raised are those of write_tagged.
    """
    with contextlib.ExitStack() as stack:
        folders = {
            tag: stack.enter_context(atomic.output_directory(path, overwrite))
            for tag, path in paths.items()
        }
        return _write_folders(rdd, folders, protos, inputs, site, totals)


def _write_folders(
    rdd: pyspark.RDD,
    folders: Mapping[str, str],
    protos: Mapping[str, type[protobuf_message.Message]],
    inputs: Iterable[Mapping[str, object]],
    site: Mapping[str, object] | None,
    totals: Callable[[], Mapping[str, int]],
) -> dict[str, metadata.Meta]:
    """Writes a data set for each tag into its folder; the folders are renamed by the caller."""
    for folder in folders.values():
        os.makedirs(folder, exist_ok=True)
    places = dict(folders)

    def write(number: int, tagged: Iterator[Tagged]) -> Iterator[dict[str, metadata.Part]]:
        yield write_partition(places, number, tagged)

    written = rdd.mapPartitionsWithIndex(write).collect()
    counted = totals()
    metas = {}
    for tag, folder in folders.items():
        parts = tuple(parts[tag] for parts in written)
        name = protos[tag].DESCRIPTOR.full_name
        metas[tag] = metadata.Meta(name, parts, site, tuple(inputs), counted)
        records.finish_directory(folder, metas[tag])
    return metas


def write_partition(
    folders: Mapping[str, str], number: int, tagged: Iterable[Tagged]
) -> dict[str, metadata.Part]:
    """Writes the messages of one task: a part in each tag's folder, renamed when whole.

    Tasks that run twice write the same bytes under names of their own and rename them to the same
    part, so that repeated and speculative tasks do no harm.
    """
    name = records.part_name(number)
    with contextlib.ExitStack() as stack:
        writers = {}
        for tag, folder in folders.items():
            writers[tag] = stack.enter_context(records.PartWriter(os.path.join(folder, name)))
        for tag, payload in tagged:
            writers[tag].add(payload)
    return {tag: writer.part for tag, writer in writers.items()}
