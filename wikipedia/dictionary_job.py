"""The Spark job of make_dictionary: counts tokens and titles in one pass over the documents."""

import collections
import functools
import itertools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import pyspark

from common import spark
from common import token_counts
from common.pb import nlp_pb2
from wikipedia import articles_job
from wikipedia import redirect_resolution
from wikipedia import url_hashes

TOKENS = 'tokens'
TITLES = 'titles'
_PARTS_PER_BLOCK = 4


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
    num_blocks = max(2, len(source.data.parts) // _PARTS_PER_BLOCK)
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
    top = _collect_top(counts, num_blocks, [limits[kind][1] for kind in kinds])
    counts.unpersist()
    return dict(zip(kinds, top, strict=True))


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
    list_units = _listers(redirects)
    for document in documents:
        for kind in kinds:
            units = list_units[kind](document)
            frequencies[kind].update(units)
            doc_frequencies[kind].update(set(units))
    for place, kind in enumerate(kinds):
        counter[kind] = frequencies[kind].total()
        units = list(frequencies[kind])
        if kind == TITLES and articles is not None:
            units = list(itertools.compress(units, url_hashes.are_in(units, articles)))
        counts = ((unit, frequencies[kind][unit], doc_frequencies[kind][unit]) for unit in units)
        for number, block in token_counts.to_blocks(counts, num_blocks):
            yield place * num_blocks + number, block


def _listers(
    redirects: redirect_resolution.Redirects,
) -> dict[str, Callable[[nlp_pb2.TextDocument], list[str]]]:
    """Returns functions that list what a document consists of, by kind."""
    links = redirects.linker() if len(redirects) else lambda document: document.secondary
    return {
        TOKENS: lambda document: list(document.tokens),
        TITLES: lambda document: [document.primary, *links(document)],
    }


def _collect_top(
    counts: pyspark.RDD, num_blocks: int, max_sizes: Sequence[int]
) -> list[list[nlp_pb2.TokenStat]]:
    """Returns the most frequent of each kind, collecting little more than those.

    Args:
        counts: num_blocks partitions of each kind in turn.
        num_blocks: of a kind.
        max_sizes: most entries of each kind.
    """
    firsts = range(0, num_blocks * len(max_sizes), num_blocks)
    histograms = counts.mapPartitions(lambda part: [token_counts.frequency_histogram(part)])
    found = histograms.collect()
    cuts = [
        token_counts.cut_frequency(
            sum(found[first : first + num_blocks], collections.Counter()), size
        )
        for first, size in zip(firsts, max_sizes, strict=True)
    ]

    def select(number: int, part: Iterator[token_counts.Count]) -> Iterator[list]:
        yield token_counts.top_selector(*cuts[number // num_blocks])(part)

    selected = counts.mapPartitionsWithIndex(select).collect()
    return [
        _to_stats(itertools.chain.from_iterable(selected[first : first + num_blocks]), size)
        for first, size in zip(firsts, max_sizes, strict=True)
    ]


def _to_stats(counts: Iterable[token_counts.Count], max_size: int) -> list[nlp_pb2.TokenStat]:
    return [
        nlp_pb2.TokenStat(token=unit, frequency=frequency, doc_frequency=documents, index=index)
        for index, (unit, frequency, documents) in enumerate(token_counts.top(counts, max_size))
    ]
