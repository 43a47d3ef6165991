"""A training step of the text-to-article model, at the cost of what a batch touches."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from common import losses
from common import row_updates
from wikipedia import txt2url_encoders
from wikipedia import txt2url_settings

_RULE = 'adam'
# Factors of the cosines, before training: of text and article; of what two articles say.
_FIRST_SCALES = (20.0, 10.0)


@dataclasses.dataclass(frozen=True)
class StepConfig:
    """Settings of a step; hashable, since code is compiled for each.

    Attributes:
        model: what is trained.
        objective: what is minimised.
    """

    model: txt2url_settings.ModelConfig
    objective: txt2url_settings.ObjectiveConfig


class Batch(NamedTuple):
    """The arrays of txt2url_batches.Group for one step; with one more axis in front, for S.

    Attributes:
        words: int32[U].
        pieces: int32[B, L].
        own: int32[B, K].
        drawn: int32[N, K].
        articles: int32[B].
        partners: int32[B].
        others: int32[N].
    """

    words: jax.Array
    pieces: jax.Array
    own: jax.Array
    drawn: jax.Array
    articles: jax.Array
    partners: jax.Array
    others: jax.Array


class Articles(NamedTuple):
    """What an epoch knows of all T articles, and last of the article T, which stands for none.

    Counts are natural logs of how often a batch is expected to hold an article.

    Attributes:
        own_counts: float[T + 1], as the article of a piece.
        partner_counts: float[T + 1], as the partner of one.
        drawn_counts: float[T + 1], as one that was drawn.
        says: float[T + 1, D], what each said before the epoch, of length 1.
    """

    own_counts: jax.Array
    partner_counts: jax.Array
    drawn_counts: jax.Array
    says: jax.Array


class State(NamedTuple):
    """What a step changes.

    Attributes:
        words: of a table float[V, W + 1]: vectors of words, and in the last column the natural log
            of a word's weight.
        links: of a table float[T, E + 1]: vectors of what articles are linked with, and in the last
            column how much each is linked at all.
        dense: parameters of TextEncoder under 'encoder', and float[2] logs of 'scales'.
        optimizer: state of the optimiser of dense.
    """

    words: row_updates.State
    links: row_updates.State
    dense: Mapping[str, Any]
    optimizer: optax.OptState


def make_optimizer(config: txt2url_settings.ObjectiveConfig) -> optax.GradientTransformation:
    """Returns the optimiser of what is not a table."""
    return optax.adam(config.encoder_learning_rate)


@functools.partial(jax.jit, static_argnames='config', donate_argnames=('words', 'links'))
def init(words: jax.Array, links: jax.Array, config: StepConfig, key: jax.Array) -> State:
    """Returns the state before the first step, with fresh tables, whose memory it takes."""
    encoder = txt2url_encoders.TextEncoder(config.model)
    vectors = jnp.zeros((1, 1, words.shape[1] - 1))
    variables = encoder.init(key, vectors, jnp.ones((1, 1)))
    dense = {'encoder': variables['params'], 'scales': jnp.log(jnp.array(_FIRST_SCALES))}
    rule = _RULE if config.model.train_words else 'sgd'
    return State(
        row_updates.init(words, rule),
        row_updates.init(links, _RULE),
        dense,
        make_optimizer(config.objective).init(dense),
    )


def split(table: jax.Array, places: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Returns the vectors float[..., W] and the weights float[...] of words; zeros for padding.

    Args:
        table: float[U, W + 1], as State has it.
        places: int[...], rows; U for padding.
    """
    rows = table.at[places].get(mode='fill', fill_value=0.0)
    return rows[..., :-1], jnp.where(places < len(table), jnp.exp(rows[..., -1]), 0.0)


def join(says: jax.Array, links: jax.Array, scales: jax.Array | None = None) -> jax.Array:
    """Returns float[A, D + E + 1], vectors of articles; with scales, those that are asked about.

    The dot product of an article that is asked about and another is the scaled cosine of what they
    say, the dot product of what they are linked with, and how much the other is linked at all.

    Args:
        says: float[A, D], of length 1.
        links: float[A, E + 1], as State has them.
        scales: float[2], as State.dense has them, without the logarithm.
    """
    if scales is None:
        return jnp.concatenate([says, links], axis=1)
    ones = jnp.ones_like(links[:, -1:])
    return jnp.concatenate([scales[1] * says, links[:, :-1], ones], axis=1)


def batch_loss(
    words: jax.Array,
    links: jax.Array,
    dense: Mapping[str, Any],
    batch: Batch,
    articles: Articles,
    config: StepConfig,
) -> tuple[jax.Array, jax.Array]:
    """Returns the losses of texts and of links, each summed over the pieces of a batch.

    Links learn beside what articles say, and do not change it: where they do, texts find their
    articles less well.

    Args:
        words: float[U, W + 1], of the batch's words.
        links: float[2 B + N, E + 1], of articles, partners and others.
        dense: as State has it.
        batch: the batch.
        articles: all of them.
        config: settings.
    """
    text_loss = _text_loss(words, dense, batch, articles, config)
    if not config.objective.link_weight:
        return jnp.sum(text_loss), jnp.zeros(())
    link_loss = _link_loss(links, dense, batch, articles, config)
    is_linked = batch.partners < len(articles.says) - 1
    return jnp.sum(text_loss), jnp.sum(jnp.where(is_linked, link_loss, 0.0))


