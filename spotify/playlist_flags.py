"""Flags of the programs that read files of playlists. Read them through the functions, in main."""

import os
from typing import TYPE_CHECKING

from absl import flags

if TYPE_CHECKING:
    from spotify import playlist_files

_PLAYLISTS = flags.DEFINE_string(
    'playlists',
    None,
    'Files of playlists, such as mpd.slice.*.json: a glob (** goes into folders), a directory, a '
    'file, or several of these between commas. Plain or gzipped.',
    required=True,
)
_FORMAT = flags.DEFINE_enum(
    'format',
    'auto',
    ['auto', 'mpd', 'csv', 'jsonl', 'txt'],
    'What the files are; auto goes by the extension: .json, .csv, .jsonl or .txt.',
)
_NUM_WORKERS = flags.DEFINE_integer(
    'num_workers',
    os.cpu_count() or 1,
    'Cores to use; what is written does not depend on it.',
    lower_bound=1,
    upper_bound=256,
)
_MAX_BAD_RECORDS = flags.DEFINE_integer(
    'max_bad_records', 0, 'How many bad records to leave out before giving up.', lower_bound=0
)


def pattern() -> str:
    """Returns what --playlists says."""
    return _PLAYLISTS.value


def inputs() -> list[str]:
    """Returns the paths and globs that will be read."""
    return _PLAYLISTS.value.split(',')


def max_bad_records() -> int:
    """Returns the limit."""
    return _MAX_BAD_RECORDS.value


def reader(*, id_field: str = '', only_uris: bool = False) -> 'playlist_files.PlaylistReader':
    """Returns a reader of the files that the flags name.

    Args:
        id_field: a field of the playlists that is wanted beside; '' wants none.
        only_uris: whether names and durations can be left out.

    Raises:
        InputError: when there is no such file.
    """
    from spotify import playlist_files
    from spotify import playlist_formats

    return playlist_files.PlaylistReader(
        playlist_files.find(_PLAYLISTS.value, _FORMAT.value),
        playlist_formats.Options(id_field, only_uris),
        num_workers=_NUM_WORKERS.value,
        max_bad_records=_MAX_BAD_RECORDS.value,
    )
