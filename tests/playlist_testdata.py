"""A small world of playlists: artists belong to themes, and a playlist keeps to one theme."""

import numpy as np

from spotify import catalogue
from spotify import playlists

NUM_THEMES, NUM_ARTISTS, NUM_ALBUMS, NUM_TRACKS = 4, 24, 60, 300


def make_catalogue() -> catalogue.Catalogue:
    """Returns 300 tracks on 60 albums of 24 artists."""
    random = np.random.default_rng(1)
    album_artists = np.concatenate([np.arange(24), random.integers(0, 24, NUM_ALBUMS - 24)])
    albums = np.concatenate([np.arange(60), random.integers(0, 60, NUM_TRACKS - 60)])
    return catalogue.Catalogue(
        [f'spotify:track:{index}' for index in range(NUM_TRACKS)],
        [f'Track {index}' for index in range(NUM_TRACKS)],
        album_artists[albums].astype(np.int32),
        albums.astype(np.int32),
        random.integers(100_000, 400_000, NUM_TRACKS).astype(np.int32),
        [f'spotify:artist:{index}' for index in range(NUM_ARTISTS)],
        [f'Artist {index}' for index in range(NUM_ARTISTS)],
        [f'spotify:album:{index}' for index in range(NUM_ALBUMS)],
        [f'Album {index}' for index in range(NUM_ALBUMS)],
    )


def themes(tracks: catalogue.Catalogue) -> np.ndarray:
    """Returns int32[T], the theme of each track."""
    return tracks.artists % NUM_THEMES


def make_playlists(
    tracks: catalogue.Catalogue, count: int, seed: int, *, shortest: int = 2, longest: int = 40
) -> playlists.Playlists:
    """Returns playlists of a theme each, whose tracks are nine times as likely as others."""
    random = np.random.default_rng(seed)
    of_theme = themes(tracks)
    rows = []
    for index in range(count):
        weights = np.where(of_theme == random.integers(NUM_THEMES), 0.9, 0.1)
        size = int(random.integers(shortest, longest + 1))
        chosen = random.choice(len(tracks), size, replace=False, p=weights / weights.sum())
        rows.append(playlists.Playlist(f'p{index}', '', chosen.astype(np.int32), min(5, size - 1)))
    return playlists.collect(rows)
