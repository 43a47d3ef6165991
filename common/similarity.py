"""How alike two things are that occur together, from exact counts.

Of `total` sets (playlists, articles), `left` hold the one, `right` the other and `joint` both. All
functions take integer arrays that broadcast against each other, with
0 <= joint <= min(left, right) <= total, and return float64. Nothing in common counts as not alike:
no count of zero makes a division by zero, and the result is the least value there is.
"""

from collections.abc import Callable

import numpy as np
from numpy import typing as npt

# joint, left, right, total -> similarity.
Similarity = Callable[[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike, npt.ArrayLike], np.ndarray]


def dice(
    joint: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike, total: npt.ArrayLike
) -> np.ndarray:
    """Returns 2 joint / (left + right), in [0, 1].

    Source: Dice 1945, "Measures of the amount of ecologic association between species".
    """
    del total
    both, first, second = _floats(joint, left, right)
    return _divide(2.0 * both, first + second)


def jaccard(
    joint: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike, total: npt.ArrayLike
) -> np.ndarray:
    """Returns joint / (left + right - joint), in [0, 1].

    Source: Jaccard 1912, "The distribution of the flora in the alpine zone".
    """
    del total
    both, first, second = _floats(joint, left, right)
    return _divide(both, first + second - both)


def cosine(
    joint: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike, total: npt.ArrayLike
) -> np.ndarray:
    """Returns joint / sqrt(left right), the cosine of the two columns of zeros and ones.

    Source: Ochiai 1957; Sarwar et al. 2001, section 3.1.1.
    """
    del total
    both, first, second = _floats(joint, left, right)
    return _divide(both, np.sqrt(first * second))


def hellinger(
    joint: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike, total: npt.ArrayLike
) -> np.ndarray:
    """Returns 1 - H, in [0, 1], where H is the Hellinger distance of two uniform distributions.

    The one is uniform over the sets that hold the left one, the other over those that hold the
    right one. H squared is 1 - sum sqrt(p q), and that sum is joint / sqrt(left right), so that
    the order is that of the cosine, with the most alike drawn apart and the rest pushed together.

    Source: Nikulin 2001, "Hellinger distance", Encyclopedia of Mathematics.
    """
    return 1.0 - np.sqrt(np.maximum(0.0, 1.0 - cosine(joint, left, right, total)))


def conditional(
    joint: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike, total: npt.ArrayLike
) -> np.ndarray:
    """Returns joint / left, the share of the sets with the left one that hold the right one too.

    Source: Deshpande and Karypis 2004, section 4.1.2, with alpha = 0.
    """
    del right, total
    both, first = _floats(joint, left)
    return _divide(both, first)


def pmi(
    joint: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike, total: npt.ArrayLike
) -> np.ndarray:
    """Returns ln(joint total / (left right)): 0 when independent, -inf when never together.

    Source: Church and Hanks 1990, "Word association norms, mutual information, and lexicography".
    """
    both, first, second, sets = _floats(joint, left, right, total)
    return _log(_divide(both * sets, first * second))


def npmi(
    joint: npt.ArrayLike, left: npt.ArrayLike, right: npt.ArrayLike, total: npt.ArrayLike
) -> np.ndarray:
    """Returns pmi / -ln(joint / total): -1 when never together, 1 when never apart.

    Where every set holds both, nothing can be said by the formula; they are never apart: 1.

    Source: Bouma 2009, "Normalized (pointwise) mutual information in collocation extraction".
    """
    both, sets = _floats(joint, total)
    information = -_log(_divide(both, sets))
    mutual = pmi(joint, left, right, total)
    never, always = np.isposinf(information), information == 0
    normal = mutual / np.where(never | always, 1.0, information)
    return np.where(never, -1.0, np.where(always, 1.0, normal))


# What --help says of each is in pair_flags, which a test compares with this.
BY_NAME: dict[str, Similarity] = {
    'dice': dice,
    'jaccard': jaccard,
    'cosine': cosine,
    'pmi': pmi,
    'npmi': npmi,
    'hellinger': hellinger,
    'conditional': conditional,
}


def _floats(*counts: npt.ArrayLike) -> tuple[np.ndarray, ...]:
    return tuple(np.asarray(count, dtype=np.float64) for count in counts)


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Returns above / below, 0 where below is 0."""
    above, below = np.broadcast_arrays(above, below)
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)


def _log(values: np.ndarray) -> np.ndarray:
    """Returns the natural logarithm, -inf of 0."""
    return np.log(values, out=np.full(values.shape, -np.inf), where=values > 0)
