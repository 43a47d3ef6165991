"""Tests of encoders and of a step of the text-to-article model."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from tests import txt2url_testdata
from wikipedia import txt2url_batches
from wikipedia import txt2url_encoders
from wikipedia import txt2url_settings
from wikipedia import txt2url_step
from wikipedia import txt2url_tree


def _random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _make(kind):
    """Returns an encoder's function, compiled, and parameters of which none are zero."""
    encoder = txt2url_encoders.TextEncoder(txt2url_testdata.make_config(kind).model)
    tree = jax.jit(encoder.init)(jax.random.key(0), np.ones((1, 5, 7)), np.ones((1, 5)))
    if kind != 'mean':
        # The last layer begins at zero: give it something to say.
        tree['params']['added']['kernel'] = jnp.array(_random(4, 8, seed=2))
    return jax.jit(encoder.apply), tree


class EncoderTest(parameterized.TestCase):
    @parameterized.parameters(*txt2url_settings.ENCODERS)
    def test_padding_and_company_change_nothing(self, kind):
        encode, tree = _make(kind)
        vectors, weights = _random(3, 5, 7), np.exp(_random(3, 5, seed=1))
        weights[1, 2:] = 0.0
        weights[2] = 0.0
        wanted = np.asarray(encode(tree, vectors, weights))
        np.testing.assert_allclose(np.linalg.norm(wanted, axis=1), [1, 1, 0], rtol=1e-5)
        padded = np.concatenate([vectors, _random(3, 6, 7, seed=3)], axis=1)[::-1]
        found = encode(tree, padded, np.pad(weights, [(0, 0), (0, 6)])[::-1])
        np.testing.assert_allclose(np.asarray(found)[::-1], wanted, atol=2e-6)
        alone = encode(tree, vectors[1:2, :2], weights[1:2, :2])
        np.testing.assert_allclose(np.asarray(alone)[0], wanted[1], atol=2e-6)

    @parameterized.parameters(('mean', True), ('lstm', False), ('attention', False))
    def test_order_matters_but_to_the_mean(self, kind, same):
        encode, tree = _make(kind)
        vectors, weights = _random(1, 5, 7), np.ones((1, 5), np.float32)
        one, other = (encode(tree, rows, weights) for rows in (vectors, vectors[:, ::-1]))
        self.assertEqual(bool(np.allclose(one, other, atol=1e-5)), same)

    def test_weighted_mean_by_hand(self):
        vectors = np.array([[[1.0, 2], [3, 6]], [[5, 5], [7, 7]]])
        found = txt2url_encoders.weighted_mean(vectors, np.array([[3.0, 1], [0, 0]]))
        np.testing.assert_allclose(found, [[1.5, 3.0], [0, 0]])
        with self.assertRaisesRegex(ValueError, r'want \[B, L, W\]'):
            txt2url_encoders.weighted_mean(vectors, np.ones((2, 3)))

    def test_gradient_of_no_words_is_finite(self):
        slope = jax.grad(lambda x: txt2url_encoders.normalize(x).sum())(jnp.zeros((2, 3)))
        self.assertTrue(np.isfinite(slope).all())


