"""What make_training wrote, for those who train on it, evaluate with it and recommend from it."""

import dataclasses
import itertools
import os
from collections.abc import Sequence

import numpy as np

from common import datasets
from common import errors
from common import metadata
from common.pb import example_pb2
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
        """Identifies the dictionary of tracks, and so what an index of a track means."""
        return next(
            entry['content_hash'] for entry in self.meta.inputs if entry.get(DICTIONARY) == _TRACK
        )

    def describe(self) -> dict[str, object]:
        """Returns path, number of records and hash, for the config of what is made from it."""
        return self.meta.describe(self.path)

    def catalogue(self) -> catalogue.Catalogue:
        """Returns the tracks.

        Raises:
            InputError: when they cannot be read.
        """
        return catalogue.load(os.path.join(self.path, TRACKS))

    def playlists(self, split: str) -> playlists.Playlists:
        """Returns the playlists of a split: train, validation or test; one may be empty.

        Raises:
            InputError: when a part is missing, or more is damaged than the limit allows.
        """
        if split not in SPLITS:
            raise ValueError(f'split {split!r}, want one of {SPLITS}')
        payloads: list[bytes] = []
        for part in self.meta.parts:
            if part.name.startswith(f'{split}/'):
                payloads += self._read(part)
        return _decode(payloads)

    def _read(self, part: metadata.Part) -> list[bytes]:
        path = os.path.join(self.path, part.name)
        if not os.path.isfile(path):
            raise errors.InputError(f'{path} is missing; make the training data again')
        bad_before = self.bad.total()
        content = tfrecords.read(path, self.bad)
        if self.bad.total() == bad_before and content.sha256 != part.sha256:
            raise errors.InputError(
                f'{path} is not what {metadata.META_NAME} says of it; make the training data again'
            )
        return content.payloads


def open_data(path: str, max_bad_records: int = 0) -> TrainingData:
    """Opens what make_training wrote.

    Args:
        path: the directory.
        max_bad_records: how many damaged records may be left out.

    Raises:
        InputError: when it is no such directory, or not whole.
    """
    meta = metadata.load(os.path.join(path, metadata.META_NAME))
    if meta is None or not os.path.exists(os.path.join(path, metadata.SUCCESS_NAME)):
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


def _decode(payloads: Sequence[bytes]) -> playlists.Playlists:
    ids, names, unknown, context_sizes, sizes = [], [], [], [], []
    values: list[Sequence[int]] = []
    for payload in payloads:
        feature = example_pb2.Example.FromString(payload).features.feature
        context = feature[training_examples.TRACK_CONTEXT].int64_list.value
        following = feature[training_examples.NEXT_TRACK].int64_list.value
        ids.append(feature[training_examples.ID].bytes_list.value[0].decode())
        names.append(feature[training_examples.NAME].bytes_list.value[0].decode())
        unknown.append(feature[training_examples.UNKNOWN].int64_list.value[0])
        context_sizes.append(len(context))
        sizes.append(len(context) + len(following))
        values += (context, following)
    total = sum(sizes)
    tracks = np.fromiter(itertools.chain.from_iterable(values), np.int32, total)
    return playlists.Playlists(
        ids,
        names,
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        tracks,
        np.array(context_sizes, np.int32),
        np.array(unknown, np.int32),
    )
