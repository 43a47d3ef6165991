"""Tracks recommended to playlists, and why."""

import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from spotify import playlist_queries
from spotify import ranking
from spotify import systems

NO_REASON = -1


@dataclasses.dataclass(frozen=True)
class Recommended:
    """What is recommended to a playlist.

    Attributes:
        query: the playlist.
        tracks: int32[K], best first; fewer than wanted where the catalogue has no more.
        scores: float32[K], falling.
        reasons: int32[K], for each the track of the context that speaks most for it; NO_REASON
            where none does.
    """

    query: playlist_queries.Query
    tracks: np.ndarray
    scores: np.ndarray
    reasons: np.ndarray


def recommend(
    system: systems.System,
    queries: Iterable[playlist_queries.Query],
    num_tracks: int,
    allowed: np.ndarray | None = None,
    *,
    with_reasons: bool = True,
) -> Iterator[Recommended]:
    """Yields recommendations, in the order of the queries, a few of which are in memory at a time.

    Args:
        system: scores the tracks.
        queries: playlists.
        num_tracks: how many tracks to recommend to each.
        allowed: bool[T], the tracks that may be recommended; all when None.
        with_reasons: whether to look for reasons.
    """
    iterator = iter(queries)
    size = ranking.block_size(system)
    while block := list(itertools.islice(iterator, size)):
        tracks, scores = ranking.rank(system, playlist_queries.join(block), num_tracks, allowed)
        for row, query in enumerate(block):
            count = np.count_nonzero(tracks[row] >= 0)
            found = tracks[row, :count]
            reasons = np.full(count, NO_REASON, np.int32)
            if with_reasons:
                reasons = _reasons(system, query.context, found)
            yield Recommended(query, found, scores[row, :count], reasons)


def _reasons(system: systems.System, context: np.ndarray, tracks: np.ndarray) -> np.ndarray:
    """Returns int32[K], of the context the track with the highest affinity, the first of equals."""
    none = np.full(len(tracks), NO_REASON, np.int32)
    if not len(context) or not len(tracks):
        return none
    affinities = system.affinities(context, tracks)
    if affinities is None:
        return none
    nearest = context[np.argmax(affinities, axis=1)]
    return np.where(affinities.any(axis=1), nearest, none).astype(np.int32)
