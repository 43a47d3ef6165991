"""Trains a matrix factorisation: sweeps, validation, early stopping, checkpoints."""

import dataclasses
import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from absl import logging

from common import errors
from common import tracking
from common import training_loop
from spotify import factorization_settings
from spotify import implicit_als
from spotify import matrix_factorization
from spotify import observations
from spotify import playlists
from spotify import validation


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


def train_and_evaluate(
    config: factorization_settings.TrainingConfig, data: Data, tracker: tracking.Tracker
) -> training_loop.Result:
    """Trains, or goes on training.

    Args:
        config: settings.
        data: what to learn from.
        tracker: gets metrics for each epoch.

    Returns:
        The result; its best holds 'columns', float32[I, D], the vectors of columns.

    Raises:
        InputError: when there is nothing to learn from, the checkpoint does not fit, or numbers
            overflow.
    """
    training = _Training(config, data)
    return training_loop.run(training, config, fingerprint(config, data), tracker)


def fingerprint(config: factorization_settings.TrainingConfig, data: Data) -> dict[str, Any]:
    """Returns all that decides the parameters: what a checkpoint and its resumption must share."""
    arrays = []
    for known in (data.train, data.validation):
        arrays += [known.offsets, known.tracks, known.context_sizes, known.unknown]
    columns, _ = data.columns.observe_tracks(np.arange(data.columns.num_tracks))
    return training_loop.fingerprint(config, [*arrays, columns], num_playlists=len(data.train))


class _Training:
    """The factorisation in training; implements training_loop.Training."""

    def __init__(self, config: factorization_settings.TrainingConfig, data: Data) -> None:
        self._config, self._data = config, data
        matrix = data.columns.observe(data.train)
        if not matrix.nnz:
            raise errors.InputError(
                'no playlist of the training split has a track of the dictionary; make training '
                'data of more playlists'
            )
        self._num_observed, self._shape = matrix.nnz, matrix.shape
        self._cases = validation.make(
            data.validation, data.popularity(), config.validation_playlists, config.seed
        )
        if not len(self._cases):
            logging.warning(
                'The validation split is empty: the model of the last epoch will be kept'
            )
        self._solver = implicit_als.Solver(matrix, config.embedding_dim, config.als)

    def init(self) -> implicit_als.Tables:
        """Returns the tables before the first sweep."""
        config = self._config
        return implicit_als.init_tables(
            self._shape, config.embedding_dim, config.init_scale, config.seed
        )

    def run_epoch(
        self, state: implicit_als.Tables, epoch: int
    ) -> tuple[implicit_als.Tables, dict[str, float], str]:
        """Sweeps once over rows and columns."""
        began = time.monotonic()
        tables, total = self._solver.sweep(state)
        objective = _check_finite(total / self._num_observed, epoch + 1)
        seconds = time.monotonic() - began
        return tables, {'objective': objective}, f'{seconds:.2f} s for the sweep'

    def measure(self, state: implicit_als.Tables) -> dict[str, float]:
        """Returns metrics of the validation split."""
        if not len(self._cases):
            return {}
        data = self._data
        system = matrix_factorization.MatrixFactorization(
            state.columns, data.columns, data.popularity(), self._config.als
        )
        return validation.measure(system, self._cases)

    def snapshot(self, state: implicit_als.Tables) -> dict[str, np.ndarray]:
        """Returns the columns, which sweeps do not write into."""
        return {'columns': state.columns}

    def to_tree(self, state: implicit_als.Tables) -> dict[str, Any]:
        """Returns the tables by name."""
        return {'rows': state.rows, 'columns': state.columns}

    def from_tree(self, tree: Mapping[str, Any]) -> implicit_als.Tables:
        """Returns the tables that to_tree named."""
        return implicit_als.Tables(tree['rows'], tree['columns'])


def _check_finite(loss: float, epoch: int) -> float:
    if not math.isfinite(loss):
        raise errors.InputError(
            f'the objective is {loss} after epoch {epoch}; raise --ridge or lower '
            '--alpha. Nothing was written for this epoch'
        )
    return loss
