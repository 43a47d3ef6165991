"""Tests of the triplet loss, against loops in plain Python."""

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from pinterest import triplet_loss


def _draw(seed, rows, columns):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(rows, columns)).astype(np.float32)
    mask = rng.random((rows, columns)) < 0.6
    mask[np.arange(rows), np.arange(rows)] = False
    return scores, mask


def _loss_by_loops(scores, mask, margin):
    losses = [
        max(0.0, margin + scores[b, p] - scores[b, b])
        for b in range(scores.shape[0])
        for p in range(scores.shape[1])
        if mask[b, p]
    ]
    violated = [loss for loss in losses if loss > 0]
    return sum(violated) / max(1, len(violated))


def _semi_hard_by_loops(scores, mask, margin):
    chosen = np.zeros_like(mask)
    for b, row in enumerate(scores):
        candidates = np.flatnonzero(mask[b])
        within = [p for p in candidates if row[b] - margin < row[p] < row[b]]
        beaten = [p for p in candidates if row[p] >= row[b]]
        if within:
            chosen[b, max(within, key=lambda p: row[p])] = True
        elif beaten:
            chosen[b, min(beaten, key=lambda p: row[p])] = True
        elif candidates.size:
            chosen[b, max(candidates, key=lambda p: row[p])] = True
    return chosen


class TripletLossTest(parameterized.TestCase):
    @parameterized.product(seed=(0, 1, 2), margin=(0.2, 1.0))
    def test_loss_is_that_of_loops(self, seed, margin):
        scores, mask = _draw(seed, 5, 7)
        loss = jax.jit(triplet_loss.triplet_loss, static_argnums=2)(scores, mask, margin)
        np.testing.assert_allclose(loss, _loss_by_loops(scores, mask, margin), rtol=1e-5)

    @parameterized.product(seed=(0, 1, 2, 3, 4, 5), margin=(0.05, 0.5, 5.0))
    def test_semi_hard_are_those_of_loops(self, seed, margin):
        scores, mask = _draw(seed, 7, 11)
        mask[3] = False
        chosen = jax.jit(triplet_loss.semi_hard_negatives, static_argnums=2)(scores, mask, margin)
        np.testing.assert_array_equal(chosen, _semi_hard_by_loops(scores, mask, margin))

    def test_by_hand(self):
        # Margin 1: scene 0 has max(0, 1 + 1 - 3) = 0 and max(0, 1 + 5 - 3) = 3; scene 1 has
        # max(0, 1 + 2 - 2) = 1. What is 0 does not count: the mean of 3 and 1.
        scores = jnp.array([[3.0, 1.0, 5.0], [2.0, 2.0, 9.0]])
        mask = jnp.array([[False, True, True], [True, False, False]])
        self.assertAlmostEqual(float(triplet_loss.triplet_loss(scores, mask, 1.0)), 2.0, places=6)

    def test_no_negatives_no_loss(self):
        none = jnp.zeros((1, 1), bool)
        value, slope = jax.value_and_grad(triplet_loss.triplet_loss)(jnp.ones((1, 1)), none, 1.0)
        self.assertEqual((float(value), float(slope[0, 0])), (0.0, 0.0))

    def test_scores_are_dot_products(self):
        rng = np.random.default_rng(0)
        scenes, products = rng.normal(size=(2, 5)), rng.normal(size=(3, 5))
        found = triplet_loss.score_all(jnp.array(scenes), jnp.array(products))
        expected = [
            [sum(a * b for a, b in zip(s, p, strict=True)) for p in products] for s in scenes
        ]
        np.testing.assert_allclose(found, expected, rtol=1e-5)

    def test_penalty_by_hand(self):
        # Lengths 5, 0 and 0.5: only the first is longer than 1, by 4; the mean of three.
        vectors = jnp.array([[3.0, 4.0], [0.0, 0.0], [0.3, 0.4]])
        value, slope = jax.value_and_grad(triplet_loss.unit_ball_penalty)(vectors)
        self.assertAlmostEqual(float(value), 4 / 3, places=6)
        np.testing.assert_allclose(slope, [[0.2, 0.8 / 3], [0, 0], [0, 0]], atol=1e-6)

    def test_attention_by_hand(self):
        # 4 x 4 pixels that all have 1/16; the first box touches 2 x 1 of them, the second 4 x 4.
        attention = jnp.full((2, 4, 4), 1 / 16)
        boxes = jnp.array([[0.3, 0.55, 0.6, 0.7], [-0.1, -0.1, 1.2, 1.2]])
        expected = -(np.log(2 / 16 + 1e-3) + np.log(1 + 1e-3)) / 2
        self.assertAlmostEqual(
            float(triplet_loss.attention_loss(attention, boxes)), expected, places=5
        )
        # Columns 1 and 2 of row 2: what is there counts, what is elsewhere does not.
        place = jnp.zeros((1, 4, 4)).at[0, 2, 1].set(1.0)
        self.assertAlmostEqual(
            float(triplet_loss.attention_loss(place, boxes[:1])), -np.log(1 + 1e-3), places=6
        )
        self.assertAlmostEqual(
            float(triplet_loss.attention_loss(place.mT, boxes[:1])), -np.log(1e-3), places=4
        )

    @parameterized.parameters(((4,), (4,)), ((4, 3), (4, 3)), ((3, 4), (3, 1)), ((3, 4), (4,)))
    def test_rejects_shapes_that_would_broadcast(self, scores, mask):
        for function in (triplet_loss.triplet_loss, triplet_loss.semi_hard_negatives):
            with self.assertRaisesRegex(ValueError, r'want two \[B, P\]'):
                function(jnp.zeros(scores), jnp.zeros(mask, bool), 1.0)

    def test_rejects_other_arguments(self):
        with self.assertRaisesRegex(ValueError, 'mask of bool'):
            triplet_loss.triplet_loss(jnp.zeros((2, 3)), jnp.zeros((2, 3)), 1.0)
        with self.assertRaisesRegex(ValueError, r'want \[B, D\] and'):
            triplet_loss.score_all(jnp.zeros((2, 3)), jnp.zeros((3, 2)))
        with self.assertRaisesRegex(ValueError, r'want \[B, D\]'):
            triplet_loss.unit_ball_penalty(jnp.zeros(3))
        with self.assertRaisesRegex(ValueError, r'want \[B, S, S\] and \[B, 4\]'):
            triplet_loss.attention_loss(jnp.zeros((2, 3, 3)), jnp.zeros((1, 4)))


if __name__ == '__main__':
    absltest.main()
