"""The Spark job of make_dictionary: counts tokens and titles in one pass over the documents."""

import collections
import functools
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

import pyspark

from common import spark
from common import token_counts
from common.pb import nlp_pb2
from wikipedia import articles_job
from wikipedia import redirect_resolution
from wikipedia import url_hashes

TOKENS = 'tokens'
TITLES = 'titles'


def count(
    source: spark.Input,
    limits: Mapping[str, tuple[int, int]],
    redirects: redirect_resolution.Redirects = redirect_resolution.NONE,
    only_articles: bool = False,
) -> dict[str, list[nlp_pb2.TokenStat]]:
    """Counts what documents consist of.

    Args:
        source: TextDocument records.
        limits: least frequency and most entries, for TOKENS, TITLES or both.
        redirects: links to these count for where they lead.
        only_articles: whether to keep only titles that a document is about.

    Returns:
        The dictionary of each kind, in order.
    """
    kinds = tuple(limits)
    # However many blocks, the dictionaries are the same: their order is made at the end.
    num_blocks = max(2, len(source.data.parts))
    articles = articles_job.find(source) if only_articles and TITLES in kinds else None
    shared = source.parts.context.broadcast((redirects, articles))
    blocks = source.map_parts(functools.partial(_count_part, kinds, num_blocks, shared))
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


def _count_part(
    kinds: tuple[str, ...],
    num_blocks: int,
    shared: pyspark.Broadcast,
    documents: Iterable[nlp_pb2.TextDocument],
    counter: collections.Counter[str],
) -> Iterator[tuple[int, token_counts.Block]]:
    """Yields the counts of one part of the documents as numbered blocks, kind after kind."""
    redirects, articles = shared.value
    frequencies = {kind: collections.Counter() for kind in kinds}
    doc_frequencies = {kind: collections.Counter() for kind in kinds}
    for document in documents:
        for kind in kinds:
            in_document = collections.Counter(_units(document, kind, redirects))
            frequencies[kind].update(in_document)
            doc_frequencies[kind].update(in_document.keys())
    for place, kind in enumerate(kinds):
        counter[kind] = frequencies[kind].total()
        units = list(frequencies[kind])
        if kind == TITLES and articles is not None:
            units = list(itertools.compress(units, url_hashes.are_in(units, articles)))
        counts = ((unit, frequencies[kind][unit], doc_frequencies[kind][unit]) for unit in units)
        for number, block in token_counts.to_blocks(counts, num_blocks):
            yield place * num_blocks + number, block


def _units(
    document: nlp_pb2.TextDocument, kind: str, redirects: redirect_resolution.Redirects
) -> Iterable[str]:
    if kind == TOKENS:
        return document.tokens
    links = redirects.links(document) if len(redirects) else document.secondary
    return [document.primary, *links]


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
