"""The playlist model: a track is its album's and its artist's embedding, joined.

Tracks of the context and tracks to be ranked share the embeddings. How well a track suits a context
is the largest (or the mean) of its dot products with the context's tracks, and a boost when the
context holds its album, and another when it holds its artist.

Source: Bischof, Yee, Building Recommendation Systems in Python and JAX, chapter 13. Beyond the
book: the mean, embeddings of tracks and of durations, and albums that are not hashed.
"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

from spotify import catalogue
from spotify import training_settings

_LOWEST = -1e30  # In place of minus infinity, whose gradients are not numbers.


@dataclasses.dataclass(frozen=True)
class Features:
    """What the model knows of T tracks.

    Attributes:
        sizes: name and number of rows of each of P embeddings: album, artist, and on wish track
            and duration.
        rows: int32[T, P], the row of each track in each embedding.
        albums: int32[T], what decides whether albums match: hashed ones never do by accident. An
            album that the dictionary lacks matches nothing but the track itself.
        artists: int32[T], the same for artists.
    """

    sizes: tuple[tuple[str, int], ...]
    rows: np.ndarray
    albums: np.ndarray
    artists: np.ndarray

    def __len__(self) -> int:
        """Returns T."""
        return len(self.rows)

    def table_rows(self) -> np.ndarray:
        """Returns int32[T, P], rows of the table in which the embeddings follow each other."""
        starts = np.cumsum([0, *(size for _, size in self.sizes[:-1])])
        return (self.rows + starts).astype(np.int32)


def make_features(tracks: catalogue.Catalogue, config: training_settings.ModelConfig) -> Features:
    """Returns what the model that config describes knows of the tracks."""
    num_albums = config.max_albums or max(1, len(tracks.album_uris))
    parts = {
        'album': (num_albums, tracks.albums % num_albums),
        'artist': (max(1, len(tracks.artist_uris)), tracks.artists),
    }
    if config.track_embedding:
        parts['track'] = (max(1, len(tracks)), np.arange(len(tracks)))
    if config.duration_buckets:
        count = config.duration_buckets
        parts['duration'] = (count, bucket_durations(tracks.durations, count))
    return Features(
        tuple((name, size) for name, (size, _) in parts.items()),
        np.stack([rows for _, rows in parts.values()], axis=1).astype(np.int32),
        _tell_apart(tracks.albums, tracks.album_uris),
        _tell_apart(tracks.artists, tracks.artist_uris),
    )


def bucket_durations(durations: np.ndarray, count: int) -> np.ndarray:
    """Returns int64[T]: 0 where the duration is unknown, else 1 to count - 1, by quantile.

    Args:
        durations: int[T], of any unit; 0 where unknown.
        count: buckets, at least 2.
    """
    known = durations[durations > 0]
    shares = np.arange(1, count - 1) / (count - 1)
    edges = np.quantile(known, shares) if known.size else np.empty(0)
    return np.where(durations > 0, 1 + np.searchsorted(edges, durations, side='right'), 0)


def _tell_apart(owners: np.ndarray, uris: Sequence[str]) -> np.ndarray:
    """Returns the owners, with a number of its own, below 0, for each that has no address."""
    known = np.array([bool(uri) for uri in uris], dtype=bool)
    return np.where(known[owners], owners, -1 - np.arange(len(owners))).astype(np.int32)


class SpotifyModel(nn.Module):
    """Affinities of tracks to contexts.

    Attributes:
        sizes: name and number of rows of each embedding, as Features has them.
        config: settings.
    """

    sizes: tuple[tuple[str, int], ...]
    config: training_settings.ModelConfig

    def setup(self) -> None:
        """Makes the embeddings, normal with the deviation that config names, and the boosts."""
        self.boosts = self.param('boosts', lambda key: init_boosts(self.config))
        init = nn.initializers.normal(self.config.init_scale)
        self.embeddings = [
            nn.Embed(size, self.config.feature_size, embedding_init=init, name=f'{name}_embedding')
            for name, size in self.sizes
        ]

    def embed(self, rows: jax.Array) -> jax.Array:
        """Returns the vectors float[..., D] of tracks, whose rows are int[..., P]; D = P * F."""
        parts = [embedding(rows[..., place]) for place, embedding in enumerate(self.embeddings)]
        return jnp.concatenate(parts, axis=-1)

    def __call__(
        self,
        context_rows: jax.Array,
        context_mask: jax.Array,
        item_rows: jax.Array,
        album_match: jax.Array,
        artist_match: jax.Array,
    ) -> jax.Array:
        """Returns float[B, M], the affinity of each item to its context; 0 without a context.

        Args:
            context_rows: int[B, C, P], features of B contexts.
            context_mask: bool[B, C], which of their tracks there are.
            item_rows: int[B, M, P] or, when all contexts are compared with the same, int[M, P].
            album_match: bool[B, M], whether the context has a track of the item's album.
            artist_match: bool[B, M], the same for artists.
        """
        context, items = self.embed(context_rows), self.embed(item_rows)
        scores = affinity(context, context_mask, items, self.config.affinity)
        return scores + match_boost(album_match, artist_match, self.boosts)


def affinity(context: jax.Array, context_mask: jax.Array, items: jax.Array, kind: str) -> jax.Array:
    """Returns float[B, M], the max or mean over the context of dot products; 0 without a context.

    Args:
        context: float[B, C, D], vectors.
        context_mask: bool[B, C], which of them there are.
        items: float[B, M, D], or float[M, D] for all.
        kind: 'max' or 'mean'.

    Raises:
        ValueError: for shapes that do not fit.
    """
    size, length, _ = context.shape
    if context_mask.shape != (size, length) or items.shape[-1] != context.shape[-1]:
        raise ValueError(
            f'want [B, C, D], [B, C] and [B, M, D] or [M, D], got {context.shape}, '
            f'{context_mask.shape} and {items.shape}'
        )
    item_axes = 'bmd' if items.ndim == 3 else 'md'
    if kind == 'mean':
        count = jnp.maximum(jnp.sum(context_mask, axis=1), 1).astype(context.dtype)
        mean = jnp.einsum('bc,bcd->bd', context_mask.astype(context.dtype), context)
        return jnp.einsum(f'bd,{item_axes}->bm', mean / count[:, None], items)
    products = jnp.einsum(f'bcd,{item_axes}->bmc', context, items)
    best = jnp.max(jnp.where(context_mask[:, None, :], products, _LOWEST), axis=2)
    return jnp.where(jnp.any(context_mask, axis=1)[:, None], best, 0.0)


def matches(owners: jax.Array, context_mask: jax.Array, item_owners: jax.Array) -> jax.Array:
    """Returns bool[B, M]: whether the context has a track of the same owner.

    Args:
        owners: int[B, C], albums (or artists, or tracks) of the contexts' tracks.
        context_mask: bool[B, C], which of them there are.
        item_owners: int[B, M], or int[M] for all.
    """
    items = item_owners if item_owners.ndim == 2 else item_owners[None]
    same = owners[:, :, None] == items[:, None, :]
    return jnp.any(same & context_mask[:, :, None], axis=1)


def match_boost(album_match: jax.Array, artist_match: jax.Array, boosts: jax.Array) -> jax.Array:
    """Returns float[B, M], what the matches add to the affinity.

    Args:
        album_match: bool[B, M].
        artist_match: bool[B, M].
        boosts: float[2], for the album and for the artist.
    """
    return boosts[0] * album_match + boosts[1] * artist_match


def init_boosts(config: training_settings.ModelConfig) -> jax.Array:
    """Returns float[2], the boosts for albums and artists before training."""
    return jnp.array([config.album_boost, config.artist_boost], jnp.float32)


def init_table(key: jax.Array, features: Features, config: training_settings.ModelConfig) -> Any:
    """Returns float[V, F]: fresh embeddings, one after the other."""
    model = SpotifyModel(features.sizes, config)
    tree = model.init(key, jnp.zeros((1, len(features.sizes)), jnp.int32), method=model.embed)
    return to_table(tree['params'], features)


def to_table(tree: Mapping[str, Any], features: Features) -> Any:
    """Returns float[V, F], the embeddings one after the other."""
    return jnp.concatenate([tree[f'{name}_embedding']['embedding'] for name, _ in features.sizes])


def from_table(table: np.ndarray, boosts: np.ndarray, features: Features) -> dict[str, Any]:
    """Returns the parameters of SpotifyModel: what to_table joined, and the boosts, float[2]."""
    starts = np.cumsum([size for _, size in features.sizes])[:-1]
    parts = np.split(table, starts)
    names = (f'{name}_embedding' for name, _ in features.sizes)
    tree = {name: {'embedding': part} for name, part in zip(names, parts, strict=True)}
    return {**tree, 'boosts': boosts}
