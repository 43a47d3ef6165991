"""Every loss against a plain loop over queries, positives and negatives."""

import functools
import inspect
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from scipy import special

from common import embedding_losses
from common import losses

_QUERIES, _POSITIVES, _NEGATIVES = 5, 7, 11


def _scores(seed=0):
    """Ragged scores: query 0 is full, 1 lacks positives, 2 lacks negatives, the rest are cut."""
    random = np.random.default_rng(seed)
    positive = random.normal(size=(_QUERIES, _POSITIVES)).astype(np.float32)
    negative = random.normal(size=(_QUERIES, _NEGATIVES)).astype(np.float32)
    positive_mask = random.random(positive.shape) < 0.7
    negative_mask = random.random(negative.shape) < 0.7
    positive_mask[0], positive_mask[1] = True, False
    negative_mask[0], negative_mask[2] = True, False
    return positive, negative, positive_mask, negative_mask


def _harmonic(rank):
    return special.digamma(rank + 1) + np.euler_gamma


def _loop(function):
    """Makes a loss of padded arrays of one of two lists."""

    def padded(positive, negative, positive_mask, negative_mask):
        rows = []
        for arrays in zip(positive, negative, positive_mask, negative_mask, strict=True):
            wanted, others = arrays[0][arrays[2]].tolist(), arrays[1][arrays[3]].tolist()
            rows.append(function(wanted, others) if wanted and others else 0.0)
        return np.array(rows)

    return padded


def _bpr(wanted, others):
    pairs = [(p, n) for p in wanted for n in others]
    return -sum(math.log(1 / (1 + math.exp(n - p))) for p, n in pairs) / len(pairs)


def _warp_term(p, others, num_items, margin):
    violations = [margin + n - p for n in others if margin + n - p > 0]
    if not violations:
        return 0.0
    rank = len(violations) / len(others) * (num_items - 1)
    return _harmonic(rank) * sum(violations) / len(violations)


def _warp(wanted, others, num_items=50, margin=0.3):
    return sum(_warp_term(p, others, num_items, margin) for p in wanted) / len(wanted)


def _k_order(wanted, others, num_items=50, margin=0.3, k=2, num_drawn=3):
    """The mean over all ways to draw, of the loss of the k-th best that was drawn."""
    size = min(num_drawn, len(wanted))
    kth = math.ceil(k * size / num_drawn)
    draws = list(itertools.combinations(sorted(wanted, reverse=True), size))
    terms = [_warp_term(draw[kth - 1], others, num_items, margin) for draw in draws]
    return sum(terms) / len(draws)


def _softmax(wanted, others):
    terms = [math.log(math.exp(p) + sum(map(math.exp, others))) - p for p in wanted]
    return sum(terms) / len(terms)


def _mean_triplet(wanted, others):
    return max(0.0, 0.3 + sum(others) / len(others) - sum(wanted) / len(wanted))


def _extremal_triplet(wanted, others):
    return max(0.0, 0.3 + max(others) - min(wanted))


_LOSSES = {
    'bpr': (losses.bpr, _bpr),
    'warp': (functools.partial(losses.warp, num_items=50, margin=0.3), _warp),
    'k_order': (
        functools.partial(losses.k_order, num_items=50, margin=0.3, k=2, num_drawn=3),
        _k_order,
    ),
    'softmax': (losses.softmax, _softmax),
    'mean_triplet': (functools.partial(losses.mean_triplet, margin=0.3), _mean_triplet),
    'extremal_triplet': (
        functools.partial(losses.extremal_triplet, margin=0.3),
        _extremal_triplet,
    ),
}


