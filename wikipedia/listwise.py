"""Learns linear scores from lists of which some items are relevant: the loss and its minimum.

For a list whose items have the features X and of which R are relevant, the loss is the
cross-entropy between the softmax of the scores X w and what gives each relevant item 1 / R. Summed
over lists and with ridge / 2 * |w - prior|^2 added, it is strictly convex: there is one minimum,
and Newton's method ends there within float64, without a step size, a seed or an order of examples.
The numbers are few, so this is NumPy; there is nothing to compile.

Source: Cao et al., Learning to Rank: From Pairwise Approach to Listwise Approach (ICML 2007), with
the top-one probabilities of relevance 0 or 1; Boyd and Vandenberghe, Convex Optimization (2004),
section 9.5, for Newton's method with backtracking.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

_MAX_STEPS = 100
_BACKTRACKING = 0.25  # The share of the promised decrease that a step must bring.
_TOLERANCE = 1e-12  # Of Newton's decrement, by the loss.


@dataclasses.dataclass(frozen=True)
class Example:
    """A list.

    Attributes:
        features: float64[C, F].
        relevant: bool[C], at least one of them.
    """

    features: np.ndarray
    relevant: np.ndarray


@dataclasses.dataclass(frozen=True)
class Fitted:
    """A minimum.

    Attributes:
        weights: float64[F].
        losses: the objective at the start and after each step, falling.
    """

    weights: np.ndarray
    losses: tuple[float, ...]


def fit(examples: Sequence[Example], prior: np.ndarray, ridge: float = 1.0) -> Fitted:
    """Returns the weights with the least loss.

    Args:
        examples: lists; without any the prior is the minimum.
        prior: float64[F], where the weights are drawn to, and the search begins.
        ridge: how strongly, above 0; in the unit of one list.

    Raises:
        ValueError: for shapes that do not fit, or a list without a relevant item.
    """
    if ridge <= 0:
        raise ValueError(f'ridge is {ridge}, want it above 0')
    objective = _Objective(examples, np.asarray(prior, np.float64), ridge)
    weights = objective.prior.copy()
    losses = [objective.loss(weights)]
    for _ in range(_MAX_STEPS):
        gradient, curvature = objective.derivatives(weights)
        step = np.linalg.solve(curvature, gradient)
        decrement = float(gradient @ step)
        if decrement <= _TOLERANCE * max(1.0, abs(losses[-1])):
            break
        size = 1.0
        while objective.loss(weights - size * step) > losses[-1] - _BACKTRACKING * size * decrement:
            size /= 2
            if size < 1e-10:  # Nothing is left to gain within float64.
                return Fitted(weights, tuple(losses))
        weights = weights - size * step
        losses.append(objective.loss(weights))
    return Fitted(weights, tuple(losses))


class _Objective:
    """The loss of all lists, laid end to end."""

    def __init__(self, examples: Sequence[Example], prior: np.ndarray, ridge: float) -> None:
        for place, example in enumerate(examples):
            wanted = (len(example.relevant), len(prior))
            if example.features.shape != wanted or not example.relevant.any():
                raise ValueError(
                    f'list {place} has features {example.features.shape}, want {wanted}, and '
                    f'{np.count_nonzero(example.relevant)} relevant items'
                )
        self.prior, self._ridge = prior, ridge
        sizes = [len(example.relevant) for example in examples]
        self._starts = np.cumsum([0, *sizes[:-1]]) if sizes else np.empty(0, np.int64)
        self._owners = np.repeat(np.arange(len(sizes)), np.array(sizes, np.int64))
        self._features = np.concatenate(
            [np.empty((0, len(prior))), *(example.features for example in examples)]
        )
        shares = [example.relevant / np.count_nonzero(example.relevant) for example in examples]
        self._targets = np.concatenate([np.empty(0), *shares])

    def loss(self, weights: np.ndarray) -> float:
        away = weights - self.prior
        penalty = self._ridge / 2 * float(away @ away)
        if not len(self._starts):
            return penalty
        scores = self._features @ weights
        _, log_sums = self._softmax(scores)
        return float(log_sums.sum() - self._targets @ scores) + penalty

    def derivatives(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns float64[F], the gradient, and float64[F, F], the matrix of second derivatives."""
        gradient = self._ridge * (weights - self.prior)
        curvature = self._ridge * np.eye(len(weights))
        if len(self._starts):
            shares, _ = self._softmax(self._features @ weights)
            gradient += self._features.T @ (shares - self._targets)
            weighted = self._features * shares[:, None]
            means = np.add.reduceat(weighted, self._starts)
            curvature += self._features.T @ weighted - means.T @ means
        return gradient, curvature

    def _softmax(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the share of each item in its list, and the logarithm of each list's sum."""
        largest = np.maximum.reduceat(scores, self._starts)
        powers = np.exp(scores - largest[self._owners])
        sums = np.add.reduceat(powers, self._starts)
        return powers / sums[self._owners], largest + np.log(sums)
