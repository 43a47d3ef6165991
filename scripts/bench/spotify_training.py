"""Training steps of the playlist model: the book's way against ours, on the same made-up playlists.

python scripts/bench/spotify_training.py RESULTS.jsonl

The book's way, written anew here: one playlist a step, 64 negatives of its own, a gradient for the
whole tables of 100,000 albums and 295,861 artists with momentum, and code compiled for each length.
Reading its data is left out. Ours: whole epochs as train_spotify runs them, padding and drawing of
negatives included. A line of JSON is appended to RESULTS.
"""

import dataclasses
import functools
import json
import os
import pathlib
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from spotify import playlists
from spotify import spotify_model
from spotify import training_epochs
from spotify import training_settings
from spotify import training_step

_ALBUMS, _ARTISTS, _TRACKS = 100_000, 295_861, 500_000
_CONTEXT, _LENGTH, _NEGATIVES, _FEATURES = 5, 66, 64, 32
_RATE, _MOMENTUM, _MAX_NORM = 1e-3, 0.98, 10.0
_BOOST = 0.1
_PLAYLISTS = 20_000

Tree = dict[str, jax.Array]


def _world(random: np.random.Generator) -> spotify_model.Features:
    albums = random.integers(0, _ALBUMS, _TRACKS).astype(np.int32)
    artists = random.integers(0, _ARTISTS, _TRACKS).astype(np.int32)
    rows = np.stack([albums, artists], axis=1)
    return spotify_model.Features((('album', _ALBUMS), ('artist', _ARTISTS)), rows, albums, artists)


def _playlists(lengths: np.ndarray, random: np.random.Generator) -> playlists.Playlists:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    tracks = random.integers(0, _TRACKS, offsets[-1]).astype(np.int32)
    count = len(lengths)
    contexts = np.full(count, _CONTEXT, np.int32)
    ids = [str(index) for index in range(count)]
    return playlists.Playlists(
        ids, [''] * count, offsets, tracks, contexts, np.zeros(count, np.int32)
    )


def _embed(tables: Tree, rows: jax.Array) -> jax.Array:
    return jnp.concatenate([tables['album'][rows[:, 0]], tables['artist'][rows[:, 1]]], axis=1)


def _dense_loss(
    tables: Tree, context: jax.Array, following: jax.Array, negatives: jax.Array
) -> jax.Array:
    """Returns the loss of one playlist; arguments are int[N, 2], albums and artists."""
    vectors = [_embed(tables, rows) for rows in (context, following, negatives)]

    def score(items: jax.Array, rows: jax.Array) -> jax.Array:
        best = jnp.max(items @ vectors[0].T, axis=1)
        matches = [jnp.isin(rows[:, part], context[:, part]) for part in (0, 1)]
        return best + _BOOST * matches[0] + _BOOST * matches[1]

    positive, negative = score(vectors[1], following), score(vectors[2], negatives)
    loss = jax.nn.relu(1 + jnp.mean(negative) - jnp.mean(positive))
    loss += jax.nn.relu(1 + jnp.max(negative) - jnp.min(positive))
    for part, (sign, target) in zip(vectors, ((-1, 0.5), (-1, 0.5), (1, 0.0)), strict=True):
        products = part[::-1] @ part.T
        loss += jnp.mean(jax.nn.relu(target + sign * products))
    norms = jnp.linalg.norm(jnp.concatenate(vectors), axis=1)
    return loss + jnp.sum(jax.nn.relu(norms - _MAX_NORM))


