"""Data sets of records as the output of Spark jobs: complete, or not there.

On disks that are mounted everywhere the workers write the parts themselves. Elsewhere Hadoop does,
with its codec and its committer; what ends up in the files is the same.
"""

import contextlib
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import pyspark
from google.protobuf import message as protobuf_message

from common import atomic
from common import errors
from common import file_systems
from common import metadata
from common import part_writer
from common import record_lines
from common import records

# What a task may yield: the name of an output and a serialized message for it.
Tagged = tuple[str, bytes]

_SCRATCH = '_temporary'  # Of the workers, in the folder of an output until all is written.
_CODEC = 'org.apache.hadoop.io.compress.BZip2Codec'
_Parts = dict[tuple[str, int], metadata.Part]


def write_tagged(
    rdd: pyspark.RDD,
    path: str,
    protos: Mapping[str, type[protobuf_message.Message]],
    *,
    numbers: Sequence[int] | None = None,
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
        numbers: of the part that each partition becomes, such as Input.numbers; None when they
            follow one another.
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
        return _write_folders(rdd, folders, protos, numbers, inputs, site, totals)


def write_separate(
    rdd: pyspark.RDD,
    paths: Mapping[str, str],
    protos: Mapping[str, type[protobuf_message.Message]],
    *,
    numbers: Sequence[int] | None = None,
    inputs: Iterable[Mapping[str, object]] = (),
    site: Mapping[str, object] | None = None,
    totals: Callable[[], Mapping[str, int]] = dict,
    overwrite: bool = False,
) -> dict[str, metadata.Meta]:
    """Writes one data set for each tag as write_tagged does, but each to a path of its own.

    Args:
        paths: directory to make by tag; all mounted, or all remote.

    The others, what is returned and what is raised are those of write_tagged.
    """
    if len({file_systems.is_remote(path) for path in paths.values()}) > 1:
        raise errors.InputError(
            f'{" and ".join(paths.values())}: one is mounted, and one is not; name outputs of one '
            'kind'
        )
    with contextlib.ExitStack() as stack:
        folders = {
            tag: stack.enter_context(atomic.output_directory(path, overwrite))
            for tag, path in paths.items()
        }
        return _write_folders(rdd, folders, protos, numbers, inputs, site, totals)


def _write_folders(
    rdd: pyspark.RDD,
    folders: Mapping[str, str],
    protos: Mapping[str, type[protobuf_message.Message]],
    numbers: Sequence[int] | None,
    inputs: Iterable[Mapping[str, object]],
    site: Mapping[str, object] | None,
    totals: Callable[[], Mapping[str, int]],
) -> dict[str, metadata.Meta]:
    """Writes a data set for each tag into its folder; the folders are renamed by the caller."""
    remote = any(map(file_systems.is_remote, folders.values()))
    write = _write_by_hadoop if remote else _write_by_workers
    parts = write(rdd, dict(folders), numbers)
    counted = totals()
    _remove_unreported(folders, parts)
    metas = {}
    for tag, folder in folders.items():
        own = tuple(part for (other, _), part in sorted(parts.items()) if other == tag)
        name = protos[tag].DESCRIPTOR.full_name
        metas[tag] = metadata.Meta(name, own, site, tuple(inputs), counted)
        records.finish_directory(folder, metas[tag])
    return metas


def _remove_unreported(folders: Mapping[str, str], parts: _Parts) -> None:
    """Removes whatever tasks left that were killed, failed, or given up and run on."""
    for tag, folder in folders.items():
        known = {part.name for (other, _), part in parts.items() if other == tag}
        known |= {os.path.basename(other) for other in folders.values()}
        system = file_systems.of(folder)
        for name in system.names(folder):
            if name not in known:
                system.remove(os.path.join(folder, name))


def _write_by_workers(
    rdd: pyspark.RDD, folders: dict[str, str], numbers: Sequence[int] | None
) -> _Parts:
    for folder in folders.values():
        os.makedirs(os.path.join(folder, _SCRATCH), exist_ok=True)

    def write(index: int, tagged: Iterator[Tagged]) -> Iterator[_Parts]:
        number = numbers[index] if numbers else index
        written = write_partition(folders, number, tagged)
        yield {(tag, number): part for tag, part in written.items()}

    parts: _Parts = {}
    for written in rdd.mapPartitionsWithIndex(write).collect():
        parts |= written
    return parts


def write_partition(
    folders: Mapping[str, str], number: int, tagged: Iterable[Tagged]
) -> dict[str, metadata.Part]:
    """Writes the messages of one task: a part in each tag's folder, renamed when whole.

    Tasks that run twice write the same bytes under names of their own and rename them to the same
    part, so that repeated and speculative tasks do no harm. What a task leaves that was killed goes
    with the scratch folder; one that runs on after that finds no folder to write to.
    """
    name = records.part_name(number)
    with contextlib.ExitStack() as stack:
        writers = {}
        for tag, folder in folders.items():
            writer = part_writer.PartWriter(
                os.path.join(folder, name), os.path.join(folder, _SCRATCH)
            )
            writers[tag] = stack.enter_context(writer)
        for tag, payload in tagged:
            writers[tag].add(payload)
    return {tag: writer.part for tag, writer in writers.items()}


class _PartsParam(pyspark.AccumulatorParam[_Parts]):
    """Parts by tag and number. A task that ran twice says the same of the same part."""

    def zero(self, value: _Parts) -> _Parts:
        return {}

    def addInPlace(self, value1: _Parts, value2: _Parts) -> _Parts:
        value1.update(value2)
        return value1


def _write_by_hadoop(
    rdd: pyspark.RDD, folders: dict[str, str], numbers: Sequence[int] | None
) -> _Parts:
    tags = tuple(folders)
    found = rdd.context.accumulator({}, _PartsParam())

    def encode(index: int, tagged: Iterator[Tagged]) -> Iterator[Tagged]:
        number = numbers[index] if numbers else index
        encoders = {tag: record_lines.LineBlocks() for tag in tags}
        for tag, payload in tagged:
            for block in encoders[tag].add(payload):
                yield tag, block
        for tag, encoder in encoders.items():
            for block in encoder.flush():
                yield tag, block
            found.add({(tag, number): encoder.part(records.part_name(number))})

    blocks = rdd.mapPartitionsWithIndex(encode)
    if len(tags) > 1:
        blocks.persist(pyspark.StorageLevel.DISK_ONLY)
    # A folder before those in it, since Hadoop makes it.
    for tag, folder in sorted(folders.items(), key=lambda item: len(item[1])):
        _save(_of_tag(blocks, tag), folder, numbers)
    blocks.unpersist()
    return found.value


def _of_tag(blocks: pyspark.RDD, tag: str) -> pyspark.RDD:
    return blocks.filter(lambda tagged: tagged[0] == tag).map(lambda tagged: tagged[1])


def _save(blocks: pyspark.RDD, folder: str, numbers: Sequence[int] | None) -> None:
    """Writes each partition to its part of a folder that is empty or not there."""
    system = file_systems.of(folder)
    system.remove(folder)
    blocks.saveAsTextFile(folder, _CODEC)
    moved = [(index, number) for index, number in enumerate(numbers or ()) if index != number]
    # By names of their own, since each takes the place of another.
    for index, number in moved:
        written = records.part_name(index)
        system.rename(os.path.join(folder, written), os.path.join(folder, f'_{number}'))
    for _, number in moved:
        name = records.part_name(number)
        system.rename(os.path.join(folder, f'_{number}'), os.path.join(folder, name))
