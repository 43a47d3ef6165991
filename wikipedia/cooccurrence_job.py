"""The Spark job of make_cooccurrence."""

import collections
import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np
import pyspark

from common import dictionary
from common import spark
from common import spark_output
from wikipedia import cooccurrence
from wikipedia import token_fields
from wikipedia import word_lookup


@dataclasses.dataclass(frozen=True)
class Options:
    """How to count.

    Attributes:
        window: words to either side.
        hash_unknown: whether words outside the dictionary go to their min-hash buckets; else they
            are dropped, and the gap closes before the window slides.
        max_row_size: cells in one record.
        cells_per_part: about how many cells a part of the output holds; bounds memory.
    """

    window: int
    hash_unknown: bool
    max_row_size: int
    cells_per_part: int


def count(source: spark.Input, words: dictionary.TokenDictionary, options: Options) -> pyspark.RDD:
    """Returns the serialized rows, one partition a part of the output, rows rising throughout."""
    sc = source.parts.context
    boundaries = row_boundaries(words, options)
    shared = sc.broadcast({token: 1 + index for index, token in enumerate(words.tokens)})
    first_bucket = 1 + len(words) if options.hash_unknown else None

    def count_part(
        documents: Iterable[token_fields.Document], counter: collections.Counter[str]
    ) -> Iterator[tuple[int, cooccurrence.Packed]]:
        indices, numbers = word_lookup.look_up(documents, shared.value, first_bucket, counter)
        for cells in cooccurrence.count(indices, numbers, options.window):
            yield from split(cells, boundaries)

    def finish(blocks: Iterator[tuple[int, cooccurrence.Packed]]) -> Iterator[spark_output.Tagged]:
        merged = cooccurrence.merge_bounded(cooccurrence.unpack(packed) for _, packed in blocks)
        for payload in cooccurrence.to_payloads(merged, options.window, options.max_row_size):
            yield '', payload

    counted = source.map_parts(count_part, parse=token_fields.parse)
    return counted.partitionBy(len(boundaries), int).mapPartitions(finish)


def split(
    cells: cooccurrence.Cells, boundaries: np.ndarray
) -> Iterator[tuple[int, cooccurrence.Packed]]:
    """Yields the cells of each range of rows as (number of the range, packed cells)."""
    keys, sums = cells
    cuts = np.append(np.searchsorted(keys, cooccurrence.row_keys(boundaries)), len(keys))
    for number, (start, stop) in enumerate(itertools.pairwise(cuts)):
        if start < stop:
            yield number, cooccurrence.pack((keys[start:stop], sums[start:stop]))


def row_boundaries(words: dictionary.TokenDictionary, options: Options) -> np.ndarray:
    """Cuts the rows into ranges of about equal work, from the dictionary alone.

    A row cannot have more cells than words before it, nor more than its word has neighbours that
    come before it in the dictionary. Buckets count as words of frequency one.

    Returns:
        int64[P], the first row of each range; P follows from dictionary and options only.
    """
    frequencies = np.array([0, *words.frequencies], np.float64)
    if options.hash_unknown:
        frequencies = np.append(frequencies, np.ones(dictionary.NUM_BUCKETS))
    before = np.cumsum(frequencies) - frequencies
    share = before / max(1.0, frequencies.sum())
    cells = np.minimum(np.arange(len(frequencies)), frequencies * 2 * options.window * share)
    number = np.floor((np.cumsum(cells) - cells) / options.cells_per_part)
    _, firsts = np.unique(number, return_index=True)
    return firsts.astype(np.int64)
