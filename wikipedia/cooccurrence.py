"""Counts of words that occur near one another, in NumPy.

A pair of words d places apart, d at most the window, weighs 1/d. Sums are exact whatever their
order: a weight is kept as the integer lcm(1..window)/d, summed in 64 bits, and divided once at the
end. Each unordered pair is counted in one cell, in the row of the larger embedding index.

Source: Pennington et al. 2014, section 4.2 (weights); Bischof and Yee, the Wikipedia chapters
(embedding indices, the triangle).
"""

import itertools
import math
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from common import varints
from common.pb import recsys_pb2

MAX_WINDOW = 20  # Beyond it the integer weights come near the end of 64 bits.
_INDEX_BITS = 29
MAX_INDEX = (1 << _INDEX_BITS) - 1
_DISTANCE_BITS = 5
_NARROW_INDICES = 11_585  # Two of them and a distance are less than _NO_PAIR.
_NO_PAIR = np.uint32(0xFFFFFFFF)
# Arrays of some 40 MB: larger ones sort more slowly, smaller ones leave more cells to merge.
_CHUNK_TOKENS = 1 << 19
_BLOCK_TOKENS = 1 << 15  # Of a chunk: arrays that stay near to the processor.
_PLACES_A_CELL = 2  # A table with more places takes longer than sorting, and more memory.

# Cells as parallel arrays: int64[N] keys, sorted, each (row << 29 | column), and int64[N] sums.
Cells = tuple[np.ndarray, np.ndarray]
# Cells as bytes: uint32 of the rows, how many cells each has, columns; and sums, uint32 or int64.
Packed = tuple[bytes, bytes, bytes, bytes]


def unit(window: int) -> int:
    """Returns the integer that stands for weight 1: the least common multiple of 1..window."""
    return math.lcm(*range(1, window + 1))


def count(indices: np.ndarray, documents: np.ndarray, window: int) -> Iterator[Cells]:
    """Counts the pairs of a text, a chunk of it at a time.

    Args:
        indices: integer[N], embedding index of each word in turn, at most MAX_INDEX.
        documents: integer[N], number of the document of each; pairs never cross documents.
        window: how many words to either side belong to the context, 1 to MAX_WINDOW.

    Yields:
        Cells with integer weights; a cell can occur in several chunks.

    Raises:
        ValueError: when window or an index is out of range.
    """
    if not 1 <= window <= MAX_WINDOW:
        raise ValueError(f'window {window} is not in 1..{MAX_WINDOW}')
    if len(indices) and not 0 <= indices.min() <= indices.max() <= MAX_INDEX:
        raise ValueError(f'an index is not in 0..{MAX_INDEX}')
    indices = indices.astype(np.uint32, copy=False)
    for start in range(0, len(indices), _CHUNK_TOKENS):
        stop = min(start + _CHUNK_TOKENS, len(indices))
        reach = slice(start, stop + window)  # What the last words still have in their window.
        yield _count_chunk(indices[reach], documents[reach], stop - start, window)


def _count_chunk(indices: np.ndarray, documents: np.ndarray, own: int, window: int) -> Cells:
    """Counts the pairs whose left word is among the first own words.

    Pairs are sorted as numbers that consist of row, column and distance. Those of frequent words,
    which most are, fit into 32 bits, where sorting is twice as fast.
    """
    narrow, wide = np.empty(own * window, np.uint32), [np.empty(0, np.int64)]
    size = 0
    for start in range(0, own, _BLOCK_TOKENS):
        for distance in range(1, window + 1):
            stop = min(start + _BLOCK_TOKENS, own, len(indices) - distance)
            if stop <= start:
                break
            here, there = slice(start, stop), slice(start + distance, stop + distance)
            together = documents[here] == documents[there]
            pairs = narrow[size : size + stop - start]
            wide.append(_pair(indices[here], indices[there], together, distance, pairs))
            size += len(pairs)
    return _join(_sum_narrow(narrow[:size], window), _sum_pairs(np.concatenate(wide), window))


def _pair(
    left: np.ndarray, right: np.ndarray, together: np.ndarray, distance: int, narrow: np.ndarray
) -> np.ndarray:
    """Writes pairs as numbers.

    Args:
        left: uint32[N], words,
        right: uint32[N], and those at the distance from them.
        together: bool[N], whether they are of one document; used up.
        distance: in words.
        narrow: uint32[N], to be filled; _NO_PAIR where there is none, or it does not fit.

    Returns:
        int64[M], the pairs that do not fit.
    """
    row, column = np.maximum(left, right), np.minimum(left, right)
    together &= row != column
    np.multiply(row, _NARROW_INDICES, out=narrow)
    narrow += column
    narrow <<= _DISTANCE_BITS
    narrow |= distance
    fits = row < _NARROW_INDICES
    fits &= together
    np.copyto(narrow, _NO_PAIR, where=~fits)
    others = np.flatnonzero(together > fits)
    keys = row.take(others).astype(np.int64) << _INDEX_BITS | column.take(others)
    return keys << _DISTANCE_BITS | distance


def _sum_narrow(pairs: np.ndarray, window: int) -> Cells:
    """Sums pairs of 32 bits, some of them _NO_PAIR."""
    pairs.sort()
    keys, sums = _sum_sorted(pairs[: np.searchsorted(pairs, _NO_PAIR)], window)
    rows = keys // _NARROW_INDICES
    columns = keys - rows * np.uint32(_NARROW_INDICES)
    return rows.astype(np.int64) << _INDEX_BITS | columns, sums


