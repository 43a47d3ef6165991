"""The Spark job of make_cooccurrence: the most similar tracks of those that share playlists."""

import dataclasses
import itertools
import os
from collections.abc import Iterator

import numpy as np
import pyspark

from common import errors
from common import part_files
from common import set_pairs
from common import set_pairs_job
from common import spark
from common import spark_output
from common import varints
from common.pb import recsys_pb2
from spotify import item_to_item
from spotify import training_data

_CELLS_PER_RECORD = 10_000  # Of the counts of single tracks.


@dataclasses.dataclass(frozen=True)
class Counted:
    """What is to be written.

    Attributes:
        rows: for spark_output.write_tagged: similarities with the tag '', counts with that of
            marginals.
        playlists: how many were counted.
        tracks: how many there are in the dictionary.
    """

    rows: pyspark.RDD
    playlists: int
    tracks: int

    def totals(self) -> dict[str, int]:
        """Returns the numbers for the metadata."""
        return {'playlists': self.playlists, item_to_item.TRACKS_TOTAL: self.tracks}


class TrainInput:
    """The train split as Spark sees it: a part a task, with counts of what was bad."""

    def __init__(self, sc: pyspark.SparkContext, data: training_data.TrainingData) -> None:
        """Takes the data; its limit of bad records holds for all parts together."""
        self._data = data
        self._counts = sc.accumulator({}, spark.PartCounts())
        paths, parts = data.paths(training_data.TRAIN), data.parts(training_data.TRAIN)
        self._by_path = dict(zip(paths, parts, strict=True))
        self._files = part_files.open_files(sc, paths)

    def blocks(self) -> pyspark.RDD:
        """Returns the tracks of each part's playlists as a set_pairs.Block."""
        data, counts, by_path = self._data, self._counts, self._by_path

        def read(files: Iterator[part_files.File]) -> Iterator[set_pairs.Block]:
            for path, content in files:
                part = by_path[path]
                lists = data.read(part, content)
                found = {(part.name, f'bad ({r})'): n for (_, r), n in data.bad.counts.items()}
                counts.add(found)
                data.bad.counts.clear()
                yield set_pairs.pack(set_pairs.make_sets(lists.offsets, lists.tracks))

        return self._files.rdd.mapPartitions(read)

    def bad_records(self) -> dict[str, int]:
        """Returns how many records of the parts read so far were bad, by reason.

        Raises:
            InputError: when they are more, in all, than allowed.
        """
        totals: dict[str, int] = {}
        for (_, reason), count in sorted(self._counts.value.items()):
            totals[reason] = totals.get(reason, 0) + count
        if sum(totals.values()) > self._data.bad.limit:
            raise errors.InputError(
                f'{self._data.path}: {totals}: more than --max_bad_records={self._data.bad.limit}'
            )
        return totals


def find_neighbors(
    source: TrainInput, num_tracks: int, pairs_per_part: int, options: set_pairs.Options
) -> Counted:
    """Counts single tracks, and plans the counting of pairs.

    Args:
        source: the playlists.
        num_tracks: how many tracks T there are.
        pairs_per_part: how many pairs a part of the output may take.
        options: which pairs to keep.
    """
    blocks = source.blocks().persist(pyspark.StorageLevel.MEMORY_AND_DISK)
    counts = set_pairs_job.count(blocks, num_tracks)
    rows = set_pairs_job.find_neighbors(blocks, counts, pairs_per_part, options)
    singles = list(to_payloads(counts.counts))

    def add_singles(
        number: int, tagged: Iterator[spark_output.Tagged]
    ) -> Iterator[spark_output.Tagged]:
        first = ((item_to_item.MARGINALS, payload) for payload in singles) if not number else ()
        return itertools.chain(first, tagged)

    return Counted(rows.mapPartitionsWithIndex(add_singles), counts.sets, num_tracks)


def to_payloads(counts: np.ndarray) -> Iterator[bytes]:
    """Yields counts of single tracks as rows of index 0, which stands for no track."""
    tracks = np.flatnonzero(counts)
    for start in range(0, len(tracks), _CELLS_PER_RECORD):
        chosen = tracks[start : start + _CELLS_PER_RECORD]
        columns, _ = varints.encode(1 + chosen)
        yield recsys_pb2.PackedCooccurrenceRow(
            index=0, other_index=columns.tobytes(), count=counts[chosen].astype('<f4').tobytes()
        ).SerializeToString()


def describe_tracks(data: training_data.TrainingData) -> dict[str, object]:
    """Returns the entry for the tracks in the inputs of what is made from the data."""
    return {
        'path': os.path.join(data.path, training_data.TRACKS),
        'records': data.num_tracks,
        'content_hash': data.track_hash,
    }