class BookWay:
    """Trains playlist by playlist with dense gradients."""

    def __init__(self, features: spotify_model.Features) -> None:
        """Makes the tables."""
        self._rows = features.rows
        self._optimizer = optax.sgd(_RATE, momentum=_MOMENTUM)
        keys = jax.random.split(jax.random.key(0))
        self._tables = {
            name: jax.random.normal(key, (size, _FEATURES)) / np.sqrt(_FEATURES)
            for key, (name, size) in zip(keys, features.sizes, strict=True)
        }
        self._state = self._optimizer.init(self._tables)
        self._step = jax.jit(self._take_step)

    def _take_step(
        self, tables: Tree, state: optax.OptState, *parts: jax.Array
    ) -> tuple[Tree, optax.OptState, jax.Array]:
        loss, gradients = jax.value_and_grad(_dense_loss)(tables, *parts)
        changes, state = self._optimizer.update(gradients, state)
        return optax.apply_updates(tables, changes), state, loss

    def train(self, tracks: np.ndarray, random: np.random.Generator) -> None:
        """Takes the step of one playlist and waits for it."""
        negatives = random.integers(0, _TRACKS, _NEGATIVES)
        parts = [self._rows[part] for part in (tracks[:_CONTEXT], tracks[_CONTEXT:], negatives)]
        self._tables, self._state, loss = self._step(self._tables, self._state, *parts)
        loss.block_until_ready()


def _book_rate(
    features: spotify_model.Features, lengths: Iterator[int], warm: int, steps: int
) -> float:
    """Returns playlists a second after some warm steps."""
    random = np.random.default_rng(0)
    way = BookWay(features)
    for place in range(warm + steps):
        if place == warm:
            began = time.perf_counter()
        way.train(random.integers(0, _TRACKS, next(lengths)), random)
    return steps / (time.perf_counter() - began)


def _our_rates(
    features: spotify_model.Features,
    known: playlists.Playlists,
    config: training_settings.TrainingConfig,
) -> tuple[float, float]:
    """Returns playlists a second in the first epoch, with compilation, and the best of 3 after."""
    table = spotify_model.init_table(jax.random.key(0), features, config.model)
    epochs = training_epochs.Epochs(config, features, known)
    state = training_step.init(table, epochs.step)
    rates = []
    for epoch in range(4):
        began = time.perf_counter()
        state, _ = epochs.run(state, epoch)
        rates.append(len(known) / (time.perf_counter() - began))
    return rates[0], max(rates[1:])


def _forever(values: Callable[[int], int]) -> Iterator[int]:
    place = 0
    while True:
        yield values(place)
        place += 1


def main() -> None:
    """Measures, prints a table and appends a line."""
    jax.config.update('jax_logging_level', 'WARNING')
    random = np.random.default_rng(1)
    features = _world(random)
    book = training_settings.defaults(training_settings.BOOK)
    # The default model without the tracks' own table, which the book's does not have.
    best = training_settings.defaults(training_settings.SOFTMAX)
    best = dataclasses.replace(best, model=dataclasses.replace(best.model, track_embedding=False))
    same = _playlists(np.full(_PLAYLISTS, _LENGTH), random)
    mixed = _playlists(np.clip(random.lognormal(4, 0.65, _PLAYLISTS), 6, 250).astype(int), random)
    measure = functools.partial(_our_rates, features)
    book_same = _book_rate(features, _forever(lambda _: _LENGTH), 3, 100)
    book_new = _book_rate(features, _forever(lambda place: 10 + place), 0, 12)
    ours_same, ours_mixed = measure(same, book), measure(mixed, book)
    default_same, default_mixed = measure(same, best), measure(mixed, best)
    figures = {
        'book, one length': book_same,
        'book, new lengths': book_new,
        'ours, loss of the book, one length': ours_same[1],
        'ours, loss of the book, mixed lengths': ours_mixed[1],
        'ours, loss of the book, mixed lengths, compiling': ours_mixed[0],
        'ours, default loss, one length': default_same[1],
        'ours, default loss, mixed lengths': default_mixed[1],
        'ours, default loss, mixed lengths, compiling': default_mixed[0],
    }
    print(f'{"playlists a second":50} {"rate":>10} {"against the book":>18}')
    for name, rate in figures.items():
        base = book_new if 'length' in name and 'one' not in name else book_same
        print(f'{name:50} {rate:10.1f} {rate / base:17.1f}x')
    line = {
        'name': 'training',
        'cores': os.cpu_count(),
        'load': os.getloadavg()[0],
        'playlists_per_second': {name: round(rate, 2) for name, rate in figures.items()},
    }
    with open(sys.argv[1], 'a', encoding='utf-8') as file:
        file.write(json.dumps(line) + '\n')


if __name__ == '__main__':
    main()
