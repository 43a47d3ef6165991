"""Writes generated playlists as slices of the Million Playlist Dataset, and the truth of them."""

import csv
import dataclasses
import functools
import gzip
import json
import os
import pathlib
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from common import atomic
from common import parallel
from common import progress
from spotify import synthetic
from spotify import synthetic_names

PLAYLISTS_PER_SLICE = 1000
TRUTH_NAME = '_truth.json'
TRACK_THEMES_NAME = '_track_themes.csv'
PLAYLIST_THEMES_NAME = '_playlist_themes.csv'
_GZIP_LEVEL = 1
_EPOCH, _SECONDS_A_DAY, _DAYS = 1_262_304_000, 86_400, 2900  # From 2010 on.
_ENTRY_START = '                {\n                    "pos": %d, \n'
_TRACK_FIELDS = (
    'artist_name',
    'track_uri',
    'artist_uri',
    'track_name',
    'album_uri',
    'duration_ms',
    'album_name',
)
_KINDS_OF_MIX = ('mix', 'vibes', 'favourites', 'for the road', 'at night', '')


@dataclasses.dataclass(frozen=True)
class _Slice:
    """Playlists first to first + size, in a file of its own."""

    path: str
    first: int
    size: int


@dataclasses.dataclass(frozen=True)
class _Written:
    """What is known of a slice that was written."""

    themes: list[int]
    entries: int
    scores: dict[int, tuple[float, int]]


def write(
    output: str,
    num_playlists: int,
    options: synthetic.Options,
    *,
    zipped: bool,
    num_workers: int,
    overwrite: bool,
) -> str:
    """Writes slices, the theme of each track and playlist, and what the oracle reaches.

    Args:
        output: directory to make.
        num_playlists: how many.
        options: of the world they come from.
        zipped: whether slices are gzipped.
        num_workers: processes; what is written does not depend on it.
        overwrite: whether output may be replaced.

    Returns:
        A line of totals.

    Raises:
        InputError: when output exists and may not be replaced.
    """
    with atomic.output_directory(output, overwrite) as folder:
        slices = list(_slices(folder, num_playlists, zipped))
        written = list(_write_slices(slices, options, num_workers))
        entries = sum(result.entries for result in written)
        truth = {
            'num_playlists': num_playlists,
            'num_entries': entries,
            **dataclasses.asdict(options),
            'oracle_by_context_size': synthetic.merge_scores([r.scores for r in written]),
        }
        text = json.dumps(truth, indent=1) + '\n'
        pathlib.Path(folder, TRUTH_NAME).write_text(text, encoding='utf-8')
        themes = synthetic.make_world(options).themes.tolist()
        uris = (synthetic_names.uri('track', n, options.seed) for n in range(len(themes)))
        _write_csv(folder, TRACK_THEMES_NAME, 'track', zip(uris, themes, strict=True))
        every = [theme for result in written for theme in result.themes]
        _write_csv(folder, PLAYLIST_THEMES_NAME, 'playlist', enumerate(every))
    what = f'{num_playlists} playlists, {entries} entries, {len(slices)} slices'
    return f'wrote {what} to {output}'


def _write_slices(
    slices: Sequence[_Slice], options: synthetic.Options, num_workers: int
) -> Iterator[_Written]:
    processes = parallel.count_processes(num_workers, len(slices))
    job = functools.partial(_write_slice, options)
    results = parallel.ordered_map(job, slices, processes)
    with progress.Progress(sum(piece.size for piece in slices), 'playlists') as bar:
        for piece, result in zip(slices, results, strict=True):
            yield result
            bar.add(piece.size)


def _slices(folder: str, num_playlists: int, zipped: bool) -> Iterator[_Slice]:
    for first in range(0, num_playlists, PLAYLISTS_PER_SLICE):
        last = first + PLAYLISTS_PER_SLICE - 1
        name = f'mpd.slice.{first}-{last}.json' + ('.gz' if zipped else '')
        size = min(PLAYLISTS_PER_SLICE, num_playlists - first)
        yield _Slice(os.path.join(folder, name), first, size)


