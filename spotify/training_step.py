"""A training step of the playlist model, at the cost of what a batch touches."""

import dataclasses
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp

from common import embedding_losses
from common import losses
from common import row_updates
from spotify import spotify_model
from spotify import training_settings


@dataclasses.dataclass(frozen=True)
class StepConfig:
    """Settings of a step; hashable, since code is compiled for each.

    Attributes:
        model: what is trained.
        objective: what is minimised.
        max_context: no context is longer; 0 for no limit.
    """

    model: training_settings.ModelConfig
    objective: training_settings.ObjectiveConfig
    max_context: int = 0


class Tracks(NamedTuple):
    """The catalogue's T tracks on the device.

    Attributes:
        rows: int32[T, P], the rows of the table that make up a track's vector.
        albums: int32[T], what decides whether albums match.
        artists: int32[T], the same for artists.
    """

    rows: jax.Array
    albums: jax.Array
    artists: jax.Array


class Batch(NamedTuple):
    """B playlists with N negatives; with one more axis in front, S of them.

    Attributes:
        tracks: int32[B, L].
        sizes: int32[B], tracks of each playlist; 0 for padding.
        cuts: int32[B], how many of them are the context.
        negatives: int32[N], tracks.
        log_expected_counts: float32[N], of the negatives.
    """

    tracks: jax.Array
    sizes: jax.Array
    cuts: jax.Array
    negatives: jax.Array
    log_expected_counts: jax.Array


class State(NamedTuple):
    """What a step changes.

    Attributes:
        embeddings: of the rows of the table, float[V, F].
        boosts: of a table float[1, 2].
    """

    embeddings: row_updates.State
    boosts: row_updates.State


class Scores(NamedTuple):
    """What the losses look at.

    Attributes:
        positive: float[B, L], affinity of each track of a playlist to the playlist's context.
        negative: float[B, N], the same of the negatives.
        is_context: bool[B, C], which of the first C tracks are the context.
        is_next: bool[B, L], which are the positives.
        is_negative: bool[B, N], whether a negative is none of the playlist's own tracks.
    """

    positive: jax.Array
    negative: jax.Array
    is_context: jax.Array
    is_next: jax.Array
    is_negative: jax.Array


def init(table: jax.Array, config: StepConfig) -> State:
    """Returns the state before the first step, with a fresh table of embeddings."""
    boosts = spotify_model.init_boosts(config.model)[None]
    rule = config.objective.optimizer
    return State(row_updates.init(table, rule), row_updates.init(boosts, rule))


def make_tracks(features: spotify_model.Features) -> Tracks:
    """Puts features on the device."""
    arrays = (features.table_rows(), features.albums, features.artists)
    return Tracks(*(jnp.asarray(array) for array in arrays))


def batch_loss(
    vectors: jax.Array,
    negative_vectors: jax.Array,
    boosts: jax.Array,
    tracks: Tracks,
    batch: Batch,
    config: StepConfig,
) -> jax.Array:
    """Returns the loss, summed over the playlists of a batch.

    Args:
        vectors: float[B, L, D], of the playlists' tracks.
        negative_vectors: float[N, D].
        boosts: float[2], for albums and artists.
        tracks: the catalogue.
        batch: the playlists.
        config: settings.
    """
    objective = config.objective
    scores = _score(vectors, negative_vectors, boosts, tracks, batch, config)
    loss = _ranking_loss(scores, batch, objective, len(tracks.albums))
    if objective.loss == training_settings.BOOK:
        loss += _self_affinity_loss(vectors, negative_vectors, scores)
    present = jnp.arange(vectors.shape[1]) < batch.sizes[:, None]
    norms = embedding_losses.norm_excess(vectors, present, max_norm=objective.regularization)
    negative_norms = embedding_losses.norm_excess(
        negative_vectors[None], max_norm=objective.regularization
    )
    some = batch.sizes > 0
    return jnp.sum(loss + norms + jnp.where(some, negative_norms, 0.0))


def _score(
    vectors: jax.Array,
    negative_vectors: jax.Array,
    boosts: jax.Array,
    tracks: Tracks,
    batch: Batch,
    config: StepConfig,
) -> Scores:
    columns = jnp.arange(batch.tracks.shape[1])
    present = columns < batch.sizes[:, None]
    is_context = columns < batch.cuts[:, None]
    longest = min(config.max_context or len(columns), len(columns))
    context, context_mask = batch.tracks[:, :longest], is_context[:, :longest]
    context_vectors = vectors[:, :longest]

    def score(items: jax.Array, item_tracks: jax.Array) -> jax.Array:
        album, artist = (
            spotify_model.matches(owners[context], context_mask, owners[item_tracks])
            for owners in (tracks.albums, tracks.artists)
        )
        kind = config.model.affinity
        affinity = spotify_model.affinity(context_vectors, context_mask, items, kind)
        return affinity + spotify_model.match_boost(album, artist, boosts)

    own = spotify_model.matches(batch.tracks, present, batch.negatives)
    return Scores(
        score(vectors, batch.tracks),
        score(negative_vectors, batch.negatives),
        context_mask,
        present & ~is_context,
        ~own,
    )


