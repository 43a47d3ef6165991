"""Packed varints, the inside of protocol buffers' repeated integers, in NumPy.

Source: https://protobuf.dev/programming-guides/encoding/, "Base 128 Varints".
"""

import numpy as np

_MAX_BYTES = 10  # 64 bits in groups of seven.


def encode(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Encodes integers.

    Args:
        values: unsigned or non-negative integers[N].

    Returns:
        uint8[M], the varints one after another, and int64[N], the length of each in bytes.
    """
    values = np.ascontiguousarray(values, dtype=np.uint64)
    lengths = np.ones(len(values), dtype=np.int64)
    for byte in range(1, _MAX_BYTES):
        longer = values >= np.uint64(1) << np.uint64(7 * byte)
        if not longer.any():
            break
        lengths += longer
    starts = np.cumsum(lengths) - lengths
    encoded = np.empty(int(lengths.sum()), dtype=np.uint8)
    for byte in range(int(lengths.max(initial=0))):
        has = lengths > byte
        group = (values[has] >> np.uint64(7 * byte)) & np.uint64(0x7F)
        more = (lengths[has] > byte + 1).astype(np.uint8) << 7
        encoded[starts[has] + byte] = group.astype(np.uint8) | more
    return encoded, lengths


def decode(packed: bytes | memoryview) -> np.ndarray:
    """Decodes packed varints.

    Returns:
        uint64[N].

    Raises:
        ValueError: when the last varint is cut off or one is longer than ten bytes.
    """
    data = np.frombuffer(packed, dtype=np.uint8)
    if not data.size:
        return np.empty(0, dtype=np.uint64)
    ends = np.flatnonzero(data < 0x80)
    if not ends.size or ends[-1] != data.size - 1:
        raise ValueError('the last varint is cut off')
    starts = np.empty_like(ends)
    starts[0] = 0
    starts[1:] = ends[:-1] + 1
    lengths = ends - starts + 1
    longest = int(lengths.max())
    if longest > _MAX_BYTES:
        raise ValueError(f'a varint of {longest} bytes')
    values = (data[starts] & 0x7F).astype(np.uint64)
    for byte in range(1, longest):
        has = np.flatnonzero(lengths > byte)
        group = (data[starts[has] + byte] & 0x7F).astype(np.uint64)
        values[has] |= group << np.uint64(7 * byte)
    return values