def _write_csv(folder: str, name: str, key: str, rows: Iterator[tuple[str | int, int]]) -> None:
    with open(os.path.join(folder, name), 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow([key, 'theme'])
        writer.writerows(rows)


def _write_slice(options: synthetic.Options, piece: _Slice) -> _Written:
    """Draws and writes the playlists of a slice; runs in a worker."""
    world = synthetic.make_world(options)
    playlists, rng = synthetic.draw(world, piece.first, piece.size)
    data = _encode(world, playlists, piece.first, rng)
    with open(piece.path, 'wb') as file:
        if piece.path.endswith('.gz'):
            data = gzip.compress(data, _GZIP_LEVEL, mtime=0)
        file.write(data)
    scores = synthetic.score_oracle(world, playlists)
    return _Written(playlists.themes.tolist(), len(playlists.tracks), scores)


def _encode(
    world: synthetic.World, playlists: synthetic.Draw, first: int, rng: np.random.Generator
) -> bytes:
    """Returns a slice as the JSON of the Million Playlist Dataset, indented as there."""
    distinct, codes = np.unique(playlists.tracks, return_inverse=True)
    fragments = _encode_tracks(world, distinct)
    starts = [_ENTRY_START % position for position in range(synthetic.MAX_LENGTH)]
    texts = []
    for place, (head, tail) in enumerate(_facts(world, playlists, first, rng)):
        span = slice(playlists.offsets[place], playlists.offsets[place + 1])
        entries = [
            starts[position] + fragments[code] for position, code in enumerate(codes[span].tolist())
        ]
        texts.append(_encode_playlist(head, entries, tail))
    last = first + len(texts) - 1
    info = {'generated_on': 'made up', 'slice': f'{first}-{last}', 'version': 'v1'}
    return (
        '{\n    "info": {\n'
        + _encode_fields(info, 8)
        + '\n    }, \n    "playlists": [\n'
        + ', \n'.join(texts)
        + '\n    ]\n}\n'
    ).encode()


def _facts(
    world: synthetic.World, playlists: synthetic.Draw, first: int, rng: np.random.Generator
) -> Iterator[tuple[dict[str, str | int], dict[str, str | int]]]:
    """Yields the fields of each playlist before and after its tracks."""
    size = len(playlists.themes)
    changed = (_EPOCH + _SECONDS_A_DAY * rng.integers(0, _DAYS, size)).tolist()
    followers = rng.geometric(0.4, size).tolist()
    edits = rng.geometric(0.06, size).tolist()
    mixes = rng.integers(0, len(_KINDS_OF_MIX), size).tolist()
    for place, theme in enumerate(playlists.themes.tolist()):
        tracks = playlists.tracks[playlists.offsets[place] : playlists.offsets[place + 1]]
        theme_name = synthetic_names.name('theme', theme, world.options.seed, 1)
        head = {
            'name': f'{theme_name} {_KINDS_OF_MIX[mixes[place]]}'.rstrip(),
            'collaborative': 'false',
            'pid': first + place,
            'modified_at': changed[place],
            'num_tracks': len(tracks),
            'num_albums': len(np.unique(world.albums[tracks])),
            'num_followers': followers[place],
        }
        tail = {
            'num_edits': edits[place],
            'duration_ms': int(world.durations[tracks].sum()),
            'num_artists': len(np.unique(world.artists[tracks])),
        }
        yield head, tail


def _encode_fields(fields: dict[str, str | int], indent: int) -> str:
    return ', \n'.join(f'{" " * indent}"{k}": {json.dumps(v)}' for k, v in fields.items())


def _encode_playlist(
    head: dict[str, str | int], entries: Sequence[str], tail: dict[str, str | int]
) -> str:
    return (
        '        {\n'
        + _encode_fields(head, 12)
        + ', \n            "tracks": [\n'
        + ', \n'.join(entries)
        + '\n            ], \n'
        + _encode_fields(tail, 12)
        + '\n        }'
    )


def _encode_tracks(world: synthetic.World, tracks: np.ndarray) -> list[str]:
    """Returns the fields of each track that follow its position."""
    seed = world.options.seed
    template = _encode_fields(dict.fromkeys(_TRACK_FIELDS, ''), 20).replace('""', '%s')
    template += '\n                }'
    fragments = []
    for track, artist, album, duration in zip(
        tracks.tolist(),
        world.artists[tracks].tolist(),
        world.albums[tracks].tolist(),
        world.durations[tracks].tolist(),
        strict=True,
    ):
        artist_uri, artist_name = _identity('artist', artist, seed)
        album_uri, album_name = _identity('album', album, seed)
        track_uri = f'"{synthetic_names.uri("track", track, seed)}"'
        track_name = f'"{synthetic_names.name("track", track, seed, 3)}"'
        fragments.append(
            template
            % (artist_name, track_uri, artist_uri, track_name, album_uri, duration, album_name)
        )
    return fragments


@functools.lru_cache(maxsize=1 << 16)
def _identity(kind: str, number: int, seed: int) -> tuple[str, str]:
    """Returns address and name of an artist or album, quoted; they have nothing to escape."""
    address, name = (
        synthetic_names.uri(kind, number, seed),
        synthetic_names.name(kind, number, seed),
    )
    return f'"{address}"', f'"{name}"'
