"""Counts tokens of documents by partition, for dictionaries larger than a driver should collect."""

import collections
import dataclasses
import heapq
import itertools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np
import pyarrow

from common import text_arrays

# A token, how often it occurs, in how many documents.
Count = tuple[str, int, int]

_MULTIPLIER = 0x9E3779B97F4A7C15  # Odd, with bits all over: 2 ** 64 by the golden ratio.
_HASHED_BYTES = 64  # Later ones count as the first do, which tells tokens apart well enough.
_POWERS = np.cumprod(np.full(_HASHED_BYTES, _MULTIPLIER, np.uint64))


@dataclasses.dataclass(frozen=True)
class Counts:
    """Counts of tokens as parallel columns: what travels through a shuffle.

    Attributes:
        tokens: distinct tokens.
        frequencies: int64[N], how often each occurs.
        doc_frequencies: int64[N], in how many documents.
    """

    tokens: pyarrow.StringArray
    frequencies: np.ndarray
    doc_frequencies: np.ndarray

    def __len__(self) -> int:
        """Returns the number of tokens."""
        return len(self.tokens)

    def __iter__(self) -> Iterator[Count]:
        """Yields the counts of each token."""
        columns = (
            self.tokens.to_pylist(),
            self.frequencies.tolist(),
            self.doc_frequencies.tolist(),
        )
        return zip(*columns, strict=True)

    def take(self, places: np.ndarray) -> 'Counts':
        """Returns the counts at some places."""
        tokens = text_arrays.take(self.tokens, places)
        return Counts(tokens, self.frequencies[places], self.doc_frequencies[places])


def from_columns(
    tokens: Iterable[str], frequencies: Iterable[int], doc_frequencies: Iterable[int]
) -> Counts:
    """Returns counts of columns of Python objects."""
    return Counts(
        text_arrays.from_strings(tokens),
        np.fromiter(frequencies, np.int64),
        np.fromiter(doc_frequencies, np.int64),
    )


def to_blocks(counts: Counts, num_blocks: int) -> Iterator[tuple[int, Counts]]:
    """Yields the counts as blocks, each token in the block that its hash says."""
    numbers = _hash(counts.tokens) % np.uint64(num_blocks)
    for number in range(num_blocks):
        places = np.flatnonzero(numbers == number)
        if len(places):
            yield number, counts.take(places)


def _hash(tokens: pyarrow.StringArray) -> np.ndarray:
    """Returns uint64[N], a number for each token: sums of its bytes times powers of a constant."""
    starts, text = text_arrays.to_bytes(tokens)
    inside = np.arange(len(text)) - np.repeat(starts[:-1], np.diff(starts))
    sums = np.zeros(len(text) + 1, np.uint64)
    np.cumsum((text + np.uint64(1)) * _POWERS[inside % _HASHED_BYTES], out=sums[1:])
    return (sums[starts[1:]] - sums[starts[:-1]]) >> np.uint64(32)


def sum_blocks(blocks: Iterable[Counts], min_frequency: int) -> Counts:
    """Returns the sums over blocks of the tokens that occur at least min_frequency times."""
    found = list(blocks)
    if not found:
        return from_columns([], [], [])
    tokens, numbers = text_arrays.number(pyarrow.concat_arrays([block.tokens for block in found]))
    # Doubles hold these sums exactly up to 2 ** 53.
    frequencies, doc_frequencies = (
        np.bincount(numbers, np.concatenate(column), len(tokens)).astype(np.int64)
        for column in (
            [block.frequencies for block in found],
            [block.doc_frequencies for block in found],
        )
    )
    sums = Counts(tokens, frequencies, doc_frequencies)
    return sums.take(np.flatnonzero(frequencies >= min_frequency))


def sort_key(count: Count) -> tuple[int, str]:
    """Orders counts by falling frequency, then by token."""
    return -count[1], count[0]


def frequency_histogram(counts: Counts) -> collections.Counter[int]:
    """Returns how many tokens have each frequency."""
    frequencies, numbers = np.unique(counts.frequencies, return_counts=True)
    return collections.Counter(dict(zip(frequencies.tolist(), numbers.tolist(), strict=True)))


def cut_frequency(histogram: collections.Counter[int], max_size: int) -> tuple[int, int]:
    """Returns from which frequency on tokens belong to the max_size most frequent.

    Returns:
        The frequency at the cut, and how many tokens of just that frequency still belong; all
        tokens above it do.
    """
    room = max_size
    for frequency in sorted(histogram, reverse=True):
        if histogram[frequency] >= room:
            return frequency, room
        room -= histogram[frequency]
    return 0, 0


def top_selector(frequency: int, room: int) -> Callable[[Counts], Counts]:
    """Returns a function that keeps the counts that can belong to the top by cut_frequency."""

    def select(counts: Counts) -> Counts:
        above = np.flatnonzero(counts.frequencies > frequency)
        at = np.flatnonzero(counts.frequencies == frequency)
        tokens = text_arrays.take(counts.tokens, at).to_pylist()
        first = heapq.nsmallest(room, range(len(at)), key=tokens.__getitem__)
        return counts.take(np.concatenate([above, at[np.array(first, np.int64)]]))

    return select


def top(counts: Iterable[Count], max_size: int) -> list[Count]:
    """Returns the max_size most frequent, by falling frequency, ties by token."""
    return list(itertools.islice(sorted(counts, key=sort_key), max_size))
