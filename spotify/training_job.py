"""Makes training data of files of playlists: Examples in three splits, and the catalogue."""

import collections
import dataclasses
import functools
import os
from collections.abc import Iterator
from collections.abc import Mapping

import numpy as np

from common import atomic
from common import dictionary
from common import errors
from common import metadata
from common import records
from common.pb import example_pb2
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from spotify import catalogue
from spotify import dictionary_files
from spotify import playlist_columns
from spotify import playlist_editions
from spotify import playlist_files
from spotify import tfrecords
from spotify import training_data
from spotify import training_examples

SHORT = 'short_playlists'
OLD_EDITIONS = 'old_editions'
_UNKNOWN = 'unknown_tracks'
_WRITTEN = 'written_entries'
_TRACKS_PER_PART = 100_000


@dataclasses.dataclass(frozen=True)
class Options:
    """How to make training data; see the flags of make_training.

    Attributes:
        context_size: tracks of the context, the first of a playlist.
        min_next: tracks that must follow the context.
        id_pattern: see playlist_editions.split_ids.
        one_edition: keep the latest playlist of each split id.
        num_folds: folds that split ids fall into by their hash.
        test_fold: the one that is the test split.
        validation_fold: the one that is the validation split; -1 for none.
        seed: of the hash.
        records_per_part: Examples in a part file.
    """

    context_size: int = 5
    min_next: int = 5
    id_pattern: str = ''
    one_edition: bool = False
    num_folds: int = 10
    test_fold: int = 9
    validation_fold: int = 8
    seed: int = 0
    records_per_part: int = 10_000

    def split(self, split_id: str) -> str:
        """Returns the split that a split id belongs to."""
        fold = playlist_editions.fold(split_id, self.seed, self.num_folds)
        if fold == self.test_fold:
            return training_data.TEST
        return training_data.VALIDATION if fold == self.validation_fold else training_data.TRAIN


@dataclasses.dataclass(frozen=True)
class Dictionaries:
    """The three dictionaries, and what the metadata says of them."""

    tracks: dictionary.TokenDictionary
    artists: dictionary.TokenDictionary
    albums: dictionary.TokenDictionary
    inputs: tuple[Mapping[str, object], ...]


def load_dictionaries(folder: str, options: records.ReadOptions) -> Dictionaries:
    """Reads what make_dictionary wrote.

    Raises:
        InputError: when one is not there or cannot be read.
    """
    loaded, inputs = [], []
    for kind in dictionary_files.KINDS:
        path = dictionary_files.path(folder, kind)
        if os.path.isfile(path) and not os.path.isfile(metadata.sidecar(path)):
            raise errors.InputError(
                f'{path} stands without {os.path.basename(metadata.sidecar(path))}; make the '
                'dictionaries again by spotify.make_dictionary'
            )
        data = records.open_dataset(path, nlp_pb2.TokenStat, options.of_dictionary())
        loaded.append(dictionary.TokenDictionary(records.read(data), path))
        inputs.append({**data.describe(), training_data.DICTIONARY: kind})
    if not len(loaded[0]):
        raise errors.InputError(f'{folder} holds no track; make the dictionaries again')
    return Dictionaries(*loaded, tuple(inputs))


def make(
    reader: playlist_files.PlaylistReader,
    dictionaries: Dictionaries,
    output: str,
    options: Options,
    *,
    pattern: str,
    overwrite: bool,
) -> str:
    """Writes training data; nothing is left of the output when that fails.

    Args:
        reader: of the playlists.
        dictionaries: those of make_dictionary.
        output: directory to make.
        options: how.
        pattern: what the metadata calls the playlists.
        overwrite: whether output may be replaced.

    Returns:
        A line of totals.

    Raises:
        InputError: when the playlists cannot be used, or the output exists.
    """
    builder = _Catalogue(dictionaries)
    totals: collections.Counter[str] = collections.Counter()
    with atomic.output_directory(output, overwrite) as folder:
        writers = {
            split: tfrecords.PartsWriter(folder, split, options.records_per_part)
            for split in training_data.SPLITS
        }
        for split_id, row in _read(reader, builder, options, totals):
            writers[options.split(split_id)].add(training_examples.encode(row))
        parts = [part for writer in writers.values() for part in writer.finish()]
        if not parts:
            raise errors.InputError(
                f'{pattern}: no playlist has {options.context_size} + {options.min_next} tracks of '
                'the dictionary; give other files, or a lower --topk or --min_next'
            )
        _write_catalogue(os.path.join(folder, training_data.TRACKS), builder, dictionaries)
        source = {'path': pattern, 'records': reader.totals[playlist_files.PLAYLISTS]}
        meta = metadata.Meta(
            example_pb2.Example.DESCRIPTOR.full_name,
            tuple(parts),
            inputs=({**source, 'content_hash': None}, *dictionaries.inputs),
            totals={**reader.totals, **totals, 'bad_records': reader.bad.total()},
        )
        records.finish_directory(folder, meta)
    return _summarize(reader, writers, totals, output)


