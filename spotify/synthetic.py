"""A made-up world of music, and playlists drawn from it, whose right answers are known.

Every artist belongs to one of K themes; within a theme artists are as popular as Zipf's law says,
and so are tracks within an artist. A playlist has one theme. Its entries are drawn one after the
other, without repeats: from its theme or, with probability off_theme, from a theme drawn anew.
Given the theme, entries are exchangeable, so nobody can rank better than by the probability of a
track given the theme: that is the oracle here.
"""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

MIN_LENGTH, MAX_LENGTH = 5, 250
_MEDIAN_LENGTH, _LENGTH_SIGMA = 49.0, 0.83  # With the bounds: a mean of 66, as in the MPD.
_THEME_EXPONENT = 0.5
_TRACKS_PER_ALBUM = 10
_ORACLE_DEPTH = 2 * MAX_LENGTH
_CONTEXT_SIZES = (0, 1, 5, 10, 25, 100)
_WORLD, _PLAYLISTS = 0, 1  # Streams of random numbers.


@dataclasses.dataclass(frozen=True)
class Options:
    """Sizes and seed; see the flags of make_synthetic_playlists."""

    num_tracks: int = 20_000
    num_artists: int = 2_000
    num_themes: int = 50
    off_theme: float = 0.1
    zipf_exponent: float = 1.0
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class World:
    """T tracks of A artists in K themes. Tracks of an artist, artists of a theme are adjacent.

    Attributes:
        options: what it was made by.
        theme_weights: float64[K], sum 1.
        artist_themes: int32[A].
        artists: int32[T], artist of a track.
        albums: int32[T], album of a track.
        themes: int32[T], theme of a track.
        weights: float64[T], probability of a track given its theme.
        durations: int32[T], milliseconds.
    """

    options: Options
    theme_weights: np.ndarray
    artist_themes: np.ndarray
    artists: np.ndarray
    albums: np.ndarray
    themes: np.ndarray
    weights: np.ndarray
    durations: np.ndarray

    @functools.cached_property
    def cumulative(self) -> np.ndarray:
        """float64[T], rising from theme k at its first track to k + 1 at its last."""
        starts = np.flatnonzero(np.diff(self.themes, prepend=-1))
        sums = np.cumsum(self.weights)
        before = np.repeat(
            sums[starts] - self.weights[starts], np.diff([*starts, len(self.themes)])
        )
        within = sums - before
        ends = np.append(starts[1:], len(self.themes)) - 1
        within[ends] = 1.0
        return self.themes + np.minimum(within, 1.0)

    @functools.cached_property
    def oracle(self) -> np.ndarray:
        """int32[K, min(T, 500)], the best tracks of each theme in the order of the oracle."""
        off = self.options.off_theme * self.theme_weights[self.themes] * self.weights
        depth = min(_ORACLE_DEPTH, len(off))
        anywhere = np.argsort(-off, kind='stable')[:depth]
        rows = []
        for theme in range(self.options.num_themes):
            own = np.flatnonzero(self.themes == theme)
            inside = (1 - self.options.off_theme) * self.weights[own] + off[own]
            others = anywhere[self.themes[anywhere] != theme]
            tracks = np.concatenate([own, others])
            order = np.argsort(-np.concatenate([inside, off[others]]), kind='stable')
            rows.append(_pad(tracks[order[:depth]], depth))
        return np.array(rows, np.int32)


def _pad(tracks: np.ndarray, size: int) -> np.ndarray:
    return np.pad(tracks, (0, size - len(tracks)), constant_values=-1)


@functools.lru_cache(maxsize=1)
def make_world(options: Options) -> World:
    """Returns the world that the options say, always the same."""
    rng = np.random.default_rng([options.seed, _WORLD])
    theme_weights = _zipf(np.arange(options.num_themes), _THEME_EXPONENT)
    theme_weights /= theme_weights.sum()
    extra = options.num_artists - options.num_themes
    artist_themes = np.sort(
        np.concatenate(
            [np.arange(options.num_themes), rng.choice(options.num_themes, extra, p=theme_weights)]
        )
    ).astype(np.int32)
    artist_weights = _zipf(_rank_within(artist_themes), options.zipf_exponent)
    # Popular artists have more tracks, yet not in proportion.
    chances = np.sqrt(artist_weights) / np.sqrt(artist_weights).sum()
    extra = options.num_tracks - options.num_artists
    artists = np.sort(
        np.concatenate(
            [np.arange(options.num_artists), rng.choice(options.num_artists, extra, p=chances)]
        )
    ).astype(np.int32)
    shares = _zipf(_rank_within(artists), options.zipf_exponent)
    shares /= np.bincount(artists, shares)[artists]
    themes = artist_themes[artists]
    weights = artist_weights[artists] * shares
    weights /= np.bincount(themes, weights)[themes]
    return World(
        options,
        theme_weights,
        artist_themes,
        artists,
        _albums(rng, artists),
        themes,
        weights,
        (rng.lognormal(np.log(220_000), 0.25, options.num_tracks)).astype(np.int32),
    )


def _zipf(ranks: np.ndarray, exponent: float) -> np.ndarray:
    return (1.0 + ranks) ** -exponent


