"""Data sets of Embedding records as arrays: the vectors of scenes and products."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from google.protobuf import message as protobuf_message

from common import errors
from common import metadata
from common import records
from common.pb import recsys_pb2
from pinterest import identifiers

SCENE, PRODUCT = 'scene', 'product'
_KINDS = (SCENE, PRODUCT)
_Record = tuple[str, str, bytes]  # Kind, id, and packed little-endian 32-bit floats.
_CHUNK = 4096
_LARGEST = 1e15  # Dot products of larger numbers may not be finite.
_RECORDS_PER_PART = 100_000


@dataclasses.dataclass(frozen=True)
class Embeddings:
    """Vectors of one model.

    Attributes:
        ids: N identifiers; no two of one kind are alike.
        kinds: scene or product, parallel to ids.
        vectors: float32[N, D], finite.
        model_hash: which model made them.
    """

    ids: list[str]
    kinds: list[str]
    vectors: np.ndarray
    model_hash: str

    def __len__(self) -> int:
        """Returns the number of vectors."""
        return len(self.ids)

    def of_kind(self, kind: str) -> 'Embeddings':
        """Returns those of one kind, by id; a view of the vectors where they are in that order."""
        places = [place for place, found in enumerate(self.kinds) if found == kind]
        places.sort(key=self.ids.__getitem__)
        return self.choose(places)

    def choose(self, places: Sequence[int]) -> 'Embeddings':
        """Returns some of them; a view of the vectors where they stand one after the other."""
        rows: Any = places
        if places and places == list(range(places[0], places[0] + len(places))):
            rows = slice(places[0], places[0] + len(places))
        return Embeddings(
            [self.ids[place] for place in places],
            [self.kinds[place] for place in places],
            self.vectors[rows],
            self.model_hash,
        )


def pair_id(scene: str, product: str) -> str:
    """Returns the id of a scene as it is seen when one of its products is looked for.

    Models that blank out or crop away the product's box embed a scene once for each of its
    products. No id of a scene or of a product has a slash in it.
    """
    return f'{scene}/{product}'


def split_id(scene_id: str) -> tuple[str, str]:
    """Returns scene and product of an id that pair_id made, and of any other itself and ''."""
    scene, _, product = scene_id.partition('/')
    if identifiers.is_valid(scene) and identifiers.is_valid(product):
        return scene, product
    return scene_id, ''


def scene_of(scene_id: str) -> str:
    """Returns the scene of an id, which is that of a scene or one made by pair_id."""
    return split_id(scene_id)[0]


def read(data: records.Dataset, *, threads: int = 1) -> Embeddings:
    """Reads all embeddings of a data set.

    Args:
        data: of Embedding records; data.bad counts those that are not, are not finite or too large,
            or stand there a second time.
        threads: for decompression.

    Returns:
        The embeddings, in the order of the records.

    Raises:
        InputError: when there are none, when lengths or models differ, or too many are bad.
    """
    reader = _Reader(data)
    chunk: list[_Record] = []
    for payload in records.read_payloads(data, threads=threads):
        record = reader.parse(payload)
        if record is not None:
            chunk.append(record)
        if len(chunk) == _CHUNK:
            reader.add(chunk)
            chunk = []
    reader.add(chunk)
    return reader.finish()


class _Reader:
    """Collects records; the numbers go into one growing buffer, which is never copied whole."""

    def __init__(self, data: records.Dataset) -> None:
        self._data = data
        self._seen: dict[str, set[str]] = {kind: set() for kind in _KINDS}
        self._ids: list[str] = []
        self._kinds: list[str] = []
        self._values = bytearray()
        self._width: int | None = None
        self._hash = ''

    def parse(self, payload: bytes) -> _Record | None:
        """Returns a record that can be used by itself, or None and counts it."""
        try:
            message = recsys_pb2.PackedEmbedding.FromString(payload)
            values = message.values
            if not values:  # Numbers written one by one, which is allowed as well.
                whole = recsys_pb2.Embedding.FromString(payload)
                values = np.array(whole.values, dtype='<f4').tobytes()
        except protobuf_message.DecodeError:
            return self._refuse('not an Embedding')
        name, kind = message.id, message.kind
        seen = self._seen.get(kind)
        if seen is None:
            return self._refuse('of another kind than scene and product')
        if not name:
            return self._refuse('an embedding without an id')
        if not values or len(values) % 4:
            return self._refuse('an embedding without numbers, or with a part of one')
        if name in seen:
            return self._refuse('an id that was there before')
        self._check_model(kind, name, len(values), message.model_hash)
        seen.add(name)
        return kind, name, values

    def add(self, chunk: Sequence[_Record]) -> None:
        """Takes over records that parse returned."""
        if not chunk:
            return
        joined = b''.join([values for _, _, values in chunk])
        numbers = np.abs(np.frombuffer(joined, '<f4')).reshape(len(chunk), -1)
        usable = (numbers <= _LARGEST).all(axis=1)  # Nor is it so for a number that is none.
        for place in np.flatnonzero(~usable):
            self._refuse('numbers that are not finite, or too large', chunk[place][1])
        if not usable.all():
            chunk = [record for record, good in zip(chunk, usable, strict=True) if good]
            joined = b''.join([values for _, _, values in chunk])
        self._values += joined
        self._ids += [name for _, name, _ in chunk]
        self._kinds += [SCENE if kind == SCENE else PRODUCT for kind, _, _ in chunk]

    def finish(self) -> Embeddings:
        if not self._ids:
            raise errors.InputError(f'{self._data.pattern} holds no embedding')
        width = self._width or 1
        vectors = np.frombuffer(self._values, '<f4').reshape(len(self._ids), width // 4)
        return Embeddings(self._ids, self._kinds, vectors, self._hash)

    def _refuse(self, reason: str, name: str = '') -> None:
        place = name or f'record {len(self._ids) + 1} or soon after'
        self._data.bad.add(self._data.pattern, place, reason)

    def _check_model(self, kind: str, name: str, width: int, model_hash: str) -> None:
        if self._width is None:
            self._width, self._hash = width, model_hash
        if width == self._width and model_hash == self._hash:
            return
        where = f'{self._data.pattern}, {kind} {name!r}'
        if width != self._width:
            raise errors.InputError(
                f'{where} has {width // 4} numbers, and others {self._width // 4}; embed all of '
                'them with one model'
            )
        raise errors.InputError(
            f'{where} was made by the model {model_hash[:12]!r}, and others by '
            f'{self._hash[:12]!r}; embed all of them with one model'
        )


def write(
    path: str,
    batches: Iterable[tuple[str, Sequence[str], np.ndarray]],
    model_hash: str,
    *,
    inputs: Iterable[Mapping[str, Any]] = (),
    totals: Mapping[str, int] | None = None,
    overwrite: bool = False,
    num_workers: int = 1,
) -> metadata.Meta:
    """Writes a data set of Embedding records.

    Args:
        path: directory to make.
        batches: of kind, ids and float32[B, D], in order.
        model_hash: which model made them.
        inputs: what they were made from.
        totals: counts for the metadata; read when all batches were written.
        overwrite: whether path may be replaced.
        num_workers: threads that compress.

    Raises:
        InputError: when path exists and may not be replaced, or a number is not finite.
    """
    return records.write_parts(
        path,
        _payloads(batches, model_hash),
        proto=recsys_pb2.Embedding,
        records_per_part=_RECORDS_PER_PART,
        inputs=inputs,
        totals=totals,
        overwrite=overwrite,
        num_workers=num_workers,
    )


def _payloads(
    batches: Iterable[tuple[str, Sequence[str], np.ndarray]], model_hash: str
) -> Iterator[bytes]:
    for kind, ids, vectors in batches:
        if vectors.ndim != 2 or len(vectors) != len(ids):
            raise ValueError(f'{len(ids)} ids and vectors of shape {vectors.shape}')
        bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if bad.size:
            raise errors.InputError(
                f'the embedding of {kind} {ids[bad[0]]!r} has numbers that are not finite; '
                'train the model again'
            )
        for name, vector in zip(ids, vectors.astype('<f4'), strict=True):
            yield recsys_pb2.PackedEmbedding(
                id=name, kind=kind, values=vector.tobytes(), model_hash=model_hash
            ).SerializeToString()
