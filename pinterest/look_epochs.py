"""Trains the shop-the-look model: epochs and their validation, in the loop that trainings share."""

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np

from common import errors
from common import tracking
from common import training_loop
from pinterest import look_batches
from pinterest import look_settings
from pinterest import look_training
from pinterest import look_validation
from pinterest import trained_model

_NUM_DECOYS = 256
_HASHED_ROWS = 4096
_METRIC = f'recall_at_{look_validation.K},binary_accuracy'


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

    variables: Mapping[str, Any]
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
    training = _Training(config, data)
    schedule = _Schedule(
        training.num_epochs,
        config.patience,
        config.checkpoint_dir,
        config.checkpoint_every_epochs,
        config.resume_checkpoint,
    )
    found = training_loop.run(training, schedule, fingerprint(config, data), tracker)
    pace = training.pace
    return Result(
        found.best, training.decoys, found.metrics, found.epochs, pace.rate, pace.waited_share
    )


def fingerprint(
    config: look_settings.TrainingConfig, data: look_batches.LookData
) -> dict[str, Any]:
    """Returns all that decides the parameters: what a checkpoint and its resumption must share."""
    used = [repr(data.store.pairs[row]) for rows in (data.train, data.validation) for row in rows]
    arrays = [np.frombuffer('\n'.join(used).encode(), np.uint8), data.categories]
    for table in (data.store.scenes, data.store.products):
        stride = -(-len(table.ids) // _HASHED_ROWS)
        arrays.append(table.images[::stride])
    steps = _count_steps(config, look_batches.BatchMaker(data, config).steps_per_epoch)
    # The learning rate of a step depends on how many there are.
    return training_loop.fingerprint(config, arrays, num_pairs=len(data.train), num_steps=steps)


def choose_decoys(data: look_batches.LookData, seed: int) -> np.ndarray:
    """Returns float32[M, 4], boxes of training pairs."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(data.train)[:_NUM_DECOYS]
    return data.store.boxes[rows]


def _count_steps(config: look_settings.TrainingConfig, steps_per_epoch: int) -> int:
    steps = config.num_epochs * steps_per_epoch
    return min(steps, config.max_steps or steps)


@dataclasses.dataclass(frozen=True)
class _Schedule:
    """A training_loop.Schedule; the number of epochs is what the limit of steps leaves."""

    num_epochs: int
    patience: int
    checkpoint_dir: str
    checkpoint_every_epochs: int
    resume_checkpoint: str
    metric: str = _METRIC


@dataclasses.dataclass
class _Pace:
    """Pairs, seconds and seconds of waiting for batches, of all steps so far."""

    pairs: int = 0
    seconds: float = 0.0
    waited: float = 0.0

    @property
    def rate(self) -> float:
        """Pairs a second."""
        return self.pairs / self.seconds if self.seconds else 0.0

    @property
    def waited_share(self) -> float:
        """Which share of the time was waiting."""
        return self.waited / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        """Returns the figures in words."""
        share = 100 * self.waited_share
        return f'{self.rate:.0f} pairs/s, {share:.1f} % of the time waiting for input'


class _Training:
    """The model in training; implements training_loop.Training."""

    def __init__(self, config: look_settings.TrainingConfig, data: look_batches.LookData) -> None:
        self._config, self._data = config, data
        self._batches = look_batches.BatchMaker(data, config)
        self._num_steps = _count_steps(config, self._batches.steps_per_epoch)
        self.num_epochs = -(-self._num_steps // self._batches.steps_per_epoch)
        self.decoys = choose_decoys(data, config.seed)
        self._optimizer = look_training.make_optimizer(config, self._num_steps)
        self._step = look_training.make_train_step(config, self._optimizer, self.decoys)
        self.pace = _Pace()

    def init(self) -> look_training.State:
        """Returns the state before the first epoch."""
        return look_training.init_state(self._config, self._optimizer)

    def run_epoch(
        self, state: look_training.State, epoch: int
    ) -> tuple[look_training.State, dict[str, float], str]:
        """Takes an epoch's steps."""
        losses, pace = [], self.pace
        steps = min(self._batches.steps_per_epoch, self._num_steps - int(state.step))
        began = time.monotonic()
        with look_batches.Prefetched(self._batches.epoch(epoch)) as batches:
            for batch, _ in zip(batches, range(steps), strict=False):
                state, metrics = self._step(state, batch)
                losses.append(float(metrics['loss']))
                pace.pairs += len(batch['scenes'])
            pace.waited += batches.waited
        pace.seconds += time.monotonic() - began
        loss = float(np.mean(losses))
        if not np.isfinite(loss):
            raise errors.InputError(
                f'the loss is {loss} in epoch {epoch + 1}: training diverged; lower '
                '--learning_rate or raise --regularization. Nothing was written for this epoch'
            )
        return state, {'loss': loss}, str(pace)

    def measure(self, state: look_training.State) -> dict[str, float]:
        """Returns metrics of the validation pairs."""
        data = self._data
        if not len(data.validation):
            return {}
        settings = dataclasses.asdict(self._config)
        model = trained_model.TrainedModel(state.variables, self.decoys, settings)
        return look_validation.validate(model, data.store, data.validation, data.categories)

    def snapshot(self, state: look_training.State) -> dict[str, Any]:
        """Returns copies, since the next step takes the arrays' own memory."""
        return jax.tree.map(np.array, state.variables)

    def to_tree(self, state: look_training.State) -> dict[str, Any]:
        """Returns the whole state as nested dicts of arrays."""
        return flax.serialization.to_state_dict(state)

    def from_tree(self, tree: Mapping[str, Any]) -> look_training.State:
        """Returns the state that to_tree made a tree of."""
        state = flax.serialization.from_state_dict(self.init(), tree)
        return jax.tree.map(jnp.array, state)
