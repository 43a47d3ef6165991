"""Trains the playlist model: epochs, validation, early stopping, checkpoints."""

import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging

from common import checkpoints
from common import errors
from common import row_updates
from common import tracking
from spotify import embedding_system
from spotify import playlists
from spotify import spotify_model
from spotify import training_epochs
from spotify import training_settings
from spotify import training_step
from spotify import validation

# What may change when training is resumed, since it does not change the parameters of an epoch.
_FREE_ON_RESUME = frozenset(
    (
        'num_epochs',
        'patience',
        'checkpoint_dir',
        'checkpoint_every_epochs',
        'resume_checkpoint',
        'wandb_mode',
    )
)
_STATES = training_step.State._fields


@dataclasses.dataclass(frozen=True)
class Data:
    """What to learn from.

    Attributes:
        features: of the catalogue's tracks.
        train: playlists.
        validation: playlists; there may be none.
    """

    features: spotify_model.Features
    train: playlists.Playlists
    validation: playlists.Playlists

    def popularity(self) -> np.ndarray:
        """Returns float32[T], how many playlists of the training split hold each track."""
        counts = np.bincount(self.train.tracks, minlength=len(self.features))
        return counts.astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a training is.

    Attributes:
        state: of the optimiser.
        epoch: epochs done.
        best_table: float[V, F], of the epoch with the best metric; of the last without validation.
        best_boosts: float[1, 2], of that epoch.
        best_epoch: that epoch.
        best_metric: minus infinity before the first epoch.
    """

    state: training_step.State
    epoch: int
    best_table: jax.Array
    best_boosts: jax.Array
    best_epoch: int
    best_metric: float


@dataclasses.dataclass(frozen=True)
class Result:
    """What a training leaves.

    Attributes:
        parameters: of SpotifyModel, NumPy arrays, of the best epoch.
        best_epoch: that epoch; the last one when there is no validation split.
        epochs: done in all, also before resuming.
        metrics: of the best epoch.
    """

    parameters: dict[str, Any]
    best_epoch: int
    epochs: int
    metrics: dict[str, float]


def train_and_evaluate(
    config: training_settings.TrainingConfig, data: Data, tracker: tracking.Tracker
) -> Result:
    """Trains, or goes on training.

    Args:
        config: settings.
        data: what to learn from.
        tracker: gets metrics for each epoch.

    Raises:
        InputError: when there is nothing to learn from, the checkpoint does not fit, or training
            diverges.
    """
    epochs = training_epochs.Epochs(config, data.features, data.train)
    if not epochs.num_playlists:
        raise errors.InputError(
            'no playlist of the training split has two tracks of the dictionary; make training '
            'data of more playlists'
        )
    cases = validation.make(
        data.validation, data.popularity(), config.validation_playlists, config.seed
    )
    if not len(cases):
        logging.warning('The validation split is empty: the model of the last epoch will be kept')
    marks = fingerprint(config, data)
    progress = _start(config, data, marks, epochs.step, tracker)
    while progress.epoch < config.num_epochs and not _is_stale(progress, config):
        began = time.monotonic()
        state, loss = epochs.run(progress.state, progress.epoch)
        _check_finite(loss, state.embeddings.table, progress.epoch + 1)
        seconds = time.monotonic() - began
        found = _validate(state, config, data, cases)
        progress = _advance(progress, state, found.get(config.metric))
        tracker.log({'epoch': progress.epoch, 'loss': loss, **found, **_boosts(state, config)})
        _log_epoch(config, progress, loss, found, epochs.num_playlists / seconds)
        _save_if_due(config, progress, tracker.text, marks)
    if _is_stale(progress, config):
        logging.info('Stopped: no better %s in %d epochs', config.metric, config.patience)
    lines = [json.loads(line) for line in tracker.text.splitlines()]
    metrics = next(line for line in lines if line['epoch'] == progress.best_epoch)
    best = np.asarray(progress.best_table), np.asarray(progress.best_boosts[0])
    return Result(
        spotify_model.from_table(*best, data.features), progress.best_epoch, progress.epoch, metrics
    )


def make_system(
    table: np.ndarray, boosts: np.ndarray, data: Data, affinity: str
) -> embedding_system.EmbeddingSystem:
    """Returns the system that recommends with a table of embeddings and boosts, float32[2]."""
    features = data.features
    vectors = table[features.table_rows()].reshape(len(features), -1)
    return embedding_system.EmbeddingSystem(
        vectors, features.albums, features.artists, data.popularity(), boosts, affinity
    )


def fingerprint(config: training_settings.TrainingConfig, data: Data) -> dict[str, Any]:
    """Returns all that decides the parameters: what a checkpoint and its resumption must share."""
    settings = dataclasses.asdict(config)
    digest = hashlib.sha256()
    features = data.features
    for array in (features.rows, features.albums, features.artists):
        digest.update(np.ascontiguousarray(array).tobytes())
    for known in (data.train, data.validation):
        for array in (known.offsets, known.tracks, known.context_sizes, known.unknown):
            digest.update(np.ascontiguousarray(array).tobytes())
    return {
        **{name: value for name, value in settings.items() if name not in _FREE_ON_RESUME},
        'embeddings': [list(size) for size in features.sizes],
        'num_playlists': len(data.train),
        'data_sha256': digest.hexdigest(),
    }


def _start(
    config: training_settings.TrainingConfig,
    data: Data,
    marks: Mapping[str, Any],
    step: training_step.StepConfig,
    tracker: tracking.Tracker,
) -> Progress:
    """Returns where to go on, or the beginning."""
    if not config.resume_checkpoint:
        key = jax.random.key(config.seed)
        table = spotify_model.init_table(key, data.features, config.model)
        state = training_step.init(table, step)
        return Progress(state, 0, jnp.array(table), state.boosts.table, 0, -math.inf)
    point = checkpoints.resume(config.resume_checkpoint, config.checkpoint_dir, marks)
    if point.epoch > config.num_epochs:
        raise errors.InputError(
            f'the checkpoint was written after epoch {point.epoch}, past '
            f'--num_epochs={config.num_epochs}; ask for more epochs or resume an older one'
        )
    tracker.restore(point.metrics)
    saved = jax.tree.map(jnp.array, {name: dict(point.state[name]) for name in _STATES})
    state = training_step.State(*(row_updates.State(**saved[name]) for name in _STATES))
    best = [jnp.array(point.state[name]) for name in ('best_table', 'best_boosts')]
    return Progress(
        state, point.epoch, *best, point.state['best_epoch'], point.state['best_metric']
    )


def _advance(progress: Progress, state: training_step.State, metric: float | None) -> Progress:
    """Returns where training is after one more epoch; metric is None without validation."""
    epoch = progress.epoch + 1
    if metric is not None and metric <= progress.best_metric:
        return dataclasses.replace(progress, state=state, epoch=epoch)
    # Copies, since the next step takes the arrays' own memory.
    tables = jnp.array(state.embeddings.table), jnp.array(state.boosts.table)
    best = progress.best_metric if metric is None else metric
    return Progress(state, epoch, *tables, epoch, best)


def _is_stale(progress: Progress, config: training_settings.TrainingConfig) -> bool:
    return 0 < config.patience <= progress.epoch - progress.best_epoch


def _validate(
    state: training_step.State,
    config: training_settings.TrainingConfig,
    data: Data,
    cases: validation.Validation,
) -> dict[str, float]:
    if not len(cases):
        return {}
    tables = np.asarray(state.embeddings.table), np.asarray(state.boosts.table[0])
    return validation.measure(make_system(*tables, data, config.model.affinity), cases)


def _boosts(
    state: training_step.State, config: training_settings.TrainingConfig
) -> dict[str, float]:
    """Returns what was learned of the boosts, for the log."""
    if not config.model.learn_boosts:
        return {}
    values = np.asarray(state.boosts.table[0]).tolist()
    return dict(zip(('album_boost', 'artist_boost'), values, strict=True))


def _save_if_due(
    config: training_settings.TrainingConfig,
    progress: Progress,
    metrics: str,
    marks: Mapping[str, Any],
) -> None:
    last = progress.epoch == config.num_epochs or _is_stale(progress, config)
    due = last or progress.epoch % config.checkpoint_every_epochs == 0
    if not (config.checkpoint_dir and due):
        return
    state = {
        **{name: getattr(progress.state, name)._asdict() for name in _STATES},
        'best_table': progress.best_table,
        'best_boosts': progress.best_boosts,
        'best_epoch': progress.best_epoch,
        'best_metric': progress.best_metric,
    }
    point = checkpoints.Checkpoint(progress.epoch, state, metrics, marks)
    logging.info('Wrote %s', checkpoints.save(config.checkpoint_dir, point))


def _check_finite(loss: float, table: jax.Array, epoch: int) -> None:
    # The last step's effect shows in the table alone.
    if not (math.isfinite(loss) and bool(jnp.isfinite(table).all())):
        raise errors.InputError(
            f'the loss is {loss} in epoch {epoch}, or embeddings are not finite: training '
            'diverged; lower --learning_rate. Nothing was written for this epoch'
        )


def _log_epoch(
    config: training_settings.TrainingConfig,
    progress: Progress,
    loss: float,
    found: Mapping[str, float],
    rate: float,
) -> None:
    values = ', '.join(f'{name} {value:.4f}' for name, value in found.items())
    logging.info(
        'Epoch %d of at most %d: loss %.4f%s, %.0f playlists/s',
        progress.epoch,
        config.num_epochs,
        loss,
        f', {values}' if values else '',
        rate,
    )
