"""Playlists as batches of few shapes, since each is compiled: padded to the next of a few lengths.

A playlist is one row of a batch: the first of its tracks are the context, the others are next.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np

from spotify import playlists

_MAX_SHAPES = 4
_PADDING = 1.25  # A further shape is compiled while padded tracks are more times the real ones.
STEPS_PER_GROUP = 32


@dataclasses.dataclass(frozen=True)
class Group:
    """S batches of B playlists, padded to L tracks; only the first num_steps hold any.

    Attributes:
        tracks: int32[S, B, L], indices of the catalogue; 0 beyond the size.
        sizes: int32[S, B], tracks of each playlist; 0 for padding.
        cuts: int32[S, B], how many of them are the context.
        num_steps: how many batches there are.
    """

    tracks: np.ndarray
    sizes: np.ndarray
    cuts: np.ndarray
    num_steps: int

    def num_playlists(self) -> int:
        """Returns how many playlists it holds."""
        return int(np.count_nonzero(self.sizes))


def lengths(sizes: np.ndarray) -> list[int]:
    """Returns at most four lengths L to which playlists are padded, rising, that waste least.

    Args:
        sizes: int[P], at least one; numbers of tracks.
    """
    values, counts = np.unique(sizes, return_counts=True)
    below = np.concatenate([[0], np.cumsum(counts)])
    # cost[i, j]: tracks, when sizes values[i] to values[j] are padded to the longest of them.
    cost = values * (below[1:] - below[:-1, None]).astype(np.float64)
    cost[np.tril_indices(len(values), -1)] = np.inf
    enough = _PADDING * float(values @ counts)
    best, starts = cost[0], []
    while best[-1] > enough and len(starts) < _MAX_SHAPES - 1:
        # The last of so many shapes begins at values[i], after the best of one shape fewer.
        choices = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        starts.append(np.argmin(choices, axis=0))
        best = choices.min(axis=0)
    ends = [len(values) - 1]
    for start in reversed(starts):
        ends.append(int(start[ends[-1]]) - 1)
    return [int(values[end]) for end in reversed(ends)]


def usable(known: playlists.Playlists) -> np.ndarray:
    """Returns int64[U], places of the playlists that have a track for the context and one next."""
    return np.flatnonzero(np.diff(known.offsets) >= 2)


def make_groups(
    known: playlists.Playlists,
    random: np.random.Generator,
    *,
    batch_size: int,
    context_size: int,
    max_tracks: int,
) -> Iterator[Group]:
    """Yields all usable playlists once, in random order.

    Args:
        known: the playlists.
        random: decides order, cuts and choice.
        batch_size: B.
        context_size: how many of the first tracks are the context (fewer where none would be next);
            0 for a random number of random tracks, anew for each playlist and epoch.
        max_tracks: longer playlists are represented by so many of their tracks, anew each epoch.
    """
    places = random.permutation(usable(known))
    sizes = np.minimum(np.diff(known.offsets)[places], max_tracks)
    shapes = lengths(sizes)
    kinds = np.searchsorted(shapes, sizes)
    step = STEPS_PER_GROUP * batch_size
    parts = []
    for kind, length in enumerate(shapes):
        chosen = places[kinds == kind]
        parts += [(length, chosen[start : start + step]) for start in range(0, len(chosen), step)]
    for part in random.permutation(len(parts)):
        length, chosen = parts[part]
        yield _pad(known, chosen, random, batch_size, context_size, length)


def _pad(
    known: playlists.Playlists,
    places: np.ndarray,
    random: np.random.Generator,
    batch_size: int,
    context_size: int,
    length: int,
) -> Group:
    """Returns the playlists at places as one group."""
    rows = STEPS_PER_GROUP * batch_size
    full = np.diff(known.offsets)[places]
    columns = np.arange(length)
    sizes = np.minimum(full, length).astype(np.int32)
    if context_size:
        order = np.broadcast_to(columns, (len(places), length))
        cuts = np.minimum(context_size, sizes - 1)
    else:
        order = _shuffle(sizes, length, random)
        cuts = random.integers(1, sizes)
    order = np.where(columns < sizes[:, None], order, 0)
    for row in np.flatnonzero(full > length):
        order[row] = _choose(int(full[row]), length, context_size, random)
    tracks = np.zeros((rows, length), np.int32)
    tracks[: len(places)] = known.tracks[known.offsets[places][:, None] + order]
    tracks[: len(places)][columns >= sizes[:, None]] = 0
    padded = [np.pad(values.astype(np.int32), (0, rows - len(places))) for values in (sizes, cuts)]
    shape = (STEPS_PER_GROUP, batch_size)
    return Group(
        tracks.reshape(*shape, length),
        *(values.reshape(shape) for values in padded),
        -(-len(places) // batch_size),
    )


def _shuffle(sizes: np.ndarray, length: int, random: np.random.Generator) -> np.ndarray:
    """Returns int64[R, L]: in each row the numbers below its size in random order, then others."""
    keys = random.random((len(sizes), length), dtype=np.float32)
    keys[np.arange(length) >= sizes[:, None]] = 2.0
    return np.argsort(keys, axis=1, kind='stable')


def _choose(size: int, length: int, context_size: int, random: np.random.Generator) -> np.ndarray:
    """Returns length of the places of a long playlist; a fixed context stays in front, in order."""
    if not context_size:
        return random.permutation(size)[:length]
    kept = min(context_size, length - 1)
    return np.r_[:kept, kept + random.permutation(size - kept)[: length - kept]]