def _rank_within(groups: np.ndarray) -> np.ndarray:
    """Returns int64[N]: the place within its group, for sorted groups."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    return np.arange(len(groups)) - np.repeat(starts, np.diff([*starts, len(groups)]))


def _albums(rng: np.random.Generator, artists: np.ndarray) -> np.ndarray:
    """Returns int32[T]: popular and other tracks of an artist are mixed on the albums."""
    shuffled = np.lexsort((rng.random(len(artists)), artists))
    album_in_artist = np.empty(len(artists), np.int64)
    album_in_artist[shuffled] = _rank_within(artists) // _TRACKS_PER_ALBUM
    return np.unique(artists * np.int64(len(artists)) + album_in_artist, return_inverse=True)[
        1
    ].astype(np.int32)


@dataclasses.dataclass(frozen=True)
class Draw:
    """P playlists of N entries: theme of each, and tracks[offsets[p]:offsets[p + 1]]."""

    themes: np.ndarray
    offsets: np.ndarray
    tracks: np.ndarray


def draw(world: World, first: int, size: int) -> tuple[Draw, np.random.Generator]:
    """Returns playlists first to first + size, and the generator for what else they need.

    The same playlists come whatever else is drawn; first and size must be those of a slice.
    """
    options = world.options
    rng = np.random.default_rng([options.seed, _PLAYLISTS, first])
    themes = rng.choice(options.num_themes, size, p=world.theme_weights).astype(np.int32)
    lengths = np.exp(rng.normal(np.log(_MEDIAN_LENGTH), _LENGTH_SIGMA, size)).astype(np.int64)
    lengths = np.clip(lengths, MIN_LENGTH, min(MAX_LENGTH, options.num_tracks // 4))
    owners, tracks = np.empty(0, np.int64), np.empty(0, np.int64)
    missing, generosity = lengths, 1.25
    while missing.any():
        tries = np.where(missing > 0, (missing * generosity).astype(np.int64) + 4, 0)
        more = np.repeat(np.arange(size), tries)
        owners = np.concatenate([owners, more])
        tracks = np.concatenate([tracks, _draw_tracks(world, rng, themes[more])])
        owners, tracks = _first_distinct(owners, tracks, lengths, options.num_tracks)
        missing = lengths - np.bincount(owners, minlength=size)
        generosity *= 2
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Draw(themes, offsets, tracks.astype(np.int32)), rng


def _draw_tracks(world: World, rng: np.random.Generator, themes: np.ndarray) -> np.ndarray:
    size = len(themes)
    elsewhere = rng.choice(world.options.num_themes, size, p=world.theme_weights)
    themes = np.where(rng.random(size) < world.options.off_theme, elsewhere, themes)
    places = np.searchsorted(world.cumulative, themes + rng.random(size), side='right')
    return np.minimum(places, len(world.cumulative) - 1)


def _first_distinct(
    owners: np.ndarray, tracks: np.ndarray, lengths: np.ndarray, num_tracks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the first draws of each playlist without repeats, sorted by playlist."""
    _, kept = np.unique(owners * num_tracks + tracks, return_index=True)
    kept = np.sort(kept)
    kept = kept[np.argsort(owners[kept], kind='stable')]
    kept = kept[_rank_within(owners[kept]) < lengths[owners[kept]]]
    return owners[kept], tracks[kept]


def score_oracle(world: World, playlists: Draw) -> dict[int, tuple[float, int]]:
    """Returns by context size the sum of the oracle's R-precision, and over how many playlists.

    R-precision is the share of the tracks after the context that is among as many tracks that the
    oracle puts first, the context left out.
    """
    sums = dict.fromkeys(_CONTEXT_SIZES, (0.0, 0))
    for place, theme in enumerate(playlists.themes):
        tracks = playlists.tracks[playlists.offsets[place] : playlists.offsets[place + 1]]
        ranks = _ranks(world, int(theme), tracks)
        for size, (score, count) in sums.items():
            if len(tracks) > size:
                before = np.searchsorted(np.sort(ranks[:size]), ranks[size:])
                relevant = len(tracks) - size
                hits = np.count_nonzero(ranks[size:] - before < relevant)
                sums[size] = score + hits / relevant, count + 1
    return sums


def _ranks(world: World, theme: int, tracks: np.ndarray) -> np.ndarray:
    """Returns int64[N], the oracle's rank of each track, a large one where it is not listed."""
    order, listed = _sorted_oracle(world.options, theme)
    places = np.minimum(np.searchsorted(listed, tracks), len(listed) - 1)
    return np.where(listed[places] == tracks, order[places], 2 * _ORACLE_DEPTH)


@functools.cache
def _sorted_oracle(options: Options, theme: int) -> tuple[np.ndarray, np.ndarray]:
    row = make_world(options).oracle[theme]
    order = np.argsort(row, kind='stable')
    return order, row[order]


def merge_scores(
    scores: Sequence[dict[int, tuple[float, int]]],
) -> dict[int, dict[str, float | int]]:
    """Returns by context size the mean R-precision and the number of playlists that have more."""
    merged = {}
    for size in _CONTEXT_SIZES:
        total = sum(score[size][0] for score in scores)
        count = sum(score[size][1] for score in scores)
        merged[size] = {'r_precision': total / count if count else 0.0, 'playlists': count}
    return merged
