"""Slices of the Million Playlist Dataset: JSON objects with up to a thousand playlists each.

Source: the README of the dataset, https://www.aicrowd.com/challenges/spotify-million-playlist-dataset-challenge
"""

import re

import msgspec

from common import errors
from spotify import playlist_formats

_BYTE_ORDER_MARK = b'\xef\xbb\xbf'
# Every escape of JSON, whole pairs of surrogates as one; `half` is one without its other half.
_ESCAPE = re.compile(
    rb'\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<half>u[dD][89a-fA-F]..)|.)', re.DOTALL
)
_REPLACEMENT = b'\\ufffd'


class _Slice(msgspec.Struct):
    playlists: list[msgspec.Raw]


class _Entry(msgspec.Struct, gc=False):
    track_uri: playlist_formats.Uri
    artist_uri: playlist_formats.Uri
    album_uri: playlist_formats.Uri
    track_name: playlist_formats.Name = None
    artist_name: playlist_formats.Name = None
    album_name: playlist_formats.Name = None
    duration_ms: playlist_formats.Milliseconds = None


class _Playlist(msgspec.Struct):
    pid: playlist_formats.Identifier
    tracks: list[_Entry]
    name: playlist_formats.Name = None
    modified_at: playlist_formats.Integer = None
    num_tracks: playlist_formats.Integer = None


def parse(
    data: bytes, path: str, options: playlist_formats.Options, faults: playlist_formats.Faults
) -> list[playlist_formats.RawPlaylist]:
    """Reads the playlists of a slice; each is decoded by itself, so that a broken one goes alone.

    Raises:
        InputError: when it is JSON, and of another kind.
    """
    try:
        decoder = msgspec.json.Decoder(_Slice)
        raw = _decode(decoder, data.removeprefix(_BYTE_ORDER_MARK)).playlists
    except msgspec.ValidationError as error:
        raise errors.InputError(
            f'{path} is JSON without a list of "playlists" ({error}); give the slices of a Million '
            'Playlist Dataset, or name another --playlists_format'
        ) from error
    except (ValueError, RecursionError) as error:
        faults.add_error('the whole slice', error)
        return []
    decoder = msgspec.json.Decoder(playlist_formats.with_field(_Playlist, options.id_field))
    playlists = []
    for place, item in enumerate(raw):
        try:
            playlist = _decode(decoder, item)
        except (ValueError, RecursionError) as error:
            faults.add_error(f'playlist {place}', error)
            continue
        if playlist.num_tracks is not None and playlist.num_tracks != len(playlist.tracks):
            faults.notes[playlist_formats.WRONG_NUM_TRACKS] += 1
        if not playlist.tracks:
            faults.notes[playlist_formats.EMPTY] += 1
        if playlist.tracks or options.keep_empty:
            playlists.append(_to_raw(playlist, options.id_field))
    return playlists


def _decode(decoder: msgspec.json.Decoder, data: bytes | msgspec.Raw) -> msgspec.Struct:
    """Decodes JSON; where that fails, once more with a sign in place of each half of a character.

    Writers that know no better leave escapes of single surrogates behind where they cut a name, and
    msgspec passes over them wrongly.
    """
    try:
        return decoder.decode(data)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        text = bytes(data)
        mended = _ESCAPE.sub(_mend, text)
        if mended == text:
            raise
        return decoder.decode(mended)


def _mend(escape: re.Match[bytes]) -> bytes:
    return _REPLACEMENT if escape['half'] else escape[0]


def _to_raw(playlist: msgspec.Struct, id_field: str) -> playlist_formats.RawPlaylist:
    identifier = str(playlist.pid)
    return playlist_formats.RawPlaylist(
        identifier,
        playlist_formats.cut_name(playlist.name),
        playlist.tracks,
        playlist_formats.field_value(playlist, id_field) if id_field else identifier,
        playlist.modified_at or 0,
    )
