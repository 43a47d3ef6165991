"""Split ids: what playlists, and several editions of one playlist, are told apart by."""

import collections
import functools
import hashlib
import re
from collections.abc import Sequence

from spotify import playlist_files
from spotify import playlist_formats

_NO_FIELD = 'a playlist without the field of --id_field'
_NO_MATCH = 'a playlist whose --id_field does not match --id_pattern'


def split_ids(
    id_pattern: str,
    playlists: Sequence[playlist_formats.RawPlaylist],
    faults: playlist_formats.Faults,
) -> list[tuple[playlist_formats.RawPlaylist, str]]:
    """Returns the playlists that have a split id, with it; the others are counted.

    Args:
        id_pattern: a regular expression whose group, found in the field of a playlist, is its split
            id; '' takes the whole field.
        playlists: the playlists of a file.
        faults: takes what is wrong.
    """
    expression = re.compile(id_pattern) if id_pattern else None
    found = []
    for playlist in playlists:
        match = expression.search(playlist.field) if expression else None
        split_id = (match.group(1) or '') if match else playlist.field
        if not playlist.field:
            faults.add(f'playlist {playlist.id}', _NO_FIELD)
        elif (expression and not match) or not split_id:
            faults.add(f'playlist {playlist.id}', _NO_MATCH)
        else:
            found.append((playlist, split_id))
    return found


def fold(split_id: str, seed: int, num_folds: int) -> int:
    """Returns the fold of a split id, which depends on nothing but the arguments."""
    digest = hashlib.blake2b(split_id.encode(), digest_size=8, salt=seed.to_bytes(8, 'little'))
    return int.from_bytes(digest.digest(), 'little') % num_folds


def find_old(reader: playlist_files.PlaylistReader, id_pattern: str) -> dict[str, frozenset[str]]:
    """Returns by file the identifiers of playlists of which there is a later edition.

    The latest edition of a split id is the one changed last; of several, the last in order.

    Raises:
        InputError: when the playlists cannot be used.
    """
    latest: dict[str, tuple[int, str, str]] = {}
    old: dict[str, set[str]] = collections.defaultdict(set)
    found = reader.map(functools.partial(_list_editions, id_pattern))
    for source, editions in zip(reader.sources, found, strict=True):
        for split_id, identifier, modified_at in editions:
            edition = modified_at, source.path, identifier
            loser = edition
            if split_id not in latest or modified_at >= latest[split_id][0]:
                loser, latest[split_id] = latest.get(split_id), edition
            if loser:
                old[loser[1]].add(loser[2])
    return {path: frozenset(identifiers) for path, identifiers in old.items()}


def _list_editions(
    id_pattern: str,
    playlists: Sequence[playlist_formats.RawPlaylist],
    faults: playlist_formats.Faults,
) -> list[tuple[str, str, int]]:
    """Returns split id, identifier and time of change of each playlist; runs in a worker."""
    return [
        (split_id, playlist.id, playlist.modified_at)
        for playlist, split_id in split_ids(id_pattern, playlists, faults)
    ]