class RankingLossTest(parameterized.TestCase):
    def test_all_are_here(self):
        functions = {name: loss for name, loss in vars(losses).items() if inspect.isfunction(loss)}
        named = {
            name
            for name, loss in functions.items()
            if list(inspect.signature(loss).parameters)[:2] == ['positive', 'negative']
        }
        self.assertEqual({name for name in named if not name.startswith('_')}, set(_LOSSES))

    @parameterized.product(name=sorted(_LOSSES), seed=(0, 1, 2))
    def test_equals_the_loop(self, name, seed):
        loss, loop = _LOSSES[name]
        arguments = _scores(seed)
        np.testing.assert_allclose(
            jax.jit(loss)(*arguments), _loop(loop)(*arguments), rtol=2e-5, atol=1e-6
        )

    @parameterized.parameters(*sorted(_LOSSES))
    def test_without_masks_everything_counts(self, name):
        loss, loop = _LOSSES[name]
        positive, negative, _, _ = _scores(3)
        full = _loop(loop)(
            positive, negative, np.ones_like(positive, bool), np.ones_like(negative, bool)
        )
        np.testing.assert_allclose(loss(positive, negative), full, rtol=2e-5)

    @parameterized.parameters(*sorted(_LOSSES))
    def test_gradient_is_finite_and_none_for_padding(self, name):
        loss, _ = _LOSSES[name]
        positive, negative, positive_mask, negative_mask = _scores()
        positive[~positive_mask], negative[~negative_mask] = 80.0, -80.0

        def total(positive, negative):
            return jnp.sum(loss(positive, negative, positive_mask, negative_mask))

        by_positive, by_negative = jax.jit(jax.grad(total, argnums=(0, 1)))(positive, negative)
        for found, mask in ((by_positive, positive_mask), (by_negative, negative_mask)):
            self.assertTrue(np.isfinite(found).all())
            self.assertFalse(np.any(found[~mask]))
            self.assertTrue(np.any(found))

    @parameterized.parameters(*sorted(_LOSSES))
    def test_falls_when_a_positive_rises(self, name):
        loss, _ = _LOSSES[name]
        positive, negative, _, _ = _scores(4)
        low, high = (float(jnp.sum(loss(positive + by, negative))) for by in (0.0, 0.5))
        self.assertLess(high, low)

    @parameterized.parameters(*sorted(_LOSSES))
    def test_refuses_shapes_that_would_broadcast(self, name):
        loss, _ = _LOSSES[name]
        with self.assertRaisesRegex(ValueError, r'want \[B, M\] and \[B, N\]'):
            loss(jnp.zeros(5), jnp.zeros((5, 3)))
        with self.assertRaisesRegex(ValueError, r'want \[B, M\] and \[B, N\]'):
            loss(jnp.zeros((5, 2)), jnp.zeros((1, 3)))
        with self.assertRaisesRegex(ValueError, 'want positive_mask'):
            loss(jnp.zeros((5, 2)), jnp.zeros((5, 3)), jnp.ones((5, 1), bool))
        with self.assertRaisesRegex(ValueError, 'want negative_mask'):
            loss(jnp.zeros((5, 2)), jnp.zeros((5, 3)), None, jnp.ones((5, 3)))


class WarpTest(absltest.TestCase):
    def test_rank_three_by_hand(self):
        # 1 of 4 negatives violates the margin, by 0.5; of 13 items that makes rank 3, and
        # 1 + 1/2 + 1/3 = 11/6.
        loss = losses.warp(
            jnp.array([[1.0]]), jnp.array([[0.5, -1.0, -2.0, -3.0]]), num_items=13, margin=1.0
        )
        np.testing.assert_allclose(loss, [11 / 6 * 0.5], rtol=1e-5)


class KOrderTest(parameterized.TestCase):
    def test_one_of_one_is_warp(self):
        arguments = _scores()
        np.testing.assert_allclose(
            losses.k_order(*arguments, num_items=50, k=1, num_drawn=1),
            losses.warp(*arguments, num_items=50),
            rtol=1e-5,
        )

    @parameterized.parameters(0, 6)
    def test_refuses_a_place_beyond_the_draw(self, k):
        with self.assertRaisesRegex(ValueError, f'k is {k}, want 1 to num_drawn = 5'):
            losses.k_order(jnp.zeros((1, 2)), jnp.zeros((1, 2)), num_items=5, k=k)


