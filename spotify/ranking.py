"""The best tracks for playlists to be continued, whatever the system that scores them."""

import functools

import numpy as np

from spotify import systems

_TIE_SEED = 0
_SCORE_BYTES = 64 << 20  # Of the scores held at a time, however many queries and tracks there are.


def rank(
    system: systems.System,
    queries: systems.Queries,
    k: int = 500,
    allowed: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the k best tracks for each query, best first.

    Of equal scores the one wins that comes first in a fixed shuffle of the catalogue. The order of
    indices would not do: it falls with the frequency in all playlists, those of the test split
    among them, and would tell a system what it must not know.

    Args:
        system: scores all tracks.
        queries: Q playlists. Tracks of their contexts are left out.
        k: how many tracks.
        allowed: bool[T], the tracks that may be found; all when None.

    Returns:
        int32[Q, k] indices and float32[Q, k] scores; -1 and -inf in the last places where there are
        too few tracks beside the context.

    Raises:
        ValueError: for a k below 1, or a system whose scores have a wrong shape or are not finite.
    """
    if k < 1:
        raise ValueError(f'k is {k}, and must be at least 1')
    tracks = np.full((len(queries), k), -1, np.int32)
    scores = np.full((len(queries), k), -np.inf, np.float32)
    refused = np.empty(0, np.int64) if allowed is None else np.flatnonzero(~allowed)
    size = block_size(system)
    for start in range(0, len(queries), size):
        block = queries[start : start + size]
        found = score(system, block)
        for row, context in enumerate(block.contexts, start=start):
            chosen, values = best(found[row - start], context, k, refused)
            tracks[row, : len(chosen)] = chosen
            scores[row, : len(chosen)] = values
    return tracks, scores


def block_size(system: systems.System) -> int:
    """Returns how many queries to score at a time, so that their scores take 64 MiB."""
    return max(1, _SCORE_BYTES // (4 * max(1, system.num_tracks)))


def score(system: systems.System, queries: systems.Queries) -> np.ndarray:
    """Returns the system's scores, float32[Q, T], checked.

    Raises:
        ValueError: when they have a wrong shape or are not finite.
    """
    scores = system.score(queries)
    wanted = (len(queries), system.num_tracks)
    if scores.shape != wanted or scores.dtype != np.float32:
        raise ValueError(
            f'{system.name} scores {scores.dtype}{list(scores.shape)}, want float32{list(wanted)}'
        )
    # A number that is not finite shows in the extremes, which need no copy of the scores.
    if scores.size and not (np.isfinite(scores.min()) and np.isfinite(scores.max())):
        raise ValueError(f'{system.name} scores with numbers that are not finite')
    return scores


def best(
    scores: np.ndarray, context: np.ndarray, k: int, refused: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the at most k best tracks that are neither known nor refused, and their scores.

    Args:
        scores: float32[T], left as they are.
        context: indices of tracks, in any order, even repeated.
        k: how many.
        refused: indices of tracks not to be found.

    Returns:
        int32[K] and float32[K], falling; K is k, or fewer where there are no more.
    """
    scores = scores.copy()
    scores[context] = -np.inf
    scores[refused] = -np.inf
    k = min(k, np.count_nonzero(scores > -np.inf))
    if k == 0:
        return np.empty(0, np.int32), np.empty(0, np.float32)
    lowest = kth_best(scores, k)
    above = np.flatnonzero(scores > lowest)
    chosen = np.concatenate([above, _first_ties(scores == lowest, k - len(above))])
    places = tie_places(len(scores))[chosen]
    chosen = chosen[np.lexsort((places, -scores[chosen]))].astype(np.int32)
    return chosen, scores[chosen]


def _first_ties(is_tied: np.ndarray, wanted: int) -> np.ndarray:
    """Returns the first in the order of ties of the tracks for which bool[T] holds."""
    count = np.count_nonzero(is_tied)
    order = tie_order(len(is_tied))
    size = 2 * wanted * len(is_tied) // count
    while True:
        found = order[:size][is_tied[order[:size]]]
        if len(found) >= wanted:
            return found[:wanted]
        size = 2 * size + 1


def kth_best(scores: np.ndarray, k: int) -> np.float32:
    """Returns the k-th largest of float32[T], of which at least k are above -inf."""
    # A partition takes ten times as long where most scores are equal, as the zeros of a system that
    # knows little are; so the lowest ones are left out of it.
    found = scores[scores > -np.inf]
    lowest = found.min()
    found = found[found > lowest]
    if len(found) < k:
        return lowest
    return np.partition(found, len(found) - k)[len(found) - k]


@functools.lru_cache(maxsize=2)
def tie_order(num_tracks: int) -> np.ndarray:
    """Returns int32[T], all tracks in the order in which they win among equal scores."""
    return np.random.default_rng(_TIE_SEED).permutation(num_tracks).astype(np.int32)


@functools.lru_cache(maxsize=2)
def tie_places(num_tracks: int) -> np.ndarray:
    """Returns int32[T], the place of each track in tie_order."""
    return np.argsort(tie_order(num_tracks)).astype(np.int32)
