"""Files of playlists, read in parallel: each is handed whole to a function, in a fixed order."""

import collections
import dataclasses
import functools
import glob
import gzip
import os
import re
import zlib
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from common import datasets
from common import errors
from common import expansion
from common import parallel
from common import progress
from spotify import mpd_slices
from spotify import own_lists
from spotify import playlist_formats

AUTO = 'auto'
FORMATS = (AUTO, 'mpd', 'csv', 'jsonl', 'txt')
_PARSERS: dict[str, playlist_formats.Parser] = {
    'mpd': mpd_slices.parse,
    'csv': own_lists.parse_csv,
    'jsonl': own_lists.parse_jsonl,
    'txt': own_lists.parse_text,
}
_EXTENSIONS = {'.json': 'mpd', '.csv': 'csv', '.jsonl': 'jsonl', '.ndjson': 'jsonl', '.txt': 'txt'}
_GZIP, _GZIP_MAGIC = '.gz', b'\x1f\x8b'
_MAX_FILE_BYTES = 1 << 30

PLAYLISTS, ENTRIES = 'playlists', 'entries'
_DUPLICATE = 'a playlist with the identifier of one before'

# What work on one file is: playlists in order, faults to add to, and a result that pickles.
Function = Callable[[Sequence[playlist_formats.RawPlaylist], playlist_formats.Faults], Any]


@dataclasses.dataclass(frozen=True)
class Source:
    """A file of playlists: its path, its format, and its identifier where it is one playlist."""

    path: str
    format: str
    identifier: str


def find(pattern: str, format_name: str = AUTO) -> list[Source]:
    """Returns the files that a pattern means, numbers in their names in the order of numbers.

    Args:
        pattern: a file, a directory (its files, hidden ones and those of unknown extension left
            out), a glob (** goes into folders, and hidden ones are left out), or several between
            commas.
        format_name: one of FORMATS; auto goes by the extension.

    Raises:
        InputError: when there is no file, or one whose extension says nothing.
    """
    paths = [path for piece in pattern.split(',') for path in _expand(piece, format_name)]
    paths = sorted(dict.fromkeys(paths), key=_natural_key)
    root = os.path.commonpath([os.path.dirname(os.path.abspath(path)) for path in paths])
    sources = []
    for path in paths:
        found = _format_by_extension(path) if format_name == AUTO else format_name
        if not found:
            raise errors.InputError(
                f'{path}: the extension says nothing of the format; name it by --playlists_format='
                f'{"|".join(FORMATS[1:])}'
            )
        sources.append(Source(path, found, _identify(path, root)))
    return sources


def _expand(piece: str, format_name: str) -> list[str]:
    if os.path.isdir(piece):
        names = [entry.path for entry in os.scandir(piece) if entry.is_file()]
        found = [
            path
            for path in names
            if not _is_hidden(path) and (format_name != AUTO or _format_by_extension(path))
        ]
        what = f'{piece} holds no file of playlists'
    elif os.path.isfile(piece):
        found, what = [piece], ''
    else:
        names = [path for path in glob.glob(piece, recursive=True) if os.path.isfile(path)]
        hidden = _is_hidden(piece)  # Who writes the underscore asks for such files.
        found = [path for path in names if hidden or not _is_hidden(path)]
        what = f'no file matches {piece}'
    if not found:
        raise errors.InputError(what)
    return found


def _is_hidden(path: str) -> bool:
    return os.path.basename(path).startswith(('.', '_'))


def _natural_key(path: str) -> tuple[list[str | int], str]:
    """Orders by the numbers in a path as numbers: mpd.slice.1000-1999 comes after 0-999."""
    pieces = re.split(r'([0-9]+)', path)
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], path


def _format_by_extension(path: str) -> str:
    return _EXTENSIONS.get(os.path.splitext(path.removesuffix(_GZIP))[1].lower(), '')


def _identify(path: str, root: str) -> str:
    """Returns the path below the folder that all files share, without a known extension."""
    name = os.path.relpath(os.path.abspath(path), root).removesuffix(_GZIP)
    stem, extension = os.path.splitext(name)
    name = stem if extension.lower() in _EXTENSIONS else name
    return name.encode('utf-8', 'replace').decode()[-playlist_formats.MAX_URI_CHARS :]


@dataclasses.dataclass(frozen=True)
class _Task:
    """One file to work on, and which playlists are left out: by place and by identifier."""

    source: Source
    places: frozenset[int] = frozenset()
    identifiers: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class _Result:
    """What a worker found: all identifiers, and what was made of the playlists not left out."""

    ids: list[str]
    faults: playlist_formats.Faults
    playlists: int
    entries: int
    value: Any


