"""The Spark job of make_dictionary: counts tokens and titles in one pass over the documents."""

import collections
import functools
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
import pyspark

from common import spark
from common import token_counts
from common.pb import nlp_pb2
from wikipedia import articles_job
from wikipedia import redirect_resolution
from wikipedia import token_fields
from wikipedia import url_hashes

TOKENS = 'tokens'
TITLES = 'titles'
_PARTS_PER_BLOCK = 4
_NUMBER_BITS = 31  # Of a token, below that of its document.


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
    count_part = functools.partial(_count_part, kinds, num_blocks, shared)
    blocks = source.map_parts(count_part, parse=token_fields.parse)
    minima = [limits[kind][0] for kind in kinds]

    def sum_part(
        number: int, pairs: Iterator[tuple[int, token_counts.Counts]]
    ) -> Iterator[token_counts.Counts]:
        yield token_counts.sum_blocks((block for _, block in pairs), minima[number // num_blocks])

    counts = (
        blocks.partitionBy(num_blocks * len(kinds), int)
        .mapPartitionsWithIndex(sum_part)
        .persist(pyspark.StorageLevel.MEMORY_AND_DISK)
    )
    top = _collect_top(counts, num_blocks, [limits[kind][1] for kind in kinds])
    counts.unpersist()
    return dict(zip(kinds, top, strict=True))


def _count_part(
    kinds: tuple[str, ...],
    num_blocks: int,
    shared: pyspark.Broadcast,
    documents: Iterable[token_fields.Document],
    counter: collections.Counter[str],
) -> Iterator[tuple[int, token_counts.Counts]]:
    """Yields the counts of one part of the documents as numbered blocks."""
    redirects, articles = shared.value
    count_kind = {
        TOKENS: count_tokens,
        TITLES: functools.partial(count_titles, redirects, articles),
    }
    for batch in token_fields.batches(documents):
        for place, kind in enumerate(kinds):
            counts, total = count_kind[kind](batch)
            counter[kind] += total
            for number, block in token_counts.to_blocks(counts, num_blocks):
                yield place * num_blocks + number, block


def count_tokens(batch: Sequence[token_fields.Document]) -> tuple[token_counts.Counts, int]:
    """Returns the counts of tokens, and how many there are with repetition."""
    tokens, numbers, sizes = token_fields.number(batch)
    pairs = np.repeat(np.arange(len(sizes)) << _NUMBER_BITS, sizes) | numbers
    pairs.sort()
    firsts = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]
    frequencies, doc_frequencies = (
        np.bincount(found, minlength=len(tokens))
        for found in (numbers, firsts & ((1 << _NUMBER_BITS) - 1))
    )
    return token_counts.Counts(tokens, frequencies, doc_frequencies), len(numbers)


def count_titles(
    redirects: redirect_resolution.Redirects,
    articles: np.ndarray | None,
    batch: Sequence[token_fields.Document],
) -> tuple[token_counts.Counts, int]:
    """Returns the counts of titles, and how many there are with repetition.

    Args:
        redirects: links count for where they lead; without any, as often as they stand.
        articles: uint64[N], a set of hashes to keep only the titles in it.
        batch: the documents.
    """
    documents = [document.rest for document in batch]
    links = redirects.links_of(documents) if len(redirects) else [d.secondary for d in documents]
    titles = [[document.primary, *own] for document, own in zip(documents, links, strict=True)]
    frequencies = collections.Counter(itertools.chain.from_iterable(titles))
    doc_frequencies = collections.Counter(itertools.chain.from_iterable(map(set, titles)))
    kept = list(frequencies)
    if articles is not None:
        kept = list(itertools.compress(kept, url_hashes.are_in(kept, articles)))
    columns = (map(found.__getitem__, kept) for found in (frequencies, doc_frequencies))
    return token_counts.from_columns(kept, *columns), frequencies.total()


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
    found = counts.map(token_counts.frequency_histogram).collect()
    cuts = [
        token_counts.cut_frequency(
            sum(found[first : first + num_blocks], collections.Counter()), size
        )
        for first, size in zip(firsts, max_sizes, strict=True)
    ]

    def select(number: int, part: Iterator[token_counts.Counts]) -> Iterator[token_counts.Counts]:
        return map(token_counts.top_selector(*cuts[number // num_blocks]), part)

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
