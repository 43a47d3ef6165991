"""GloVe by gradient steps that cost what a batch touches, not the size of the table."""

import dataclasses
import functools
from collections.abc import Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from wikipedia import cooccurrence_reader
from wikipedia import glove
from wikipedia import glove_settings

_BATCHES_PER_CALL = 64
_EPSILON = {glove_settings.ADAGRAD: 1e-7, glove_settings.ADAM: 1e-8}
_INITIAL_ACCUMULATOR = 0.1  # As optax.adagrad.
_DECAYS = (0.9, 0.999)  # As optax.adam.


@dataclasses.dataclass(frozen=True)
class GradientConfig:
    """Settings of the solver; hashable, since a compiled step is made for each.

    Attributes:
        rule: adagrad or adam.
        learning_rate: step size.
        x_max: count from which a pair weighs 1, in sums of 1/distance.
        alpha: exponent of the weight.
    """

    rule: str = glove_settings.ADAGRAD
    learning_rate: float = 0.05
    x_max: float = 10.0
    alpha: float = 0.75


class State(NamedTuple):
    """What a step changes.

    Attributes:
        table: float[V, D + 1], vectors and biases.
        first: float[V, D + 1], mean gradients (adam), or [0, 0].
        second: float[V, D + 1], sums (adagrad) or means (adam) of squared gradients.
        slots: int[V], scratch space of a step; carries nothing from one to the next.
        step: int[], steps done.
    """

    table: jax.Array
    first: jax.Array
    second: jax.Array
    slots: jax.Array
    step: jax.Array


class Batch(NamedTuple):
    """Pairs: int32[B] first and second, float32[B] counts, 0 for padding."""

    first: jax.Array
    second: jax.Array
    counts: jax.Array


def init_state(table: jax.Array, rule: str) -> State:
    """Returns the state before the first step."""
    first = jnp.zeros_like(table) if rule == glove_settings.ADAM else jnp.zeros((0, 0), table.dtype)
    start = _INITIAL_ACCUMULATOR if rule == glove_settings.ADAGRAD else 0.0
    slots = jnp.zeros(len(table), dtype=jnp.int32)
    second = jnp.full_like(table, start)
    return State(table, first, second, slots, jnp.zeros((), dtype=jnp.int32))


def train_step(state: State, batch: Batch, config: GradientConfig) -> State:
    """Takes one step down the gradient of the loss, summed over the batch.

    The words of the batch, and no others, are changed: with adagrad this is what a step over the
    whole table gives, with adam it is the "lazy" variant, where the means of other words rest.
    """
    rows = jnp.concatenate([batch.first, batch.second])
    gradients = _pair_gradients(state.table, batch, config)
    places = jnp.arange(len(rows), dtype=jnp.int32)
    # One place of each word collects its gradients: whichever was written last into its slot.
    slots = state.slots.at[rows].set(places)
    leaders = slots[rows]
    sums = jnp.zeros_like(gradients).at[leaders].add(gradients)
    touched = jnp.where(leaders == places, rows, len(state.table))  # Others fall off the end.
    step = state.step + 1
    rule = _adagrad if config.rule == glove_settings.ADAGRAD else _adam
    change, first, second = rule(state, touched, sums, step, config.learning_rate)
    table = state.table.at[touched].add(change, mode='drop')
    return State(table, first, second, slots, step)


def _pair_gradients(table: jax.Array, batch: Batch, config: GradientConfig) -> jax.Array:
    """Returns float[2B, D + 1]: the gradient of each pair's loss for its first, then second."""
    first, second = (table.at[rows].get(mode='clip') for rows in (batch.first, batch.second))
    predicted = jnp.sum(first[:, :-1] * second[:, :-1], axis=1) + first[:, -1] + second[:, -1]
    weight = glove.pair_weight(batch.counts, x_max=config.x_max, alpha=config.alpha)
    slope = (2.0 * weight * (predicted - glove.log_counts(batch.counts)))[:, None]
    one = jnp.ones_like(slope)
    return jnp.concatenate(
        [
            slope * jnp.concatenate([second[:, :-1], one], 1),
            slope * jnp.concatenate([first[:, :-1], one], 1),
        ]
    )


def _adagrad(
    state: State, rows: jax.Array, gradient: jax.Array, step: jax.Array, rate: float
) -> tuple[jax.Array, jax.Array, jax.Array]:
    del step
    second = state.second.at[rows].add(gradient**2, mode='drop')
    scale = jax.lax.rsqrt(second.at[rows].get(mode='clip') + _EPSILON[glove_settings.ADAGRAD])
    return -rate * gradient * scale, state.first, second


def _adam(
    state: State, rows: jax.Array, gradient: jax.Array, step: jax.Array, rate: float
) -> tuple[jax.Array, jax.Array, jax.Array]:
    decay1, decay2 = _DECAYS
    old1, old2 = (old.at[rows].get(mode='clip') for old in (state.first, state.second))
    new1 = decay1 * old1 + (1 - decay1) * gradient
    new2 = decay2 * old2 + (1 - decay2) * gradient**2
    mean = new1 / (1 - decay1**step)
    root = jnp.sqrt(new2 / (1 - decay2**step))
    first = state.first.at[rows].set(new1, mode='drop')
    second = state.second.at[rows].set(new2, mode='drop')
    return -rate * mean / (root + _EPSILON[glove_settings.ADAM]), first, second


@functools.partial(jax.jit, donate_argnums=0, static_argnums=2)
def train_steps(state: State, batches: Batch, config: GradientConfig) -> State:
    """Takes a step for each of batches, whose arrays are [S, B]."""
    return jax.lax.scan(lambda old, batch: (train_step(old, batch, config), None), state, batches)[
        0
    ]


def train_epoch(
    state: State,
    pairs: cooccurrence_reader.Pairs,
    random: np.random.Generator,
    config: GradientConfig,
    batch_size: int,
) -> State:
    """Takes steps over all pairs in random order; the buffers of state are not used again."""
    for batches in _shuffled(pairs, random, batch_size):
        state = train_steps(state, batches, config)
    return state


def _shuffled(
    pairs: cooccurrence_reader.Pairs, random: np.random.Generator, batch_size: int
) -> Iterator[Batch]:
    """Yields groups of batches, arrays [S, B], the last one padded with pairs of the mask."""
    order = random.permutation(len(pairs))
    steps = min(_BATCHES_PER_CALL, -(-len(pairs) // batch_size))
    size = steps * batch_size
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        missing = (0, size - len(chosen))
        arrays = (pairs.rows, pairs.columns, pairs.counts)
        padded = (np.pad(array[chosen], missing) for array in arrays)
        yield Batch(*(array.reshape(steps, batch_size) for array in padded))
