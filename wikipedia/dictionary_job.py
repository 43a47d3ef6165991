"""The Spark job of make_dictionary: counts tokens and titles in one pass over the documents."""

import collections
import functools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

import pyspark

from common import spark
from common import token_counts
from common.pb import nlp_pb2

TOKENS = 'tokens'
TITLES = 'titles'


def count(
    source: spark.Input, limits: Mapping[str, tuple[int, int]]
) -> dict[str, list[nlp_pb2.TokenStat]]:
    """Counts what documents consist of.

    Args:
        source: TextDocument records.
        limits: least frequency and most entries, for TOKENS, TITLES or both.

    Returns:
        The dictionary of each kind, in order.
    """
    kinds = tuple(limits)
    # However many blocks, the dictionaries are the same: their order is made at the end.
    num_blocks = max(2, len(source.data.parts))
    blocks = source.map_parts(functools.partial(count_part, kinds, num_blocks))
    minima = [limits[kind][0] for kind in kinds]
    counts = (
        blocks.partitionBy(num_blocks * len(kinds), int)
        .mapPartitionsWithIndex(
            lambda number, pairs: token_counts.sum_blocks(
                (block for _, block in pairs), minima[number // num_blocks]
            )
        )
        .persist(pyspark.StorageLevel.MEMORY_AND_DISK)
    )
    dictionaries = {
        kind: _collect_top(
            counts, range(place * num_blocks, (place + 1) * num_blocks), limits[kind][1]
        )
        for place, kind in enumerate(kinds)
    }
    counts.unpersist()
    return dictionaries


def count_part(
    kinds: tuple[str, ...],
    num_blocks: int,
    documents: Iterable[nlp_pb2.TextDocument],
    counter: collections.Counter[str],
) -> Iterator[tuple[int, token_counts.Block]]:
    """Yields the counts of one part of the documents as numbered blocks, kind after kind."""
    frequencies = {kind: collections.Counter() for kind in kinds}
    doc_frequencies = {kind: collections.Counter() for kind in kinds}
    for document in documents:
        for kind in kinds:
            in_document = collections.Counter(_units(document, kind))
            frequencies[kind].update(in_document)
            doc_frequencies[kind].update(in_document.keys())
    for place, kind in enumerate(kinds):
        counter[kind] = frequencies[kind].total()
        counts = ((unit, n, doc_frequencies[kind][unit]) for unit, n in frequencies[kind].items())
        for number, block in token_counts.to_blocks(counts, num_blocks):
            yield place * num_blocks + number, block


def _units(document: nlp_pb2.TextDocument, kind: str) -> Iterable[str]:
    if kind == TOKENS:
        return document.tokens
    return [document.primary, *document.secondary]


def _collect_top(counts: pyspark.RDD, partitions: range, max_size: int) -> list[nlp_pb2.TokenStat]:
    """Returns the most frequent of some partitions, collecting little more than those."""
    sc = counts.context
    histograms = sc.runJob(
        counts, lambda part: [token_counts.frequency_histogram(part)], list(partitions)
    )
    histogram = sum(histograms, collections.Counter())
    select = token_counts.top_selector(*token_counts.cut_frequency(histogram, max_size))
    selected = sc.runJob(counts, select, list(partitions))
    return [
        nlp_pb2.TokenStat(token=unit, frequency=frequency, doc_frequency=documents, index=index)
        for index, (unit, frequency, documents) in enumerate(token_counts.top(selected, max_size))
    ]
