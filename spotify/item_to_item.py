"""Tracks that are similar to those of the playlist, by counted co-occurrence."""

import os

import numpy as np
from scipy import sparse

from common import errors
from common import records
from common import similarity_rows
from common.pb import nlp_pb2
from spotify import systems

NAME = 'item_to_item'
MARGINALS = 'marginals'  # Subdirectory with the number of playlists of each track.
TRACKS_TOTAL = 'tracks'  # In the totals of the metadata: the number of tracks T.
# Popularity weighs less than any similarity by this factor: it orders what is otherwise equal.
_TIE_BREAK = 1e-3
_MAX_TRACKS = 200_000_000  # Twice what there is; their counts take memory before any is read.


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


def load(path: str, max_bad_records: int = 0) -> ItemToItem:
    """Reads what the program make_cooccurrence wrote.

    Args:
        path: its output.
        max_bad_records: how many damaged records may be left out of each of its two data sets.

    Raises:
        InputError: when it is damaged, or no co-occurrence of tracks.
    """
    options = records.ReadOptions(max_bad_records=max_bad_records)
    data = records.open_dataset(path, nlp_pb2.CooccurrenceRow, options)
    num_tracks = data.meta.totals.get(TRACKS_TOTAL) if data.meta is not None else None
    if num_tracks is None or not 0 <= num_tracks < _MAX_TRACKS:
        raise errors.InputError(
            f'{path} is no co-occurrence of tracks; make it by spotify/make_cooccurrence.py'
        )
    counts = np.zeros(num_tracks, np.int64)
    place = os.path.join(path, MARGINALS)
    marginals = records.open_dataset(place, nlp_pb2.CooccurrenceRow, options)
    for _, others, values in similarity_rows.read(marginals, num_tracks):
        counts[others] = values
    return ItemToItem(similarity_rows.load(data, num_tracks), counts)
