"""Reads rows of similar items: what set_pairs_job makes, as one sparse matrix."""

from collections.abc import Iterator

import numpy as np
from google.protobuf import message as protobuf_message
from scipy import sparse

from common import errors
from common import records
from common import varints
from common.pb import recsys_pb2

# What a record holds: index of the row, int32[N] items of the columns, float32[N] values.
Row = tuple[int, np.ndarray, np.ndarray]


def load(data: records.Dataset, num_items: int) -> sparse.csr_array:
    """Reads similarities.

    Args:
        data: CooccurrenceRow records, at most one a row, by rising row.
        num_items: how many items T there are.

    Returns:
        float32[T, T], above 0 where there is a similarity; columns in the order of the records.

    Raises:
        InputError: when the records are damaged, out of order, or of more items.
    """
    sizes = np.zeros(num_items, np.int64)
    columns, similarities = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
    last = 0
    for index, others, values in read(data, num_items):
        if index <= last:
            raise errors.InputError(f'{data.pattern}: row {index} is out of order; make it again')
        last = index
        sizes[index - 1] = len(others)
        columns.append(others)
        similarities.append(values)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    cells = (np.concatenate(similarities), np.concatenate(columns), offsets)
    return sparse.csr_array(cells, shape=(num_items, num_items))


def read(data: records.Dataset, num_items: int) -> Iterator[Row]:
    """Yields the rows of a data set; their items are without the 1 that indices begin with.

    Raises:
        InputError: when a record is no row of so many items.
    """
    for number, payload in enumerate(records.read_payloads(data), start=1):
        try:
            row = recsys_pb2.PackedCooccurrenceRow.FromString(payload)
            others = varints.decode(row.other_index).astype(np.int64) - 1
            values = np.frombuffer(row.count, '<f4')
            if len(others) != len(values):
                raise ValueError(f'{len(others)} indices and {len(values)} counts')
            if not (np.isfinite(values).all() and (values > 0).all()):
                raise ValueError('a count that is not finite or not above 0')
            largest = max(row.index - 1, int(others.max(initial=0)))
            if largest >= num_items or others.min(initial=0) < 0:
                raise ValueError(f'an index beyond the {num_items} items')
        except (protobuf_message.DecodeError, ValueError) as error:
            raise errors.InputError(
                f'{data.pattern}, record {number}: no row of similarities ({error}); make it again'
            ) from error
        yield row.index, others.astype(np.int32), values
