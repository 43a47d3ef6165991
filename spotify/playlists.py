"""Playlists in memory: rows of track indices, one after the other in one array."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Playlist:
    """One playlist, as make_training leaves it: each track once, in order of first occurrence.

    Attributes:
        id: identifier.
        name: title; '' where there is none.
        tracks: int32[N], indices of the catalogue: the context, then the next tracks.
        context_size: how many of the first tracks are the context for training.
        unknown: distinct tracks of the playlist that the dictionary lacks.
    """

    id: str
    name: str
    tracks: np.ndarray
    context_size: int
    unknown: int = 0


@dataclasses.dataclass(frozen=True)
class Playlists:
    """P playlists with N tracks in all.

    Attributes:
        ids: P identifiers.
        names: P titles.
        offsets: int64[P + 1]; playlist p has tracks[offsets[p]:offsets[p + 1]].
        tracks: int32[N].
        context_sizes: int32[P].
        unknown: int32[P].
    """

    ids: Sequence[str]
    names: Sequence[str]
    offsets: np.ndarray
    tracks: np.ndarray
    context_sizes: np.ndarray
    unknown: np.ndarray

    def __len__(self) -> int:
        """Returns the number of playlists."""
        return len(self.ids)

    def __getitem__(self, place: int) -> Playlist:
        """Returns one playlist; its tracks are a view."""
        start, stop = self.offsets[place], self.offsets[place + 1]
        return Playlist(
            self.ids[place],
            self.names[place],
            self.tracks[start:stop],
            int(self.context_sizes[place]),
            int(self.unknown[place]),
        )

    def __iter__(self) -> Iterator[Playlist]:
        """Yields the playlists in order."""
        return (self[place] for place in range(len(self)))

    def owners(self) -> np.ndarray:
        """Returns int32[N]: of each track entry, the place of its playlist."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.offsets))


def collect(playlists: Iterable[Playlist]) -> Playlists:
    """Joins playlists."""
    rows = list(playlists)
    sizes = [len(row.tracks) for row in rows]
    tracks = np.concatenate([row.tracks for row in rows]) if rows else np.empty(0)
    return Playlists(
        [row.id for row in rows],
        [row.name for row in rows],
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        tracks.astype(np.int32),
        np.array([row.context_size for row in rows], np.int32),
        np.array([row.unknown for row in rows], np.int32),
    )