class StepTest(parameterized.TestCase):
    def _step(self, encoder='mean', change=None, last=None, **changes):
        """Returns states before and after the first of two steps, its batch, and what it knew."""
        config = txt2url_testdata.make_config(encoder, **changes)
        data = txt2url_testdata.make_data()
        sampled = config.objective.negatives == 'sampled'
        batches = txt2url_batches.Batches(
            data.texts, data.links, data.num_words, config.sampling, 7 if sampled else 0
        )
        group = next(batches.epoch(np.random.default_rng(0)))
        both = txt2url_step.Batch(
            *(np.array(getattr(group, name)[:2]) for name in txt2url_step.Batch._fields)
        )
        if last is not None:
            both.pieces[1] = last
        says = _random(41, 8, seed=6)
        counts = (jnp.array(_random(41, seed=seed)) for seed in range(3))
        articles = txt2url_step.Articles(*counts, jnp.array(says))
        step = txt2url_step.StepConfig(config.model, config.objective)
        tables = (jnp.array(_random(data.num_words, 9, seed=4)), jnp.array(_random(40, 5, seed=5)))
        state = txt2url_step.init(*tables, step, jax.random.key(1))
        if change is not None:
            change(state)
        before = jax.tree.map(np.array, state)
        after, losses = txt2url_step.train_steps(state, articles, both, jnp.int32(1), step)
        batch = jax.tree.map(lambda array: array[0], both)
        return before, jax.tree.map(np.array, after), batch, articles, np.asarray(losses)

    @parameterized.parameters('in_batch', 'sampled')
    def test_losses_by_hand(self, negatives):
        state, _, batch, articles, found = self._step(negatives=negatives)
        table = state.words.table[np.minimum(batch.words, 220)].astype(np.float64)
        links, said = state.links.table.astype(np.float64), np.asarray(articles.says)

        def encode(places):
            vectors = []
            for row in places:
                words = table[row[row < len(table)]]
                vector = (words[:, :-1] * np.exp(words[:, -1:])).sum(axis=0)
                vectors.append(vector / np.linalg.norm(vector))
            return np.array(vectors)

        texts, own = encode(batch.pieces), encode(batch.own)
        want_text = want_link = 0.0
        sampled = negatives == 'sampled'
        ids, partners = batch.articles, batch.partners
        for row, (article, partner) in enumerate(zip(ids, partners, strict=True)):
            names, vectors = (batch.others, encode(batch.drawn)) if sampled else (ids, own)
            counts = np.asarray(articles.drawn_counts if sampled else articles.own_counts)
            logits = (20 * vectors @ texts[row] - counts[names])[names != article]
            want_text += np.log1p(np.exp(logits - 20 * own[row] @ texts[row]).sum())
            names = batch.others if sampled else partners
            counts = np.asarray(articles.drawn_counts if sampled else articles.partner_counts)
            # What it says, times 10; what it is linked with; and how much the other is linked.
            query = np.concatenate([10 * said[article], links[article, :-1], [1]])
            vectors = np.concatenate([said[:-1], links], axis=1)
            rest = (names != article) & (names != partner)
            logits = (vectors[names] @ query - counts[names])[rest]
            want_link += np.log1p(np.exp(logits - vectors[partner] @ query).sum())
        np.testing.assert_allclose(found, [want_text, want_link], rtol=1e-4)

    def test_one_step_changes_every_leaf_of_what_it_touches(self):
        def change(state):
            # Behind a last layer of zeros nothing would learn in the first step.
            state.dense['encoder']['added']['kernel'] = jnp.array(_random(4, 8, seed=2))

        before, after, batch, _, _ = self._step('attention', change)
        for (path, old), new in zip(
            jax.tree_util.tree_leaves_with_path(before.dense),
            jax.tree.leaves(after.dense),
            strict=True,
        ):
            name = jax.tree_util.keystr(path)
            # The bias of keys moves all scores of a word alike, which attention does not see.
            if not name.endswith("['key']['bias']"):
                self.assertTrue((new != old).any(), name)
        touched = np.zeros(txt2url_testdata.NUM_WORDS + 1, bool)
        touched[batch.words] = True
        changed = (after.words.table != before.words.table).any(axis=1)
        np.testing.assert_array_equal(changed, touched[:-1])
        changed = (after.links.table != before.links.table).any(axis=1)
        np.testing.assert_array_equal(
            np.flatnonzero(changed), np.union1d(batch.articles, batch.partners)
        )

    def test_words_that_are_not_trained_stay(self):
        before, after, *_ = self._step(train_words=False)
        np.testing.assert_array_equal(after.words.table, before.words.table)
        self.assertTrue((after.dense['encoder']['projection']['kernel'] != np.eye(8)).any())

    def test_without_links(self):
        before, after, _, _, losses = self._step(link_weight=0.0)
        np.testing.assert_array_equal(after.links.table, before.links.table)
        self.assertEqual(losses[1], 0.0)

    def test_steps_beyond_the_number_do_nothing(self):
        _, one, _, _, _ = self._step()
        _, other, _, _, _ = self._step(last=0)
        np.testing.assert_array_equal(one.words.table, other.words.table)


class TreeTest(absltest.TestCase):
    def test_first_vectors_of_words(self):
        config = dataclasses.replace(
            txt2url_testdata.make_config().model, embedding_dim=5, init_scale=0.5
        )
        given = _random(6, 3) + 2
        given[0] = 0
        frequencies = np.array([0, 3, 9, 9, 1, 0])
        table = np.asarray(
            txt2url_tree.init_words(jax.random.key(0), given, frequencies, 9, config)
        )
        self.assertEqual(table.shape, (6, 6))
        # scikit-learn's smooth weight: ln(10 / 4) + 1 for 3 of 9 documents, 1 for all of them.
        np.testing.assert_allclose(np.exp(table[[1, 2], -1]), [np.log(10 / 4) + 1, 1], rtol=1e-6)
        np.testing.assert_allclose(table[1:5, :3].mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(table[1:5, :3].std(), 0.5, rtol=1e-5)
        np.testing.assert_array_equal(table[0, :5], 0)
        # A word that occurs in no text has what was given, and nothing random.
        self.assertTrue((table[5, :3] != 0).all())
        np.testing.assert_array_equal(table[5, 3:5], 0)
        config = dataclasses.replace(config, train_words=False)
        table = txt2url_tree.init_words(jax.random.key(0), given, frequencies, 9, config)
        self.assertEqual(table.shape, (6, 4))


if __name__ == '__main__':
    absltest.main()
