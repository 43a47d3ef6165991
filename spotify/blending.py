"""Blends: systems whose scores, brought to one scale query by query, are added up by weights.

Scores of different systems have nothing in common but their order and, within a system and a query,
their ratios of differences; those are kept. Of the best `depth` tracks outside the context the best
gets 1 and what lies below all of them 0, linearly between; everything lower gets 0 too, so that
neither the tail nor the size of the catalogue has a say, and a system that cannot tell tracks apart
adds nothing. Reciprocal ranks and z-scores were tried on real playlists and ranked worse.
"""

from collections.abc import Sequence

import numpy as np

from spotify import ranking
from spotify import systems

NAME = 'blend'
DEPTH = 1000


class Blend:
    """A weighted sum of systems; the weights may follow the size of the context.

    Attributes:
        name: blend.
        num_tracks: T.
    """

    name = NAME

    def __init__(
        self,
        members: Sequence[systems.System],
        weights: np.ndarray,
        context_sizes: Sequence[int] = (0,),
        depth: int = DEPTH,
    ) -> None:
        """Joins systems.

        Args:
            members: S systems of the same tracks.
            weights: float[B, S], at least 0 and in each row one above.
            context_sizes: B sizes, rising from 0; a query takes the weights of the largest that its
                context reaches.
            depth: how many of a system's best tracks have a say.

        Raises:
            ValueError: when that does not fit together.
        """
        weights = np.asarray(weights, np.float32)
        if weights.shape != (len(context_sizes), len(members)):
            raise ValueError(
                f'weights {list(weights.shape)} for {len(context_sizes)} context sizes and '
                f'{len(members)} systems'
            )
        if list(context_sizes) != sorted({0, *context_sizes}):
            raise ValueError(f'context sizes {list(context_sizes)} do not rise from 0')
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any(axis=1).all()):
            raise ValueError(f'weights {weights.tolist()} are negative, all zero or not finite')
        if len({member.num_tracks for member in members}) != 1:
            raise ValueError('the systems rank different numbers of tracks')
        self.num_tracks = members[0].num_tracks
        self._members = list(members)
        self._weights = weights / weights.sum(axis=1, keepdims=True)
        self._context_sizes = np.array(context_sizes)
        self._depth = depth

    def score(self, queries: systems.Queries) -> np.ndarray:
        """Returns float32[Q, T], from 0 to 1."""
        sizes = [len(context) for context in queries.contexts]
        weights = self._weights_for(np.array(sizes, np.int64))
        total = np.zeros((len(queries), self.num_tracks), np.float32)
        for member, column in zip(self._members, weights.T, strict=True):
            if column.any():
                scores = ranking.score(member, queries)
                for row, weight in enumerate(column):
                    context = queries.contexts[row]
                    total[row] += weight * normalise(scores[row], context, self._depth)
        return total

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> np.ndarray | None:
        """Returns float32[K, C], the weighted sum of those of the systems, each divided by its
        largest; None when no system has any.
        """
        total = None
        weights = self._weights_for(np.array([len(context)]))[0]
        for member, weight in zip(self._members, weights, strict=True):
            found = member.affinities(context, tracks) if weight else None
            if found is not None:
                largest = np.abs(found).max(initial=0)
                scaled = weight * (found / largest if largest else found)
                total = scaled if total is None else total + scaled
        return total

    def _weights_for(self, sizes: np.ndarray) -> np.ndarray:
        """Returns float32[Q, S]."""
        return self._weights[np.searchsorted(self._context_sizes, sizes, side='right') - 1]


def normalise(scores: np.ndarray, context: np.ndarray, depth: int) -> np.ndarray:
    """Brings the scores of one query to the scale from 0 to 1.

    Args:
        scores: float32[T].
        context: tracks that are left out of the scale; what they get means nothing.
        depth: how many of the best tracks to spread over the scale.

    Returns:
        float32[T]: 1 for the best, 0 for the best of those below the best `depth`, and for all that
        score less. Tracks that tie with the last of the best are not below it. All 0 when all
        scores are equal.
    """
    scores = scores.copy()
    scores[context] = -np.inf
    depth = min(depth, np.count_nonzero(scores > -np.inf))
    if depth == 0:
        return np.zeros(len(scores), np.float32)
    lowest = ranking.kth_best(scores, depth)
    below = np.where(scores < lowest, scores, -np.inf).max(initial=-np.inf)
    floor = lowest if np.isneginf(below) else below
    span = scores.max() - floor
    if not span > 0:
        return np.zeros(len(scores), np.float32)
    scores -= floor
    np.maximum(scores, 0, out=scores)
    scores /= span
    return scores
