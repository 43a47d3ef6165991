"""The files of a data set as an RDD: one a partition, with its content where that is remote."""

import dataclasses
import functools
import os
import re
from collections.abc import Iterator
from collections.abc import Sequence

import pyspark
from pyspark import serializers

from common import errors
from common import file_systems
from common import preflight

_GLOB = re.compile(r'([\\*?\[\]{}])')
_LIST = re.compile(r'([\\,])')
_FORMAT = 'org.apache.spark.input.StreamInputFormat'
_VALUE = 'org.apache.spark.input.PortableDataStream'

# A path, and its content where workers cannot open it.
File = tuple[str, bytes | None]


@dataclasses.dataclass(frozen=True)
class PartFiles:
    """Files as Spark sees them.

    Attributes:
        rdd: of File, one a partition.
        paths: the files in their order.
        by_name: path by its name in the keys of streams; empty when workers open the paths.
        streams: Java's RDD of (name, stream), or None.
    """

    rdd: pyspark.RDD
    paths: tuple[str, ...]
    by_name: dict[str, str] = dataclasses.field(default_factory=dict)
    streams: object = None

    @functools.cached_property
    def numbers(self) -> list[int] | None:
        """The place in paths of the file of each partition; None when they are in order.

        Hadoop puts the files next to their blocks, in an order of its own.
        """
        if self.streams is None:
            return None
        places = {path: number for number, path in enumerate(self.paths)}
        numbers = [places[path] for path in self.found()]
        return None if numbers == list(range(len(self.paths))) else numbers

    def found(self) -> list[str]:
        """Returns the path of each partition of streams; no file is opened for that."""
        names = pyspark.RDD(self.streams.keys(), self.rdd.context, serializers.UTF8Deserializer())
        return [self.by_name[name] for name in names.collect()]


def open_files(sc: pyspark.SparkContext, paths: Sequence[str]) -> PartFiles:
    """Returns files as Spark sees them.

    Args:
        sc: the context.
        paths: all mounted, or all remote.

    Raises:
        InputError: when a remote file is empty.
    """
    paths = tuple(paths)
    if not any(map(file_systems.is_remote, paths)):
        rdd = sc.parallelize([(path, None) for path in paths], max(1, len(paths)))
        return PartFiles(_confirmed(rdd), paths)
    by_name = _qualify(paths)
    streams = _open_streams(sc, by_name)
    rdd = pyspark.RDD(
        streams,
        sc,
        serializers.PairDeserializer(serializers.UTF8Deserializer(), serializers.NoOpSerializer()),
    )
    named = rdd.map(lambda pair: (by_name[pair[0]], pair[1]))
    files = PartFiles(_confirmed(named), paths, by_name, streams)
    if rdd.getNumPartitions() != len(paths):
        empty = min(set(paths) - set(files.found()))
        raise errors.InputError(f'{empty} is empty: not a file of records')
    return files


def _confirmed(rdd: pyspark.RDD) -> pyspark.RDD:
    """Returns the same; an executor that came after the preflight check is checked here."""
    if not preflight.has_executors(rdd.context):
        return rdd
    environment = preflight.describe_environment()

    def confirm(files: Iterator[File]) -> Iterator[File]:
        preflight.confirm(environment)
        return files

    return rdd.mapPartitions(confirm)


def _qualify(paths: Sequence[str]) -> dict[str, str]:
    """Returns the paths by the names that Hadoop gives them."""
    folders: dict[str, str] = {}
    by_name = {}
    for path in paths:
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = file_systems.of(path).canonical(folder)
        by_name[os.path.join(folders[folder], name)] = path
    return by_name


def _open_streams(sc: pyspark.SparkContext, names: Sequence[str]) -> object:
    """Returns Java's RDD of (name, stream), a file a partition, near where its blocks are."""
    jvm = sc._jvm
    configuration = jvm.org.apache.hadoop.conf.Configuration(sc._jsc.hadoopConfiguration())
    escaped = (_LIST.sub(r'\\\1', _GLOB.sub(r'\\\1', name)) for name in names)
    configuration.set('mapreduce.input.fileinputformat.inputdir', ','.join(escaped))
    # In bytes: files are joined to splits of this size, and so never joined.
    configuration.set('mapreduce.input.fileinputformat.split.maxsize', '1')
    classes = map(jvm.java.lang.Class.forName, (_FORMAT, 'java.lang.String', _VALUE))
    return sc._jsc.newAPIHadoopRDD(configuration, *classes)
