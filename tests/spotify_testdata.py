"""Small catalogues, systems and data for tests of the playlist flow."""

import numpy as np

from spotify import catalogue
from spotify import systems


def make_catalogue(artists, albums, names=None):
    """Returns a catalogue of as many tracks as there are artists, with addresses by index."""
    num_artists, num_albums = 1 + max(artists), 1 + max(albums)
    return catalogue.Catalogue(
        [f'spotify:track:{index:022d}' for index in range(len(artists))],
        names or [f'Track {index}' for index in range(len(artists))],
        np.array(artists, np.int32),
        np.array(albums, np.int32),
        np.full(len(artists), 200_000, np.int32),
        [f'spotify:artist:{index:022d}' for index in range(num_artists)],
        [f'Artist {index}' for index in range(num_artists)],
        [f'spotify:album:{index:022d}' for index in range(num_albums)],
        [f'Album {index}' for index in range(num_albums)],
    )


def queries(*contexts):
    """Returns queries without titles."""
    return systems.Queries([np.array(c, np.int32) for c in contexts], [''] * len(contexts))


class TableSystem:
    """A system with a given row of scores for every query; rows of affinities by context track."""

    def __init__(self, name, scores, affinities=None):
        self.name = name
        self.scores = np.asarray(scores, np.float32)
        self.num_tracks = self.scores.shape[-1]
        self._affinities = affinities

    def score(self, queries):
        return np.broadcast_to(self.scores, (len(queries), self.num_tracks))

    def affinities(self, context, tracks):
        if self._affinities is None:
            return None
        return np.asarray(self._affinities, np.float32)[np.ix_(tracks, context)]
