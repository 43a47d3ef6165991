"""Tests of learning linear scores from lists."""

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from scipy import optimize
from scipy import special

from wikipedia import listwise


def _lists(seed=0, count=40, features=5):
    """Returns lists of different lengths whose relevant items score high by known weights."""
    rng = np.random.default_rng(seed)
    truth = np.array([2.0, -1.0, 0.5, 0.0, 3.0])[:features]
    examples = []
    for _ in range(count):
        rows = rng.normal(size=(rng.integers(3, 12), features))
        scores = rows @ truth + rng.gumbel(size=len(rows))
        examples.append(listwise.Example(rows, scores >= np.sort(scores)[-2]))
    return examples


def _loss(weights, examples, prior, ridge):
    """The loss of the docstring, list by list, by SciPy's softmax."""
    total = ridge / 2 * np.sum((weights - prior) ** 2)
    for example in examples:
        shares = special.log_softmax(example.features @ weights)
        total -= shares[example.relevant].mean()
    return total


class FitTest(parameterized.TestCase):
    def test_minimum_is_that_of_scipy(self):
        examples, prior = _lists(), np.array([1.0, 0.0, 0.0, 2.0, 0.0])
        fitted = listwise.fit(examples, prior, ridge=0.7)
        arguments = (examples, prior, 0.7)
        other = optimize.minimize(_loss, np.zeros(5), arguments, method='BFGS', tol=1e-9)
        np.testing.assert_allclose(fitted.weights, other.x, atol=1e-5)
        self.assertAlmostEqual(fitted.losses[-1], _loss(fitted.weights, *arguments), places=9)
        self.assertLessEqual(fitted.losses[-1], other.fun + 1e-9)
        # The gradient vanishes, by differences.
        np.testing.assert_allclose(
            optimize.approx_fprime(fitted.weights, _loss, 1e-6, *arguments), 0, atol=1e-4
        )

    def test_loss_falls_and_ends(self):
        losses = listwise.fit(_lists(), np.zeros(5)).losses
        self.assertEqual(list(losses), sorted(losses, reverse=True))
        self.assertLess(len(losses), 12)

    def test_separable_lists_stay_finite(self):
        rows = np.array([[1000.0], [0.0]])
        examples = [listwise.Example(rows, np.array([True, False]))] * 3
        fitted = listwise.fit(examples, np.zeros(1), ridge=0.01)
        self.assertTrue(np.isfinite(fitted.weights).all())
        self.assertGreater(fitted.weights[0], 0)

    def test_order_of_lists_does_not_matter(self):
        examples = _lists()
        there = listwise.fit(examples, np.zeros(5)).weights
        back = listwise.fit(examples[::-1], np.zeros(5)).weights
        np.testing.assert_allclose(there, back, rtol=1e-9)

    def test_without_lists_the_prior_remains(self):
        prior = np.array([1.0, -2.0, 3.0])
        np.testing.assert_array_equal(listwise.fit([], prior).weights, prior)

    def test_strong_ridge_stays_at_the_prior(self):
        prior = np.arange(5.0)
        np.testing.assert_allclose(listwise.fit(_lists(), prior, 1e9).weights, prior, atol=1e-6)

    def test_one_relevant_item_among_one_says_nothing(self):
        example = listwise.Example(np.ones((1, 2)), np.array([True]))
        np.testing.assert_array_equal(listwise.fit([example], np.zeros(2)).weights, [0, 0])

    @parameterized.parameters(
        (np.ones((3, 2)), [True, False], 'list 1 has features'),
        (np.ones((2, 3)), [True, False], 'list 1 has features'),
        (np.ones((2, 2)), [False, False], '0 relevant'),
    )
    def test_refuses_shapes(self, features, relevant, message):
        good = listwise.Example(np.ones((1, 2)), np.array([True]))
        bad = listwise.Example(features, np.array(relevant))
        with self.assertRaisesRegex(ValueError, message):
            listwise.fit([good, bad], np.zeros(2))

    def test_refuses_ridge_of_zero(self):
        with self.assertRaisesRegex(ValueError, 'ridge is 0'):
            listwise.fit([], np.zeros(2), 0)


if __name__ == '__main__':
    absltest.main()
