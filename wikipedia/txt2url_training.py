"""Trains the text-to-article model: epochs, validation, what is kept."""

import dataclasses
import math
import time
from collections.abc import Mapping
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from scipy import sparse

from common import errors
from common import progress
from common import row_updates
from common import tracking
from common import training_loop
from wikipedia import txt2url_batches
from wikipedia import txt2url_data
from wikipedia import txt2url_model
from wikipedia import txt2url_settings
from wikipedia import txt2url_step
from wikipedia import txt2url_tree
from wikipedia import txt2url_validation


@dataclasses.dataclass(frozen=True)
class Data:
    """What to learn from.

    Attributes:
        texts: of T articles, without what is held out.
        links: float32[T, T], above 0 where a link leads from one article to another.
        words: float32[V, W], vectors of words to begin with; None for random ones.
        num_words: V.
        validation: what is held out.
    """

    texts: txt2url_data.Texts
    links: sparse.csr_array
    words: np.ndarray | None
    num_words: int
    validation: txt2url_validation.Validation


def train_and_evaluate(
    config: txt2url_settings.TrainingConfig, data: Data, tracker: tracking.Tracker
) -> training_loop.Result:
    """Trains, or goes on training.

    Args:
        config: settings.
        data: what to learn from.
        tracker: gets metrics for each epoch.

    Returns:
        The result; its best is a tree of txt2url_tree.

    Raises:
        InputError: when there is nothing to learn from, the checkpoint does not fit, or training
            diverges.
    """
    training = _Training(config, data)
    result = training_loop.run(training, config, fingerprint(config, data), tracker)
    return dataclasses.replace(result, best=training.finish(result.best))


def fingerprint(config: txt2url_settings.TrainingConfig, data: Data) -> dict[str, Any]:
    """Returns all that decides the parameters: what a checkpoint and its resumption must share."""
    cases = data.validation
    arrays = [data.texts.words, data.texts.offsets, data.links.indptr, data.links.indices]
    arrays += [data.links.data, cases.texts.words, cases.texts.offsets, cases.wanted]
    arrays += [cases.sources, *cases.links]
    arrays += [] if data.words is None else [data.words]
    return training_loop.fingerprint(
        config, arrays, num_articles=len(data.texts), num_words=data.num_words
    )


