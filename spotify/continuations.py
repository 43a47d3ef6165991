"""Playlists cut in two: a context that systems are given, and what they are to find.

The categories are those of the RecSys Challenge 2018: 0, 1, 5, 10, 25 or 100 tracks, the first ones
or random ones, and the title. A playlist takes part in every category that it is long enough for.
"""

import dataclasses
import zlib
from collections.abc import Sequence

import numpy as np

from spotify import playlists
from spotify import systems

SIZES = (0, 1, 5, 10, 25, 100)
FIRST, RANDOM = 'first', 'random'
ORDERS = (FIRST, RANDOM)


@dataclasses.dataclass(frozen=True, order=True)
class Category:
    """How much of a playlist systems are given: how many tracks, the first or random ones."""

    order: str
    size: int

    @property
    def name(self) -> str:
        """What tables call it: 'no track', '1 first', '5 random'."""
        return f'{self.size} {self.order}' if self.size else 'no track'


@dataclasses.dataclass(frozen=True)
class Continuations:
    """Q playlists cut in the same way.

    Attributes:
        ids: of the playlists.
        queries: contexts and titles.
        held_out: for each, int32[H], the tracks to find, in order.
        unknown: int64[Q], how many more there were to find, that the dictionary lacks.
    """

    ids: Sequence[str]
    queries: systems.Queries
    held_out: Sequence[np.ndarray]
    unknown: np.ndarray

    def __len__(self) -> int:
        """Returns Q."""
        return len(self.ids)

    def __getitem__(self, rows: slice) -> 'Continuations':
        """Returns some of them."""
        return Continuations(
            self.ids[rows], self.queries[rows], self.held_out[rows], self.unknown[rows]
        )

    @property
    def num_relevant(self) -> np.ndarray:
        """int64[Q], how many tracks there are to find; unknown ones can't be, and count."""
        known = np.array([len(tracks) for tracks in self.held_out], np.int64)
        return known + self.unknown


def categories(sizes: Sequence[int], orders: Sequence[str]) -> list[Category]:
    """Returns each size in each order, once; without any track there is no order."""
    found = {Category(order if size else FIRST, size) for size in sizes for order in orders}
    return sorted(found)


def cut(
    known: playlists.Playlists, category: Category, *, min_held_out: int = 5, seed: int = 0
) -> Continuations:
    """Cuts every playlist that has enough tracks.

    Args:
        known: playlists.
        category: how many tracks, and which, become the context. Random ones stay in the order of
            the playlist, follow from its id and the seed, and are among those of a larger category.
        min_held_out: how many tracks, unknown ones too, must be left to find; at least 1.
        seed: of random contexts.
    """
    sizes = np.diff(known.offsets)
    left = sizes + known.unknown - category.size
    chosen = np.flatnonzero((sizes >= category.size) & (left >= min_held_out))
    given = _places(known, category.order, seed) < category.size
    contexts, held_out = [], []
    for place in chosen:
        row = slice(known.offsets[place], known.offsets[place + 1])
        tracks, is_given = known.tracks[row], given[row]
        contexts.append(tracks[is_given])
        held_out.append(tracks[~is_given])
    names = [known.names[place] for place in chosen]
    return Continuations(
        [known.ids[place] for place in chosen],
        systems.Queries(contexts, names),
        held_out,
        known.unknown[chosen].astype(np.int64),
    )


def sample(known: playlists.Playlists, limit: int, seed: int = 0) -> playlists.Playlists:
    """Returns at most limit playlists, in their order, chosen by their ids and the seed."""
    if len(known) <= limit:
        return known
    chosen = np.sort(np.argsort(_mix(_id_hashes(known.ids), seed), kind='stable')[:limit])
    return playlists.collect(known[int(place)] for place in chosen)


def _places(known: playlists.Playlists, order: str, seed: int) -> np.ndarray:
    """Returns int64[N], of each track entry, its place in its playlist in the given order."""
    owners = known.owners()
    in_order = np.arange(len(owners)) - known.offsets[owners]
    if order == FIRST:
        return in_order
    keys = _mix(_id_hashes(known.ids)[owners] + in_order.astype(np.uint64), seed)
    places = np.empty(len(owners), np.int64)
    places[np.lexsort((keys, owners))] = in_order
    return places


def _id_hashes(ids: Sequence[str]) -> np.ndarray:
    """Returns uint64[P] with zeros in the lower half."""
    hashes = [zlib.crc32(name.encode('utf-8', 'surrogatepass')) for name in ids]
    return np.array(hashes, np.uint64) << np.uint64(32)


def _mix(values: np.ndarray, seed: int) -> np.ndarray:
    """Returns uint64[N] that look random: the finaliser of SplitMix64 (Steele et al. 2014)."""
    mixed = values + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
