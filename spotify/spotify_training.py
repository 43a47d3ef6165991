"""Trains the playlist model: epochs, validation, early stopping, checkpoints."""

import dataclasses
import math
import time
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging

from common import errors
from common import row_updates
from common import tracking
from common import training_loop
from spotify import embedding_system
from spotify import playlists
from spotify import spotify_model
from spotify import training_epochs
from spotify import training_settings
from spotify import training_step
from spotify import validation

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


def train_and_evaluate(
    config: training_settings.TrainingConfig, data: Data, tracker: tracking.Tracker
) -> training_loop.Result:
    """Trains, or goes on training.

    Args:
        config: settings.
        data: what to learn from.
        tracker: gets metrics for each epoch.

    Returns:
        The result; its best holds the parameters of SpotifyModel, NumPy arrays.

    Raises:
        InputError: when there is nothing to learn from, the checkpoint does not fit, or training
            diverges.
    """
    training = _Training(config, data)
    result = training_loop.run(training, config, fingerprint(config, data), tracker)
    best = result.best['table'], result.best['boosts']
    parameters = spotify_model.from_table(*best, data.features)
    return dataclasses.replace(result, best=parameters)


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
    features = data.features
    arrays = [features.rows, features.albums, features.artists]
    for known in (data.train, data.validation):
        arrays += [known.offsets, known.tracks, known.context_sizes, known.unknown]
    return training_loop.fingerprint(
        config,
        arrays,
        embeddings=[list(size) for size in features.sizes],
        num_playlists=len(data.train),
    )


class _Training:
    """The model in training; implements training_loop.Training."""

    def __init__(self, config: training_settings.TrainingConfig, data: Data) -> None:
        self._config, self._data = config, data
        self._epochs = training_epochs.Epochs(config, data.features, data.train)
        if not self._epochs.num_playlists:
            raise errors.InputError(
                'no playlist of the training split has two tracks of the dictionary; make training '
                'data of more playlists'
            )
        self._cases = validation.make(
            data.validation, data.popularity(), config.validation_playlists, config.seed
        )
        if not len(self._cases):
            logging.warning(
                'The validation split is empty: the model of the last epoch will be kept'
            )

    def init(self) -> training_step.State:
        """Returns the state before the first epoch."""
        key = jax.random.key(self._config.seed)
        table = spotify_model.init_table(key, self._data.features, self._config.model)
        return training_step.init(table, self._epochs.step)

    def run_epoch(
        self, state: training_step.State, epoch: int
    ) -> tuple[training_step.State, dict[str, float], str]:
        """Takes an epoch's steps."""
        began = time.monotonic()
        state, loss = self._epochs.run(state, epoch)
        _check_finite(loss, state.embeddings.table, epoch + 1)
        rate = self._epochs.num_playlists / (time.monotonic() - began)
        return state, {'loss': loss}, f'{rate:.0f} playlists/s'

    def measure(self, state: training_step.State) -> dict[str, float]:
        """Returns metrics of the validation split, and what was learned of the boosts."""
        config, found = self._config, {}
        boosts = np.asarray(state.boosts.table[0])
        if len(self._cases):
            table = np.asarray(state.embeddings.table)
            system = make_system(table, boosts, self._data, config.model.affinity)
            found = validation.measure(system, self._cases)
        if config.model.learn_boosts:
            names = ('album_boost', 'artist_boost')
            found |= dict(zip(names, boosts.tolist(), strict=True))
        return found

    def snapshot(self, state: training_step.State) -> dict[str, np.ndarray]:
        """Returns copies, since the next step takes the arrays' own memory."""
        return {
            'table': np.array(state.embeddings.table),
            'boosts': np.array(state.boosts.table[0]),
        }

    def to_tree(self, state: training_step.State) -> dict[str, Any]:
        """Returns the whole state as nested dicts of arrays."""
        return {name: getattr(state, name)._asdict() for name in _STATES}

    def from_tree(self, tree: Mapping[str, Any]) -> training_step.State:
        """Returns the state that to_tree made a tree of."""
        saved = jax.tree.map(jnp.array, {name: dict(tree[name]) for name in _STATES})
        return training_step.State(*(row_updates.State(**saved[name]) for name in _STATES))


def _check_finite(loss: float, table: jax.Array, epoch: int) -> None:
    # The last step's effect shows in the table alone.
    if not (math.isfinite(loss) and bool(jnp.isfinite(table).all())):
        raise errors.InputError(
            f'the loss is {loss} in epoch {epoch}, or embeddings are not finite: training '
            'diverged; lower --learning_rate. Nothing was written for this epoch'
        )
