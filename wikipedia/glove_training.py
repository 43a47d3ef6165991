"""Trains GloVe vectors from co-occurring pairs: epochs, checkpoints, metrics, neighbours."""

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Sequence
from concurrent import futures
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging

from common import checkpoints
from common import dictionary
from common import errors
from common import run_settings
from common import tracking
from wikipedia import cooccurrence_reader
from wikipedia import glove
from wikipedia import glove_settings
from wikipedia import glove_solvers

_LOSS_BATCH = 1 << 12  # Pairs whose vectors, 2 MB, stay near a core.
# What may change when training is resumed, since it does not change the parameters of an epoch.
_FREE_ON_RESUME = frozenset(('num_epochs', 'center', 'terms', 'max_terms', *run_settings.NAMES))
# Words weigh in the mean by this power of how much they stand beside others: by 0, rare words would
# decide where the origin is, by 1, the dozen commonest.
_CENTER_EXPONENT = 0.6


@dataclasses.dataclass(frozen=True)
class Result:
    """What a training leaves.

    Attributes:
        parameters: tree of Glove, NumPy arrays.
        loss: of the last epoch, mean over pairs.
        epochs: done in all, also before resuming.
    """

    parameters: dict[str, Any]
    loss: float
    epochs: int


def train_and_evaluate(
    config: glove_settings.TrainingConfig,
    pairs: cooccurrence_reader.Pairs,
    words: dictionary.TokenDictionary,
    num_embeddings: int,
    tracker: tracking.Tracker,
) -> Result:
    """Trains, or goes on training.

    Args:
        config: settings.
        pairs: what to learn from.
        words: names of the embedding indices.
        num_embeddings: rows V: 1 + len(words), or words.embedding_size().
        tracker: gets metrics for each epoch.

    Raises:
        InputError: when the checkpoint does not fit or the loss is not finite.
    """
    marks = fingerprint(config, pairs, words, num_embeddings)
    start = _start(config, marks)
    solver = glove_solvers.make_solver(pairs, num_embeddings, config)
    if start is None:
        state, epoch = solver.init(_init_table(config, pairs, num_embeddings)), 0
    else:
        state = {name: jnp.array(value) for name, value in start.state.items()}
        epoch = start.epoch
        tracker.restore(start.metrics)
    weights = config.center * center_weights(pairs, num_embeddings)
    while epoch < config.num_epochs:
        began = time.monotonic()
        state = solver.run_epoch(state, np.random.default_rng((config.seed, epoch)))
        epoch += 1
        loss = _check_finite(mean_loss(state['table'], pairs, config), epoch)
        objective = loss + solver.penalty(state['table']) / len(pairs)
        tracker.log({'epoch': epoch, 'loss': loss, 'objective': objective})
        _log_epoch(config, epoch, loss, len(pairs), time.monotonic() - began)
        centered = glove.recenter(np.asarray(state['table']), weights)
        log_neighbors(centered, words, config.terms, config.max_terms)
        _save_if_due(config, checkpoints.Checkpoint(epoch, state, tracker.text, marks))
    tree = glove.from_table(glove.recenter(np.asarray(state['table']), weights))
    return Result(tree, json.loads(tracker.text.splitlines()[-1])['loss'], epoch)


def table_shape(result: Result) -> tuple[int, int]:
    """Returns V and D."""
    return result.parameters['token_embedding']['embedding'].shape


def fingerprint(
    config: glove_settings.TrainingConfig,
    pairs: cooccurrence_reader.Pairs,
    words: dictionary.TokenDictionary,
    num_embeddings: int,
) -> dict[str, Any]:
    """Returns all that decides the parameters: what a checkpoint and its resumption must share."""
    settings = dataclasses.asdict(config)
    tokens = '\n'.join(words.tokens).encode('utf-8', 'surrogatepass')
    return {
        **{name: value for name, value in settings.items() if name not in _FREE_ON_RESUME},
        'num_embeddings': num_embeddings,
        'num_pairs': len(pairs),
        'pairs_sha256': pairs.content_hash(),
        'dictionary_sha256': hashlib.sha256(tokens).hexdigest(),
    }


def center_weights(pairs: cooccurrence_reader.Pairs, num_embeddings: int) -> np.ndarray:
    """Returns how much each word counts where the origin of vectors is put, float64[V]."""
    sides = (pairs.rows, pairs.columns)
    beside = sum(np.bincount(side, pairs.counts, num_embeddings) for side in sides)
    return beside**_CENTER_EXPONENT


