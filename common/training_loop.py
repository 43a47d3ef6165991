"""The loop that trainings share: epochs, validation, early stopping, checkpoints, exact resumption.

What is trained, and how, is a Training; run calls it epoch by epoch, keeps what the best epoch
left, and stops when validation has been no better for too long.
"""

import dataclasses
import hashlib
import json
import math
import time
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Generic
from typing import Protocol
from typing import TypeVar

import numpy as np
from absl import logging

from common import checkpoints
from common import errors
from common import run_settings
from common import tracking

State = TypeVar('State')
# What may change when training is resumed, since it does not change the parameters of an epoch.
_FREE_ON_RESUME = frozenset(('num_epochs', 'patience', *run_settings.NAMES))


class Schedule(Protocol):
    """How long to train and what to keep: what the settings of every training have.

    Attributes:
        num_epochs: most epochs.
        metric: what early stopping looks at; the higher the better. Of several, separated by
            commas, a later one decides between epochs that are equal in those before it.
        patience: epochs without a better metric after which training stops; 0 for never.
        checkpoint_dir: directory of checkpoints; none are written when empty.
        checkpoint_every_epochs: epochs between them.
        resume_checkpoint: a checkpoint file, or 'latest'; empty to start anew.
    """

    num_epochs: int
    metric: str
    patience: int
    checkpoint_dir: str
    checkpoint_every_epochs: int
    resume_checkpoint: str


class Training(Protocol[State]):
    """What is trained. A state is whatever an epoch changes; its arrays may be donated."""

    def init(self) -> State:
        """Returns the state before the first epoch."""
        ...

    def run_epoch(self, state: State, epoch: int) -> tuple[State, dict[str, float], str]:
        """Trains for an epoch, which state, settings, data and number decide to the bit.

        Args:
            state: before; not used again.
            epoch: epochs done.

        Returns:
            The state, losses by name, and what to say of the speed, such as '900 playlists/s'.

        Raises:
            InputError: when training diverges.
        """
        ...

    def measure(self, state: State) -> dict[str, float]:
        """Returns what to log of a state; without validation data the metric is not among it."""
        ...

    def snapshot(self, state: State) -> dict[str, Any]:
        """Returns the arrays that make the model, by name, in memory of their own."""
        ...

    def to_tree(self, state: State) -> dict[str, Any]:
        """Returns the whole state as nested dicts of arrays."""
        ...

    def from_tree(self, tree: Mapping[str, Any]) -> State:
        """Returns the state that to_tree made a tree of."""
        ...


@dataclasses.dataclass(frozen=True)
class Result:
    """What a training leaves.

    Attributes:
        best: what snapshot returned for the best epoch; for the last one without validation.
        best_epoch: that epoch.
        epochs: done in all, also before resuming.
        metrics: of the best epoch, as logged.
    """

    best: Mapping[str, Any]
    best_epoch: int
    epochs: int
    metrics: dict[str, float]

    def log(self, began: float, model_dir: str) -> None:
        """Logs what came of a training that began when time.monotonic() said so."""
        logging.info(
            'Trained %d epochs (%.0f s), kept number %d: %s: %s',
            self.epochs,
            time.monotonic() - began,
            self.best_epoch,
            ', '.join(f'{name} {value:.4f}' for name, value in self.metrics.items()),
            model_dir,
        )


@dataclasses.dataclass(frozen=True)
class _Progress(Generic[State]):
    """Where a training is; best_metric is that of Schedule, and minus infinity at the start."""

    state: State
    epoch: int
    best: Mapping[str, Any]
    best_epoch: int
    best_metric: tuple[float, ...]


