"""What a long job on Spark is estimated to take: said, and compared with what there is, first."""

import dataclasses
import os
import pathlib
import re
import shutil
from collections.abc import Sequence

import pyspark
from absl import logging

from common import errors
from common import file_systems
from common import preflight
from common import sizes

_MEMORY_INFO = pathlib.Path('/proc/meminfo')
_MEMORY_LIMIT = pathlib.Path('/sys/fs/cgroup/memory.max')
_AVAILABLE = re.compile(r'^MemAvailable:\s+(\d+) kB$', re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Needs:
    """Bytes that a job takes.

    Attributes:
        scratch: of blocks that are shuffled, on the disks of spark.local.dir, until it ends.
        output: of what it leaves.
        memory: of all its processes at once, on this machine.
    """

    scratch: int
    output: int
    memory: int


def check(sc: pyspark.SparkContext, needs: Needs, output: str, *, stop: bool) -> None:
    """Says what a job takes and what there is.

    What the workers of a cluster have is not known here: there, only the output is compared, when
    its disk is mounted.

    Args:
        sc: that will do it.
        needs: an estimate.
        output: path of the output.
        stop: whether to end when there is less than it takes.

    Raises:
        InputError: when there is less; it says where, and what to do.
    """
    is_local = not preflight.has_executors(sc)
    folders = _scratch_folders(sc) if is_local else []
    place = None if file_systems.is_remote(output) else preflight.folder_of(output)
    memory = available_memory() if is_local else None
    logging.info(
        'This will take about %s of scratch%s, %s for the output%s, and %s of memory%s',
        sizes.show(needs.scratch),
        _say(_free(folders), f' in {", ".join(folders)}'),
        sizes.show(needs.output),
        _say(_free([place] if place else [])),
        sizes.show(needs.memory),
        _say(memory),
    )
    problem = find_shortage(needs, folders, place, memory)
    if problem and stop:
        raise errors.InputError(f'{problem}, or go ahead with --nocheck_room')


def find_shortage(
    needs: Needs, folders: Sequence[str], place: str | None, memory: int | None
) -> str:
    """Returns what there is too little of, and what to do; empty when there is enough.

    Args:
        needs: what is wanted.
        folders: of scratch, between which it is shared out; empty when unknown.
        place: folder of the output; None when unknown.
        memory: bytes that are free; None when unknown.
    """
    scratch, output = _free(folders), _free([place] if place else [])
    shared = bool(place and folders) and _disk(place) in map(_disk, folders)
    wanted = needs.scratch + (needs.output if shared else 0)
    if scratch is not None and scratch < wanted:
        also = ', the output among it' if shared else ''
        return (
            f'the job takes about {sizes.show(wanted)} in {", ".join(folders)}{also}, which has '
            f'{sizes.show(scratch)} left; make room, let spark.local.dir name a larger disk'
        )
    if output is not None and output < needs.output:
        return (
            f'the output takes about {sizes.show(needs.output)}, and {place} has '
            f'{sizes.show(output)} left; make room, name another output'
        )
    if memory is not None and memory < needs.memory:
        return (
            f'the job takes about {sizes.show(needs.memory)} of memory, of which '
            f'{sizes.show(memory)} is left; use fewer cores by --master local[N]'
        )
    return ''


def available_memory() -> int | None:
    """Returns the bytes of memory that are free for new programs here; None when unknown."""
    try:
        match = _AVAILABLE.search(_MEMORY_INFO.read_text(encoding='utf-8'))
    except OSError:
        return None
    if not match:
        return None
    available = int(match[1]) << 10
    try:
        limit = _MEMORY_LIMIT.read_text(encoding='utf-8').strip()
    except OSError:
        return available
    return min(available, int(limit)) if limit.isdecimal() else available


def _scratch_folders(sc: pyspark.SparkContext) -> list[str]:
    """Returns the folders that Spark shares out blocks between: spark.local.dir, or as told."""
    utilities = sc._jvm.org.apache.spark.util.Utils
    folders = utilities.getConfiguredLocalDirs(sc._jsc.sc().conf())
    return sorted(set(filter(os.path.isdir, folders)))  # Spark goes without those it cannot make.


def _free(folders: Sequence[str]) -> int | None:
    """Returns the bytes left on the disks of folders, None without any."""
    disks = {_disk(folder): folder for folder in folders}
    return sum(shutil.disk_usage(folder).free for folder in disks.values()) if disks else None


def _disk(folder: str) -> int:
    return os.stat(folder).st_dev


def _say(free: int | None, where: str = '') -> str:
    return '' if free is None else f'{where} ({sizes.show(free)} free)'
