"""What make_training wrote, for those who train on it, evaluate with it and recommend from it."""

import dataclasses
import functools
import os
from collections.abc import Sequence

import numpy as np
from google.protobuf import message as protobuf_message

from common import datasets
from common import errors
from common import file_systems
from common import metadata
from common import records
from common import varints
from common.pb import example_pb2
from common.pb import recsys_pb2
from spotify import catalogue
from spotify import playlists
from spotify import tfrecords
from spotify import training_examples

TRAIN, VALIDATION, TEST = 'train', 'validation', 'test'
SPLITS = (TRAIN, VALIDATION, TEST)
TRACKS = 'tracks'
# In the metadata: which dictionary an input is.
DICTIONARY = 'dictionary'
_TRACK = 'track'
_LISTS = (
    training_examples.TRACK_CONTEXT,
    training_examples.NEXT_TRACK,
    training_examples.UNKNOWN,
)


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """A directory of training data.

    Attributes:
        path: the directory.
        meta: its metadata.
        bad: counts damaged records.
    """

    path: str
    meta: metadata.Meta
    bad: datasets.BadRecords

    @property
    def track_hash(self) -> str:
        """Identifies the dictionary of tracks, and so what an index of a track means.

        Raises:
            InputError: when the metadata does not say.
        """
        hashes = (
            entry.get('content_hash')
            for entry in self.meta.inputs
            if entry.get(DICTIONARY) == _TRACK
        )
        found = next(hashes, None)
        if found is None:
            raise errors.InputError(
                f'{self.path} does not say which dictionary of tracks it was made with; make it '
                'by spotify.make_training'
            )
        return found

    @property
    def num_tracks(self) -> int:
        """How many tracks there are, found without reading them.

        Raises:
            InputError: when the catalogue is missing or incomplete.
        """
        tracks = records.open_dataset(os.path.join(self.path, TRACKS), recsys_pb2.Track)
        if tracks.records is None:
            raise errors.InputError(f'{tracks.pattern} does not say how many tracks it holds')
        return tracks.records

    def describe(self) -> dict[str, object]:
        """Returns path, number of records and hash, for the config of what is made from it."""
        return self.meta.describe(self.path)

    @functools.cached_property
    def _catalogue(self) -> catalogue.Catalogue:
        return catalogue.load(os.path.join(self.path, TRACKS))

    def catalogue(self) -> catalogue.Catalogue:
        """Returns the tracks, read once.

        Raises:
            InputError: when they cannot be read.
        """
        return self._catalogue

    def train_counts(self) -> np.ndarray:
        """Returns int64[T], in how many playlists for training each track occurs, counted once.

        Raises:
            InputError: as playlists.
        """
        return self._train_counts

    @functools.cached_property
    def _train_counts(self) -> np.ndarray:
        return np.bincount(self.playlists(TRAIN).tracks, minlength=len(self.catalogue()))

    def parts(self, split: str) -> list[metadata.Part]:
        """Returns the files of a split: train, validation or test."""
        if split not in SPLITS:
            raise ValueError(f'split {split!r}, want one of {SPLITS}')
        return [part for part in self.meta.parts if part.name.startswith(f'{split}/')]

    def paths(self, split: str) -> list[str]:
        """Returns where the files of a split are."""
        return [os.path.join(self.path, part.name) for part in self.parts(split)]

    def read(self, part: metadata.Part, content: bytes | None = None) -> playlists.Playlists:
        """Returns the playlists of one file.

        Args:
            part: the file.
            content: of the file, where it is not to be opened.

        Raises:
            InputError: when it is missing, or more is damaged than the limit allows.
        """
        return _read(self, part, content)

    def playlists(self, split: str) -> playlists.Playlists:
        """Returns the playlists of a split: train, validation or test; one may be empty.

        Raises:
            InputError: when a part is missing, or more is damaged than the limit allows, or it
                speaks of tracks that there are not.
        """
        found = _join([_decode([]), *(self.read(part) for part in self.parts(split))])
        if len(found.tracks):
            largest = int(found.tracks.max())
            if largest >= self.num_tracks:
                raise errors.InputError(
                    f'{self.path}: a playlist for {split} holds the track {largest}, and there are '
                    f'{self.num_tracks}; make the training data again'
                )
        return found