def fingerprint(settings: Any, arrays: Iterable[np.ndarray], **facts: Any) -> dict[str, Any]:
    """Returns all that decides the parameters: what a checkpoint and its resumption must share.

    Args:
        settings: a dataclass with the attributes of Schedule; those that do not change the
            parameters of an epoch are left out.
        arrays: the data; their hash goes in as data_sha256.
        facts: whatever else there is, JSON values.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array))
    values = dataclasses.asdict(settings).items()
    kept = {name: value for name, value in values if name not in _FREE_ON_RESUME}
    return {**kept, **facts, 'data_sha256': digest.hexdigest()}


def run(
    training: Training[State],
    schedule: Schedule,
    marks: Mapping[str, Any],
    tracker: tracking.Tracker,
) -> Result:
    """Trains, or goes on training.

    Args:
        training: what is trained.
        schedule: how long.
        marks: fingerprint of settings and data.
        tracker: gets a line for each epoch.

    Raises:
        InputError: when the checkpoint does not fit, or training diverges.
    """
    progress = _start(training, schedule, marks, tracker)
    while progress.epoch < schedule.num_epochs and not _is_stale(progress, schedule):
        state, losses, speed = training.run_epoch(progress.state, progress.epoch)
        found = training.measure(state)
        progress = _advance(training, progress, state, _metric(found, schedule))
        tracker.log({'epoch': progress.epoch, **losses, **found})
        _log_epoch(progress.epoch, schedule.num_epochs, {**losses, **found}, speed)
        _save_if_due(training, progress, schedule, marks, tracker.text)
    if _is_stale(progress, schedule):
        logging.info('Stopped: no better %s in %d epochs', schedule.metric, schedule.patience)
    lines = [json.loads(line) for line in tracker.text.splitlines()]
    metrics = next(line for line in lines if line['epoch'] == progress.best_epoch)
    return Result(progress.best, progress.best_epoch, progress.epoch, metrics)


def _start(
    training: Training[State],
    schedule: Schedule,
    marks: Mapping[str, Any],
    tracker: tracking.Tracker,
) -> _Progress[State]:
    """Returns where to go on, or the beginning."""
    if not schedule.resume_checkpoint:
        state = training.init()
        return _Progress(state, 0, training.snapshot(state), 0, (-math.inf,))
    point = checkpoints.resume(schedule.resume_checkpoint, schedule.checkpoint_dir, marks)
    if point.epoch > schedule.num_epochs:
        raise errors.InputError(
            f'the checkpoint was written after epoch {point.epoch}, past '
            f'--num_epochs={schedule.num_epochs}; ask for more epochs or resume an older one'
        )
    tracker.restore(point.metrics)
    saved = point.state
    state = training.from_tree(saved['state'])
    best_metric = tuple(np.atleast_1d(saved['best_metric']).tolist())
    return _Progress(state, point.epoch, saved['best'], saved['best_epoch'], best_metric)


def _metric(found: Mapping[str, float], schedule: Schedule) -> tuple[float, ...] | None:
    """Returns what early stopping looks at, None without validation."""
    names = schedule.metric.split(',')
    return tuple(found[name] for name in names) if names[0] in found else None


def _advance(
    training: Training[State],
    progress: _Progress[State],
    state: State,
    metric: tuple[float, ...] | None,
) -> _Progress[State]:
    """Returns where training is after one more epoch; metric is None without validation."""
    epoch = progress.epoch + 1
    if metric is not None and metric <= progress.best_metric:
        return dataclasses.replace(progress, state=state, epoch=epoch)
    best = progress.best_metric if metric is None else metric
    return _Progress(state, epoch, training.snapshot(state), epoch, best)


def _log_epoch(epoch: int, num_epochs: int, values: Mapping[str, float], speed: str) -> None:
    texts = [f'{name} {value:.4f}' for name, value in values.items()]
    logging.info('Epoch %d of at most %d: %s', epoch, num_epochs, ', '.join([*texts, speed]))


def _is_stale(progress: _Progress[State], schedule: Schedule) -> bool:
    return 0 < schedule.patience <= progress.epoch - progress.best_epoch


def _save_if_due(
    training: Training[State],
    progress: _Progress[State],
    schedule: Schedule,
    marks: Mapping[str, Any],
    metrics: str,
) -> None:
    last = progress.epoch == schedule.num_epochs or _is_stale(progress, schedule)
    due = last or progress.epoch % schedule.checkpoint_every_epochs == 0
    if not (schedule.checkpoint_dir and due):
        return
    saved = {
        'state': training.to_tree(progress.state),
        'best': progress.best,
        'best_epoch': progress.best_epoch,
        'best_metric': np.array(progress.best_metric),
    }
    point = checkpoints.Checkpoint(progress.epoch, saved, metrics, marks)
    logging.info('Wrote %s', checkpoints.save(schedule.checkpoint_dir, point))
