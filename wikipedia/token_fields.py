"""The tokens of serialized documents as numbers, without a Python object for each.

A token stands in a record as a tag, its length and its bytes. Such fields follow one another, so
that Arrow can take them for the values of an array as they are, and number the distinct ones.

Source: https://protobuf.dev/programming-guides/encoding/, "Length-Delimited Records".
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np
import pyarrow

from common import text_arrays
from common.pb import nlp_pb2

_TAG = nlp_pb2.TextDocument.TOKENS_FIELD_NUMBER << 3 | 2
_BEFORE = (
    nlp_pb2.TextDocument.PRIMARY_FIELD_NUMBER << 3 | 2,
    nlp_pb2.TextDocument.SECONDARY_FIELD_NUMBER << 3 | 2,
)
_MORE = 0x80  # Set in all bytes of a length but the last.
# From how many bytes on a field has a length of two, three, four, five bytes.
_LONGER = [(1 << 7 * size) + 1 + size for size in range(1, 5)]
_BATCH_BYTES = 1 << 22


@dataclasses.dataclass(frozen=True)
class Document:
    """A document whose tokens were left as they are.

    Attributes:
        rest: all but the tokens.
        fields: the tokens as they are serialized.
        starts: int32[N], where each begins in fields.
    """

    rest: nlp_pb2.TextDocument
    fields: bytes
    starts: np.ndarray


def parse(payload: bytes) -> Document:
    """Parses a serialized TextDocument.

    Raises:
        DecodeError: when it is none.
    """
    found = _find(payload)
    if found is not None:
        start, stop, starts = found
        try:
            payload[start:stop].decode()
        except UnicodeDecodeError:
            return _parse_any(payload)
        rest = nlp_pb2.TextDocument.FromString(payload[:start] + payload[stop:])
        if not rest.tokens:
            return Document(rest, payload[start:stop], starts)
    return _parse_any(payload)


def _find(payload: bytes) -> tuple[int, int, np.ndarray] | None:
    """Finds the fields of tokens where they follow titles and links and are below 128 bytes.

    Returns:
        Where the fields begin and end in the payload, and where each begins after the first; None
        when the payload is another one.
    """
    start = _end_of_links(payload)
    data = np.frombuffer(payload, np.uint8)[start:]
    starts = np.flatnonzero(data == _TAG)
    if not len(starts) or starts[0]:
        return start, start, np.empty(0, np.int32)
    # A length can look as the tag does.
    starts = starts[np.append(True, starts[1:] != starts[:-1] + 1)]
    sizes = data.take(starts + 1, mode='clip')
    ends = starts + 2 + sizes
    follows = ends[:-1] == starts[1:]
    number = len(starts) if follows.all() else 1 + int(follows.argmin())
    end = int(ends[number - 1])
    if (
        end > len(data)
        or sizes[:number].max() >= _MORE
        or _TAG in payload[start + end : start + end + 1]
    ):
        return None
    return start, start + end, starts[:number].astype(np.int32)


def _end_of_links(payload: bytes) -> int:
    """Returns how far the title and the links go, or some of them."""
    place = 0
    while place + 2 < len(payload) and payload[place] in _BEFORE:
        size, header = payload[place + 1], 2
        if size >= _MORE:
            size, header = size - _MORE + (payload[place + 2] << 7), 3
            if payload[place + 2] >= _MORE:
                break
        if place + header + size > len(payload):
            break
        place += header + size
    return place


def _parse_any(payload: bytes) -> Document:
    rest = nlp_pb2.TextDocument.FromString(payload)
    fields = [nlp_pb2.TextDocument(tokens=[token]).SerializeToString() for token in rest.tokens]
    rest.ClearField('tokens')
    sizes = np.fromiter(map(len, fields), np.int64, len(fields))
    return Document(rest, b''.join(fields), (np.cumsum(sizes) - sizes).astype(np.int32))


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yields documents in lists of some megabytes each."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.fields) + document.rest.ByteSize()
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def number(documents: Sequence[Document]) -> tuple[pyarrow.StringArray, np.ndarray, np.ndarray]:
    """Numbers the distinct tokens of documents.

    Returns:
        The distinct tokens; int32[N], the number of each token in turn; and int64[D], how many
        tokens each document has.
    """
    sizes = np.array([len(document.starts) for document in documents], np.int64)
    offsets = np.empty(int(sizes.sum()) + 1, np.int32)
    place = base = 0
    for document in documents:
        stop = place + len(document.starts)
        np.add(document.starts, base, out=offsets[place:stop])
        place = stop
        base += len(document.fields)
    offsets[place] = base
    fields = text_arrays.from_bytes(
        pyarrow.BinaryArray, offsets, b''.join(document.fields for document in documents)
    )
    distinct, numbers = text_arrays.number(fields)
    return _strip(distinct), numbers, sizes


def _strip(fields: pyarrow.BinaryArray) -> pyarrow.StringArray:
    """Takes tags and lengths off tokens."""
    offsets, data = text_arrays.to_bytes(fields)
    headers = 2 + np.searchsorted(_LONGER, np.diff(offsets), side='right')
    # Each byte of a header is at its start, or so many places behind it.
    kept = np.ones(int(offsets[-1]), bool)
    for place in range(int(headers.max(initial=0))):
        kept[offsets[:-1][headers > place] + place] = False
    bare = offsets.copy()
    bare[1:] -= np.cumsum(headers, dtype=np.int32)
    return text_arrays.from_bytes(pyarrow.StringArray, bare, data[kept])
