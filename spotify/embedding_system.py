"""The trained playlist model as a system that recommends tracks; NumPy only."""

import os
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from common import errors
from common import models
from spotify import systems
from spotify import training_settings

_PRODUCT_BYTES = 64 << 20  # Of the products with a context's tracks held at a time.


class EmbeddingSystem:
    """Scores by the affinity of track vectors; implements systems.System.

    A query without context gets the popularity of tracks in the training split.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        albums: np.ndarray,
        artists: np.ndarray,
        popularity: np.ndarray,
        boosts: np.ndarray,
        affinity: str,
    ) -> None:
        """Takes what was trained.

        Args:
            vectors: float32[T, D].
            albums: int32[T], what decides whether albums match.
            artists: int32[T], the same for artists.
            popularity: float32[T], playlists of the training split that hold a track.
            boosts: float32[2], for a match of the album and of the artist.
            affinity: 'max' or 'mean'.
        """
        self.name = training_settings.EMBEDDING
        self.num_tracks = len(vectors)
        self._vectors = vectors
        self._popularity = popularity
        self._affinity = affinity
        # Matches are looked up in small tables, so number the albums and artists from 0.
        self._owners = [
            (np.unique(owners, return_inverse=True)[1], boost)
            for owners, boost in zip((albums, artists), boosts, strict=True)
        ]

    def score(self, queries: systems.Queries) -> np.ndarray:
        """Returns float32[Q, T]."""
        if self._affinity == 'mean':
            scores = self._mean_affinity(queries)
        else:
            scores = np.stack([self._max_affinity(row) for row in queries.contexts])
        for row, context in enumerate(queries.contexts):
            if not len(context):
                scores[row] = self._popularity
                continue
            for owners, boost in self._owners:
                added = np.zeros(1 + owners.max(), np.float32)
                added[owners[context]] = boost
                scores[row] += added[owners]
        return scores

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> np.ndarray | None:
        """Returns float32[K, C]: the dot product and boosts of each track with each of context."""
        products = self._vectors[tracks] @ self._vectors[context].T
        for owners, boost in self._owners:
            products += boost * (owners[tracks][:, None] == owners[context])
        return products

    def _mean_affinity(self, queries: systems.Queries) -> np.ndarray:
        means = np.zeros((len(queries), self._vectors.shape[1]), np.float32)
        for row, context in enumerate(queries.contexts):
            if len(context):
                means[row] = self._vectors[context].mean(axis=0)
        return means @ self._vectors.T

    def _max_affinity(self, context: np.ndarray) -> np.ndarray:
        """Returns float32[T]."""
        best = np.zeros(self.num_tracks, np.float32)
        if not len(context):
            return best
        size = max(1, _PRODUCT_BYTES // (4 * len(context)))
        for start in range(0, self.num_tracks, size):
            products = self._vectors[start : start + size] @ self._vectors[context].T
            best[start : start + size] = products.max(axis=1)
        return best


def parameters_tree(
    model: Mapping[str, Any],
    rows: np.ndarray,
    albums: np.ndarray,
    artists: np.ndarray,
    popularity: np.ndarray,
) -> dict[str, Any]:
    """Returns what parameters.msgpack of a model is to hold.

    Args:
        model: parameters of SpotifyModel.
        rows: int32[T, P], row of each track in each embedding.
        albums: int32[T], what decides whether albums match.
        artists: int32[T], the same for artists.
        popularity: float32[T].
    """
    tracks = {'rows': rows, 'albums': albums, 'artists': artists, 'popularity': popularity}
    return {'model': dict(model), 'tracks': tracks}


def load(path: str) -> EmbeddingSystem:
    """Loads a model that train_spotify made.

    Raises:
        InputError: when it is no such model, or damaged.
    """
    config = models.load_config(path)
    tree = models.load_parameters(path)
    try:
        if config['system'] != training_settings.EMBEDDING:
            raise ValueError(f'it is a system {config["system"]}')
        settings = msgspec.convert(config['training']['model'], training_settings.ModelConfig)
        tables = [
            _array(tree['model'][f'{name}_embedding']['embedding'], np.float32, 2)
            for name in config['embeddings']
        ]
        boosts = _array(tree['model']['boosts'], np.float32, 1)
        if len(boosts) != 2:
            raise ValueError(f'{len(boosts)} boosts')
        tracks = tree['tracks']
        rows = _array(tracks['rows'], np.int32, 2)
        owners = [_array(tracks[name], np.int32, 1) for name in ('albums', 'artists')]
        popularity = _array(tracks['popularity'], np.float32, 1)
        if {len(rows), *map(len, owners), len(popularity)} != {config['num_tracks']}:
            raise ValueError(f'its arrays are not of {config["num_tracks"]} tracks')
        vectors = join(tables, rows)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise errors.InputError(
            f'{os.path.join(path, models.PARAMETERS_NAME)} is not of a whole playlist model '
            f'({type(error).__name__}: {error}); train it again'
        ) from error
    return EmbeddingSystem(vectors, *owners, popularity, boosts, settings.affinity)


def join(tables: list[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Returns float32[T, P * F], the vectors of tracks.

    Args:
        tables: P of float32[V, F].
        rows: int32[T, P].

    Raises:
        ValueError: when a row is in no table.
    """
    if len(tables) != rows.shape[1]:
        raise ValueError(f'{len(tables)} embeddings and rows {rows.shape}')
    for place, table in enumerate(tables):
        if rows.size and not 0 <= rows[:, place].min() <= rows[:, place].max() < len(table):
            raise ValueError(f'rows of a track are not in an embedding of {len(table)} rows')
    return np.concatenate([table[rows[:, place]] for place, table in enumerate(tables)], axis=1)


def _array(value: Any, dtype: type, rank: int) -> np.ndarray:
    if not isinstance(value, np.ndarray) or value.dtype != dtype or value.ndim != rank:
        raise ValueError(f'want {np.dtype(dtype).name} of rank {rank}')
    if not np.isfinite(value).all():
        raise ValueError('numbers are not finite')
    return value
