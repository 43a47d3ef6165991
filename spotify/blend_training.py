"""Learns the weights of a blend from playlists whose continuation is known.

The measure is the mean NDCG of the first 500 tracks, as in the RecSys Challenge 2018. It is a step
function of the weights, so they are searched for one at a time on a fixed scale, from the best
single system and from equal weights, and a step is taken only when it gains. That ends at no less
than the best single system.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from spotify import blending
from spotify import challenge_metrics
from spotify import continuations
from spotify import playlists
from spotify import ranking
from spotify import systems

_CUTOFF = 500
_SCALE = (0.0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0)  # Of the largest other weight.
_MAX_ROUNDS = 5


class NothingToLearnError(ValueError):
    """There is no playlist to learn from."""


@dataclasses.dataclass(frozen=True)
class Learned:
    """Weights, and how good they are on the playlists that they were learned from.

    Attributes:
        weights: float32[B, S].
        num_queries: B counts.
        ndcg: float64[B], mean of the blend.
        single_ndcg: float64[B, S], mean of each system alone.
    """

    weights: np.ndarray
    num_queries: list[int]
    ndcg: np.ndarray
    single_ndcg: np.ndarray


def learn(
    members: Sequence[systems.System],
    known: playlists.Playlists,
    context_sizes: Sequence[int],
    allowed: np.ndarray | None = None,
    *,
    depth: int = blending.DEPTH,
    max_playlists: int = 200,
    seed: int = 0,
) -> Learned:
    """Learns one set of weights for all context sizes, and others for a size where they gain more
    than the standard error of the mean difference.

    Args:
        members: S systems.
        known: playlists that the systems have not seen.
        context_sizes: B sizes, rising from 0. A playlist serves, with its first tracks, every size
            after which enough are left to find.
        allowed: bool[T], the tracks that may be recommended; all when None.
        depth: how many of a system's best tracks have a say.
        max_playlists: how many playlists to take at most.
        seed: of the choice of these.

    Raises:
        NothingToLearnError: when no playlist is long enough for any size.
    """
    chosen = continuations.sample(known, max_playlists, seed)
    cut = [
        continuations.cut(chosen, continuations.Category(continuations.FIRST, size))
        for size in context_sizes
    ]
    refused = np.empty(0, np.int64) if allowed is None else np.flatnonzero(~allowed)
    groups = [_collect(members, cases, refused, depth) for cases in cut]
    if not any(group.num_queries for group in groups):
        raise NothingToLearnError('none is long enough for any context size')
    shared = _Objective(groups, len(members)).search()
    weights = [_choose(group, shared) for group in groups]
    alone = [_Objective([group], len(members)) for group in groups]
    return Learned(
        np.array(weights, np.float32),
        [group.num_queries for group in groups],
        np.array([group.mean(row) for group, row in zip(alone, weights, strict=True)]),
        np.stack([group.singles() for group in alone]),
    )


@dataclasses.dataclass(frozen=True)
class _Group:
    """What the systems make of Q queries with contexts of one size.

    Attributes:
        features: of each query float32[S, C], normalised scores of its candidates: the best of all
            systems, in the order of ties.
        relevant: of each query, places of the candidates that continue it.
        totals: int64[Q], how many tracks do, candidates or not.
    """

    features: list[np.ndarray]
    relevant: list[np.ndarray]
    totals: np.ndarray

    @property
    def num_queries(self) -> int:
        """Q."""
        return len(self.features)

    def ndcg(self, weights: np.ndarray) -> np.ndarray:
        """Returns float64[Q] for float32[S]."""
        hits = np.zeros((self.num_queries, _CUTOFF), bool)
        for row, (features, places) in enumerate(zip(self.features, self.relevant, strict=True)):
            ranks = _ranks(weights @ features, places)
            hits[row, ranks[ranks < _CUTOFF]] = True
        return challenge_metrics.ndcg(hits, self.totals)


def _ranks(totals: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Returns the ranks of some candidates, from 0; of equal totals the first has the lower one."""
    ordered, wanted = np.sort(totals), totals[places]
    above = np.searchsorted(ordered, wanted, 'right')
    ranks = len(totals) - above
    is_tied = above - np.searchsorted(ordered, wanted, 'left') > 1
    for tied in np.flatnonzero(is_tied & (ranks < _CUTOFF)):
        ranks[tied] += np.count_nonzero(totals[: places[tied]] == wanted[tied])
    return ranks


def _collect(
    members: Sequence[systems.System],
    cases: continuations.Continuations,
    refused: np.ndarray,
    depth: int,
) -> _Group:
    """Scores the queries by all systems, a few at a time, and keeps the candidates."""
    kept, relevant = [], []
    places = ranking.tie_places(members[0].num_tracks)
    size = max(1, ranking.block_size(members[0]) // len(members))
    for start in range(0, len(cases), size):
        block = cases.queries[start : start + size]
        scores = [ranking.score(member, block) for member in members]
        for row, context in enumerate(block.contexts):
            features = np.stack([blending.normalise(s[row], context, depth) for s in scores])
            best = [ranking.best(feature, context, depth, refused)[0] for feature in features]
            candidates = np.unique(np.concatenate(best))
            candidates = candidates[np.argsort(places[candidates])]
            kept.append(features[:, candidates])
            wanted = cases.held_out[start + row]
            relevant.append(np.flatnonzero(np.isin(candidates, wanted)))
    return _Group(kept, relevant, cases.num_relevant)


class _Objective:
    """The mean NDCG over all queries of some groups, remembered by weights."""

    def __init__(self, groups: Sequence[_Group], num_systems: int) -> None:
        self.num_systems = num_systems
        self._groups = [group for group in groups if group.num_queries]
        self._known: dict[tuple[float, ...], float] = {}

    def mean(self, weights: np.ndarray) -> float:
        """Returns the mean for float[S], whatever its sum; 0 without queries."""
        scaled = (weights / weights.sum()).astype(np.float32)
        key = tuple(scaled.tolist())
        if key not in self._known:
            values = [group.ndcg(scaled) for group in self._groups]
            self._known[key] = float(np.concatenate(values).mean()) if values else 0.0
        return self._known[key]

    def singles(self) -> np.ndarray:
        """Returns float64[S], the mean of each system alone."""
        return np.array([self.mean(single) for single in np.eye(self.num_systems)])

    def search(self, start: np.ndarray | None = None) -> np.ndarray:
        """Returns the best weights that a climb from start, and from the best system, ends at."""
        best_single = np.eye(self.num_systems)[int(np.argmax(self.singles()))]
        starts = [np.ones(self.num_systems) if start is None else start, best_single]
        found = max((self._climb(weights) for weights in starts), key=self.mean)
        return found / found.sum()

    def _climb(self, weights: np.ndarray) -> np.ndarray:
        """Changes one weight at a time for the better, until none does."""
        for _ in range(_MAX_ROUNDS):
            before = weights
            for place in range(len(weights)):
                others = np.delete(weights, place).max(initial=0)
                changed = [weights]
                for step in _SCALE if others else ():
                    changed.append(weights.copy())
                    changed[-1][place] = step * others
                weights = max(changed, key=self.mean)
            if weights is before:
                break
        return weights


def _choose(group: _Group, shared: np.ndarray) -> np.ndarray:
    """Returns weights of the group's own where they gain clearly, else the shared ones."""
    if group.num_queries < 2:
        return shared
    own = _Objective([group], len(shared)).search(shared)
    gain = group.ndcg(own.astype(np.float32)) - group.ndcg(shared.astype(np.float32))
    clear = gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain))
    return own if clear else shared