class PlaylistReader:
    """Reads playlists from files, one file a worker at a time.

    Attributes:
        sources: the files, in order.
        bad: playlists (or rows, or whole files that are broken) left out in the last map.
        totals: what else was counted in the last map.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        options: playlist_formats.Options,
        *,
        num_workers: int = 1,
        max_bad_records: int = 0,
    ) -> None:
        self.sources = list(sources)
        self._options = options
        self._num_processes = parallel.count_processes(num_workers, len(self.sources))
        self._max_bad_records = max_bad_records
        self._reset()

    def _reset(self) -> None:
        self.bad = datasets.BadRecords(self._max_bad_records)
        self.totals: collections.Counter[str] = collections.Counter()

    def map(
        self, function: Function, leave_out: Mapping[str, Collection[str]] | None = None
    ) -> Iterator[Any]:
        """Yields what function makes of each file, in order; counts start again.

        A playlist with the identifier of one before, in any file, is left out.

        Args:
            function: a module's own, or a functools.partial of one.
            leave_out: by path, identifiers of playlists that function is not to see.

        Raises:
            InputError: when more is bad than allowed, or a file is none of playlists.
        """
        self._reset()
        leave_out = leave_out or {}
        job = functools.partial(_work, function, self._options)
        tasks = [
            _Task(source, identifiers=frozenset(leave_out.get(source.path, ())))
            for source in self.sources
        ]
        sizes = [os.path.getsize(source.path) for source in self.sources]
        seen: set[str] = set()
        with progress.Progress(sum(sizes), 'MB', 1e6) as bar:
            results = parallel.ordered_map(job, tasks, self._num_processes)
            for task, size, result in zip(tasks, sizes, results, strict=True):
                yield self._accept(job, task, result, seen)
                bar.add(size, f'{self.totals[PLAYLISTS]} playlists')

    def _accept(
        self, job: Callable[[_Task], _Result], task: _Task, result: _Result, seen: set[str]
    ) -> Any:
        """Counts what a file held; one with repeated playlists is worked on again without them."""
        repeats = set()
        for place, identifier in enumerate(result.ids):
            if identifier in seen:
                repeats.add(place)
                self.bad.add(task.source.path, f'playlist {identifier}', _DUPLICATE)
            seen.add(identifier)
        if repeats:
            result = job(dataclasses.replace(task, places=frozenset(repeats)))
        for reason, (place, count) in result.faults.bad.items():
            self.bad.add(task.source.path, place, reason, count)
        self.totals.update(result.faults.notes)
        self.totals[PLAYLISTS] += result.playlists
        self.totals[ENTRIES] += result.entries
        return result.value

    def summary(self) -> str:
        """Returns the totals of the last map in words."""
        counts = ', '.join(f'{count} {name.replace("_", " ")}' for name, count in self._items())
        line = f'{len(self.sources)} files, {counts}; {self.bad.total()} bad records left out'
        return f'{line} ({self.bad.summary()})' if self.bad.total() else line

    def _items(self) -> list[tuple[str, int]]:
        return [(name, count) for name, count in self.totals.items() if count]


def _work(function: Function, options: playlist_formats.Options, task: _Task) -> _Result:
    """Runs in a worker."""
    faults = playlist_formats.Faults()
    playlists = parse(task.source, options, faults)
    kept = [
        playlist
        for place, playlist in enumerate(playlists)
        if place not in task.places and playlist.id not in task.identifiers
    ]
    value = function(kept, faults)
    entries = sum(len(playlist.entries) for playlist in kept)
    return _Result([p.id for p in playlists], faults, len(kept), entries, value)


def parse(
    source: Source, options: playlist_formats.Options, faults: playlist_formats.Faults
) -> list[playlist_formats.RawPlaylist]:
    """Returns the playlists of one file, in order.

    Raises:
        InputError: when it cannot be a file of playlists.
    """
    data = _read(source.path, faults)
    if data is None:
        return []
    name = source.identifier if source.format == 'txt' else source.path
    return _PARSERS[source.format](data, name, options, faults)


def _read(path: str, faults: playlist_formats.Faults) -> bytes | None:
    """Returns the content, None when it is damaged."""
    with open(path, 'rb') as file:
        zipped = path.endswith(_GZIP) or file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        file.seek(0)
        try:
            content = gzip.GzipFile(fileobj=file) if zipped else file
            data = expansion.read(path, content, file, _MAX_FILE_BYTES)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            faults.add('the whole file', f'gzip data damaged or cut off ({error})')
            return None
    if len(data) > _MAX_FILE_BYTES:
        raise errors.InputError(
            f'{path} has over {_MAX_FILE_BYTES >> 20} MiB; split it, each playlist in one file'
        )
    return data
