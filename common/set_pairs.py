"""Which items occur in the same sets: exact joint counts and the most similar items, in NumPy.

The sets are playlists of tracks, articles of links, baskets of goods. The joint counts of an item
are a row of X'X, where X has a one for each item of each set. Rows are computed a range at a time
from the sets that hold an item of the range. A range is cut by the number of pairs that it takes
to count it, which is also an upper bound for the entries of those sets. So time and memory of a
range are bounded, however long a set is: the pairs of a long set are spread over the ranges, each
is counted, and they are never all there at once.

Source: Gustavson 1978, "Two fast algorithms for sparse matrices" (the product, by rows).
"""

import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np
from scipy import sparse

from common import similarity
from common import varints
from common.pb import recsys_pb2

_BLOCK_PAIRS = 1 << 22  # Pairs counted at a time: bounds the arrays of scores.
_LOW_BITS = np.uint64(0xFFFFFFFF)
# Multiplying by an odd number shuffles the numbers of 32 bits, and by its inverse, back.
_SHUFFLE = np.uint64(0x9E3779B1)
_UNSHUFFLE = np.uint64(pow(0x9E3779B1, -1, 1 << 32))

# Some sets as bytes, for a shuffle: int32 sizes, and int32 items, one set after another.
Block = tuple[bytes, bytes]


@dataclasses.dataclass(frozen=True)
class Sets:
    """S sets with N items in all.

    Attributes:
        offsets: int64[S + 1]; set s has items[offsets[s]:offsets[s + 1]].
        items: int32[N], at least 0, distinct and rising in each set.
    """

    offsets: np.ndarray
    items: np.ndarray

    def __len__(self) -> int:
        """Returns the number of sets."""
        return len(self.offsets) - 1

    def sizes(self) -> np.ndarray:
        """Returns int64[S]."""
        return np.diff(self.offsets)

    def owners(self) -> np.ndarray:
        """Returns int64[N], the set that an entry belongs to."""
        return np.repeat(np.arange(len(self)), self.sizes())


@dataclasses.dataclass(frozen=True)
class Options:
    """Which pairs to keep.

    Attributes:
        similarity: a name in similarity.BY_NAME.
        min_joint_count: how many sets must hold both items.
        top_k: how many of the most similar items to keep for each, of similarity above 0. Where
            similarities are equal, the order is that of a fixed shuffle of all numbers. Indices of
            a dictionary would not do: they fall with the frequency in all the data it was made of,
            playlists that were held out among them.
    """

    similarity: str
    min_joint_count: int
    top_k: int


@dataclasses.dataclass(frozen=True)
class Marginals:
    """Counts of single items.

    Attributes:
        sets: how many sets are not empty.
        counts: int64[T], how many sets hold each item.
        pairs: int64[T], sum of the sizes of those sets: what it takes to count the item's row.
    """

    sets: int
    counts: np.ndarray
    pairs: np.ndarray

    def __add__(self, other: 'Marginals') -> 'Marginals':
        """Returns the counts of both."""
        return Marginals(
            self.sets + other.sets, self.counts + other.counts, self.pairs + other.pairs
        )


def make_sets(offsets: np.ndarray, items: np.ndarray) -> Sets:
    """Makes sets of lists in which an item may be repeated.

    Args:
        offsets: integer[S + 1]; list s has items[offsets[s]:offsets[s + 1]].
        items: integer[N], at least 0 and below 2 ** 31.
    """
    owners = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    keys = _distinct(owners << 32 | items.astype(np.int64))
    sizes = np.bincount(keys >> 32, minlength=len(offsets) - 1)
    return Sets(_offsets(sizes), (keys & 0xFFFFFFFF).astype(np.int32))


def marginals(sets: Sets, num_items: int) -> Marginals:
    """Counts single items; all items of the sets are below num_items.

    Raises:
        ValueError: when one is not.
    """
    if len(sets.items) and sets.items.max() >= num_items:
        raise ValueError(f'item {sets.items.max()} of {num_items}')
    sizes = sets.sizes()
    ones = np.bincount(sets.items, minlength=num_items)
    # Sums of integers in float64 are exact up to 2 ** 53.
    pairs = np.bincount(sets.items, np.repeat(sizes, sizes), minlength=num_items)
    return Marginals(int(np.count_nonzero(sizes)), ones.astype(np.int64), pairs.astype(np.int64))


def cut_ranges(pairs: np.ndarray, pairs_per_range: int) -> np.ndarray:
    """Cuts the items into ranges of at most so many pairs, or of one item.

    Args:
        pairs: int64[T], what it takes to count each row.
        pairs_per_range: how many pairs a range may take.

    Returns:
        int64[R], the first item of each range; it follows from the arguments alone.
    """
    ends = np.cumsum(pairs)
    firsts, done = [0], 0
    while True:
        stop = int(np.searchsorted(ends, done + pairs_per_range, side='right'))
        stop = max(stop, firsts[-1] + 1)
        if stop >= len(pairs):
            return np.array(firsts, np.int64)
        done = int(ends[stop - 1])
        firsts.append(stop)


def split(sets: Sets, firsts: np.ndarray) -> Iterator[tuple[int, Block]]:
    """Yields, for each range of items that occurs, the sets that hold one of its items, whole.

    Args:
        sets: the sets.
        firsts: int64[R], the first item of each range.
    """
    if not len(sets.items):
        return
    ranges = np.searchsorted(firsts, sets.items, side='right') - 1
    keys = _distinct(ranges << 32 | sets.owners())
    numbers, starts = np.unique(keys >> 32, return_index=True)
    for number, rows in zip(numbers.tolist(), np.split(keys & 0xFFFFFFFF, starts[1:]), strict=True):
        yield number, pack(take(sets, rows))


