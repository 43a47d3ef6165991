"""Tests of a training step: what it minimises and which rows it changes."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import spotify_model
from spotify import training_settings
from spotify import training_step
from tests import playlist_testdata

_SIZES, _CUTS = (5, 3, 2), (2, 1, 1)


def _config(**changes):
    """Returns the defaults of a loss, smaller, with changes."""
    defaults = training_settings.defaults(
        changes.get('loss', 'softmax'), changes.get('optimizer', 'adagrad')
    )

    def change(settings):
        names = {field.name for field in dataclasses.fields(settings)} & changes.keys()
        return dataclasses.replace(settings, **{name: changes[name] for name in names})

    model = change(dataclasses.replace(defaults.model, feature_size=4))
    return training_step.StepConfig(model, change(defaults.objective))


class StepTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.catalogue = playlist_testdata.make_catalogue()
        random = np.random.default_rng(0)
        chosen = random.permutation(300)
        # The first playlist's third track, a next one, has the album and artist of its first.
        same = self.catalogue.albums == self.catalogue.albums[chosen[0]]
        twin = np.setdiff1d(np.flatnonzero(same), chosen[:14])[0]
        chosen[np.flatnonzero(chosen == twin)[0]] = chosen[2]
        chosen[2] = twin
        self.rows = [chosen[:5], chosen[5:8], chosen[8:10]]
        # Of 6 negatives the first is the first playlist's own next track, the second one of the
        # second playlist's context.
        self.negatives = np.concatenate([[self.rows[0][4], self.rows[1][0]], chosen[10:14]])

    def _batch(self, length=5, padding=0):
        tracks = np.zeros((3 + padding, length), np.int32)
        for row, chosen in zip(tracks, self.rows, strict=False):
            row[: len(chosen)] = chosen
        none = [0] * padding
        return training_step.Batch(
            jnp.array(tracks),
            jnp.array([*_SIZES, *none], jnp.int32),
            jnp.array([*_CUTS, *none], jnp.int32),
            jnp.array(self.negatives, jnp.int32),
            jnp.full(6, -3.0),
        )

    def _start(self, config):
        features = spotify_model.make_features(self.catalogue, config.model)
        table = spotify_model.init_table(jax.random.key(1), features, config.model)
        return features, training_step.init(5 * table, config)

    def _step(self, config, batch):
        features, state = self._start(config)
        step = jax.jit(functools.partial(training_step.train_step, config=config))
        new, loss = step(state, training_step.make_tracks(features), batch)
        return features, state, new, float(loss)

    @parameterized.parameters(
        ('book', 'adagrad', 'max'),
        ('bpr', 'sgd', 'mean'),
        ('warp', 'adagrad', 'max'),
        ('k_order', 'adagrad', 'mean'),
        ('softmax', 'adagrad', 'mean'),
        ('softmax', 'adam', 'max'),
    )
    def test_changes_every_embedding_in_the_rows_of_the_batch_only(self, loss, optimizer, affinity):
        config = _config(
            loss=loss,
            optimizer=optimizer,
            affinity=affinity,
            track_embedding=True,
            duration_buckets=30,
            margin=100.0,  # Every negative violates it,
            num_drawn=1,  # and every next track learns.
        )
        features, state, new, _ = self._step(config, self._batch(length=8))
        touched = np.concatenate([*self.rows, self.negatives])
        rows = np.unique(features.table_rows()[touched])
        others = np.setdiff1d(np.arange(len(state.embeddings.table)), rows)
        old_table, new_table = state.embeddings.table, new.embeddings.table
        np.testing.assert_array_equal(new_table[others], old_table[others])
        before, after = (
            spotify_model.from_table(s.embeddings.table, s.boosts.table[0], features)
            for s in (state, new)
        )
        boosts = before.pop('boosts'), after.pop('boosts')
        self.assertEqual(np.all(boosts[0] != boosts[1]), config.model.learn_boosts)
        for name in before:
            changed = np.any(before[name]['embedding'] != after[name]['embedding'], axis=1)
            self.assertTrue(changed.any(), name)
        if affinity == 'mean':
            changed = np.any(np.asarray(new_table != old_table), axis=1)
            np.testing.assert_array_equal(np.flatnonzero(changed), rows)

    @parameterized.parameters(
        ('book', 'max'), ('bpr', 'mean'), ('warp', 'mean'), ('k_order', 'max'), ('softmax', 'mean')
    )
    def test_padding_changes_nothing(self, loss, affinity):
        config = _config(loss=loss, affinity=affinity)
        _, _, tight, tight_loss = self._step(config, self._batch())
        _, _, loose, loose_loss = self._step(config, self._batch(length=11, padding=2))
        np.testing.assert_allclose(loose_loss, tight_loss, rtol=1e-5)
        for name in ('embeddings', 'boosts'):
            tables = [getattr(state, name).table for state in (loose, tight)]
            np.testing.assert_allclose(*tables, rtol=1e-4, atol=1e-5)

    @parameterized.parameters('max', 'mean')
    def test_equals_the_model_playlist_by_playlist(self, affinity):
        config = _config(affinity=affinity)
        features, state, _, loss = self._step(config, self._batch())
        model = spotify_model.SpotifyModel(features.sizes, config.model)
        tree = spotify_model.from_table(state.embeddings.table, state.boosts.table[0], features)
        apply = jax.jit(model.apply)
        total = 0.0
        for tracks, cut in zip(self.rows, _CUTS, strict=True):
            context, following = tracks[:cut], tracks[cut:]
            others = self.negatives[~np.isin(self.negatives, tracks)]

            def score(items, context=context):
                return apply(
                    {'params': tree},
                    features.rows[context][None],
                    np.ones((1, len(context)), bool),
                    features.rows[items],
                    np.isin(self.catalogue.albums[items], self.catalogue.albums[context])[None],
                    np.isin(self.catalogue.artists[items], self.catalogue.artists[context])[None],
                )[0]

            # Each negative was expected e^-3 times, and so stands for e^3 tracks.
            rest = np.exp(np.asarray(score(others)) + 3.0).sum()
            positive = np.exp(np.asarray(score(following)))
            total += np.mean(np.log((positive + rest) / positive))
        np.testing.assert_allclose(loss, total, rtol=1e-5)

    def test_own_tracks_are_no_negatives(self):
        config = _config()
        features, state = self._start(config)
        tracks = training_step.make_tracks(features)
        batch = self._batch()
        step = jax.jit(functools.partial(training_step.train_step, config=config))

        def loss_of(row, negatives):
            one = batch._replace(
                tracks=batch.tracks[row : row + 1],
                sizes=batch.sizes[row : row + 1],
                cuts=batch.cuts[row : row + 1],
                negatives=jnp.array(negatives, jnp.int32),
            )
            return float(step(state, tracks, one)[1])

        self.assertEqual(loss_of(0, [self.rows[0][4]] * 6), 0.0)
        self.assertEqual(loss_of(1, [self.rows[1][0]] * 6), 0.0)
        self.assertGreater(loss_of(1, [self.rows[0][4]] * 6), 0.0)

    @parameterized.parameters(*training_settings.LOSSES)
    def test_loss_falls(self, loss):
        config = _config(loss=loss)
        features, state = self._start(config)
        batch = jax.tree.map(lambda array: jnp.stack([array] * 30), self._batch())
        tracks = training_step.make_tracks(features)
        state, first = training_step.train_steps(state, tracks, batch, jnp.int32(1), config)
        state, _ = training_step.train_steps(state, tracks, batch, jnp.int32(30), config)
        _, last = training_step.train_steps(state, tracks, batch, jnp.int32(1), config)
        self.assertLess(float(last), 0.5 * float(first))

    def test_refuses_a_loss_that_is_not_written_there(self):
        with self.assertRaisesRegex(ValueError, "no loss is called 'other'"):
            self._step(_config(loss='other'), self._batch())

    def test_context_limit_does_not_change_the_loss(self):
        config = _config(loss='book')
        _, _, _, whole = self._step(config, self._batch())
        _, _, _, limited = self._step(dataclasses.replace(config, max_context=2), self._batch())
        np.testing.assert_allclose(limited, whole, rtol=1e-6)


if __name__ == '__main__':
    absltest.main()
