"""Co-occurrence records as arrays."""

import dataclasses
import hashlib
from collections.abc import Callable
from collections.abc import Iterator

import numpy as np
from google.protobuf import message as protobuf_message

from common import errors
from common import records
from common import varints
from common.pb import nlp_pb2
from common.pb import recsys_pb2


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Unordered pairs of words with their counts.

    Attributes:
        rows: int32[N], the larger embedding index of each pair.
        columns: int32[N], the smaller one.
        counts: float32[N], in sums of 1/distance; finite and > 0.
    """

    rows: np.ndarray
    columns: np.ndarray
    counts: np.ndarray

    def __len__(self) -> int:
        """Returns the number of pairs."""
        return len(self.rows)

    def content_hash(self) -> str:
        """Returns a SHA-256 of the pairs in their order."""
        digest = hashlib.sha256()
        for array in (self.rows, self.columns, self.counts):
            digest.update(np.ascontiguousarray(array))
        return digest.hexdigest()


def read_pairs(
    data: records.Dataset,
    num_embeddings: int,
    check_size: Callable[[int], None] = lambda pairs: None,
    *,
    threads: int = 1,
) -> Pairs:
    """Reads all pairs of a data set of CooccurrenceRow records.

    Args:
        data: of CooccurrenceRow: the strict lower triangle, in any order.
        num_embeddings: one more than the largest embedding index that the dictionary allows.
        check_size: called with the number of pairs so far; raises when they are too many.
        threads: for decompression.

    Returns:
        The pairs, in the order of the records.

    Raises:
        InputError: when there are none, or an index or a count cannot be.
    """
    row_indices, columns, counts = [], [], []
    total = 0
    for number, (index, others, values) in enumerate(_read_rows(data, threads)):
        where = f'{data.pattern}, record {number}, row {index}'
        _check_row(index, others, values, num_embeddings, where)
        row_indices.append(index)
        columns.append(others.astype(np.int32))
        counts.append(values)
        total += len(others)
        check_size(total)
    if not total:
        raise errors.InputError(
            f'{data.pattern} holds no pair of words; were there documents, and words frequent '
            'enough for the dictionary?'
        )
    rows = np.repeat(np.array(row_indices, dtype=np.int32), [len(part) for part in columns])
    pairs = Pairs(rows, np.concatenate(columns), np.concatenate(counts))
    _check_unique(pairs, data.pattern)
    return pairs


def _read_rows(data: records.Dataset, threads: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yields row index, other indices and counts of each record."""
    for payload in records.read_payloads(data, threads=threads):
        try:
            yield _parse_row(payload)
        except (ValueError, protobuf_message.DecodeError) as error:
            data.bad.add(data.pattern, 'a row', f'not a CooccurrenceRow ({error})')


def _parse_row(payload: bytes) -> tuple[int, np.ndarray, np.ndarray]:
    packed = recsys_pb2.PackedCooccurrenceRow.FromString(payload)
    others = varints.decode(packed.other_index)
    counts = np.frombuffer(packed.count, dtype='<f4')
    if len(others) != len(counts) or not len(others):
        row = nlp_pb2.CooccurrenceRow.FromString(payload)
        others = np.array(row.other_index, dtype=np.uint64)
        counts = np.array(row.count, dtype=np.float32)
        if len(others) != len(counts):
            raise ValueError(f'{len(others)} indices and {len(counts)} counts')
    return packed.index, others, counts


def _check_row(
    index: int, others: np.ndarray, counts: np.ndarray, num_embeddings: int, where: str
) -> None:
    largest = max(index, int(others.max(initial=0)))
    if largest >= num_embeddings:
        raise errors.InputError(
            f'{where}: embedding index {largest}, and the dictionary allows up to '
            f'{num_embeddings - 1}; give the dictionary that the pairs were counted with'
        )
    if not len(others):
        return
    if int(others.max()) >= index or not int(others.min()):
        raise errors.InputError(
            f'{where}: not in the strict lower triangle (every other index must be below the row '
            'and above 0); count again by make_cooccurrence'
        )
    if not (np.isfinite(counts).all() and counts.min() > 0):
        bad = counts[~(np.isfinite(counts) & (counts > 0))][0]
        raise errors.InputError(f'{where}: a count of {bad}; counts must be finite and above 0')


def _check_unique(pairs: Pairs, pattern: str) -> None:
    """Raises InputError when a pair occurs twice, cheaply when the records are in order."""
    keys = pairs.rows.astype(np.int64) << 32 | pairs.columns
    if (keys[1:] > keys[:-1]).all():
        return
    keys.sort()
    twice = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twice):
        row, column = divmod(int(keys[twice[0]]), 1 << 32)
        raise errors.InputError(
            f'{pattern}: the pair ({row}, {column}) occurs twice; is a part there two times?'
        )
