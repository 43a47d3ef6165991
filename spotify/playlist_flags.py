"""Flags of the programs that read files of playlists. Read them through the functions, in main."""

import re
from typing import TYPE_CHECKING

from absl import flags

from common import bad_record_flags
from common import errors
from common import worker_flags

if TYPE_CHECKING:
    from spotify import playlist_files

_PLAYLISTS = flags.DEFINE_string(
    'playlists',
    None,
    'Files of playlists, such as mpd.slice.*.json: a glob (** goes into folders), a directory, a '
    'file, or several of these between commas. Plain or gzipped.',
    required=True,
)
_PLAYLISTS_FORMAT = flags.DEFINE_enum(
    'playlists_format',
    'auto',
    ['auto', 'mpd', 'csv', 'jsonl', 'txt'],
    'What the files are; auto goes by the extension: .json, .csv, .jsonl or .txt.',
)
_ID_FIELD = flags.DEFINE_string(
    'id_field',
    'pid',
    'Field or column of a playlist that tells it, or editions of it, from others. (pid is the '
    'identifier in files of every format.)',
)
_ID_PATTERN = flags.DEFINE_string(
    'id_pattern', '', 'Regular expression; its one group is the part of --id_field to take.'
)
_ONE_EDITION = flags.DEFINE_boolean(
    'one_edition',
    False,
    'Keep only the latest, by modified_at, of playlists with the same (part of) --id_field; reads '
    'the files twice.',
)
_PID = 'pid'


def pattern() -> str:
    """Returns what --playlists says."""
    return _PLAYLISTS.value


def inputs() -> list[str]:
    """Returns the paths and globs that will be read."""
    return _PLAYLISTS.value.split(',')


def id_pattern() -> str:
    """Returns what --id_pattern says.

    Raises:
        UsageError: when it is no regular expression with one group.
    """
    if not _ID_PATTERN.value:
        return ''
    try:
        groups = re.compile(_ID_PATTERN.value).groups
    except re.error as error:
        raise errors.UsageError(f'--id_pattern is no regular expression: {error}') from error
    if groups != 1:
        raise errors.UsageError(f'--id_pattern has {groups} groups in parentheses, and needs one')
    return _ID_PATTERN.value


def one_edition() -> bool:
    """Returns what --one_edition says."""
    return _ONE_EDITION.value


def reader() -> 'playlist_files.PlaylistReader':
    """Returns a reader of the files that the flags name.

    Raises:
        InputError: when there is no such file.
    """
    from spotify import playlist_files
    from spotify import playlist_formats

    id_field = '' if _ID_FIELD.value == _PID else _ID_FIELD.value
    return playlist_files.PlaylistReader(
        playlist_files.find(_PLAYLISTS.value, _PLAYLISTS_FORMAT.value),
        playlist_formats.Options(id_field),
        num_workers=worker_flags.num_workers(),
        max_bad_records=bad_record_flags.max_bad_records(),
    )