def mean_loss(
    table: jax.Array | np.ndarray,
    pairs: cooccurrence_reader.Pairs,
    config: glove_settings.TrainingConfig,
) -> float:
    """Returns the GloVe loss, mean over all pairs; the same on any number of cores."""
    table = np.asarray(table)

    def total(start: int) -> float:
        block = slice(start, start + _LOSS_BATCH)
        return _summed_loss(
            table, pairs.rows[block], pairs.columns[block], pairs.counts[block], config
        )

    with futures.ThreadPoolExecutor(os.cpu_count()) as executor:
        return sum(executor.map(total, range(0, len(pairs), _LOSS_BATCH))) / len(pairs)


def _summed_loss(
    table: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    counts: np.ndarray,
    config: glove_settings.TrainingConfig,
) -> float:
    """Returns glove.glove_loss of some pairs times their number, in NumPy, which is faster here."""
    first, second = table.take(rows, axis=0), table.take(columns, axis=0)
    dots = np.einsum('ij,ij->i', first[:, :-1], second[:, :-1])
    misses = dots + first[:, -1] + second[:, -1] - np.log(counts)
    weights = np.minimum(1, counts / np.float32(config.x_max)) ** np.float32(config.alpha)
    return float(np.sum(weights * misses**2, dtype=np.float64))


def log_neighbors(
    table: np.ndarray, words: dictionary.TokenDictionary, terms: Sequence[str], count: int
) -> None:
    """Logs the words nearest to each term by cosine.

    Args:
        table: float[V, D + 1], vectors and biases.
        words: names of the rows.
        terms: words to look up.
        count: how many neighbours of each.
    """
    vectors = table[:, :-1]
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), np.finfo(np.float32).tiny)
    for term in terms:
        index = words.embedding_index(term)
        if index >= len(table):
            logging.info('Neighbors of %s: not in the dictionary', term)
            continue
        cosines = vectors @ (vectors[index] / lengths[index]) / lengths
        cosines[[dictionary.MASK_INDEX, index]] = -np.inf
        nearest = np.argsort(-cosines[: 1 + len(words)], kind='stable')[:count]
        texts = (f'{words.token_from_embedding_index(i)}:{cosines[i]:.3f}' for i in nearest)
        logging.info('Neighbors of %s: %s', term, ' '.join(texts))


def _start(
    config: glove_settings.TrainingConfig, marks: dict[str, Any]
) -> checkpoints.Checkpoint | None:
    """Returns the checkpoint to resume from, if any."""
    if not config.resume_checkpoint:
        return None
    start = checkpoints.resume(config.resume_checkpoint, config.checkpoint_dir, marks)
    if start.epoch > config.num_epochs:
        raise errors.InputError(
            f'the checkpoint was written after epoch {start.epoch}, past '
            f'--num_epochs={config.num_epochs}; ask for more epochs or resume an older one'
        )
    return start


def _init_table(
    config: glove_settings.TrainingConfig, pairs: cooccurrence_reader.Pairs, num_embeddings: int
) -> jax.Array:
    used = np.zeros(num_embeddings, dtype=bool)
    used[pairs.rows] = True
    used[pairs.columns] = True
    key = jax.random.key(config.seed)
    return glove.to_table(glove.init_parameters(key, jnp.array(used), config.embedding_dim))


def _save_if_due(config: glove_settings.TrainingConfig, point: checkpoints.Checkpoint) -> None:
    last = point.epoch == config.num_epochs
    if config.checkpoint_dir and (last or point.epoch % config.checkpoint_every_epochs == 0):
        logging.info('Wrote %s', checkpoints.save(config.checkpoint_dir, point))


def _check_finite(loss: float, epoch: int) -> float:
    if not np.isfinite(loss):
        raise errors.InputError(
            f'the loss is {loss} after epoch {epoch}: training diverged; lower --learning_rate '
            '(adagrad, adam) or raise --ridge (als). Nothing was written for this epoch'
        )
    return loss


def _log_epoch(
    config: glove_settings.TrainingConfig, epoch: int, loss: float, num_pairs: int, seconds: float
) -> None:
    logging.info(
        'Epoch %d of %d: loss %.6f, %.1f s, %.2f M pairs/s, %.0f s to go',
        epoch,
        config.num_epochs,
        loss,
        seconds,
        num_pairs / seconds / 1e6,
        (config.num_epochs - epoch) * seconds,
    )
