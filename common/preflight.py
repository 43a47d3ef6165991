"""Checks on every executor, before any work, that what a job needs is there and is the same.

A cluster fails late and at length where a worker runs other packages or does not see a disk. On
local[*] the workers are processes of the driver's, with its interpreter, packages and disks, and
the driver has opened the input and looked at the folder of the output already: there, free disk is
all that is left to check, and no task runs for it. This module is imported by workers whatever they
lack, so it imports nothing but the standard library and what does the same.
"""

import contextlib
import dataclasses
import functools
import hashlib
import importlib
import importlib.metadata
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from common import errors
from common import file_systems

if TYPE_CHECKING:
    import pyspark
    from py4j.protocol import Py4JJavaError

SHUT_DOWN = 'because SparkContext was shut down'
MORE_ROOM = 'make room, or set spark.local.dir'

_PACKAGES = ('protobuf', 'numpy', 'scipy', 'pyarrow', 'google-crc32c', 'absl-py')
_MESSAGES = ('nlp_pb2', 'wikipedia_pb2', 'recsys_pb2', 'example_pb2')
_OURS = ('common', 'wikipedia', 'pinterest', 'spotify')
_MIN_FREE_BYTES = 100 << 20
_MAX_FILES = 16  # Of the input, looked at by each executor.
_MAX_ROUNDS = 3
_MAX_NAMED = 3  # Packages, in a message.
_SHIP = (
    'let PYSPARK_PYTHON name one that is as that of the driver, or send that along to a cluster by '
    'scripts/spark_submit.sh --ship_env'
)
_SUBMIT = 'start the program by scripts/spark_submit.sh, which sends our packages along'
_OTHER_PYTHON = re.compile(r'different version: ([\d.]+) than that in driver: ([\d.]+)')
_NO_PROGRAM = re.compile(r'Cannot run program "([^"]+)"')
_NO_MODULE = re.compile(r"No module named '([^']+)'")
_SHARE = 'mount it at the same place on all machines, or use a path such as hdfs://'


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What an executor must find.

    Attributes:
        environment: versions by what they are of.
        sizes: of files of the input by path, in bytes.
        probes: folders beside the outputs that the driver has made, by output.
    """

    environment: Mapping[str, str]
    sizes: Mapping[str, int]
    probes: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Found:
    """What an executor says.

    Attributes:
        host: its machine.
        executor: another string for another executor.
        problem: what is wrong first, and what to do; empty when nothing is.
    """

    host: str
    executor: str
    problem: str


@functools.cache
def describe_environment() -> dict[str, str]:
    """Returns the versions of what workers run on, by what they are of."""
    found = {'Python': '{}.{}'.format(*sys.version_info)}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = 'missing'
    digest = hashlib.sha256()
    try:
        for name in _MESSAGES:
            digest.update(importlib.import_module(f'common.pb.{name}').DESCRIPTOR.serialized_pb)
        found['messages'] = digest.hexdigest()[:12]
    except Exception as error:  # Whatever a foreign protobuf may raise.
        found['messages'] = f'unusable ({error})'
    return found


def has_executors(sc: 'pyspark.SparkContext') -> bool:
    """Returns whether the work is done by other processes than the driver's."""
    return sc.master != 'local' and not sc.master.startswith('local[')