def _text_loss(
    words: jax.Array,
    dense: Mapping[str, Any],
    batch: Batch,
    articles: Articles,
    config: StepConfig,
) -> jax.Array:
    """Returns float[B], how badly each piece finds its article, known by the rest of its words."""
    variables, size = {'params': dense['encoder']}, len(batch.articles)
    encoder = txt2url_encoders.TextEncoder(config.model)
    texts = encoder.apply(variables, *split(words, batch.pieces))
    bags = jnp.concatenate([batch.own, batch.drawn])
    says = encoder.apply(variables, *split(words, bags), method='encode_article')
    sampled = config.objective.negatives == txt2url_settings.SAMPLED
    return _ranking_loss(
        jnp.exp(dense['scales'][0]) * texts,
        says[:size],
        says[size:] if sampled else says[:size],
        batch.others if sampled else batch.articles,
        batch.articles[:, None],
        articles.drawn_counts if sampled else articles.own_counts,
    )


def _link_loss(
    links: jax.Array,
    dense: Mapping[str, Any],
    batch: Batch,
    articles: Articles,
    config: StepConfig,
) -> jax.Array:
    """Returns float[B], how badly each article finds its partner; anything where there is none."""
    size = len(batch.articles)
    rows = jnp.concatenate([batch.articles, batch.partners, batch.others])
    vectors = join(articles.says[rows], links)
    partners = vectors[size : 2 * size]
    sampled = config.objective.negatives == txt2url_settings.SAMPLED
    return _ranking_loss(
        join(articles.says[batch.articles], links[:size], jnp.exp(dense['scales'])),
        partners,
        vectors[2 * size :] if sampled else partners,
        batch.others if sampled else batch.partners,
        jnp.stack([batch.articles, batch.partners], axis=1),
        articles.drawn_counts if sampled else articles.partner_counts,
    )


def _ranking_loss(
    queries: jax.Array,
    right: jax.Array,
    negatives: jax.Array,
    articles: jax.Array,
    related: jax.Array,
    log_counts: jax.Array,
) -> jax.Array:
    """Returns float[B], the sampled softmax of the right article among the negatives.

    Args:
        queries: float[B, F].
        right: float[B, F], vector of the article that each query wants.
        negatives: float[C, F], vectors of the articles it is compared with.
        articles: int[C], which they are; T for none.
        related: int[B, R], articles that are no negatives of a query.
        log_counts: float[T + 1], of each article the log of how often it is among the C.
    """
    positive = jnp.sum(queries * right, axis=1, keepdims=True)
    is_negative = jnp.all(articles[None, :, None] != related[:, None, :], axis=2)
    is_negative &= articles < len(log_counts) - 1
    return losses.softmax(
        positive,
        queries @ negatives.T,
        negative_mask=is_negative,
        log_expected_counts=log_counts[articles],
    )


def train_step(
    state: State, articles: Articles, batch: Batch, config: StepConfig
) -> tuple[State, jax.Array]:
    """Takes one step; returns the state and float[2], the losses of texts and links before it."""
    objective = config.objective
    rows = jnp.concatenate([batch.articles, batch.partners, batch.others])
    words, links = (
        table.at[places].get(mode='fill', fill_value=0.0)
        for table, places in ((state.words.table, batch.words), (state.links.table, rows))
    )

    def loss_of(words: jax.Array, links: jax.Array, dense: Any) -> tuple[jax.Array, jax.Array]:
        parts = batch_loss(words, links, dense, batch, articles, config)
        # Tables learn from sums, whose size Adam takes out; all else from means.
        return parts[0] + objective.link_weight * parts[1], jnp.stack(parts)

    gradient = jax.grad(loss_of, (0, 1, 2), has_aux=True)
    (word_slopes, link_slopes, slopes), parts = gradient(words, links, state.dense)
    new_words, new_links = state.words, state.links
    update = functools.partial(row_updates.update, rule=_RULE)
    if config.model.train_words:
        rate = objective.learning_rate
        new_words = update(new_words, batch.words, word_slopes, learning_rate=rate)
    if objective.link_weight:
        rate = objective.link_learning_rate
        new_links = update(new_links, rows, link_slopes, learning_rate=rate)
    mean = jax.tree.map(lambda slope: slope / len(batch.articles), slopes)
    updates, optimizer = make_optimizer(objective).update(mean, state.optimizer, state.dense)
    dense = optax.apply_updates(state.dense, updates)
    return State(new_words, new_links, dense, optimizer), parts


@functools.partial(jax.jit, static_argnames='config', donate_argnums=0)
def train_steps(
    state: State,
    articles: Articles,
    batches: Batch,
    num_steps: jax.Array,
    config: StepConfig,
) -> tuple[State, jax.Array]:
    """Takes a step for each of the first num_steps of S batches.

    Returns:
        The state, and float[2], the sums of the losses.
    """

    def body(place: jax.Array, carry: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
        state, total = carry
        batch = jax.tree.map(lambda array: array[place], batches)
        state, parts = train_step(state, articles, batch, config)
        return state, total + parts

    return jax.lax.fori_loop(0, num_steps, body, (state, jnp.zeros(2)))
