"""Tracks that are similar to those of the playlist, by counted co-occurrence."""

import os
from collections.abc import Iterator

import numpy as np
from google.protobuf import message as protobuf_message
from scipy import sparse

from common import errors
from common import records
from common import varints
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from spotify import systems

NAME = 'item_to_item'
MARGINALS = 'marginals'  # Subdirectory with the number of playlists of each track.
TRACKS_TOTAL = 'tracks'  # In the totals of the metadata: the number of tracks T.
# Popularity weighs less than any similarity by this factor: it orders what is otherwise equal.
_TIE_BREAK = 1e-3

# What a payload holds: index of the row, other indices, counts.
_Row = tuple[int, np.ndarray, np.ndarray]


class ItemToItem:
    """Adds up the similarities of a track to those of the context; implements systems.System.

    Tracks that are equal in that, above all those that are similar to none, are ordered by
    popularity, so that every list is full, also for an empty context.

    Source: Deshpande and Karypis 2004, "Item-based top-N recommendation algorithms".
    """

    def __init__(self, similarities: sparse.csr_array, counts: np.ndarray) -> None:
        """Takes the similarities.

        Args:
            similarities: float32[T, T], > 0; what each track of a row says for other tracks.
            counts: [T], playlists that hold each track.
        """
        self.name = NAME
        self.num_tracks = len(counts)
        self._similarities = similarities
        scale = _TIE_BREAK * similarities.data.min(initial=np.float32(1.0))
        self._popularity = (scale / max(1, counts.max(initial=0)) * counts).astype(np.float32)

    def score(self, queries: systems.Queries) -> np.ndarray:
        """Returns float32[Q, T], sums of similarities and a little popularity."""
        sizes = [len(context) for context in queries.contexts]
        offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        tracks = np.concatenate([np.empty(0, np.int32), *queries.contexts])
        ones = np.ones(len(tracks), np.float32)
        shape = (len(queries), self.num_tracks)
        contexts = sparse.csr_array((ones, tracks, offsets), shape=shape)
        scores = (contexts @ self._similarities).toarray()
        scores += self._popularity
        return scores

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> np.ndarray | None:
        """Returns float32[K, C], the similarities."""
        return self._similarities[context][:, tracks].toarray().T


def load(path: str) -> ItemToItem:
    """Reads what the program make_cooccurrence wrote.

    Raises:
        InputError: when it is damaged, or no co-occurrence of tracks.
    """
    data = records.open_dataset(path, nlp_pb2.CooccurrenceRow)
    num_tracks = data.meta.totals.get(TRACKS_TOTAL) if data.meta is not None else None
    if num_tracks is None:
        raise errors.InputError(
            f'{path} is no co-occurrence of tracks; make it by spotify/make_cooccurrence.py'
        )
    counts = np.zeros(num_tracks, np.int64)
    marginals = records.open_dataset(os.path.join(path, MARGINALS), nlp_pb2.CooccurrenceRow)
    for _, others, values in _read_rows(marginals, num_tracks):
        counts[others] = values
    sizes = np.zeros(num_tracks, np.int64)
    columns, similarities = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
    last = 0
    for index, others, values in _read_rows(data, num_tracks):
        if index <= last:
            raise errors.InputError(f'{path}: row {index} is out of order; make it again')
        last = index
        sizes[index - 1] = len(others)
        columns.append(others)
        similarities.append(values)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    cells = (np.concatenate(similarities), np.concatenate(columns), offsets)
    return ItemToItem(sparse.csr_array(cells, shape=(num_tracks, num_tracks)), counts)


def _read_rows(data: records.Dataset, num_tracks: int) -> Iterator[_Row]:
    """Yields the rows of a data set; their tracks are without the 1 that indices begin with."""
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
            if largest >= num_tracks or others.min(initial=0) < 0:
                raise ValueError(f'an index beyond the {num_tracks} tracks')
        except (protobuf_message.DecodeError, ValueError) as error:
            raise errors.InputError(
                f'{data.pattern}, record {number}: no row of similarities ({error}); make it again'
            ) from error
        yield row.index, others.astype(np.int32), values
