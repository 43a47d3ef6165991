"""Submissions to the RecSys Challenge 2018: CSV with a line on the team and a row a playlist.

A row is the pid of the playlist and 500 track URIs, best first, none twice and none of the context.
Every row is checked before it is written. No field can begin with a character that a spreadsheet
would take for a formula.

Source: https://www.aicrowd.com/challenges/spotify-million-playlist-dataset-challenge
"""

import gzip
import io
import re
from collections.abc import Iterable
from typing import BinaryIO

from common import atomic
from common import errors
from spotify import catalogue
from spotify import recommendations

NUM_TRACKS = 500
_COMPRESSED = '.gz'
_TEAM_FIELD = re.compile(r'[^\W_][^,;"\'\x00-\x1f\x7f-\x9f\u2028\u2029]{0,99}')
_EMAIL = re.compile(r'[A-Za-z0-9][A-Za-z0-9.!#$%&*+/=?^_`{|}~-]*@[A-Za-z0-9.-]+')
_PID = re.compile(r'[0-9]{1,18}')
_TRACK = re.compile(r'spotify:track:[A-Za-z0-9]{22}')


def check_team(name: str, email: str) -> None:
    """Raises UsageError unless both can stand in the first line."""
    if not _TEAM_FIELD.fullmatch(name):
        raise errors.UsageError(
            f'--team_name={name!r}: want a letter or digit first, no comma, semicolon, quote or '
            'control character, and at most 100 characters'
        )
    if not _EMAIL.fullmatch(email):
        raise errors.UsageError(f'--team_email={email!r} is no address')


def write(
    path: str,
    results: Iterable[recommendations.Recommended],
    tracks: catalogue.Catalogue,
    team: tuple[str, str],
    overwrite: bool = False,
) -> int:
    """Writes a submission, compressed when the path ends in .gz; it appears when it is whole.

    Args:
        path: where to.
        results: what to write; read as it is written.
        tracks: what they mean.
        team: name and address.
        overwrite: whether path may be replaced.

    Returns:
        The number of playlists.

    Raises:
        InputError: when a row is not as the challenge wants it, or path may not be replaced.
    """
    check_team(*team)
    seen: set[str] = set()
    with atomic.output_file(path, overwrite) as temporary, open(temporary, 'wb') as file:
        with _text(file, path.endswith(_COMPRESSED)) as text:
            text.write(','.join(['team_info', 'main', *team]) + '\n')
            for result in results:
                text.write(','.join(_row(result, tracks, seen)) + '\n')
    return len(seen)


def _text(file: BinaryIO, compressed: bool) -> io.TextIOWrapper:
    """Returns a writer of text; the same text gives the same bytes."""
    binary = gzip.GzipFile('', 'wb', fileobj=file, mtime=0) if compressed else file
    return io.TextIOWrapper(binary, encoding='utf-8', newline='\n')


def _row(
    result: recommendations.Recommended, tracks: catalogue.Catalogue, seen: set[str]
) -> list[str]:
    """Returns the fields of a row; seen is the pids before, and gets this one.

    Raises:
        InputError: when the row is not as the challenge wants it.
    """
    pid = result.query.id
    if not _PID.fullmatch(pid):
        raise _error(pid, 'its identifier is no pid, a number')
    if pid in seen:
        raise _error(pid, 'another has the same pid')
    seen.add(pid)
    uris = [tracks.uris[track] for track in result.tracks.tolist()]
    if len(uris) != NUM_TRACKS:
        raise _error(pid, f'{len(uris)} tracks are recommended, and {NUM_TRACKS} are wanted')
    bad = next((uri for uri in uris if not _TRACK.fullmatch(uri)), None)
    if bad is not None:
        raise _error(pid, f'{bad!r} is no URI of a Spotify track')
    known = {tracks.uris[track] for track in result.query.context.tolist()}
    if len(set(uris)) != NUM_TRACKS or not known.isdisjoint(uris):
        raise _error(pid, 'a track is recommended twice, or is in the context')
    return [pid, *uris]


def _error(pid: str, reason: str) -> errors.InputError:
    return errors.InputError(
        f'no submission to the challenge can be made, for playlist {pid!r}: {reason}; '
        '--format=jsonl has no such rules'
    )
