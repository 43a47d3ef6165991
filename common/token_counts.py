"""Counts tokens of documents by partition, for dictionaries larger than a driver should collect."""

import collections
import heapq
import itertools
import zlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

# A token, how often it occurs, in how many documents.
Count = tuple[str, int, int]
# The parallel columns of many counts: what travels through a shuffle.
Block = tuple[list[str], list[int], list[int]]


def to_blocks(counts: Iterable[Count], num_blocks: int) -> Iterator[tuple[int, Block]]:
    """Yields the counts as blocks, each token in the block that its hash says."""
    blocks: list[Block] = [([], [], []) for _ in range(num_blocks)]
    for token, frequency, documents in counts:
        tokens, frequencies, doc_frequencies = blocks[zlib.crc32(token.encode()) % num_blocks]
        tokens.append(token)
        frequencies.append(frequency)
        doc_frequencies.append(documents)
    for number, block in enumerate(blocks):
        if block[0]:
            yield number, block


def sum_blocks(blocks: Iterable[Block], min_frequency: int) -> Iterator[Count]:
    """Yields the sums over blocks of the tokens that occur at least min_frequency times."""
    frequencies: dict[str, int] = {}
    doc_frequencies: dict[str, int] = {}
    for block in blocks:
        for token, frequency, documents in zip(*block, strict=True):
            frequencies[token] = frequencies.get(token, 0) + frequency
            doc_frequencies[token] = doc_frequencies.get(token, 0) + documents
    for token, frequency in frequencies.items():
        if frequency >= min_frequency:
            yield token, frequency, doc_frequencies[token]


def sort_key(count: Count) -> tuple[int, str]:
    """Orders counts by falling frequency, then by token."""
    return -count[1], count[0]


def frequency_histogram(counts: Iterable[Count]) -> collections.Counter[int]:
    """Returns how many tokens have each frequency."""
    return collections.Counter(frequency for _, frequency, _ in counts)


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


def top_selector(frequency: int, room: int) -> Callable[[Iterable[Count]], list[Count]]:
    """Returns a function that keeps the counts that can belong to the top by cut_frequency."""

    def select(counts: Iterable[Count]) -> list[Count]:
        above, at = [], []
        for count in counts:
            if count[1] > frequency:
                above.append(count)
            elif count[1] == frequency:
                at.append(count)
        return above + heapq.nsmallest(room, at, key=sort_key)

    return select


def top(counts: Iterable[Count], max_size: int) -> list[Count]:
    """Returns the max_size most frequent, by falling frequency, ties by token."""
    return list(itertools.islice(sorted(counts, key=sort_key), max_size))
