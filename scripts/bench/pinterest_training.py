"""Training steps of the shop-the-look model: the book's way against ours, on the same photographs.

python scripts/bench/pinterest_training.py RESULTS.jsonl --photographs=DIR [--shapes=64x64,512x16]

The book's way, written anew here: a scene, its product and one drawn negative through two towers
whose blocks convolve at the full size of their input and pool at their end, Adam, one step a call,
and photographs that are decoded again for every triplet, in one thread ahead of the step. Ours:
whole epochs as train_shop_the_look runs them with its defaults and with the other pooling,
photographs decoded once, memory kept between steps. Both with the same size and batch; the book's
are 512x16. A triplet of the book counts as a pair, although the book has five of them for each, so
that its epoch of the pairs takes five times as long as these figures say. Compilation is left out
of both. A line of JSON is appended to RESULTS for each size.
"""

import argparse
import dataclasses
import functools
import json
import os
import pathlib
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')

from common import allocator
from common import datasets
from pinterest import categories
from pinterest import look_batches
from pinterest import look_settings
from pinterest import look_training
from pinterest import models
from pinterest import pairs
from pinterest import photograph_store
from pinterest import photographs

_MARGIN, _RATE, _REGULARIZATION = 1.0, 1e-3, 0.1
_WARM = 3
_NUM_DECOYS = 256

Arrays = tuple[np.ndarray, ...]
Shape = tuple[int, int]  # Of a side of the photographs, and of a batch.


class BookTower(nn.Module):
    """A tower with the book's layout: blocks pool at their end.

    Attributes:
        output_size: dimension D.
    """

    output_size: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Returns float32[B, D] for float32[B, S, S, 3], normalised by the batch."""
        for filters in models.FILTERS:
            shortcut = nn.Conv(filters, (3, 3), strides=2)(x)
            x = _normalize(nn.Conv(filters, (3, 3), strides=2)(x))
            for _ in range(2):
                x = _normalize(nn.Conv(filters, (1, 1))(nn.swish(x)))
            x = nn.avg_pool(x + shortcut, (3, 3), strides=(2, 2), padding='SAME')
        return nn.Dense(self.output_size)(x.mean(axis=(1, 2)))


def _normalize(x: jax.Array) -> jax.Array:
    return nn.BatchNorm(use_running_average=False, use_bias=False)(x)


class BookWay:
    """Trains triplet by triplet."""

    def __init__(self, image_size: int, output_size: int) -> None:
        """Makes the towers."""
        self._tower = BookTower(output_size)
        self._optimizer = optax.adam(_RATE)
        image = jnp.zeros((1, image_size, image_size, 3))
        variables = [self._tower.init(key, image) for key in jax.random.split(jax.random.key(0))]
        self._params = [one['params'] for one in variables]
        self._stats = [one['batch_stats'] for one in variables]
        self._state = self._optimizer.init(self._params)
        self._step = jax.jit(self._take_step)

    def _loss(self, params: list[Any], stats: list[Any], *images: jax.Array) -> jax.Array:
        vectors = [
            self._tower.apply(
                {'params': params[side], 'batch_stats': stats[side]}, part, mutable=['batch_stats']
            )[0]
            for side, part in zip((0, 1, 1), images, strict=True)
        ]
        scene, positive, negative = vectors
        lead = jnp.sum(scene * positive, axis=-1) - jnp.sum(scene * negative, axis=-1)
        excess = [nn.relu(jnp.linalg.norm(part, axis=-1) - 1.0) for part in vectors]
        return jnp.mean(nn.relu(_MARGIN - lead) + _REGULARIZATION * sum(excess))

    def _take_step(
        self, params: list[Any], stats: list[Any], state: optax.OptState, *images: jax.Array
    ) -> tuple[list[Any], optax.OptState, jax.Array]:
        loss, slopes = jax.value_and_grad(self._loss)(params, stats, *images)
        changes, state = self._optimizer.update(slopes, state)
        return optax.apply_updates(params, changes), state, loss

    def train(self, images: Arrays) -> None:
        """Takes a step and waits for it."""
        self._params, self._state, loss = self._step(
            self._params, self._stats, self._state, *images
        )
        loss.block_until_ready()


@dataclasses.dataclass(frozen=True)
class World:
    """What both train on: pairs, the photographs' directory and our store of them."""

    pairs: list[pairs.Pair]
    image_dir: str
    data: look_batches.LookData
    decoding_rate: float


def _read(folder: str, image_size: int, num_pairs: int) -> World:
    bad = datasets.BadRecords(0)
    image_dir = os.path.join(folder, 'images')
    all_pairs = pairs.read_pairs(os.path.join(folder, 'fashion.json'), bad)[:num_pairs]
    known = categories.read_categories(os.path.join(folder, 'fashion-cat.json'), bad)
    began = time.perf_counter()
    store = photograph_store.open_store(
        image_dir, all_pairs, bad, scene_size=image_size, product_size=image_size
    )
    seconds = time.perf_counter() - began
    names = sorted(set(known.values()))
    numbers = np.array([names.index(known[name]) for name in store.products.ids], np.int32)
    rows = np.arange(len(store.pairs), dtype=np.int32)
    count = len(store.scenes.ids) + len(store.products.ids)
    data = look_batches.LookData(store, rows, rows[:0], numbers)
    return World(all_pairs, image_dir, data, count / seconds)


