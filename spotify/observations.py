"""What a playlist is observed to have: tracks, and by wish their artists and albums.

Most tracks of the long tail occur in one playlist; their artists occur in more. So an artist is a
column of its own beside the tracks, observed with a strength for each of its tracks in the
playlist, and a track is judged by its own vector and those of what it belongs to.
"""

import numpy as np
from scipy import sparse

from spotify import factorization_settings
from spotify import playlists


class Columns:
    """The columns: T tracks, then artists, then albums, those of weight 0 left out.

    Attributes:
        num_tracks: T.
        num_columns: I.
    """

    def __init__(
        self, artists: np.ndarray, albums: np.ndarray, config: factorization_settings.ColumnConfig
    ) -> None:
        """Numbers the columns.

        Args:
            artists: int[T], the artist of each track.
            albums: int[T], its album.
            config: the weights.
        """
        self.num_tracks = self.num_columns = len(artists)
        self._groups: list[tuple[np.ndarray, float]] = []
        for groups, weight in (
            (artists, config.artist_weight),
            (albums, config.album_weight),
        ):
            if weight:
                self._groups.append((self.num_columns + groups.astype(np.int64), weight))
                self.num_columns += 1 + int(groups.max(initial=-1))

    def observe(self, known: playlists.Playlists) -> sparse.csr_array:
        """Returns float32[P, I], how strongly each playlist is observed to have each column."""
        owners = known.owners()
        rows, columns = [owners], [known.tracks.astype(np.int64)]
        strengths = [np.ones(len(owners), np.float32)]
        for groups, weight in self._groups:
            rows.append(owners)
            columns.append(groups[known.tracks])
            strengths.append(np.full(len(owners), weight, np.float32))
        cells = (np.concatenate(rows), np.concatenate(columns))
        shape = (len(known), self.num_columns)
        matrix = sparse.coo_array((np.concatenate(strengths), cells), shape).tocsr()
        matrix.sort_indices()
        return matrix

    def observe_tracks(self, tracks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns what each of some tracks adds to the observations of a playlist.

        Args:
            tracks: int[C].

        Returns:
            int64[C, K], the columns of each, and float64[K], the strengths.
        """
        columns = [tracks.astype(np.int64), *(groups[tracks] for groups, _ in self._groups)]
        return np.stack(columns, 1), np.array([1.0, *(weight for _, weight in self._groups)])

    def judge(self, vectors: np.ndarray) -> np.ndarray:
        """Returns float32[T, D], what tracks are judged by: own vectors and weighted others.

        Args:
            vectors: float32[I, D], of the columns.
        """
        judged = vectors[: self.num_tracks].copy()
        for groups, weight in self._groups:
            judged += np.float32(weight) * vectors[groups]
        return judged
