"""Matrix factorisation as a system that recommends tracks; NumPy only."""

import os
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from common import errors
from common import models
from spotify import factorization_settings
from spotify import observations
from spotify import systems


class MatrixFactorization:
    """Folds playlists in and scores tracks; implements systems.System.

    The vector of a new playlist is the least-squares solution for its context, as in training, with
    the columns held fixed. A query without context gets the popularity of tracks.

    Source: Hu, Koren and Volinsky 2008, section 4, and section 5 for affinities.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        columns: observations.Columns,
        popularity: np.ndarray,
        config: factorization_settings.AlsConfig,
    ) -> None:
        """Takes what was trained.

        Args:
            vectors: float32[I, D], of the columns.
            columns: what they stand for.
            popularity: [T], playlists of the training split that hold each track.
            config: how it was trained.
        """
        self.name = factorization_settings.NAME
        self.num_tracks = columns.num_tracks
        self._vectors, self._columns, self._config = vectors, columns, config
        self._judged = columns.judge(vectors)
        gram = vectors.T.astype(np.float64) @ vectors
        self._unobserved = config.unobserved_weight * gram
        self._popularity = (popularity / max(1, popularity.max(initial=0))).astype(np.float32)

    def score(self, queries: systems.Queries) -> np.ndarray:
        """Returns float32[Q, T], near 1 for what the playlist is thought to have."""
        dim = self._vectors.shape[1]
        folded = [self.fold_in(context) for context in queries.contexts]
        rows = np.array(folded, np.float32).reshape(len(folded), dim)
        scores = rows @ self._judged.T
        for row, context in enumerate(queries.contexts):
            if not len(context):
                scores[row] = self._popularity
        return scores

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> np.ndarray | None:
        """Returns float32[K, C]: what each track of the context adds to the score of each track.

        Observations of a column are shared between the tracks of the context that make them.
        """
        if not len(context):
            return np.zeros((len(tracks), 0), np.float32)
        left, right = self._equations(context)
        return (self._judged[tracks] @ np.linalg.solve(left, right)).astype(np.float32)

    def fold_in(self, context: np.ndarray) -> np.ndarray:
        """Returns float64[D], the vector of a playlist."""
        left, right = self._equations(context)
        return np.linalg.solve(left, right.sum(axis=1))

    def _equations(self, context: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the normal equations of a playlist.

        Returns:
            float64[D, D], and float64[D, C], the right-hand side by track of the context.
        """
        config = self._config
        columns, strengths = self._columns.observe_tracks(context)
        observed, places, counts = np.unique(columns, return_inverse=True, return_counts=True)
        places = places.reshape(columns.shape)
        total = np.zeros(len(observed))
        np.add.at(total, places, np.broadcast_to(strengths, columns.shape))
        vectors = self._vectors[observed].astype(np.float64)
        frequency = len(observed) + config.unobserved_weight * self._columns.num_columns
        ridge = config.ridge * frequency**config.frequency_exponent
        left = self._unobserved + ridge * np.eye(vectors.shape[1])
        left += (vectors * (config.alpha * total)[:, None]).T @ vectors
        weights = (config.unobserved_weight + config.alpha * total) / counts
        right = np.einsum('ckd,ck->dc', vectors[places], weights[places])
        return left, right


def parameters_tree(
    vectors: np.ndarray, artists: np.ndarray, albums: np.ndarray, popularity: np.ndarray
) -> dict[str, Any]:
    """Returns the parameters of a system as they are stored."""
    return {
        'columns': {'embedding': vectors},
        'artists': artists,
        'albums': albums,
        'popularity': popularity,
    }


def load(path: str) -> MatrixFactorization:
    """Reads the system that train_matrix_factorization wrote.

    Raises:
        InputError: when it is damaged or another.
    """
    config, tree = models.load_config(path), models.load_parameters(path)
    try:
        if config['system'] != factorization_settings.NAME:
            raise ValueError(f'a system of kind {config["system"]!r}')
        training = config['training']
        column_config = msgspec.convert(training['columns'], factorization_settings.ColumnConfig)
        als_config = msgspec.convert(training['als'], factorization_settings.AlsConfig)
        vectors, artists, albums, popularity = _leaves(tree, config['num_tracks'])
        columns = observations.Columns(artists, albums, column_config)
        if len(vectors) != columns.num_columns:
            raise ValueError(f'{len(vectors)} vectors, want {columns.num_columns}')
    except (KeyError, TypeError, ValueError) as error:
        raise errors.InputError(
            f'{os.path.join(path, models.PARAMETERS_NAME)} and {models.CONFIG_NAME} are no matrix '
            f'factorisation ({error}); train it again by spotify.train_matrix_factorization'
        ) from error
    return MatrixFactorization(vectors, columns, popularity, als_config)


def _leaves(tree: Mapping[str, Any], num_tracks: int) -> tuple[np.ndarray, ...]:
    """Returns vectors, artists, albums and popularity, checked.

    Raises:
        ValueError: when they do not fit together.
    """
    vectors = tree['columns']['embedding']
    if not (isinstance(vectors, np.ndarray) and vectors.ndim == 2 and vectors.dtype == np.float32):
        raise ValueError('the vectors are no float32 matrix')
    if not np.isfinite(vectors).all():
        raise ValueError('numbers that are not finite')
    rest = tree['artists'], tree['albums'], tree['popularity']
    for array in rest:
        if array.shape != (num_tracks,) or array.dtype.kind != 'i' or array.min(initial=0) < 0:
            raise ValueError(f'{array.dtype}{list(array.shape)}, want int[{num_tracks}], from 0')
    return vectors, *rest
