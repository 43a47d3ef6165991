"""The Spark job that finds the most similar items of sets: see set_pairs."""

import itertools
from collections.abc import Iterator

import numpy as np
import pyspark

from common import set_pairs
from common import spark_output


def count(blocks: pyspark.RDD, num_items: int) -> set_pairs.Marginals:
    """Counts single items.

    Args:
        blocks: of set_pairs.Block.
        num_items: how many items T there are.
    """

    def count_partition(packed: Iterator[set_pairs.Block]) -> Iterator[set_pairs.Marginals]:
        sets = (set_pairs.unpack([block]) for block in packed)
        yield sum((set_pairs.marginals(part, num_items) for part in sets), zero)

    nothing = np.zeros(num_items, np.int64)
    zero = set_pairs.Marginals(0, nothing, nothing)
    # One result a core, however many parts there are.
    parts = blocks.coalesce(blocks.context.defaultParallelism)
    return sum(parts.mapPartitions(count_partition).collect(), zero)


def find_neighbors(
    blocks: pyspark.RDD,
    counts: set_pairs.Marginals,
    pairs_per_part: int,
    options: set_pairs.Options,
) -> pyspark.RDD:
    """Returns serialized rows for spark_output.write_tagged, by rising item.

    Args:
        blocks: of set_pairs.Block.
        counts: what count returned for them.
        pairs_per_part: how many pairs a partition may take: it bounds the memory of a worker.
        options: which pairs to keep.

    Returns:
        An RDD whose number of partitions follows from counts and pairs_per_part alone.
    """
    firsts = set_pairs.cut_ranges(counts.pairs, pairs_per_part)
    ranges = list(itertools.pairwise([*firsts.tolist(), len(counts.pairs)]))
    shared = blocks.context.broadcast(counts)

    def split(packed: Iterator[set_pairs.Block]) -> Iterator[tuple[int, set_pairs.Block]]:
        for block in packed:
            yield from set_pairs.split(set_pairs.unpack([block]), firsts)

    def finish(
        number: int, tagged: Iterator[tuple[int, set_pairs.Block]]
    ) -> Iterator[spark_output.Tagged]:
        sets = set_pairs.unpack(block for _, block in tagged)
        for payload in set_pairs.neighbors(sets, *ranges[number], shared.value, options):
            yield '', payload

    numbered = blocks.mapPartitions(split).partitionBy(len(ranges), int)
    return numbered.mapPartitionsWithIndex(finish)
