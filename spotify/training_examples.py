"""Playlists as TensorFlow Examples: the book's six lists of indices, and three features beside."""

import dataclasses

import numpy as np

from common.pb import example_pb2

# Names of features. The first six are the book's.
TRACK_CONTEXT, ALBUM_CONTEXT, ARTIST_CONTEXT = 'track_context', 'album_context', 'artist_context'
NEXT_TRACK, NEXT_ALBUM, NEXT_ARTIST = 'next_track', 'next_album', 'next_artist'
ID, NAME, UNKNOWN = 'id', 'name', 'unknown'


@dataclasses.dataclass(frozen=True)
class Row:
    """One playlist to encode: indices of N tracks with their artists and albums."""

    id: str
    name: str
    tracks: np.ndarray
    artists: np.ndarray
    albums: np.ndarray
    context_size: int
    unknown: int


def encode(row: Row) -> bytes:
    """Returns a serialized Example; the same bytes for the same row."""
    example = example_pb2.Example()
    feature = example.features.feature
    size = row.context_size
    for name, values in (
        (TRACK_CONTEXT, row.tracks[:size]),
        (ALBUM_CONTEXT, row.albums[:size]),
        (ARTIST_CONTEXT, row.artists[:size]),
        (NEXT_TRACK, row.tracks[size:]),
        (NEXT_ALBUM, row.albums[size:]),
        (NEXT_ARTIST, row.artists[size:]),
        (UNKNOWN, np.array([row.unknown])),
    ):
        feature[name].int64_list.value.extend(values.tolist())
    feature[ID].bytes_list.value.append(row.id.encode())
    feature[NAME].bytes_list.value.append(row.name.encode())
    return example.SerializeToString(deterministic=True)
