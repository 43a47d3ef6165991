"""Trains the shop-the-look model: epochs, validation, early stopping, checkpoints."""

import dataclasses
import hashlib
import time
from collections.abc import Mapping
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from absl import logging

from common import checkpoints
from common import errors
from common import tracking
from pinterest import look_batches
from pinterest import look_settings
from pinterest import look_training
from pinterest import look_validation
from pinterest import trained_model

_NUM_DECOYS = 256
_HASHED_ROWS = 4096
# What may change when training is resumed, since it does not change the parameters of an epoch.
_FREE_ON_RESUME = frozenset(
    ('checkpoint_dir', 'checkpoint_every_epochs', 'resume_checkpoint', 'wandb_mode')
)


@dataclasses.dataclass(frozen=True)
class Result:
    """What a training leaves.

    Attributes:
        variables: 'params' and 'batch_stats' of the best epoch, NumPy arrays.
        decoys: float32[M, 4], boxes for scene_views.
        metrics: of the best epoch.
        epochs: done in all, also before resuming.
        pairs_per_second: of the steps alone, over this run.
        waited_share: share of the time of steps in which they waited for a batch.
    """

    variables: dict[str, Any]
    decoys: np.ndarray
    metrics: dict[str, float]
    epochs: int
    pairs_per_second: float
    waited_share: float


def train_and_evaluate(
    config: look_settings.TrainingConfig, data: look_batches.LookData, tracker: tracking.Tracker
) -> Result:
    """Trains, or goes on training.

    Args:
        config: settings.
        data: photographs and pairs; without validation pairs the last epoch is the best.
        tracker: gets metrics for each epoch.

    Raises:
        InputError: when the checkpoint does not fit or training diverges.
    """
    run = _Run(config, data, tracker)
    while run.epoch < run.num_epochs and not run.is_out_of_patience():
        run.train_epoch()
    return run.result()


