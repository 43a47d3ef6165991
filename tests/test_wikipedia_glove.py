"""Tests of the GloVe module and its loss."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from wikipedia import glove


class GloveTest(parameterized.TestCase):
    def test_predicts_dot_product_and_biases(self):
        # By hand: (1, 2) . (3, 4) + 0.5 + 0.25 = 11.75; the pair of a word with itself: 5 + 1 = 6.
        table = jnp.array([[0.0, 0.0, 0.0], [1.0, 2.0, 0.5], [3.0, 4.0, 0.25]])
        predicted = glove.Glove(3, 2).apply(
            {'params': glove.from_table(table)}, jnp.array([1, 1]), jnp.array([2, 1])
        )
        np.testing.assert_allclose(predicted, [11.75, 6.0])

    def test_batch_stays_a_vector(self):
        # The book's own model adds [B] to [B, 1].
        tree = glove.init_parameters(jax.random.key(0), jnp.ones(7, bool), 3)
        predicted = glove.Glove(7, 3).apply({'params': tree}, jnp.arange(5), jnp.arange(1, 6))
        self.assertEqual(predicted.shape, (5,))

    @parameterized.parameters(((3,), (2,)), ((3, 1), (3, 1)), ((), ()))
    def test_rejects_indices_of_other_shapes(self, first, second):
        tree = glove.init_parameters(jax.random.key(0), jnp.ones(7, bool), 3)
        with self.assertRaisesRegex(ValueError, r'want two \[B\]'):
            glove.Glove(7, 3).apply(
                {'params': tree}, jnp.zeros(first, jnp.int32), jnp.zeros(second, jnp.int32)
            )

    def test_unused_words_start_at_zero(self):
        used = jnp.array([False, True, True, False])
        table = glove.to_table(glove.init_parameters(jax.random.key(3), used, 5))
        self.assertEqual(np.abs(table).sum(1).astype(bool).tolist(), used.tolist())

    def test_table_and_tree_are_inverse(self):
        tree = glove.init_parameters(jax.random.key(0), jnp.ones(7, bool), 3)
        back = glove.from_table(glove.to_table(tree))
        jax.tree.map(np.testing.assert_array_equal, tree, back)

    def test_recentering_changes_no_prediction(self):
        random = np.random.default_rng(4)
        table = random.normal(size=(7, 4)).astype(np.float32)
        weights = np.array([0.0, 5, 1, 2, 0, 3, 1])
        moved = glove.recenter(table, weights)
        np.testing.assert_allclose(weights @ moved[:, :-1], np.zeros(3), atol=1e-5)
        self.assertGreater(np.abs(weights @ table[:, :-1]).min(), 0.1)
        first, second = np.meshgrid([1, 2, 3, 5, 6], [1, 2, 3, 5, 6])
        before, after = (
            glove.Glove(7, 3).apply(
                {'params': glove.from_table(one)}, first.ravel(), second.ravel()
            )
            for one in (table, moved)
        )
        np.testing.assert_allclose(after, before, atol=1e-5)
        np.testing.assert_array_equal(moved[[0, 4]], table[[0, 4]])  # They weigh nothing.

    def test_recentering_by_no_weight_moves_nothing(self):
        table = np.ones((3, 2), np.float32)
        np.testing.assert_array_equal(glove.recenter(table, np.zeros(3)), table)


class GloveLossTest(parameterized.TestCase):
    def test_rare_pair_weighs_less(self):
        # By hand: both errors are 2; the weights are 1 and (1/16) ** 0.75 = 1/8.
        counts = jnp.array([1600.0, 100.0])
        loss = jax.jit(functools.partial(glove.glove_loss, x_max=1600.0))(
            jnp.log(counts) + 2.0, counts
        )
        np.testing.assert_allclose(loss, (4.0 + 0.5) / 2, rtol=1e-5)

    def test_padding_weighs_nothing(self):
        loss = glove.glove_loss(jnp.array([3.0, 9.0]), jnp.array([1.0, 0.0]), x_max=1.0)
        np.testing.assert_allclose(loss, 9.0 / 2)

    def test_gradient_is_finite_at_padding(self):
        gradient = jax.grad(glove.glove_loss)(jnp.array([3.0, 9.0]), jnp.array([1.0, 0.0]))
        self.assertTrue(np.isfinite(gradient).all())

    @parameterized.parameters((4, 1), (3,), ())
    def test_rejects_shapes_that_would_broadcast(self, *shape):
        with self.assertRaisesRegex(ValueError, r'want two \[B\]'):
            glove.glove_loss(jnp.zeros(shape), jnp.ones(4))


if __name__ == '__main__':
    absltest.main()