def open_data(path: str, max_bad_records: int = 0) -> TrainingData:
    """Opens what make_training wrote.

    Args:
        path: the directory.
        max_bad_records: how many damaged records may be left out.

    Raises:
        InputError: when it is no such directory, or not whole.
    """
    meta = metadata.load(os.path.join(path, metadata.META_NAME))
    success = os.path.join(path, metadata.SUCCESS_NAME)
    if meta is None or not file_systems.of(path).is_file(success):
        raise errors.InputError(
            f'{path} is not a whole directory of training data; make it by spotify.make_training'
        )
    wanted = example_pb2.Example.DESCRIPTOR.full_name
    if meta.proto != wanted:
        raise errors.InputError(
            f'{path} holds {meta.proto.rpartition(".")[2]} records, not training data; name the '
            'output of spotify.make_training'
        )
    return TrainingData(path.rstrip('/'), meta, datasets.BadRecords(max_bad_records))


def _read(data: TrainingData, part: metadata.Part, data_bytes: bytes | None) -> playlists.Playlists:
    path = os.path.join(data.path, part.name)
    if data_bytes is None and not os.path.isfile(path):
        raise errors.InputError(f'{path} is missing; make the training data again')
    bad_before = data.bad.total()
    content = tfrecords.read(path, data.bad, data_bytes)
    if data.bad.total() == bad_before and content.sha256 != part.sha256:
        raise errors.InputError(
            f'{path} is not what {metadata.META_NAME} says of it; make the training data again'
        )
    try:
        return _decode(content.payloads)
    except (ValueError, IndexError, protobuf_message.DecodeError) as error:
        raise errors.InputError(
            f'{path} holds other Examples than those of spotify.make_training ({error})'
        ) from error


def _decode(payloads: Sequence[bytes]) -> playlists.Playlists:
    """Returns the playlists of serialized Examples; all their tracks are decoded at once.

    Raises:
        ValueError: when one is no Example, or lacks a feature.
    """
    ids, names, packed = [], [], []
    for payload in payloads:
        feature = example_pb2.PackedExample.FromString(payload).features.feature
        ids.append(feature[training_examples.ID].bytes_list.value[0].decode())
        names.append(feature[training_examples.NAME].bytes_list.value[0].decode())
        packed += [feature[name].int64_list.value for name in _LISTS]
    contexts, following, unknown = _count_varints(packed).reshape(-1, len(_LISTS)).T
    values = varints.decode(b''.join(packed))
    if values.max(initial=0) > np.iinfo(np.int32).max:
        raise ValueError(f'a number of {values.max()}')
    values = values.astype(np.int32)
    sizes = contexts + following
    ends = np.cumsum(sizes + unknown)
    if (unknown != 1).any():
        raise ValueError(f'an Example without the feature {training_examples.UNKNOWN}')
    return playlists.Playlists(
        ids,
        names,
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.delete(values, ends - 1),
        contexts.astype(np.int32),
        values[ends - 1],
    )


def _count_varints(packed: Sequence[bytes]) -> np.ndarray:
    """Returns int64[N], how many varints each piece holds."""
    last_bytes = np.frombuffer(b''.join(packed), np.uint8) < 0x80
    counts = np.concatenate([[0], np.cumsum(last_bytes)])
    ends = np.cumsum(np.fromiter(map(len, packed), np.int64, len(packed)))
    return np.diff(counts[ends], prepend=0)


def _join(pieces: Sequence[playlists.Playlists]) -> playlists.Playlists:
    sizes = np.concatenate([np.diff(piece.offsets) for piece in pieces])
    return playlists.Playlists(
        [identifier for piece in pieces for identifier in piece.ids],
        [name for piece in pieces for name in piece.names],
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.concatenate([piece.tracks for piece in pieces]),
        np.concatenate([piece.context_sizes for piece in pieces]),
        np.concatenate([piece.unknown for piece in pieces]),
    )
