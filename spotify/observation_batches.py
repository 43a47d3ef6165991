"""Sparse rows of any length in batches of few shapes, so that little is compiled."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from scipy import sparse

CHUNK = 16  # Observations; a row takes one or more chunks of its own.


@dataclasses.dataclass(frozen=True)
class Batch:
    """Some rows with all their observations, in C chunks of CHUNK; the rest is padding.

    Attributes:
        rows: int32[R]; the number of rows stands for padding.
        ridges: float32[R]; 1 for padding.
        owners: int32[C], ascending, which of rows a chunk belongs to.
        columns: int32[C, CHUNK].
        strengths: float32[C, CHUNK]; 0 for padding.
    """

    rows: np.ndarray
    ridges: np.ndarray
    owners: np.ndarray
    columns: np.ndarray
    strengths: np.ndarray


def pack(matrix: sparse.csr_array, ridges: np.ndarray, num_chunks: int) -> Iterator[Batch]:
    """Yields all rows that have observations.

    Args:
        matrix: float32[U, I], strengths.
        ridges: float[U].
        num_chunks: chunks C in a batch, and most rows R in it. Rows that are longer stand in
            batches of twice as many chunks, or four times, and so on.
    """
    chunks = -(-np.diff(matrix.indptr).astype(np.int64) // CHUNK)
    doublings = np.ceil(np.log2(np.maximum(chunks / num_chunks, 1.0))).astype(int)
    for doubling in np.unique(doublings[chunks > 0]).tolist():
        rows = np.flatnonzero((doublings == doubling) & (chunks > 0))
        size = num_chunks << doubling
        ends = np.cumsum(chunks[rows])
        start, done = 0, 0
        while start < len(rows):
            stop = int(np.searchsorted(ends, done + size, side='right'))
            stop = min(stop, start + num_chunks)
            yield _pack_rows(matrix, ridges, rows[start:stop], (num_chunks, size))
            start, done = stop, int(ends[stop - 1])


def _pack_rows(
    matrix: sparse.csr_array, ridges: np.ndarray, rows: np.ndarray, shape: tuple[int, int]
) -> Batch:
    """Returns a batch of some rows; its shape is (R, C)."""
    lengths = np.diff(matrix.indptr)[rows].astype(np.int64)
    chunks = -(-lengths // CHUNK)
    first = np.cumsum(lengths) - lengths
    run = np.arange(lengths.sum())
    source = np.repeat(matrix.indptr[rows] - first, lengths) + run
    target = np.repeat((np.cumsum(chunks) - chunks) * CHUNK - first, lengths) + run
    num_rows, num_chunks = shape
    columns = np.zeros(num_chunks * CHUNK, np.int32)
    strengths = np.zeros(num_chunks * CHUNK, np.float32)
    columns[target], strengths[target] = matrix.indices[source], matrix.data[source]
    owners = np.full(num_chunks, num_rows - 1, np.int32)
    owners[: chunks.sum()] = np.repeat(np.arange(len(rows)), chunks)
    padding = (0, num_rows - len(rows))
    return Batch(
        np.pad(rows, padding, constant_values=matrix.shape[0]).astype(np.int32),
        np.pad(ridges[rows], padding, constant_values=1.0).astype(np.float32),
        owners,
        columns.reshape(num_chunks, CHUNK),
        strengths.reshape(num_chunks, CHUNK),
    )