def _sum_pairs(pairs: np.ndarray, window: int) -> Cells:
    pairs.sort()
    return _sum_sorted(pairs, window)


def _sum_sorted(pairs: np.ndarray, window: int) -> Cells:
    """Sums the weights of sorted pairs, each a key and a distance."""
    weights = np.zeros(1 << _DISTANCE_BITS, np.int64)
    weights[1 : window + 1] = unit(window) // np.arange(1, window + 1)
    distances = (pairs & ((1 << _DISTANCE_BITS) - 1)).astype(np.intp)
    return _sum_runs(pairs >> _DISTANCE_BITS, weights.take(distances))


def _join(first: Cells, second: Cells) -> Cells:
    """Returns the cells of both; those of the first come before."""
    return np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])


def _sum_runs(keys: np.ndarray, sums: np.ndarray) -> Cells:
    """Sums what stands in runs of equal keys."""
    if not len(keys):
        return keys, sums
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    totals = np.cumsum(sums)
    # Differences of totals are three times as fast as np.add.reduceat.
    return keys[starts], np.diff(totals[np.append(starts[1:], len(keys)) - 1], prepend=0)


def merge(cells: Iterable[Cells]) -> Cells:
    """Sums cells of several counts."""
    pairs = [pair for pair in cells if len(pair[0])]
    if not pairs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if len(pairs) == 1:
        return pairs[0]
    first_row = min(int(keys[0]) for keys, _ in pairs) >> _INDEX_BITS
    end_row = 1 + (max(int(keys[-1]) for keys, _ in pairs) >> _INDEX_BITS)
    places = (end_row - first_row) * end_row
    if places <= _PLACES_A_CELL * sum(len(keys) for keys, _ in pairs):
        return _merge_in_table(pairs, first_row, end_row)
    keys = np.concatenate([key for key, _ in pairs])
    order = np.argsort(keys, kind='stable')
    return _sum_runs(keys[order], np.concatenate([value for _, value in pairs])[order])


def _merge_in_table(pairs: list[Cells], first_row: int, end_row: int) -> Cells:
    """Sums cells of rows that are mostly full, each above 0, in a table of all their columns."""
    table = np.zeros((end_row - first_row) * end_row, np.int64)
    for keys, sums in pairs:
        places = keys >> _INDEX_BITS
        places -= first_row
        places *= end_row
        places += keys & MAX_INDEX
        np.add.at(table, places, sums)
    found = np.flatnonzero(table)
    rows = found // end_row
    columns = found - rows * end_row
    return rows + first_row << _INDEX_BITS | columns, table[found]


def merge_bounded(cells: Iterable[Cells], max_pending: int = 1 << 22) -> Cells:
    """Sums cells as `merge` does, holding at most the result and about max_pending more."""
    total: Cells = merge(())
    pending: list[Cells] = []
    size = 0
    for keys, sums in cells:
        pending.append((keys, sums))
        size += len(keys)
        if size >= max(max_pending, len(total[0])):
            total, pending, size = merge([total, *pending]), [], 0
    return merge([total, *pending])


def pack(cells: Cells) -> Packed:
    """Returns cells in half the bytes or less: rows and their lengths, then columns and sums."""
    keys, sums = cells
    rows = keys >> _INDEX_BITS
    starts = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1]))[: len(rows)])
    lengths = np.diff(starts, append=len(rows))
    narrow = np.uint32 if sums.max(initial=0) <= np.iinfo(np.uint32).max else np.int64
    columns = (keys & MAX_INDEX).astype(np.uint32)
    return (
        rows[starts].astype(np.uint32).tobytes(),
        lengths.astype(np.uint32).tobytes(),
        columns.tobytes(),
        sums.astype(narrow, copy=False).tobytes(),
    )


def unpack(packed: Packed) -> Cells:
    """Returns the cells of `pack`."""
    rows, lengths, columns = (np.frombuffer(data, np.uint32) for data in packed[:3])
    narrow = np.uint32 if len(packed[3]) == columns.nbytes else np.int64
    keys = np.repeat(row_keys(rows), lengths)
    keys |= columns
    return keys, np.frombuffer(packed[3], narrow).astype(np.int64)


def row_keys(rows: np.ndarray) -> np.ndarray:
    """Returns the least key of each row."""
    return rows.astype(np.int64) << _INDEX_BITS


def to_payloads(cells: Cells, window: int, max_row_size: int) -> Iterator[bytes]:
    """Yields serialized CooccurrenceRow records, by row and column.

    Args:
        cells: merged cells with integer weights.
        window: the window that they were counted with.
        max_row_size: a longer row is split into records of at most so many cells.
    """
    keys, sums = cells
    if not len(keys):
        return
    rows = keys >> _INDEX_BITS
    counts = (sums / unit(window)).astype('<f4')
    columns, lengths = varints.encode(keys & MAX_INDEX)
    ends = np.concatenate(([0], np.cumsum(lengths)))
    bounds = np.concatenate(([0], np.flatnonzero(rows[1:] != rows[:-1]) + 1, [len(rows)]))
    for first, last in itertools.pairwise(bounds.tolist()):
        for start in range(first, last, max_row_size):
            stop = min(start + max_row_size, last)
            yield recsys_pb2.PackedCooccurrenceRow(
                index=int(rows[start]),
                other_index=columns[ends[start] : ends[stop]].tobytes(),
                count=counts[start:stop].tobytes(),
            ).SerializeToString()