def take(sets: Sets, rows: np.ndarray) -> Sets:
    """Returns some of the sets."""
    sizes = sets.sizes()[rows]
    offsets = _offsets(sizes)
    places = np.arange(offsets[-1]) + np.repeat(sets.offsets[rows] - offsets[:-1], sizes)
    return Sets(offsets, sets.items[places])


def pack(sets: Sets) -> Block:
    """Returns sets as bytes."""
    return sets.sizes().astype(np.int32).tobytes(), sets.items.tobytes()


def unpack(blocks: Iterable[Block]) -> Sets:
    """Returns the sets of all blocks."""
    sizes, items = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for packed_sizes, packed_items in blocks:
        sizes.append(np.frombuffer(packed_sizes, np.int32))
        items.append(np.frombuffer(packed_items, np.int32))
    return Sets(_offsets(np.concatenate(sizes)), np.concatenate(items))


def joint_counts(
    sets: Sets, first: int, last: int, counts: Marginals
) -> Iterator[tuple[int, sparse.csr_array]]:
    """Yields the joint counts of some items with all items, block by block.

    Args:
        sets: all sets that hold an item in first..last - 1, and perhaps others.
        first: the first item.
        last: the item after the last.
        counts: of all sets.

    Yields:
        The first row of a block and int32[B, T], with the items' own counts in the diagonal;
        columns of a row are in no order.
    """
    ones = np.ones(len(sets.items), np.int32)
    matrix = sparse.csr_array(
        (ones, sets.items, sets.offsets), shape=(len(sets), len(counts.counts))
    )
    holders = matrix[:, first:last].T.tocsr()
    cuts = cut_ranges(counts.pairs[first:last], _BLOCK_PAIRS).tolist()
    for start, stop in itertools.pairwise([*cuts, last - first]):
        yield first + start, holders[start:stop] @ matrix


def neighbors(
    sets: Sets, first: int, last: int, counts: Marginals, options: Options
) -> Iterator[bytes]:
    """Yields a serialized CooccurrenceRow for each of some items that has a similar one.

    Index and other_index are 1 + item, as embedding indices are; count is the similarity to the
    item of the row, falling.

    Args:
        sets: all sets that hold an item in first..last - 1, and perhaps others.
        first: the first item.
        last: the item after the last.
        counts: of all sets.
        options: which pairs to keep.
    """
    for start, block in joint_counts(sets, first, last, counts):
        keys, bounds = _select(_score(start, block, counts, options), options.top_k)
        columns, lengths = varints.encode(1 + ((keys & _LOW_BITS) * _UNSHUFFLE & _LOW_BITS))
        ends = np.concatenate([[0], np.cumsum(lengths)])
        similarities = _LOW_BITS - (keys >> np.uint64(32))
        similarities = similarities.astype(np.uint32).view(np.float32).astype('<f4')
        for row, (begin, end) in enumerate(itertools.pairwise(bounds), start=1 + start):
            if begin < end:
                yield recsys_pb2.PackedCooccurrenceRow(
                    index=row,
                    other_index=columns[ends[begin] : ends[end]].tobytes(),
                    count=similarities[begin:end].tobytes(),
                ).SerializeToString()


def _score(
    start: int, block: sparse.csr_array, counts: Marginals, options: Options
) -> tuple[np.ndarray, np.ndarray]:
    """Scores the pairs of a block.

    Returns:
        uint64[K] keys that rise with falling similarity: the inverted bits of the similarity, which
        order as positive floats do, then the shuffled column; and int64[B + 1], where the keys of
        each row begin.
    """
    rows = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
    kept = (block.indices != start + rows) & (block.data >= options.min_joint_count)
    rows, columns, joint = rows[kept], block.indices[kept], block.data[kept]
    function = similarity.BY_NAME[options.similarity]
    left, right = counts.counts[start + rows], counts.counts[columns]
    values = function(joint, left, right, counts.sets).astype(np.float32)
    positive = values > 0
    bits = values[positive].view(np.uint32).astype(np.uint64)
    shuffled = columns[positive].astype(np.uint64) * _SHUFFLE & _LOW_BITS
    keys = (_LOW_BITS - bits) << np.uint64(32) | shuffled
    return keys, _offsets(np.bincount(rows[positive], minlength=block.shape[0]))


def _select(scored: tuple[np.ndarray, np.ndarray], top_k: int) -> tuple[np.ndarray, list[int]]:
    """Returns the top_k least keys of each row, rising, and where those of each row begin."""
    keys, offsets = scored
    best, bounds = [np.empty(0, np.uint64)], [0]
    for begin, end in itertools.pairwise(offsets.tolist()):
        row = keys[begin:end]
        if len(row) > top_k:
            row = np.partition(row, top_k - 1)[:top_k]
        best.append(np.sort(row))
        bounds.append(bounds[-1] + len(row))
    return np.concatenate(best), bounds


def _distinct(keys: np.ndarray) -> np.ndarray:
    """Returns the keys rising, each once; they are sorted in place, faster than np.unique does."""
    keys.sort()
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys


def _offsets(sizes: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
