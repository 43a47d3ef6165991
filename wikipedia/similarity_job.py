"""The Spark job of make_similarity: the most similar articles of those that are linked together."""

import collections
import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator

import pyspark

from common import records
from common import set_pairs
from common import set_pairs_job
from common import spark
from common.pb import recsys_pb2
from wikipedia import link_sets

ARTICLES = 'articles in a set'
SETS = 'sets'


@dataclasses.dataclass(frozen=True)
class Similar:
    """What is to be written.

    Attributes:
        rows: for spark_output.write_tagged.
        totals: how many sets there are, and how many articles in them.
    """

    rows: pyspark.RDD
    totals: dict[str, int]


def open_source(sc: pyspark.SparkContext, data: records.Dataset) -> spark.Input:
    """Returns SparseDocument records as Spark sees them, lists of numbers unread."""
    return spark.Input(sc, dataclasses.replace(data, message=recsys_pb2.PackedSparseDocument))


def find_similar(
    source: spark.Input,
    sets: link_sets.Options,
    pairs_per_part: int,
    options: set_pairs.Options,
) -> Similar:
    """Counts single articles, and plans the counting of pairs.

    Args:
        source: what open_source returned.
        sets: how to make sets of links.
        pairs_per_part: how many pairs a part of the output may take.
        options: which pairs to keep.
    """
    name = source.data.pattern

    def make_blocks(
        documents: Iterable[recsys_pb2.PackedSparseDocument], counter: collections.Counter[str]
    ) -> Iterator[set_pairs.Block]:
        del counter
        yield link_sets.make_block(documents, sets, name)

    blocks = source.map_parts(make_blocks).persist(pyspark.StorageLevel.MEMORY_AND_DISK)
    num_items = 1 + max(blocks.map(_largest).collect(), default=-1)
    counts = set_pairs_job.count(blocks, num_items)
    rows = set_pairs_job.find_neighbors(blocks, counts, pairs_per_part, options)
    return Similar(rows, {SETS: counts.sets, ARTICLES: int((counts.counts > 0).sum())})


def _largest(block: set_pairs.Block) -> int:
    return int(set_pairs.unpack([block]).items.max(initial=-1))