class SampledSoftmaxTest(absltest.TestCase):
    def test_expected_counts_weigh_each_negative(self):
        # A negative that was expected 4 times counts a quarter: e^0 + e^1 / 4 + e^2 / 0.5.
        loss = losses.softmax(
            jnp.array([[0.0]]),
            jnp.array([[1.0, 2.0]]),
            log_expected_counts=jnp.log(jnp.array([4.0, 0.5])),
        )
        want = math.log(1 + math.e / 4 + math.e**2 / 0.5)
        np.testing.assert_allclose(loss, [want], rtol=1e-6)

    def test_estimate_of_the_whole_softmax(self):
        # The mean of exp(loss) over all draws of one negative is 1 + the sum over all items.
        scores, probabilities = np.array([0.3, -1.0, 2.0]), np.array([0.2, 0.5, 0.3])
        found = sum(
            probability
            * np.exp(
                losses.softmax(
                    jnp.array([[0.0]]),
                    jnp.array([[score]]),
                    log_expected_counts=jnp.log(jnp.array([[probability]])),
                )[0]
            )
            for score, probability in zip(scores, probabilities, strict=True)
        )
        np.testing.assert_allclose(found, 1 + np.exp(scores).sum(), rtol=1e-5)

    def test_refuses_counts_of_another_shape(self):
        with self.assertRaisesRegex(ValueError, 'want log_expected_counts'):
            losses.softmax(
                jnp.zeros((5, 2)), jnp.zeros((5, 3)), log_expected_counts=jnp.zeros((5, 1))
            )


class EmbeddingLossTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        random = np.random.default_rng(5)
        self.vectors = random.normal(size=(3, 7, 2)).astype(np.float32)
        self.mask = np.arange(7) < np.array([7, 5, 1])[:, None]
        self.affinity = np.einsum('bmd,bnd->bmn', self.vectors, self.vectors)

    def _pairs(self, term):
        rows = []
        for affinity, mask in zip(self.affinity, self.mask, strict=True):
            size = int(mask.sum())
            terms = [term(affinity[i, j]) for i in range(size) for j in range(size) if i != j]
            rows.append(sum(terms) / len(terms) if terms else 0.0)
        return rows

    def test_self_attraction(self):
        found = embedding_losses.self_attraction(self.affinity, self.mask, target=0.4)
        np.testing.assert_allclose(found, self._pairs(lambda a: max(0.0, 0.4 - a)), rtol=1e-5)

    def test_self_repulsion(self):
        found = embedding_losses.self_repulsion(self.affinity, self.mask, target=0.2)
        np.testing.assert_allclose(found, self._pairs(lambda a: max(0.0, a - 0.2)), rtol=1e-5)

    def test_attraction_equals_the_turned_list(self):
        # The book multiplies the list turned around with the list: the same pairs, and each item
        # with itself. With vectors of length 1 those cost nothing, so only the count differs.
        unit = self.vectors[0] / np.linalg.norm(self.vectors[0], axis=1, keepdims=True)
        turned = np.maximum(0.0, 0.5 - unit[::-1] @ unit.T).mean()
        found = embedding_losses.self_attraction((unit @ unit.T)[None])[0]
        np.testing.assert_allclose(found * (7 * 6) / 7**2, turned, rtol=1e-5)

    def test_norm_excess(self):
        want = [
            sum(max(0.0, math.hypot(*vector) - 0.9) for vector in vectors[mask])
            for vectors, mask in zip(self.vectors, self.mask, strict=True)
        ]
        found = embedding_losses.norm_excess(self.vectors, self.mask, max_norm=0.9)
        np.testing.assert_allclose(found, want, rtol=1e-5)

    def test_gradient_at_zero_vectors(self):
        def total(vectors):
            return jnp.sum(embedding_losses.norm_excess(vectors, max_norm=0.0))

        self.assertTrue(np.isfinite(jax.grad(total)(jnp.zeros((2, 3, 5)))).all())

    def test_refuses_other_shapes(self):
        with self.assertRaisesRegex(ValueError, r'want affinity \[B, M, M\]'):
            embedding_losses.self_attraction(jnp.zeros((2, 3, 4)))
        with self.assertRaisesRegex(ValueError, 'want mask'):
            embedding_losses.self_repulsion(jnp.zeros((2, 3, 3)), jnp.ones((2, 1), bool))
        with self.assertRaisesRegex(ValueError, r'want vectors \[B, M, D\]'):
            embedding_losses.norm_excess(jnp.zeros((2, 3)), max_norm=1.0)


if __name__ == '__main__':
    absltest.main()
