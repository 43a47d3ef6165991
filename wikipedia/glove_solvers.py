"""The ways to minimise the GloVe loss, behind one interface."""

from collections.abc import Mapping

import jax
import numpy as np

from wikipedia import cooccurrence_reader
from wikipedia import glove_als
from wikipedia import glove_gradient
from wikipedia import glove_settings


class AlsSolver:
    """Epochs of least squares; the state is {'table'}."""

    def __init__(
        self,
        pairs: cooccurrence_reader.Pairs,
        num_embeddings: int,
        config: glove_settings.TrainingConfig,
    ) -> None:
        """Prepares the pairs."""
        self._rows = glove_als.PairRows(pairs, num_embeddings)
        self._config = glove_als.AlsConfig(
            config.x_max, config.alpha, config.ridge, config.bias_ridge
        )

    def init(self, table: jax.Array) -> dict[str, np.ndarray]:
        """Returns the state to start from."""
        return {'table': np.asarray(table)}

    def run_epoch(
        self, state: Mapping[str, jax.Array | np.ndarray], random: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Returns the state after a sweep."""
        return {'table': glove_als.sweep(state['table'], self._rows, random, self._config)}

    def penalty(self, table: np.ndarray) -> float:
        """Returns what is minimised beside the loss, summed over words."""
        return glove_als.objective_penalty(table, self._config)


class GradientSolver:
    """Epochs of gradient steps; the state is {'table', 'first', 'second', 'slots', 'step'}."""

    def __init__(
        self,
        pairs: cooccurrence_reader.Pairs,
        num_embeddings: int,
        config: glove_settings.TrainingConfig,
    ) -> None:
        """Keeps the pairs."""
        del num_embeddings
        self._pairs = pairs
        self._batch_size = config.batch_size
        self._config = glove_gradient.GradientConfig(
            config.solver, config.learning_rate, config.x_max, config.alpha
        )

    def init(self, table: jax.Array) -> dict[str, jax.Array]:
        """Returns the state to start from."""
        return glove_gradient.init_state(table, self._config.rule)._asdict()

    def run_epoch(
        self, state: Mapping[str, jax.Array], random: np.random.Generator
    ) -> dict[str, jax.Array]:
        """Returns the state after an epoch; the buffers of state are not used again."""
        return glove_gradient.train_epoch(
            glove_gradient.State(**state), self._pairs, random, self._config, self._batch_size
        )._asdict()

    def penalty(self, table: jax.Array) -> float:
        """Returns 0: gradient steps follow the loss alone."""
        del table
        return 0.0


def make_solver(
    pairs: cooccurrence_reader.Pairs, num_embeddings: int, config: glove_settings.TrainingConfig
) -> AlsSolver | GradientSolver:
    """Returns the solver that config names."""
    kind = AlsSolver if config.solver == glove_settings.ALS else GradientSolver
    return kind(pairs, num_embeddings, config)
