"""Playlists of one's own: CSV, JSON lines, and plain lists of track URIs."""

import csv
import functools
import io
import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import msgspec

from common import errors
from spotify import playlist_formats

_REQUIRED_COLUMNS = ('playlist', 'track')
_COMMENT = '#'
_URI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:\S+')
_MAX_FIELD_BYTES = 1 << 20


class _Entry(
    msgspec.Struct,
    gc=False,
    rename={'track_uri': 'track', 'artist_uri': 'artist', 'album_uri': 'album'},
):
    track_uri: playlist_formats.Uri
    artist_uri: playlist_formats.OptionalUri = None
    album_uri: playlist_formats.OptionalUri = None
    track_name: playlist_formats.Name = None
    artist_name: playlist_formats.Name = None
    album_name: playlist_formats.Name = None
    duration_ms: playlist_formats.Milliseconds = None


class _Playlist(msgspec.Struct):
    playlist: playlist_formats.Identifier
    playlist_name: playlist_formats.Name = None
    modified_at: playlist_formats.Integer = None


class _Line(_Playlist):
    """A line of JSON: a playlist where it has tracks, else one entry of a playlist."""

    name: playlist_formats.Name = None
    tracks: list[playlist_formats.Uri | _Entry] | None = None


class _Group:
    """The playlist that a first entry opened, and the entries so far."""

    def __init__(self, head: msgspec.Struct, name: str | None, id_field: str) -> None:
        self.entries: list[_Entry] = []
        self._id = str(head.playlist)
        self._name = playlist_formats.cut_name(name)
        self._field = playlist_formats.field_value(head, id_field) if id_field else self._id
        self._modified_at = head.modified_at or 0

    def finish(self) -> playlist_formats.RawPlaylist:
        return playlist_formats.RawPlaylist(
            self._id, self._name, self.entries, self._field, self._modified_at
        )


def parse_csv(
    data: bytes, path: str, options: playlist_formats.Options, faults: playlist_formats.Faults
) -> list[playlist_formats.RawPlaylist]:
    """Reads CSV: a header with playlist and track, an entry a row.

    Optional columns are artist, album (URIs), track_name, artist_name, album_name, duration_ms,
    playlist_name and modified_at, of which playlists take the last two from their first row. Rows
    of a playlist need not stand together.

    Raises:
        InputError: when the header lacks a column.
    """
    rows = _csv_rows(data, faults)
    header = _check_header(next(rows, (0, []))[1], path)
    head_type = playlist_formats.with_field(_Playlist, options.id_field)
    convert = functools.partial(msgspec.convert, strict=False)
    groups: dict[str, _Group] = {}
    for number, row in rows:
        place = f'line {number}'
        if len(row) > len(header):
            faults.add(place, 'more columns than the header')
            continue
        fields = {name: value for name, value in zip(header, row, strict=False) if value}
        try:
            entry = convert(fields, _Entry)
            head = convert(fields, head_type)
        except msgspec.ValidationError as error:
            faults.add_error(place, error)
            continue
        if _accept(entry, place, faults):
            if fields['playlist'] not in groups:
                group = _Group(head, head.playlist_name, options.id_field)
                groups[fields['playlist']] = group
            groups[fields['playlist']].entries.append(entry)
    return [group.finish() for group in groups.values()]


def _check_header(row: list[str], path: str) -> list[str]:
    header = [name.strip() for name in row]
    missing = [name for name in _REQUIRED_COLUMNS if name not in header]
    if missing:
        raise errors.InputError(
            f'{path}: the first line is not a header with {" and ".join(missing)}; it has '
            f'{",".join(header)[:200]!r}'
        )
    return header


def _csv_rows(data: bytes, faults: playlist_formats.Faults) -> Iterator[tuple[int, list[str]]]:
    """Yields the number of its last line and the fields of each row that is not empty."""
    csv.field_size_limit(_MAX_FIELD_BYTES)
    text = data.decode('utf-8-sig', 'surrogateescape')
    reader = csv.reader(io.StringIO(text, newline=''))
    while True:
        try:
            row = next(reader)
            if not data.isascii():
                ''.join(row).encode('utf-8')
        except StopIteration:
            return
        except csv.Error as error:
            faults.add(f'line {reader.line_num}', f'not CSV: {error}')
        except UnicodeError as error:
            faults.add_error(f'line {reader.line_num}', error)
        else:
            if row:
                yield reader.line_num, row


def parse_jsonl(
    data: bytes, path: str, options: playlist_formats.Options, faults: playlist_formats.Faults
) -> list[playlist_formats.RawPlaylist]:
    """Reads JSON lines, each an entry or a whole playlist.

    An entry has the fields of a CSV row. A playlist has playlist, tracks (URIs or entries), and
    optionally name and modified_at.
    """
    del path  # A line of another kind is a bad record.
    line_decoder = msgspec.json.Decoder(playlist_formats.with_field(_Line, options.id_field))
    entry_decoder = msgspec.json.Decoder(_Entry)
    groups: dict[str, _Group] = {}
    whole: list[_Group] = []
    order: list[_Group] = []
    for number, line in enumerate(data.removeprefix(b'\xef\xbb\xbf').splitlines(), start=1):
        if not line.strip():
            continue
        place = f'line {number}'
        try:
            head = line_decoder.decode(line)
            entries = [entry_decoder.decode(line)] if head.tracks is None else head.tracks
        except (ValueError, RecursionError) as error:
            faults.add_error(place, error)
            continue
        group = groups.get(str(head.playlist)) if head.tracks is None else None
        if group is None:
            group = _Group(head, head.name or head.playlist_name, options.id_field)
            order.append(group)
            if head.tracks is None:
                groups[str(head.playlist)] = group
            else:
                whole.append(group)
        group.entries += _accepted(entries, place, faults)
    faults.notes[playlist_formats.EMPTY] += sum(not group.entries for group in whole)
    return [group.finish() for group in order if group.entries or options.keep_empty]


def parse_text(
    data: bytes, identifier: str, options: playlist_formats.Options, faults: playlist_formats.Faults
) -> list[playlist_formats.RawPlaylist]:
    """Reads a playlist that is a whole file: a track URI a line; # begins a comment line."""
    head = _Playlist(identifier)
    if options.id_field and options.id_field not in head.__struct_encode_fields__:
        faults.add('the whole file', f'a plain list has no field {options.id_field}')
        return []
    group = _Group(head, identifier.rpartition('/')[2], options.id_field)
    for number, line in enumerate(data.removeprefix(b'\xef\xbb\xbf').splitlines(), start=1):
        place = f'line {number}'
        try:
            uri = line.decode('utf-8').strip()
            if not uri or uri.startswith(_COMMENT):
                continue
            if not _URI.fullmatch(uri):
                faults.add(place, 'not a URI')
                continue
            entry = msgspec.convert({'track': uri}, _Entry)
            group.entries += _accepted([entry], place, faults)
        except ValueError as error:
            faults.add_error(place, error)
    if not group.entries:
        faults.notes[playlist_formats.EMPTY] += 1
    return [group.finish()] if group.entries or options.keep_empty else []


def _accepted(
    entries: Iterable[Any], place: str, faults: playlist_formats.Faults
) -> Iterator[_Entry]:
    """Yields the entries that are tracks."""
    for item in entries:
        entry = _Entry(item) if isinstance(item, str) else item
        if _accept(entry, place, faults):
            yield entry


def _accept(entry: _Entry, place: str, faults: playlist_formats.Faults) -> bool:
    if playlist_formats.is_of_other_kind(entry.track_uri):
        faults.add(place, 'a URI of something that is no track')
        return False
    return True