def _read(
    reader: playlist_files.PlaylistReader,
    builder: '_Catalogue',
    options: Options,
    totals: collections.Counter[str],
) -> Iterator[tuple[str, training_examples.Row]]:
    """Yields split id and row of every playlist to write; builder and totals take what is met."""
    old = playlist_editions.find_old(reader, options.id_pattern) if options.one_edition else {}
    totals[OLD_EDITIONS] = sum(map(len, old.values()))
    build = functools.partial(playlist_columns.build, options.id_pattern)
    for columns in reader.map(build, old):
        yield from _rows(columns, builder.add(columns), builder, options, totals)


def _write_catalogue(path: str, builder: '_Catalogue', dictionaries: Dictionaries) -> None:
    records.write_parts(
        path,
        (track.SerializeToString() for track in builder.finish().tracks()),
        proto=recsys_pb2.Track,
        records_per_part=_TRACKS_PER_PART,
        inputs=dictionaries.inputs,
    )


def _rows(
    columns: playlist_columns.Columns,
    tracks: np.ndarray,
    builder: '_Catalogue',
    options: Options,
    totals: collections.Counter[str],
) -> Iterator[tuple[str, training_examples.Row]]:
    """Yields split id and row of each playlist that is long enough.

    Args:
        columns: the playlists of a file.
        tracks: int32[U], index of each distinct track, -1 where the dictionary lacks it.
        builder: knows artist and album of each track.
        options: how.
        totals: counts what is left out.
    """
    entries = tracks[columns.codes]
    for place, identifier in enumerate(columns.ids):
        row = entries[columns.offsets[place] : columns.offsets[place + 1]]
        known = row[row >= 0]
        if len(known) < options.context_size + options.min_next:
            totals[SHORT] += 1
            continue
        totals[_UNKNOWN] += len(row) - len(known)
        totals[_WRITTEN] += len(known)
        yield (
            columns.split_ids[place],
            training_examples.Row(
                identifier,
                columns.names[place],
                known,
                builder.artists[known],
                builder.albums[known],
                options.context_size,
                len(row) - len(known),
            ),
        )


class _Catalogue:
    """Takes artist, album and names of each track from where it occurs first.

    Attributes:
        artists: int32[T], index of the artist; the number of artists where it is unknown.
        albums: int32[T], likewise.
    """

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._dictionaries = dictionaries
        size = len(dictionaries.tracks)
        self._seen = np.zeros(size, bool)
        self._names = [''] * size
        self._durations = np.zeros(size, np.int32)
        self.artists = np.full(size, len(dictionaries.artists), np.int32)
        self.albums = np.full(size, len(dictionaries.albums), np.int32)
        self._artist_names = [''] * (len(dictionaries.artists) + 1)
        self._album_names = [''] * (len(dictionaries.albums) + 1)

    def add(self, columns: playlist_columns.Columns) -> np.ndarray:
        """Takes up the tracks of a file; returns int32[U], their indices, -1 where unknown."""
        tracks = _look_up(self._dictionaries.tracks, columns.uris)
        artists = _look_up(self._dictionaries.artists, columns.artists.uris)
        albums = _look_up(self._dictionaries.albums, columns.albums.uris)
        _name_new(self._artist_names, artists, columns.artists.names)
        _name_new(self._album_names, albums, columns.albums.names)
        artists[artists < 0] = len(self._dictionaries.artists)
        albums[albums < 0] = len(self._dictionaries.albums)
        new = np.flatnonzero((tracks >= 0) & ~self._seen[tracks])
        index = tracks[new]
        self._seen[index] = True
        self.artists[index] = artists[columns.artist_codes[new]]
        self.albums[index] = albums[columns.album_codes[new]]
        self._durations[index] = columns.durations[new]
        for place, track in zip(new.tolist(), index.tolist(), strict=True):
            self._names[track] = columns.track_names[place]
        return tracks

    def finish(self) -> catalogue.Catalogue:
        """Returns the catalogue."""
        return catalogue.Catalogue(
            self._dictionaries.tracks.tokens,
            self._names,
            self.artists,
            self.albums,
            self._durations,
            [*self._dictionaries.artists.tokens, ''],
            self._artist_names,
            [*self._dictionaries.albums.tokens, ''],
            self._album_names,
        )


def _look_up(tokens: dictionary.TokenDictionary, uris: list[str]) -> np.ndarray:
    """Returns int32[U], the index of each, -1 where there is none."""
    indices = map(tokens.index, uris)
    return np.array([-1 if index is None else index for index in indices], np.int32)


def _name_new(names: list[str], indices: np.ndarray, found: list[str]) -> None:
    """Names what has no name so far."""
    for index, name in zip(indices.tolist(), found, strict=True):
        if index >= 0 and name and not names[index]:
            names[index] = name


def _summarize(
    reader: playlist_files.PlaylistReader,
    writers: Mapping[str, tfrecords.PartsWriter],
    totals: collections.Counter[str],
    output: str,
) -> str:
    counts = ', '.join(
        f'{sum(part.records for part in writer.parts)} {split}' for split, writer in writers.items()
    )
    left_out = ', '.join(f'{n} {name.replace("_", " ")}' for name, n in totals.items() if n)
    return f'wrote to {output}: {counts} playlists ({left_out}); read {reader.summary()}'
