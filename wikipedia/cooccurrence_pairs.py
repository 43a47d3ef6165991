"""The strongest pairs of chosen words in a co-occurrence matrix, with bounded memory."""

import dataclasses
import os
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np
from google.protobuf import message as protobuf_message

from common import datasets
from common import dictionary
from common import errors
from common import records
from common import varints
from common.pb import recsys_pb2

_THREADS = min(4, os.cpu_count() or 1)  # For decompression, which takes most of the time.
_BUFFERED_CELLS = 1 << 18  # Of one word, before the weaker ones are dropped.


@dataclasses.dataclass(frozen=True)
class Pairs:
    """The pairs of one word.

    Attributes:
        index: embedding index of the word.
        partners: how many others it occurs with.
        total: sum of their counts.
        others: int64[K], embedding indices of the strongest partners, strongest first, ties by
            token, buckets after words.
        counts: float32[K], their counts.
    """

    index: int
    partners: int
    total: float
    others: np.ndarray
    counts: np.ndarray


def strongest(
    data: datasets.Dataset,
    words: dictionary.TokenDictionary,
    wanted: Sequence[int],
    max_pairs: int,
) -> list[Pairs]:
    """Finds the strongest pairs of some words.

    A pair is stored once, in the row of its larger index, so that a word's partners stand in its
    own rows and in those of others.

    Args:
        data: CooccurrenceRow records.
        words: the dictionary that they were counted with.
        wanted: embedding indices, each once.
        max_pairs: how many pairs of each to return.

    Returns:
        The pairs of each word, in the order of wanted.

    Raises:
        InputError: when the records do not fit the dictionary.
    """
    ranks = _ranks(words)
    slots = np.full(words.embedding_size(), -1, dtype=np.int64)
    slots[np.asarray(wanted, dtype=np.int64)] = np.arange(len(wanted))
    heaps = [_Strongest(index, max_pairs, ranks) for index in wanted]
    for index, others, counts in _read_rows(data, words):
        if slots[index] >= 0:
            heaps[slots[index]].add(others, counts)
        hits = slots[others]
        for place in np.flatnonzero(hits >= 0).tolist():
            heaps[hits[place]].add(np.array([index]), counts[place : place + 1])
    return [heap.finish() for heap in heaps]


def _ranks(words: dictionary.TokenDictionary) -> np.ndarray:
    """Returns int64[V], the order in which equal counts are listed: by token, then buckets."""
    order = sorted(range(len(words)), key=words.tokens.__getitem__)
    ranks = np.arange(words.embedding_size(), dtype=np.int64)
    ranks[1 + np.array(order, dtype=np.int64)] = 1 + np.arange(len(words))
    return ranks


class _Strongest:
    """Keeps the strongest pairs of one word."""

    def __init__(self, index: int, limit: int, ranks: np.ndarray) -> None:
        self._index, self._limit, self._ranks = index, limit, ranks
        self._others: list[np.ndarray] = [np.empty(0, dtype=np.int64)]
        self._counts: list[np.ndarray] = [np.empty(0, dtype=np.float32)]
        self._buffered = self._partners = 0
        self._total = 0.0

    def add(self, others: np.ndarray, counts: np.ndarray) -> None:
        """Adds partners; each comes once."""
        self._others.append(others)
        self._counts.append(counts)
        self._partners += len(others)
        self._total += float(counts.sum(dtype=np.float64))
        self._buffered += len(others)
        if self._buffered > max(_BUFFERED_CELLS, 2 * self._limit):
            self._prune()

    def _prune(self) -> None:
        others, counts = np.concatenate(self._others), np.concatenate(self._counts)
        order = np.lexsort((self._ranks[others], -counts))[: self._limit]
        self._others, self._counts = [others[order]], [counts[order]]
        self._buffered = len(order)

    def finish(self) -> Pairs:
        """Returns what was found."""
        self._prune()
        return Pairs(self._index, self._partners, self._total, self._others[0], self._counts[0])


def _read_rows(
    data: datasets.Dataset, words: dictionary.TokenDictionary
) -> Iterable[tuple[int, np.ndarray, np.ndarray]]:
    """Yields the index, int64[N] other indices and float32[N] counts of each record."""
    size = words.embedding_size()
    for number, payload in enumerate(records.read_payloads(data, threads=_THREADS), start=1):
        try:
            row = recsys_pb2.PackedCooccurrenceRow.FromString(payload)
            others = varints.decode(row.other_index).astype(np.int64)
            counts = np.frombuffer(row.count, dtype='<f4')
            if len(others) != len(counts):
                raise ValueError(f'{len(others)} indices and {len(counts)} counts')
        except (protobuf_message.DecodeError, ValueError) as error:
            data.bad.add(data.pattern, f'record {number}', f'no co-occurrence row ({error})')
            continue
        largest = max(row.index, int(others.max(initial=0)))
        if largest >= size or int(others.min(initial=0)) < 0:
            raise errors.InputError(
                f'{data.pattern}, record {number}: index {largest} is beyond the {size} of the '
                'dictionary; give the --token_dictionary that it was made with'
            )
        yield row.index, others, counts
