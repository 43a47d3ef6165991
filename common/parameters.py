"""Trees of arrays as bytes, in the msgpack form of flax.serialization.

Written here on msgpack and NumPy alone, so that a program which only looks vectors up need not wait
for JAX to be imported. `flax.serialization.msgpack_restore` reads these bytes, and this module
reads those of `msgpack_serialize`.

Source: flax/serialization.py: an array is extension type 1 around (shape, dtype name, bytes), and
one of over 1 GiB is a map that holds flat chunks.
"""

import math
from collections.abc import Mapping
from typing import Any

import msgpack
import numpy as np

from common import errors

_ARRAY_TYPE, _SCALAR_TYPE = 1, 3
_CHUNK_BYTES = 1 << 30
_CHUNKED = '__msgpack_chunked_array__'
_DTYPES = frozenset(
    f'{kind}{bits}' for kind in ('float', 'int', 'uint') for bits in (8, 16, 32, 64)
) - {'float8'} | {'bool'}


def encode(tree: Mapping[str, Any]) -> bytes:
    """Serializes nested dicts with string keys whose leaves are arrays, strings or numbers."""
    return msgpack.packb(_prepare(tree), default=_encode_array, strict_types=True)


def decode(data: bytes, path: str) -> dict[str, Any]:
    """Parses what encode wrote.

    Args:
        data: the bytes.
        path: their file, for errors.

    Returns:
        Nested dicts; arrays are NumPy's, read-only views of the bytes where possible.

    Raises:
        InputError: when the bytes are cut off or damaged, or sizes contradict each other.
    """
    try:
        tree = _restore(msgpack.unpackb(data, ext_hook=_decode_extension, strict_map_key=False))
        if not isinstance(tree, dict):
            raise ValueError(f'a {type(tree).__name__} where a map is wanted')
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
        msgpack.UnpackException,
    ) as error:
        raise errors.InputError(
            f'{path} is damaged or cut off ({type(error).__name__}: {error}); make it again'
        ) from error
    return tree


def _prepare(value: Any) -> Any:
    """Replaces arrays that are too long for one msgpack extension by maps of chunks."""
    if isinstance(value, Mapping):
        return {key: _prepare(entry) for key, entry in value.items()}
    if not hasattr(value, 'dtype'):
        return value
    array = np.asarray(value)
    if array.nbytes <= _CHUNK_BYTES:
        return array
    step = _CHUNK_BYTES // array.itemsize
    flat = array.reshape(-1)
    chunks = [flat[start : start + step] for start in range(0, flat.size, step)]
    return {
        _CHUNKED: True,
        'shape': {str(place): size for place, size in enumerate(array.shape)},
        'chunks': {str(place): chunk for place, chunk in enumerate(chunks)},
    }


def _encode_array(value: Any) -> msgpack.ExtType:
    if not isinstance(value, np.ndarray) or value.dtype.name not in _DTYPES:
        raise TypeError(f'cannot serialize {type(value).__name__} {getattr(value, "dtype", "")}')
    fields = (value.shape, value.dtype.name, value.tobytes())
    return msgpack.ExtType(_ARRAY_TYPE, msgpack.packb(fields))


def _decode_extension(code: int, data: bytes) -> Any:
    if code not in (_ARRAY_TYPE, _SCALAR_TYPE):
        raise ValueError(f'extension type {code}')
    shape, name, content = msgpack.unpackb(data, raw=True)
    name = name.decode('ascii', 'replace')
    if name not in _DTYPES:
        raise ValueError(f'dtype {name!r}')
    if any(not isinstance(size, int) or size < 0 for size in shape):
        raise ValueError(f'shape {shape}')
    if math.prod(shape) * np.dtype(name).itemsize != len(content):
        raise ValueError(f'shape {tuple(shape)} of {name}, but {len(content)} bytes')
    array = np.frombuffer(content, dtype=name).reshape(shape)
    return array if code == _ARRAY_TYPE else array[()]


def _restore(value: Any) -> Any:
    """Joins chunked arrays."""
    if not isinstance(value, dict):
        return value
    if _CHUNKED not in value:
        return {key: _restore(entry) for key, entry in value.items()}
    shape = [value['shape'][str(place)] for place in range(len(value['shape']))]
    chunks = [value['chunks'][str(place)] for place in range(len(value['chunks']))]
    return np.concatenate(chunks).reshape(shape)
