"""One pass over the playlists: the host pads and draws while the device takes steps."""

import sys
import time

import jax.numpy as jnp
import numpy as np
import tqdm
from absl import logging

from spotify import negative_samplers
from spotify import playlists
from spotify import spotify_model
from spotify import training_batches
from spotify import training_settings
from spotify import training_step

_LOG_SECONDS = 5.0


class Epochs:
    """Runs epochs over the same playlists.

    Attributes:
        step: settings of a step.
        num_playlists: how many an epoch holds.
    """

    def __init__(
        self,
        config: training_settings.TrainingConfig,
        features: spotify_model.Features,
        train: playlists.Playlists,
    ) -> None:
        """Puts the catalogue on the device."""
        self._config = config
        self._train = train
        self._tracks = training_step.make_tracks(features)
        self._sampler = negative_samplers.Sampler(
            config.sampler, train, len(features), config.num_negatives
        )
        self.step = training_step.StepConfig(config.model, config.objective, config.context_size)
        self.num_playlists = len(training_batches.usable(train))

    def run(self, state: training_step.State, epoch: int) -> tuple[training_step.State, float]:
        """Takes an epoch's steps; the buffers of state are not used again.

        Args:
            state: before.
            epoch: epochs done, which with the seed decides all that is drawn.

        Returns:
            The state, and the mean loss of a playlist at the step it took part in.
        """
        config = self._config
        random = np.random.default_rng((config.seed, epoch))
        groups = training_batches.make_groups(
            self._train,
            random,
            batch_size=config.batch_size,
            context_size=config.context_size,
            max_tracks=config.max_tracks,
        )
        sums = []
        with _Bar(self.num_playlists, f'epoch {epoch + 1}') as bar:
            for group in groups:
                negatives = self._sampler.draw(group, random)
                batches = training_step.Batch(
                    group.tracks,
                    group.sizes,
                    group.cuts,
                    negatives.tracks,
                    negatives.log_expected_counts,
                )
                state, loss = training_step.train_steps(
                    state,
                    self._tracks,
                    batches,
                    jnp.int32(group.num_steps),
                    self.step,
                )
                if sums:  # Waits for the group before, so that one is computed and one prepared.
                    sums[-1] = float(sums[-1])
                sums.append(loss)
                bar.advance(group.num_playlists())
        return state, float(np.sum([float(value) for value in sums])) / self.num_playlists


class _Bar:
    """A bar on a terminal, a log line every few seconds elsewhere."""

    def __init__(self, total: int, name: str) -> None:
        self._name = name
        self._started = self._logged = time.monotonic()
        self._bar = tqdm.tqdm(
            total=total, desc=name, unit=' playlists', leave=False, disable=not sys.stderr.isatty()
        )
        self._total, self._done = total, 0

    def __enter__(self) -> '_Bar':
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def advance(self, count: int) -> None:
        """Shows that so many more playlists were used."""
        self._done += count
        self._bar.update(count)
        now = time.monotonic()
        if self._bar.disable and now - self._logged >= _LOG_SECONDS:
            self._logged = now
            rate = self._done / (now - self._started)
            logging.info(
                '%s: %d of %d playlists, %.0f/s, about %.0f s left',
                self._name,
                self._done,
                self._total,
                rate,
                (self._total - self._done) / rate,
            )