class _Training:
    """The model in training; implements training_loop.Training."""

    def __init__(self, config: txt2url_settings.TrainingConfig, data: Data) -> None:
        self._config, self._data = config, data
        objective = config.objective
        sampled = objective.negatives == txt2url_settings.SAMPLED
        num_drawn = objective.num_negatives if sampled else 0
        links = data.links.maximum(data.links.T).tocsr()
        self._is_linked = np.diff(links.indptr) > 0
        self._batches = txt2url_batches.Batches(
            data.texts, links, data.num_words, config.sampling, num_drawn
        )
        if len(self._batches.usable) < 2:
            raise errors.InputError(
                'fewer than two articles have two words of the dictionary; give more texts'
            )
        self._step = txt2url_step.StepConfig(config.model, objective)
        self._log_counts = self._count(num_drawn)
        self._said: tuple[Any, jax.Array | None] = (None, None)
        self._counts = txt2url_tree.dampen(data.texts.counts(data.num_words))

    def _count(self, num_drawn: int) -> list[jax.Array]:
        """Returns the first three of txt2url_step.Articles."""
        usable = self._batches.usable
        per_article = self._config.sampling.batch_size / len(usable)
        is_usable = np.zeros(len(self._data.texts) + 1)
        is_usable[usable] = 1.0
        partners = np.append(self._batches.partner_counts, 0.0)
        counts = (
            per_article * is_usable,
            per_article * partners,
            num_drawn / len(usable) * is_usable,
        )
        with np.errstate(divide='ignore'):  # What cannot be drawn is in no batch.
            return [jnp.array(np.log(count), jnp.float32) for count in counts]

    def _says(self, state: txt2url_step.State) -> jax.Array:
        """Returns float[T, D], what articles say; remembers it for one state."""
        if self._said[0] is not state:
            says = txt2url_tree.read_articles(
                state.words.table, state.dense['encoder'], self._counts, self._config.model
            )
            self._said = (state, says)
        return self._said[1]

    def init(self) -> txt2url_step.State:
        """Returns the state before the first epoch."""
        config, data = self._config, self._data
        word_key, link_key, key = jax.random.split(jax.random.key(config.seed), 3)
        words = txt2url_tree.init_words(
            word_key,
            data.words,
            np.bincount(self._counts.indices, minlength=data.num_words),
            len(self._batches.usable),
            config.model,
        )
        links = txt2url_tree.init_links(link_key, self._is_linked, config.model)
        return txt2url_step.init(words, links, self._step, key)

    def run_epoch(
        self, state: txt2url_step.State, epoch: int
    ) -> tuple[txt2url_step.State, dict[str, float], str]:
        """Takes an epoch's steps."""
        began = time.monotonic()
        random = np.random.default_rng((self._config.seed, epoch))
        articles = txt2url_step.Articles(
            *self._log_counts, jnp.pad(self._says(state), ((0, 1), (0, 0)))
        )
        sums, pieces = [], 0
        total = len(self._batches.usable) * self._config.sampling.pieces_per_article
        with progress.Progress(total, 'pieces') as bar:
            for group in self._batches.epoch(random):
                batches = txt2url_step.Batch(
                    *(getattr(group, name) for name in txt2url_step.Batch._fields)
                )
                state, parts = txt2url_step.train_steps(
                    state, articles, batches, jnp.int32(group.num_steps), self._step
                )
                if sums:  # Waits for the group before: one is computed while one is prepared.
                    sums[-1] = np.asarray(sums[-1])
                sums.append(parts)
                count = group.num_steps * self._config.sampling.batch_size
                pieces += count
                bar.add(count)
        loss = np.sum([np.asarray(part, np.float64) for part in sums], axis=0) / pieces
        _check_finite(loss, state, epoch + 1)
        seconds = time.monotonic() - began
        names = ('text_loss', 'link_loss') if self._config.objective.link_weight else ('text_loss',)
        losses = dict(zip(names, loss.tolist(), strict=False))
        return state, losses, f'{pieces / seconds:.0f} pieces/s'

    def measure(self, state: txt2url_step.State) -> dict[str, float]:
        """Returns how well the model finds what is held out."""
        cases = self._data.validation
        if not (len(cases.wanted) or len(cases.sources)):
            return {}
        tree = txt2url_tree.make(self.snapshot(state), self._says(state))
        articles, is_known = tree['articles'], self._data.texts.sizes > 0
        found = {}
        if len(cases.wanted):
            texts = [cases.texts[query] for query in range(len(cases.texts))]
            vectors = txt2url_tree.encode_texts(tree, texts, self._config.model)
            found |= txt2url_validation.measure_texts(vectors, articles, is_known, cases.wanted)
        if len(cases.sources):
            queries = txt2url_model.ask_articles(tree, cases.sources, self._config.model)
            found |= txt2url_validation.measure_links(
                queries, articles, is_known, cases, self._data.links
            )
        return found

    def snapshot(self, state: txt2url_step.State) -> dict[str, Any]:
        """Returns what makes the model."""
        parts = {'words': state.words.table, 'links': state.links.table, 'dense': dict(state.dense)}
        return jax.tree.map(np.array, parts)

    def finish(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the tree of a model from what snapshot returned."""
        says = txt2url_tree.read_articles(
            parts['words'], parts['dense']['encoder'], self._counts, self._config.model
        )
        return txt2url_tree.make(parts, says)

    def to_tree(self, state: txt2url_step.State) -> dict[str, Any]:
        """Returns the whole state as nested dicts of arrays."""
        return {
            'words': state.words._asdict(),
            'links': state.links._asdict(),
            'dense': flax.serialization.to_state_dict(state.dense),
            'optimizer': flax.serialization.to_state_dict(state.optimizer),
        }

    def from_tree(self, tree: Mapping[str, Any]) -> txt2url_step.State:
        """Returns the state that to_tree made a tree of."""
        dense = jax.tree.map(jnp.array, tree['dense'])
        fresh = txt2url_step.make_optimizer(self._config.objective).init(dense)
        optimizer = flax.serialization.from_state_dict(fresh, tree['optimizer'])
        tables = (
            row_updates.State(**{name: jnp.array(tree[part][name]) for name in tree[part]})
            for part in ('words', 'links')
        )
        return txt2url_step.State(*tables, dense, jax.tree.map(jnp.array, optimizer))


def _check_finite(loss: np.ndarray, state: txt2url_step.State, epoch: int) -> None:
    # The last step's effect shows in the tables alone.
    tables = (state.words.table, state.links.table)
    if not (np.isfinite(loss).all() and all(bool(jnp.isfinite(t).all()) for t in tables)):
        raise errors.InputError(
            f'the loss is {math.fsum(loss)} in epoch {epoch}, or vectors are not finite: training '
            'diverged; lower --learning_rate. Nothing was written for this epoch'
        )
