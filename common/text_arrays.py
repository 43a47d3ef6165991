"""Arrow's arrays of text beside NumPy's numbers.

Buffers are passed as they are: Arrow's own ways from and to lists and NumPy import pandas, which
takes half a second and 50 MB of every worker.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow


def from_strings(texts: Iterable[str]) -> pyarrow.StringArray:
    """Returns an array of texts."""
    encoded = [text.encode() for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, encoded), np.int32, len(encoded)), out=offsets[1:])
    return from_bytes(pyarrow.StringArray, offsets, b''.join(encoded))


def from_bytes(
    kind: type[pyarrow.Array], offsets: np.ndarray, data: bytes | np.ndarray
) -> pyarrow.Array:
    """Returns an array of the pieces of data between offsets.

    Args:
        kind: StringArray, or BinaryArray where the bytes are no text.
        offsets: int32[N + 1], rising.
        data: the bytes.
    """
    buffers = [pyarrow.py_buffer(offsets), pyarrow.py_buffer(data)]
    if kind is pyarrow.StringArray:
        return kind.from_buffers(len(offsets) - 1, *buffers)
    return kind.from_buffers(pyarrow.binary(), len(offsets) - 1, [None, *buffers])


def to_bytes(array: pyarrow.Array) -> tuple[np.ndarray, np.ndarray]:
    """Returns int32[N + 1], offsets from 0, and uint8[B], the bytes of an array of text."""
    _, offsets, data = array.buffers()
    offsets = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(data or b'', np.uint8)[offsets[0] : offsets[-1]]
    return offsets - offsets[0], data


def take(array: pyarrow.Array, places: np.ndarray) -> pyarrow.Array:
    """Returns the elements at some places."""
    buffer = pyarrow.py_buffer(np.ascontiguousarray(places, np.int64))
    indices = pyarrow.Int64Array.from_buffers(pyarrow.int64(), len(places), [None, buffer])
    return array.take(indices)


def number(array: pyarrow.Array) -> tuple[pyarrow.Array, np.ndarray]:
    """Returns the distinct elements, and int32[N], the number of each element among them."""
    numbered = array.dictionary_encode()
    indices = numbered.indices
    numbers = np.frombuffer(indices.buffers()[1] or b'', np.int32)
    return numbered.dictionary, numbers[indices.offset : indices.offset + len(indices)]
