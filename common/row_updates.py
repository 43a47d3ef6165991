"""Gradient steps on some rows of a table, at a cost that does not grow with the table.

A row may occur many times in a batch: its gradients are added up before the step, as a dense
gradient would. Rows that do not occur keep their bits. With sgd and adagrad this is what a step
over the whole table gives; with adam it is the "lazy" variant, where the means of other rows rest.
"""

from typing import Literal
from typing import NamedTuple

import jax
import jax.numpy as jnp

Rule = Literal['sgd', 'adagrad', 'adam']
RULES: tuple[Rule, ...] = ('sgd', 'adagrad', 'adam')
_EPSILON = 1e-8
_DECAYS = (0.9, 0.999)  # As optax.adam.


class State(NamedTuple):
    """What a step changes.

    Attributes:
        table: float[V, D].
        first: float[V, D], mean gradients (adam), else [0, 0].
        second: float[V, D], sums (adagrad) or means (adam) of squared gradients, else [0, 0].
        slots: int32[V], scratch space of a step; carries nothing from one to the next.
        step: int32[], steps done.
    """

    table: jax.Array
    first: jax.Array
    second: jax.Array
    slots: jax.Array
    step: jax.Array


def init(table: jax.Array, rule: Rule) -> State:
    """Returns the state before the first step.

    Raises:
        ValueError: for a table that is no matrix or an unknown rule.
    """
    if table.ndim != 2 or rule not in RULES:
        raise ValueError(f'want a table [V, D] and one of {RULES}, got {table.shape} and {rule!r}')
    # Arrays of their own, also where empty, since a buffer cannot be donated twice.
    first = jnp.zeros(table.shape if rule == 'adam' else (0, 0), table.dtype)
    second = jnp.zeros((0, 0) if rule == 'sgd' else table.shape, table.dtype)
    slots = jnp.zeros(len(table), jnp.int32)
    return State(table, first, second, slots, jnp.zeros((), jnp.int32))


def update(
    state: State, rows: jax.Array, gradients: jax.Array, *, rule: Rule, learning_rate: float
) -> State:
    """Takes one step.

    Args:
        state: before.
        rows: int32[R], row of each gradient, in any order and repeated at will; V or more for
            padding, which changes nothing.
        gradients: float[R, D].
        rule: what the state was made for.
        learning_rate: step size.

    Raises:
        ValueError: for shapes that do not fit.

    Source: Duchi et al. 2011 (adagrad, diagonal); Kingma, Ba 2015 (adam, algorithm 1).
    """
    if rows.ndim != 1 or gradients.shape != (len(rows), state.table.shape[1]):
        raise ValueError(
            f'want rows [R] and gradients [R, {state.table.shape[1]}], got {rows.shape} and '
            f'{gradients.shape}'
        )
    step = state.step + 1
    if rule == 'sgd':
        table = state.table.at[rows].add(-learning_rate * gradients, mode='drop')
        return state._replace(table=table, step=step)
    slots, touched, sums = _aggregate(state.slots, rows, gradients)
    if rule == 'adagrad':
        change, first, second = _adagrad(state, touched, sums)
    else:
        change, first, second = _adam(state, touched, sums, step)
    table = state.table.at[touched].add(-learning_rate * change, mode='drop')
    return State(table, first, second, slots, step)


def _aggregate(
    slots: jax.Array, rows: jax.Array, gradients: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Adds up the gradients of each row in one of its places, whichever its slot names.

    Returns:
        The slots, int32[R] rows with each row once and V elsewhere, and float[R, D] sums.
    """
    places = jnp.arange(len(rows), dtype=jnp.int32)
    slots = slots.at[rows].set(places, mode='drop')
    leaders = slots.at[rows].get(mode='fill', fill_value=len(rows))
    sums = jnp.zeros_like(gradients).at[leaders].add(gradients, mode='drop')
    return slots, jnp.where(leaders == places, rows, len(slots)), sums


def _adagrad(
    state: State, rows: jax.Array, gradients: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    second = state.second.at[rows].add(gradients**2, mode='drop')
    change = gradients / (jnp.sqrt(second.at[rows].get(mode='clip')) + _EPSILON)
    return change, state.first, second


def _adam(
    state: State, rows: jax.Array, gradients: jax.Array, step: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    decay1, decay2 = _DECAYS
    old1, old2 = (old.at[rows].get(mode='clip') for old in (state.first, state.second))
    new1 = decay1 * old1 + (1 - decay1) * gradients
    new2 = decay2 * old2 + (1 - decay2) * gradients**2
    mean = new1 / (1 - decay1**step)
    root = jnp.sqrt(new2 / (1 - decay2**step))
    first = state.first.at[rows].set(new1, mode='drop')
    second = state.second.at[rows].set(new2, mode='drop')
    return mean / (root + _EPSILON), first, second
