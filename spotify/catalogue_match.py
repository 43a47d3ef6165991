"""Systems that need no training: tracks of the artists, or from the albums, of the playlist.

On playlists of the long tail most tracks occur only once, where nothing can be counted; that an
artist already occurs in the playlist still speaks for the other tracks of that artist.
"""

import numpy as np

from common import errors
from spotify import catalogue
from spotify import systems

ARTIST, ALBUM = 'artist_match', 'album_match'
NAMES = (ARTIST, ALBUM)


class CatalogueMatch:
    """Scores a track by the share of the context that belongs to the same group as the track.

    Attributes:
        name: artist_match or album_match.
        num_tracks: T.
    """

    def __init__(self, name: str, groups: np.ndarray) -> None:
        """Takes the group of each track, int32[T], such as its artist."""
        self.name = name
        self.num_tracks = len(groups)
        self._groups = groups
        self._num_groups = 1 + int(groups.max(initial=-1))

    def score(self, queries: systems.Queries) -> np.ndarray:
        """Returns float32[Q, T], shares from 0 to 1; all 0 for a query without context."""
        scores = np.zeros((len(queries), self.num_tracks), np.float32)
        for row, context in zip(scores, queries.contexts, strict=True):
            if len(context):
                counts = np.bincount(self._groups[context], minlength=self._num_groups)
                np.take((counts / len(context)).astype(np.float32), self._groups, out=row)
        return scores

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> np.ndarray:
        """Returns float32[K, C], 1 where the group is the same."""
        return (self._groups[tracks][:, None] == self._groups[context]).astype(np.float32)


def make(name: str, tracks: catalogue.Catalogue) -> CatalogueMatch:
    """Returns one of the systems in NAMES.

    Raises:
        InputError: when there is none of that name.
    """
    if name not in NAMES:
        raise errors.InputError(f'no system is called {name!r}; there are {", ".join(NAMES)}')
    return CatalogueMatch(name, tracks.artists if name == ARTIST else tracks.albums)
