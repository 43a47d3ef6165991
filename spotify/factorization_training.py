"""Trains a matrix factorisation: sweeps, validation, early stopping, checkpoints."""

import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from absl import logging

from common import checkpoints
from common import errors
from common import tracking
from spotify import factorization_settings
from spotify import implicit_als
from spotify import matrix_factorization
from spotify import observations
from spotify import playlists
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


@dataclasses.dataclass(frozen=True)
class Data:
    """What to learn from.

    Attributes:
        columns: what playlists are observed to have.
        train: playlists.
        validation: playlists; there may be none.
    """

    columns: observations.Columns
    train: playlists.Playlists
    validation: playlists.Playlists

    def popularity(self) -> np.ndarray:
        """Returns int64[T], how many playlists of the training split hold each track."""
        return np.bincount(self.train.tracks, minlength=self.columns.num_tracks)


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a training is.

    Attributes:
        tables: vectors of playlists and columns.
        epoch: epochs done.
        best: float32[I, D], columns of the epoch with the best metric; without validation of the
            last one.
        best_epoch: that epoch.
        best_metric: minus infinity before the first epoch.
    """

    tables: implicit_als.Tables
    epoch: int
    best: np.ndarray
    best_epoch: int
    best_metric: float


@dataclasses.dataclass(frozen=True)
class Result:
    """What a training leaves.

    Attributes:
        vectors: float32[I, D], columns of the best epoch.
        best_epoch: that epoch; the last one when there is no validation split.
        epochs: done in all, also before resuming.
        metrics: of the best epoch.
    """

    vectors: np.ndarray
    best_epoch: int
    epochs: int
    metrics: dict[str, float]


def train_and_evaluate(
    config: factorization_settings.TrainingConfig, data: Data, tracker: tracking.Tracker
) -> Result:
    """Trains, or goes on training.

    Args:
        config: settings.
        data: what to learn from.
        tracker: gets metrics for each epoch.

    Raises:
        InputError: when there is nothing to learn from, the checkpoint does not fit, or numbers
            overflow.
    """
    matrix = data.columns.observe(data.train)
    if not matrix.nnz:
        raise errors.InputError(
            'no playlist of the training split has a track of the dictionary; make training data '
            'of more playlists'
        )
    cases = validation.make(
        data.validation, data.popularity(), config.validation_playlists, config.seed
    )
    if not len(cases):
        logging.warning('The validation split is empty: the model of the last epoch will be kept')
    marks = fingerprint(config, data)
    progress = _start(config, matrix.shape, marks, tracker)
    solver = implicit_als.Solver(matrix, config.embedding_dim, config.als)
    while progress.epoch < config.num_epochs and not _is_stale(progress, config):
        began = time.monotonic()
        tables, objective = solver.sweep(progress.tables)
        loss = _check_finite(objective / matrix.nnz, progress.epoch + 1)
        seconds = time.monotonic() - began
        found = _validate(tables.columns, config, data, cases)
        progress = _advance(progress, tables, found.get(config.metric))
        tracker.log({'epoch': progress.epoch, 'objective': loss, **found})
        _log_epoch(config, progress, loss, found, seconds)
        _save_if_due(config, progress, tracker.text, marks)
    if _is_stale(progress, config):
        logging.info('Stopped: no better %s in %d epochs', config.metric, config.patience)
    lines = [json.loads(line) for line in tracker.text.splitlines()]
    metrics = next(line for line in lines if line['epoch'] == progress.best_epoch)
    return Result(progress.best, progress.best_epoch, progress.epoch, metrics)


def fingerprint(config: factorization_settings.TrainingConfig, data: Data) -> dict[str, Any]:
    """Returns all that decides the parameters: what a checkpoint and its resumption must share."""
    settings = dataclasses.asdict(config)
    digest = hashlib.sha256()
    for known in (data.train, data.validation):
        for array in (known.offsets, known.tracks, known.context_sizes, known.unknown):
            digest.update(np.ascontiguousarray(array))
    columns, _ = data.columns.observe_tracks(np.arange(data.columns.num_tracks))
    digest.update(columns)
    return {
        **{name: value for name, value in settings.items() if name not in _FREE_ON_RESUME},
        'num_playlists': len(data.train),
        'data_sha256': digest.hexdigest(),
    }


def _start(
    config: factorization_settings.TrainingConfig,
    shape: tuple[int, int],
    marks: Mapping[str, Any],
    tracker: tracking.Tracker,
) -> Progress:
    """Returns where to go on, or the beginning."""
    if not config.resume_checkpoint:
        tables = implicit_als.init_tables(
            shape, config.embedding_dim, config.init_scale, config.seed
        )
        return Progress(tables, 0, tables.columns, 0, -math.inf)
    point = checkpoints.resume(config.resume_checkpoint, config.checkpoint_dir, marks)
    if point.epoch > config.num_epochs:
        raise errors.InputError(
            f'the checkpoint was written after epoch {point.epoch}, past '
            f'--num_epochs={config.num_epochs}; ask for more epochs or resume an older one'
        )
    tracker.restore(point.metrics)
    state = point.state
    tables = implicit_als.Tables(state['rows'], state['columns'])
    return Progress(tables, point.epoch, state['best'], state['best_epoch'], state['best_metric'])


def _advance(progress: Progress, tables: implicit_als.Tables, metric: float | None) -> Progress:
    """Returns where training is after one more epoch; metric is None without validation."""
    epoch = progress.epoch + 1
    if metric is not None and metric <= progress.best_metric:
        return dataclasses.replace(progress, tables=tables, epoch=epoch)
    best = progress.best_metric if metric is None else metric
    return Progress(tables, epoch, tables.columns, epoch, best)


def _is_stale(progress: Progress, config: factorization_settings.TrainingConfig) -> bool:
    return 0 < config.patience <= progress.epoch - progress.best_epoch


def _validate(
    vectors: np.ndarray,
    config: factorization_settings.TrainingConfig,
    data: Data,
    cases: validation.Validation,
) -> dict[str, float]:
    if not len(cases):
        return {}
    system = matrix_factorization.MatrixFactorization(
        vectors, data.columns, data.popularity(), config.als
    )
    return validation.measure(system, cases)


def _save_if_due(
    config: factorization_settings.TrainingConfig,
    progress: Progress,
    metrics: str,
    marks: Mapping[str, Any],
) -> None:
    last = progress.epoch == config.num_epochs or _is_stale(progress, config)
    due = last or progress.epoch % config.checkpoint_every_epochs == 0
    if not (config.checkpoint_dir and due):
        return
    state = {
        'rows': progress.tables.rows,
        'columns': progress.tables.columns,
        'best': progress.best,
        'best_epoch': progress.best_epoch,
        'best_metric': progress.best_metric,
    }
    point = checkpoints.Checkpoint(progress.epoch, state, metrics, marks)
    logging.info('Wrote %s', checkpoints.save(config.checkpoint_dir, point))


def _check_finite(loss: float, epoch: int) -> float:
    if not math.isfinite(loss):
        raise errors.InputError(
            f'the objective is {loss} after epoch {epoch}; raise --regularization or lower '
            '--alpha. Nothing was written for this epoch'
        )
    return loss


def _log_epoch(
    config: factorization_settings.TrainingConfig,
    progress: Progress,
    loss: float,
    found: Mapping[str, float],
    seconds: float,
) -> None:
    values = ', '.join(f'{name} {value:.4f}' for name, value in found.items())
    logging.info(
        'Epoch %d of at most %d: objective %.4f%s, %.2f s for the sweep',
        progress.epoch,
        config.num_epochs,
        loss,
        f', {values}' if values else '',
        seconds,
    )
