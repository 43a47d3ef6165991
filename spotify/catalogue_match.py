"""Systems that need no training: tracks of the artists, or from the albums, of the playlist.

On playlists of the long tail most tracks occur only once, where little can be counted; that an
artist already occurs in the playlist still speaks for the other tracks of that artist.
"""

import typing

import numpy as np

from common import errors
from spotify import systems

if typing.TYPE_CHECKING:
    from spotify import training_data

ARTIST, ALBUM = 'artist_match', 'album_match'
NAMES = (ARTIST, ALBUM)


class CatalogueMatch:
    """Scores a track by the share of the context that belongs to the same artist (or album).

    Among tracks of an artist the popular ones come first: the share is multiplied by the logarithm
    of one more than the playlists for training that hold the track. A track in none of them gets 0,
    since all that its being in the catalogue says is that it is in a playlist under test.

    Attributes:
        name: artist_match or album_match.
        num_tracks: T.
    """

    def __init__(self, name: str, groups: np.ndarray, train_counts: np.ndarray) -> None:
        """Takes what tracks belong to.

        Args:
            name: artist_match or album_match.
            groups: int32[T], the artist of each track, or its album; -1 where unknown.
            train_counts: int64[T], in how many playlists for training each track occurs.
        """
        self.name = name
        self.num_tracks = len(groups)
        # The last group is of tracks whose artist is unknown, and matches none.
        self._nobody = 1 + int(groups.max(initial=-1))
        self._groups = np.where(groups < 0, self._nobody, groups)
        self._weights = np.log1p(train_counts).astype(np.float32)

    def score(self, queries: systems.Queries) -> np.ndarray:
        """Returns float32[Q, T], at least 0; all 0 for a query without context."""
        scores = np.zeros((len(queries), self.num_tracks), np.float32)
        for row, context in zip(scores, queries.contexts, strict=True):
            if len(context):
                counts = np.bincount(self._groups[context], minlength=1 + self._nobody)
                counts[self._nobody] = 0
                np.take((counts / len(context)).astype(np.float32), self._groups, out=row)
                row *= self._weights
        return scores

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> np.ndarray:
        """Returns float32[K, C], 1 where the artist (or album) is the same."""
        groups = self._groups[tracks][:, None]
        return ((groups == self._groups[context]) & (groups != self._nobody)).astype(np.float32)


def make(name: str, data: 'training_data.TrainingData') -> CatalogueMatch:
    """Returns one of the systems in NAMES.

    Raises:
        InputError: when there is none of that name, or the data cannot be read.
    """
    if name not in NAMES:
        raise errors.InputError(f'no system is called {name!r}; there are {", ".join(NAMES)}')
    tracks = data.catalogue()
    groups = tracks.known_artists() if name == ARTIST else tracks.known_albums()
    return CatalogueMatch(name, groups, data.train_counts())
