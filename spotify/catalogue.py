"""The catalogue: every track of the dictionary, with its artist, its album and their names."""

import dataclasses
import os
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from common import errors
from common import records
from common.pb import recsys_pb2

_DEFAULT_OPTIONS = records.ReadOptions()
# Of artists and albums, known or not: more than there are, and few enough for a list of them.
_MAX_OWNERS = 20_000_000
_MAX_MILLISECONDS = (1 << 31) - 1


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """T tracks by index, of A artists on L albums, by index too.

    Attributes:
        uris: T addresses of tracks.
        names: T names; '' where unknown.
        artists: int32[T], index of the artist of a track.
        albums: int32[T], index of the album of a track.
        durations: int32[T], milliseconds; 0 where unknown.
        artist_uris: A addresses.
        artist_names: A names.
        album_uris: L addresses.
        album_names: L names.
    """

    uris: Sequence[str]
    names: Sequence[str]
    artists: np.ndarray
    albums: np.ndarray
    durations: np.ndarray
    artist_uris: Sequence[str]
    artist_names: Sequence[str]
    album_uris: Sequence[str]
    album_names: Sequence[str]

    def __len__(self) -> int:
        """Returns the number of tracks."""
        return len(self.uris)

    def known_artists(self) -> np.ndarray:
        """Returns int32[T], the artist of each track, -1 where the dictionary lacks it."""
        return _known(self.artists, self.artist_uris)

    def known_albums(self) -> np.ndarray:
        """Returns int32[T], the album of each track, -1 where the dictionary lacks it."""
        return _known(self.albums, self.album_uris)

    def tracks(self) -> Iterator[recsys_pb2.Track]:
        """Yields the tracks as records, in order."""
        for index, (uri, name) in enumerate(zip(self.uris, self.names, strict=True)):
            artist, album = int(self.artists[index]), int(self.albums[index])
            yield recsys_pb2.Track(
                index=index,
                uri=uri,
                name=name,
                artist_index=artist,
                artist_uri=self.artist_uris[artist],
                artist_name=self.artist_names[artist],
                album_index=album,
                album_uri=self.album_uris[album],
                album_name=self.album_names[album],
                duration_ms=int(self.durations[index]),
            )


def from_tracks(tracks: Iterable[recsys_pb2.Track], path: str) -> Catalogue:
    """Builds the catalogue from its records.

    Args:
        tracks: in the order of their index.
        path: where they come from, for errors.

    Raises:
        InputError: when an index is out of place, or too large to be one.
    """
    uris, names, artists, albums, durations = [], [], [], [], []
    artist_names: dict[int, tuple[str, str]] = {}
    album_names: dict[int, tuple[str, str]] = {}
    for place, track in enumerate(tracks):
        if track.index != place:
            raise errors.InputError(
                f'{path}: track {place} says index {track.index}; make the catalogue again'
            )
        owner = max(track.artist_index, track.album_index)
        if owner >= _MAX_OWNERS or track.duration_ms > _MAX_MILLISECONDS:
            raise errors.InputError(
                f'{path}: track {place} says artist {track.artist_index}, album '
                f'{track.album_index} and {track.duration_ms} ms, which cannot be; make the '
                'catalogue again'
            )
        uris.append(track.uri)
        names.append(track.name)
        artists.append(track.artist_index)
        albums.append(track.album_index)
        durations.append(track.duration_ms)
        artist_names.setdefault(track.artist_index, (track.artist_uri, track.artist_name))
        album_names.setdefault(track.album_index, (track.album_uri, track.album_name))
    return Catalogue(
        uris,
        names,
        np.array(artists, np.int32),
        np.array(albums, np.int32),
        np.array(durations, np.int32),
        *_columns(artist_names),
        *_columns(album_names),
    )


def load(path: str, options: records.ReadOptions = _DEFAULT_OPTIONS) -> Catalogue:
    """Reads the catalogue that make_training wrote: DATA/tracks.

    Raises:
        InputError: when it cannot be read or is no catalogue.
    """
    data = records.open_dataset(path, recsys_pb2.Track, options)
    return from_tracks(records.read(data, threads=os.cpu_count() or 1), path)


def _known(owners: np.ndarray, uris: Sequence[str]) -> np.ndarray:
    is_known = np.array([bool(uri) for uri in uris], bool)
    return np.where(is_known[owners], owners, -1).astype(np.int32)


def _columns(entries: dict[int, tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Returns addresses and names by index; both are '' for an index that no track has."""
    size = 1 + max(entries, default=-1)
    rows = [entries.get(index, ('', '')) for index in range(size)]
    return [uri for uri, _ in rows], [name for _, name in rows]
