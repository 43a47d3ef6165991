"""Playlists to be continued: from training data, from files of the user, or from a list of URIs."""

import dataclasses
import os
import typing
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from absl import logging

from common import errors
from spotify import catalogue
from spotify import playlist_files
from spotify import playlist_formats
from spotify import playlists
from spotify import systems

if typing.TYPE_CHECKING:
    from spotify import training_data

_MAX_NAMED = 5  # Unknown URIs that the log names.
_TRACKS_ID = 'tracks'  # Identifier of the playlist on the command line.

# What a worker finds of a playlist: identifier, title and URIs.
_Row = tuple[str, str, list[str]]


@dataclasses.dataclass(frozen=True)
class Source:
    """Where playlists to be continued come from: one of split, files and uris.

    Attributes:
        split: train, validation or test.
        files: files of playlists, as playlist_files.find takes them.
        uris: the tracks of one playlist.
        files_format: format of the files; auto goes by their extension.
        context_size: how many of the first tracks to go by; when None the context that a playlist
            of a split was made with, and all tracks of others.
        max_playlists: take the first ones only; all when None.
        max_bad_records: how many bad records of the files may be left out.
    """

    split: str | None = None
    files: str | None = None
    uris: Sequence[str] | None = None
    files_format: str = playlist_files.AUTO
    context_size: int | None = None
    max_playlists: int | None = None
    max_bad_records: int = 0

    @property
    def name(self) -> str:
        """What messages call it."""
        return f'the {self.split} split' if self.split else self.files or 'the command line'


@dataclasses.dataclass(frozen=True)
class Query:
    """A playlist to be continued.

    Attributes:
        id: identifier.
        name: title; '' where there is none.
        context: int32[C], the tracks that are known, each once.
        unknown: URIs that the catalogue lacks, each once; of training data nothing is left of them.
    """

    id: str
    name: str
    context: np.ndarray
    unknown: tuple[str, ...] = ()


def find(
    source: Source, data: 'training_data.TrainingData', tracks: catalogue.Catalogue
) -> list[Query]:
    """Returns the playlists to be continued, and logs which of their tracks are unknown.

    Raises:
        InputError: when there is no playlist, none of the tracks is known, or too much is bad.
    """
    if source.split is not None:
        queries = from_playlists(data.playlists(source.split), source.context_size)
    else:
        rows = _read_files(source) if source.uris is None else [(_TRACKS_ID, '', list(source.uris))]
        places = {uri: index for index, uri in enumerate(tracks.uris)}
        queries = from_uris(rows, places, source.context_size)
    found = list(queries)[: source.max_playlists]
    if not found:
        raise errors.InputError(f'there is no playlist in {source.name}; name another source')
    _report_unknown(found, source, data)
    return found


def _report_unknown(
    queries: Sequence[Query], source: Source, data: 'training_data.TrainingData'
) -> None:
    unknown = list(dict.fromkeys(uri for query in queries for uri in query.unknown))
    if not unknown:
        return
    named = ', '.join(uri.encode('unicode_escape').decode() for uri in unknown[:_MAX_NAMED])
    more = ', …' if len(unknown) > _MAX_NAMED else ''
    if not any(len(query.context) for query in queries):
        raise errors.InputError(
            f'none of the {len(unknown)} tracks from {source.name} is in the catalogue of '
            f'{data.path} ({named}{more}); give URIs that are'
        )
    logging.warning(
        '%d distinct tracks from %s are not in the catalogue of %s, and have no part in this: %s%s',
        len(unknown),
        source.name,
        data.path,
        named,
        more,
    )


def join(queries: Sequence[Query]) -> systems.Queries:
    """Returns what systems want to know of queries."""
    return systems.Queries([q.context for q in queries], [q.name for q in queries])


def from_playlists(known: playlists.Playlists, context_size: int | None = None) -> Iterator[Query]:
    """Yields the playlists of a split.

    Args:
        known: playlists.
        context_size: how many of the first tracks to go by; those that were the context when the
            data was made when None.
    """
    for row in known:
        size = row.context_size if context_size is None else context_size
        yield Query(row.id, row.name, row.tracks[:size])


def from_uris(
    rows: Iterable[_Row], places: Mapping[str, int], context_size: int | None = None
) -> Iterator[Query]:
    """Yields playlists of URIs.

    Args:
        rows: identifiers, titles and URIs.
        places: index of each track of the catalogue by URI.
        context_size: how many of the first tracks to go by, unknown ones among them; all when None.
    """
    for identifier, name, uris in rows:
        distinct = list(dict.fromkeys(uris))[:context_size]
        known = [places[uri] for uri in distinct if uri in places]
        unknown = tuple(uri for uri in distinct if uri not in places)
        yield Query(identifier, name, np.array(known, np.int32), unknown)


def _read_files(source: Source) -> list[_Row]:
    """Returns identifier, title and URIs of each playlist in files of any format."""
    reader = playlist_files.PlaylistReader(
        playlist_files.find(source.files, source.files_format),
        playlist_formats.Options(keep_empty=True),
        num_workers=os.cpu_count() or 1,
        max_bad_records=source.max_bad_records,
    )
    rows = [row for found in reader.map(_rows) for row in found]
    logging.info('Read %s', reader.summary())
    return rows


def _rows(
    found: Sequence[playlist_formats.RawPlaylist], faults: playlist_formats.Faults
) -> list[_Row]:
    """Runs in a worker."""
    return [(row.id, row.name, [entry.track_uri for entry in row.entries]) for row in found]