def _book_batches(world: World, image_size: int, batch_size: int) -> Iterator[Arrays]:
    """Yields batches that decode every photograph of every triplet, ahead of the step."""
    import tensorflow as tf

    def load(path: 'tf.Tensor') -> 'tf.Tensor':
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        image = tf.image.resize_with_crop_or_pad(image, image_size, image_size)
        return tf.cast(image, tf.float32) / 255.0 - 0.5

    paths = functools.partial(photographs.path_of, world.image_dir)
    rng = np.random.default_rng(0)
    rows = rng.integers(0, len(world.pairs), (2, 100_000))
    triplets = [
        [
            paths(world.pairs[row].scene),
            paths(world.pairs[row].product),
            paths(world.pairs[other].product),
        ]
        for row, other in rows.T.tolist()
    ]
    data = tf.data.Dataset.from_tensor_slices(triplets).map(
        lambda names: (load(names[0]), load(names[1]), load(names[2]))
    )
    return data.repeat().batch(batch_size).prefetch(tf.data.AUTOTUNE).as_numpy_iterator()


def _rate(step: Callable[[], int], seconds: float) -> float:
    """Returns what step counts, a second, after some warm steps."""
    for _ in range(_WARM):
        step()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        count += step()
    return count / (time.perf_counter() - began)


def _book_rates(
    world: World, config: look_settings.TrainingConfig, seconds: float
) -> tuple[float, float]:
    """Returns triplets a second, with decoding and when one batch is there already."""
    way = BookWay(config.image_size, config.output_size)
    batches = _book_batches(world, config.image_size, config.batch_size)

    def step() -> int:
        way.train(next(batches))
        return config.batch_size

    with_input = _rate(step, seconds)
    batch = next(batches)

    def step_again() -> int:
        way.train(batch)
        return config.batch_size

    return with_input, _rate(step_again, seconds)


def _our_rate(
    world: World, config: look_settings.TrainingConfig, seconds: float
) -> tuple[float, float]:
    """Returns pairs a second, and the share of time in which steps waited for a batch."""
    optimizer = look_training.make_optimizer(config, 1000)
    step = look_training.make_train_step(config, optimizer, world.data.store.boxes[:_NUM_DECOYS])
    state = look_training.init_state(config, optimizer)
    maker = look_batches.BatchMaker(world.data, config)
    state, _ = step(state, next(maker.epoch(0)))
    jax.block_until_ready(state)
    began, waited, count, epoch = time.perf_counter(), 0.0, 0, 0
    while time.perf_counter() - began < seconds:
        with look_batches.Prefetched(maker.epoch(epoch)) as batches:
            for batch in batches:
                state, metrics = step(state, batch)
                float(metrics['loss'])
                count += len(batch['scenes'])
            waited += batches.waited
        epoch += 1
    spent = time.perf_counter() - began
    return count / spent, waited / spent


def _measure_book(folder: str, values: argparse.Namespace) -> dict[Shape, dict[str, Any]]:
    found = {}
    for shape in values.shapes:
        image_size, batch_size = shape
        config = look_settings.TrainingConfig(image_size=image_size, batch_size=batch_size)
        world = _read(folder, image_size, values.pairs)
        book, book_step = _book_rates(world, config, values.seconds)
        found[shape] = {
            'book': book, 'book, step alone': book_step, 'decoded': world.decoding_rate
        }  # fmt: skip
    return found


def _measure_ours(folder: str, values: argparse.Namespace) -> dict[Shape, dict[str, Any]]:
    found = {}
    for shape in values.shapes:
        image_size, batch_size = shape
        world, rates = _read(folder, image_size, values.pairs), {}
        for pooling in models.POOLINGS:
            config = look_settings.TrainingConfig(
                image_size=image_size, batch_size=batch_size, pooling=pooling
            )
            rates[pooling], rates[f'{pooling}, waited'] = _our_rate(world, config, values.seconds)
        found[shape] = rates
    return found


def _shapes(text: str) -> list[Shape]:
    """Returns sizes and batches of a text such as 64x64,512x16."""
    return [tuple(map(int, word.split('x', 1))) for word in text.split(',')]


def main() -> None:
    """Measures, prints a table and appends lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('results', help='file to append to')
    parser.add_argument('--photographs', required=True, help='of make_synthetic_photographs')
    parser.add_argument('--shapes', type=_shapes, default='64x64,128x64,512x16')
    parser.add_argument('--pairs', type=int, default=500, help='of the photographs to use')
    parser.add_argument('--seconds', type=float, default=20.0, help='of each measurement')
    values = parser.parse_args()
    jax.config.update('jax_logging_level', 'WARNING')
    book = _measure_book(values.photographs, values)
    allocator.keep_memory()
    ours = _measure_ours(values.photographs, values)
    print('pairs a second: the book and its step alone, and ours, times the book')
    print('size batch     book its step   slots          mean')
    for (image_size, batch_size), theirs in book.items():
        rates = {**theirs, **ours[image_size, batch_size]}
        times = {name: rates[name] / rates['book'] for name in models.POOLINGS}
        print(
            f'{image_size:4} {batch_size:5} {rates["book"]:8.1f} {rates["book, step alone"]:8.1f}',
            *(f'{rates[name]:7.1f} {times[name]:4.1f} x' for name in (models.SLOTS, models.MEAN)),
            f' {100 * rates["slots, waited"]:.1f} % of the time waiting for input; '
            f'{rates["decoded"]:.0f} photographs decoded a second',
            flush=True,
        )
        line = {'name': 'training', 'cores': os.cpu_count(), 'load': os.getloadavg()[0]}
        line.update(image_size=image_size, batch_size=batch_size, pairs_per_second=rates)
        with open(values.results, 'a', encoding='utf-8') as file:
            file.write(json.dumps({**line, 'against_the_book': times}) + '\n')


if __name__ == '__main__':
    main()