def fingerprint(
    config: look_settings.TrainingConfig, data: look_batches.LookData
) -> dict[str, Any]:
    """Returns all that decides the parameters: what a checkpoint and its resumption must share."""
    settings = dataclasses.asdict(config)
    digest = hashlib.sha256()
    for rows in (data.train, data.validation):
        for row in rows:
            digest.update(repr(data.store.pairs[row]).encode() + b'\n')
    digest.update(np.ascontiguousarray(data.categories))
    for table in (data.store.scenes, data.store.products):
        stride = -(-len(table.ids) // _HASHED_ROWS)
        digest.update(np.ascontiguousarray(table.images[::stride]))
    return {
        **{name: value for name, value in settings.items() if name not in _FREE_ON_RESUME},
        'num_pairs': len(data.train),
        'data_sha256': digest.hexdigest(),
    }


class _Run:
    """A training under way."""

    def __init__(
        self,
        config: look_settings.TrainingConfig,
        data: look_batches.LookData,
        tracker: tracking.Tracker,
    ) -> None:
        self.config, self.data, self.tracker = config, data, tracker
        self.batches = look_batches.BatchMaker(data, config)
        steps, limit = self.batches.steps_per_epoch, config.max_steps
        self.num_steps = min(config.num_epochs * steps, limit or config.num_epochs * steps)
        self.num_epochs = -(-self.num_steps // steps)
        self.decoys = choose_decoys(data, config.seed)
        optimizer = look_training.make_optimizer(config, self.num_steps)
        self.step = look_training.make_train_step(config, optimizer, self.decoys)
        self.marks = fingerprint(config, data)
        self.state = look_training.init_state(config, optimizer)
        self.epoch, self.best, self.best_epoch = 0, self.state.variables, 0
        self.best_metrics: dict[str, float] = {}
        self.pairs = self.seconds = self.waited = 0.0
        if config.resume_checkpoint:
            self._restore()
        # The step donates its state: what is kept must not share its arrays.
        self.best = jax.tree.map(np.array, self.best)

    def _restore(self) -> None:
        start = checkpoints.resume(
            self.config.resume_checkpoint, self.config.checkpoint_dir, self.marks
        )
        saved = start.state
        state = flax.serialization.from_state_dict(self.state, saved['state'])
        self.state = jax.tree.map(jnp.array, state)
        self.epoch, self.best = start.epoch, saved['best']
        self.best_epoch, self.best_metrics = saved['best_epoch'], saved['best_metrics']
        self.tracker.restore(start.metrics)

    def is_out_of_patience(self) -> bool:
        """Returns whether validation has been no better for too long."""
        return 0 < self.config.patience <= self.epoch - self.best_epoch

    def train_epoch(self) -> None:
        """Trains for an epoch, validates, and writes a checkpoint when one is due."""
        losses = self._take_steps()
        self.epoch += 1
        metrics = {'epoch': self.epoch, 'loss': losses}
        if len(self.data.validation):
            model = trained_model.TrainedModel(
                self.state.variables, self.decoys, dataclasses.asdict(self.config)
            )
            metrics |= look_validation.validate(
                model, self.data.store, self.data.validation, self.data.categories
            )
        if not self.best_epoch or _rank(metrics) > _rank(self.best_metrics):
            self.best = jax.tree.map(np.array, self.state.variables)
            self.best_epoch, self.best_metrics = self.epoch, metrics
        self.tracker.log(metrics)
        self._report(metrics)
        self._save_if_due()

    def _take_steps(self) -> float:
        """Returns the mean loss of the epoch's steps."""
        losses = []
        steps = min(self.batches.steps_per_epoch, self.num_steps - int(self.state.step))
        began = time.monotonic()
        with look_batches.Prefetched(self.batches.epoch(self.epoch)) as batches:
            for batch, _ in zip(batches, range(steps), strict=False):
                self.state, metrics = self.step(self.state, batch)
                losses.append(float(metrics['loss']))
                self.pairs += len(batch['scenes'])
            self.waited += batches.waited
        self.seconds += time.monotonic() - began
        loss = float(np.mean(losses))
        if not np.isfinite(loss):
            raise errors.InputError(
                f'the loss is {loss} in epoch {self.epoch + 1}: training diverged; lower '
                '--learning_rate or raise --regularization. Nothing was written for this epoch'
            )
        return loss

    def _report(self, metrics: Mapping[str, float]) -> None:
        texts = [f'{name} {value:.4f}' for name, value in metrics.items() if name != 'epoch']
        logging.info(
            'Epoch %d of %d: %s; %.0f pairs/s, %.1f %% of the time waiting for input',
            self.epoch,
            self.num_epochs,
            ', '.join(texts),
            self.pairs / self.seconds,
            100 * self.waited / self.seconds,
        )

    def _save_if_due(self) -> None:
        config = self.config
        last = self.epoch == self.num_epochs or self.is_out_of_patience()
        if not config.checkpoint_dir or (
            not last and self.epoch % config.checkpoint_every_epochs != 0
        ):
            return
        saved = {
            'state': flax.serialization.to_state_dict(self.state),
            'best': self.best,
            'best_epoch': self.best_epoch,
            'best_metrics': self.best_metrics,
        }
        point = checkpoints.Checkpoint(self.epoch, saved, self.tracker.text, self.marks)
        logging.info('Wrote %s', checkpoints.save(config.checkpoint_dir, point))

    def result(self) -> Result:
        """Returns what was trained."""
        return Result(
            self.best,
            self.decoys,
            self.best_metrics,
            self.epoch,
            self.pairs / self.seconds if self.seconds else 0.0,
            self.waited / self.seconds if self.seconds else 0.0,
        )


def _rank(metrics: Mapping[str, float]) -> tuple[float, ...]:
    """Returns what the best epoch has most of; without validation later is better."""
    recall = f'recall_at_{look_validation.K}'
    if recall not in metrics:
        return (metrics['epoch'],)
    return metrics[recall], metrics['binary_accuracy']


def choose_decoys(data: look_batches.LookData, seed: int) -> np.ndarray:
    """Returns float32[M, 4], boxes of training pairs."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(data.train)[:_NUM_DECOYS]
    return data.store.boxes[rows]
