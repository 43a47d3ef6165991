"""The playlists of one file as arrays: what a worker sends to the process that knows all files."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from spotify import playlist_editions
from spotify import playlist_formats

REPEATED = 'repeated_entries'
CUT_NAMES = 'cut_names'


@dataclasses.dataclass(frozen=True)
class Names:
    """Distinct artists or albums: addresses, and of each the name that came first."""

    uris: list[str]
    names: list[str]


@dataclasses.dataclass(frozen=True)
class Columns:
    """P playlists with N entries of U distinct tracks, each track once in a playlist.

    Attributes:
        ids: P identifiers.
        names: P titles.
        split_ids: P values that decide on the split.
        modified_at: P seconds since 1970.
        offsets: int64[P + 1]; playlist p has codes[offsets[p]:offsets[p + 1]].
        codes: int32[N], places in what follows.
        uris: U addresses of tracks, by first occurrence.
        track_names: U names, each as it stood where the track came first, as all below.
        durations: int32[U], milliseconds.
        artist_codes: int32[U], places in artists.
        album_codes: int32[U], places in albums.
        artists: distinct artists; '' is one where a track has none.
        albums: distinct albums; likewise.
    """

    ids: list[str]
    names: list[str]
    split_ids: list[str]
    modified_at: list[int]
    offsets: np.ndarray
    codes: np.ndarray
    uris: list[str]
    track_names: list[str]
    durations: np.ndarray
    artist_codes: np.ndarray
    album_codes: np.ndarray
    artists: Names
    albums: Names


def build(
    id_pattern: str,
    playlists: Sequence[playlist_formats.RawPlaylist],
    faults: playlist_formats.Faults,
) -> Columns:
    """Returns the columns of playlists; one without a split id is left out and counted.

    Args:
        id_pattern: see playlist_editions.split_ids.
        playlists: the playlists of a file.
        faults: takes what is wrong.
    """
    keyed = playlist_editions.split_ids(id_pattern, playlists, faults)
    kept = [playlist for playlist, _ in keyed]
    first: dict[str, Any] = {}
    for playlist in kept:
        for entry in playlist.entries:
            first.setdefault(entry.track_uri, entry)
    entries = list(first.values())
    sizes, codes = _encode(kept, list(first), faults)
    artist_codes, artists = _distinct([(e.artist_uri, e.artist_name) for e in entries], faults)
    album_codes, albums = _distinct([(e.album_uri, e.album_name) for e in entries], faults)
    return Columns(
        [playlist.id for playlist in kept],
        [playlist.name for playlist in kept],
        [split_id for _, split_id in keyed],
        [playlist.modified_at for playlist in kept],
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array(codes, np.int32),
        list(first),
        [_cut(entry.track_name, faults) for entry in entries],
        np.array([entry.duration_ms or 0 for entry in entries], np.int32),
        artist_codes,
        album_codes,
        artists,
        albums,
    )


def _encode(
    playlists: Sequence[playlist_formats.RawPlaylist],
    uris: Sequence[str],
    faults: playlist_formats.Faults,
) -> tuple[list[int], list[int]]:
    """Returns the number of distinct tracks of each playlist, and their places in uris."""
    code_of = dict(zip(uris, range(len(uris)), strict=True))
    sizes, codes = [], []
    for playlist in playlists:
        tracks = dict.fromkeys([entry.track_uri for entry in playlist.entries])
        faults.notes[REPEATED] += len(playlist.entries) - len(tracks)
        sizes.append(len(tracks))
        codes += [code_of[uri] for uri in tracks]
    return sizes, codes


def _distinct(
    pairs: Sequence[tuple[str | None, str | None]], faults: playlist_formats.Faults
) -> tuple[np.ndarray, Names]:
    """Returns codes of addresses by first occurrence, and the addresses with their first names."""
    code_of: dict[str, int] = {}
    names: list[str] = []
    codes = np.empty(len(pairs), np.int32)
    for place, (uri, name) in enumerate(pairs):
        code = code_of.setdefault(uri or '', len(code_of))
        if code == len(names):
            names.append(_cut(name, faults) if uri else '')
        codes[place] = code
    return codes, Names(list(code_of), names)


def _cut(name: str | None, faults: playlist_formats.Faults) -> str:
    if name and len(name) > playlist_formats.MAX_NAME_CHARS:
        faults.notes[CUT_NAMES] += 1
    return playlist_formats.cut_name(name)