def _ranking_loss(
    scores: Scores,
    batch: Batch,
    objective: training_settings.ObjectiveConfig,
    num_items: int,
) -> jax.Array:
    """Returns float[B].

    Raises:
        ValueError: for a loss that is not written here.
    """
    arguments = (scores.positive, scores.negative, scores.is_next, scores.is_negative)
    margin = objective.margin
    if objective.loss == training_settings.SOFTMAX:
        return losses.softmax(*arguments, log_expected_counts=batch.log_expected_counts)
    if objective.loss == training_settings.BPR:
        return losses.bpr(*arguments)
    if objective.loss == training_settings.WARP:
        return losses.warp(*arguments, num_items=num_items, margin=margin)
    if objective.loss == training_settings.K_ORDER:
        return losses.k_order(
            *arguments,
            num_items=num_items,
            k=objective.k,
            num_drawn=objective.num_drawn,
            margin=margin,
        )
    if objective.loss == training_settings.BOOK:
        mean = losses.mean_triplet(*arguments, margin=margin)
        return mean + losses.extremal_triplet(*arguments, margin=margin)
    raise ValueError(f'no loss is called {objective.loss!r}')


def _self_affinity_loss(
    vectors: jax.Array, negative_vectors: jax.Array, scores: Scores
) -> jax.Array:
    """Returns float[B]: what the book adds for pairs of tracks of one list.

    The book multiplies a list's vectors with those of the list turned around, which gives all pairs
    in another order, each track with itself among them; here those are left out, since they only
    say how long a vector is. Tracks of the context should be alike, and so should next tracks;
    negatives, which the playlists of a batch share, should not.
    """
    products = jnp.einsum('bld,bmd->blm', vectors, vectors)
    longest = scores.is_context.shape[1]
    alike = embedding_losses.self_attraction(products[:, :longest, :longest], scores.is_context)
    alike += embedding_losses.self_attraction(products, scores.is_next)
    unlike = embedding_losses.self_repulsion((negative_vectors @ negative_vectors.T)[None])
    return alike + jnp.where(jnp.any(scores.is_next, axis=1), unlike, 0.0)


def train_step(
    state: State,
    tracks: Tracks,
    batch: Batch,
    config: StepConfig,
) -> tuple[State, jax.Array]:
    """Takes one step; returns the state and the loss before it, summed over the playlists.

    The rows of the batch's tracks change, and no others; so do the boosts, if they are learned, by
    the mean gradient of the playlists instead of its sum.
    """
    rows, negative_rows = tracks.rows[batch.tracks], tracks.rows[batch.negatives]
    shape, negative_shape = rows.shape, negative_rows.shape
    present = jnp.arange(shape[1]) < batch.sizes[:, None]
    touched = jnp.where(present[:, :, None], rows, len(state.embeddings.table)).reshape(-1)
    touched = jnp.concatenate([touched, negative_rows.reshape(-1)])
    vectors = state.embeddings.table.at[touched].get(mode='fill', fill_value=0.0)

    def loss_of(vectors: jax.Array, boosts: jax.Array) -> jax.Array:
        own, negative = jnp.split(vectors, [rows.size])
        return batch_loss(
            own.reshape(*shape[:2], -1),
            negative.reshape(negative_shape[0], -1),
            boosts[0],
            tracks,
            batch,
            config,
        )

    loss, gradients = jax.value_and_grad(loss_of, (0, 1))(vectors, state.boosts.table)
    update = functools.partial(
        row_updates.update,
        rule=config.objective.optimizer,
        learning_rate=config.objective.learning_rate,
    )
    embeddings, boosts = update(state.embeddings, touched, gradients[0]), state.boosts
    if config.model.learn_boosts:
        count = jnp.maximum(jnp.sum(batch.sizes > 0), 1)
        boosts = update(boosts, jnp.zeros(1, jnp.int32), gradients[1] / count)
    return State(embeddings, boosts), loss


@functools.partial(jax.jit, static_argnames='config', donate_argnums=0)
def train_steps(
    state: State,
    tracks: Tracks,
    batches: Batch,
    num_steps: jax.Array,
    config: StepConfig,
) -> tuple[State, jax.Array]:
    """Takes a step for each of the first num_steps of S batches.

    Returns:
        The state, and the sum of the losses.
    """

    def body(place: jax.Array, carry: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
        state, total = carry
        batch = jax.tree.map(lambda array: array[place], batches)
        state, loss = train_step(state, tracks, batch, config)
        return state, total + loss

    return jax.lax.fori_loop(0, num_steps, body, (state, jnp.zeros(())))