def check(sc: 'pyspark.SparkContext', reads: Sequence[str], writes: Sequence[str]) -> None:
    """Makes sure that a job can be done.

    Args:
        sc: the context.
        reads: mounted files that the workers will open.
        writes: mounted outputs that they will write.

    Raises:
        InputError: when it cannot; it names the executor's host, what differs and the remedy.
    """
    files = [path for path in reads if not file_systems.is_remote(path)]
    outputs = {path: folder_of(path) for path in writes if not file_systems.is_remote(path)}
    if not has_executors(sc):
        if problem := _full_scratch([sc._temp_dir]) or _full_output(outputs):
            raise errors.InputError(problem)
        return
    step = max(1, len(files) // _MAX_FILES)
    sizes = {path: os.path.getsize(path) for path in files[::step]}
    with _probes(outputs) as probes:
        seen = _ask_all(sc, Wanted(describe_environment(), sizes, probes))
    problems = sorted((found.host, found.problem) for found in seen if found.problem)
    if problems:
        host, problem = problems[0]
        count = f' and {len(problems) - 1} more' if len(problems) > 1 else ''
        raise errors.InputError(f'the executor on {host}{count}: {problem}')


def count_executors(sc: 'pyspark.SparkContext') -> int:
    """Returns how many there are so far."""
    return len(sc._jsc.sc().statusTracker().getExecutorInfos()) - 1  # The driver is one of them.


def _ask_all(sc: 'pyspark.SparkContext', wanted: Wanted) -> list[Found]:
    """Returns what each executor says that is there so far."""
    from py4j import protocol

    seen: dict[str, Found] = {}
    for _ in range(_MAX_ROUNDS):
        slots = max(2, sc.defaultParallelism)  # Spark deals out tasks among executors in turn.
        tasks = sc.parallelize(range(slots), slots)
        try:
            answers = tasks.mapPartitions(lambda _: [examine(wanted)]).collect()
        except protocol.Py4JJavaError as error:
            if problem := explain(text_of(error)):
                raise errors.InputError(problem) from error
            raise
        seen |= {found.executor: found for found in answers}
        if len(seen) >= count_executors(sc):
            break
    return list(seen.values())


def text_of(error: 'Py4JJavaError') -> str:
    """Returns Java's account of an exception of its, or that it is gone."""
    try:
        return str(error.java_exception)
    except TypeError:  # py4j has asked, and got no answer.
        return SHUT_DOWN


def explain(text: str) -> str:
    """Returns what Spark's account of a worker that did not start means; empty when unknown."""
    if match := _OTHER_PYTHON.search(text):
        return f'the workers run Python {match[1]}, and the driver {match[2]}; {_SHIP}'
    if match := _NO_PROGRAM.search(text):
        return f'a machine of the workers has no interpreter {match[1]}; {_SHIP}'
    if match := _NO_MODULE.search(text):
        remedy = _SUBMIT if match[1].split('.')[0] in _OURS else _SHIP
        return f'the workers have no module {match[1]}; {remedy}'
    return ''


def confirm(environment: Mapping[str, str]) -> None:
    """Raises InputError on an executor, which may have come after the check, with another."""
    if problem := _differing_environment(environment):
        raise errors.InputError(f'the executor on {socket.gethostname()}: {problem}')


@contextlib.contextmanager
def _probes(outputs: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Makes an empty folder beside each output, for the executors to find and write to."""
    from common import atomic

    with contextlib.ExitStack() as stack:
        probes = {}
        for output, folder in outputs.items():
            # What a killed run leaves is named by the next one, if it is beside the output.
            name = os.path.basename(output.rstrip('/'))
            probe = atomic.temporary_name(os.path.join(folder, name))
            os.mkdir(probe)
            stack.callback(file_systems.of(probe).remove, probe)
            probes[output] = probe
        yield probes


def folder_of(output: str) -> str:
    """Returns the folder that an output is put into, or the first above it that is there."""
    folder = os.path.dirname(os.path.abspath(output))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def examine(wanted: Wanted) -> Found:
    """Looks around on an executor."""
    host = socket.gethostname()
    problems = (
        _differing_environment(wanted.environment)
        or _invisible_input(wanted.sizes)
        or _unwritable_output(wanted.probes)
        or _full_output(wanted.probes)
        or _full_scratch(os.environ.get('SPARK_LOCAL_DIRS', '').split(','))
    )
    return Found(host, f'{host} {os.getppid()}', problems)


def _differing_environment(wanted: Mapping[str, str]) -> str:
    found = describe_environment()
    different = [name for name, version in wanted.items() if found.get(name) != version]
    if not different:
        return ''
    pairs = [f'{name} {found.get(name)}, not {wanted[name]}' for name in different[:_MAX_NAMED]]
    if more := len(different) - len(pairs):
        pairs.append(f'{more} others')
    return f'its Python has {"; ".join(pairs)} as the driver; {_SHIP}'


def _invisible_input(sizes: Mapping[str, int]) -> str:
    for path, size in sizes.items():
        try:
            found = os.path.getsize(path)
        except OSError as error:
            return f'it cannot see {path} ({error.strerror}); {_SHARE}'
        if found != size:
            return f'{path} has {found} bytes there, and {size} on the driver; {_SHARE}'
    return ''


def _unwritable_output(probes: Mapping[str, str]) -> str:
    for output, probe in probes.items():
        folder = os.path.dirname(probe)
        if not os.path.isdir(probe):
            return f'{folder}, for {output}, is not the folder that the driver sees; {_SHARE}'
        try:
            path = os.path.join(probe, f'{os.getppid()}-{os.getpid()}')
            with open(path, 'wb'):
                pass
        except OSError as error:
            return (
                f'it cannot write in {folder}, for {output} ({error.strerror}); let its user, '
                f'{os.getuid()}, write there, or name another output'
            )
    return ''


def _full_output(folders: Mapping[str, str]) -> str:
    for output, folder in folders.items():
        if full := _full_disk(folder):
            return f'the disk of the output {output} has {full}; make room, or name another output'
    return ''


def _full_scratch(folders: Iterable[str]) -> str:
    for folder in folders:
        if full := _full_disk(folder):
            return f'the scratch folder {folder} has {full}; {MORE_ROOM}'
    return ''


def _full_disk(folder: str) -> str:
    """Says how little room there is; empty when there is enough, or nothing to ask."""
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(folder).free
        if free < _MIN_FREE_BYTES:
            return f'{free >> 20} MiB left of the {_MIN_FREE_BYTES >> 20} that it should'
    return ''
