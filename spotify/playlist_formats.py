"""Playlists as files hold them: what every format is read into, and what is wrong on the way."""

import collections
import dataclasses
import re
from collections.abc import Callable
from collections.abc import Sequence
from typing import Annotated
from typing import Any

import msgspec

MAX_NAME_CHARS = 256
MAX_URI_CHARS = 512

# Notes on what is no error, by the names that totals give them.
EMPTY = 'empty_playlists'
WRONG_NUM_TRACKS = 'playlists_with_wrong_num_tracks'

Uri = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_URI_CHARS)]
OptionalUri = Annotated[str, msgspec.Meta(max_length=MAX_URI_CHARS)] | None
_INT64 = msgspec.Meta(ge=-(2**63), le=2**63 - 1)
Identifier = Annotated[int, _INT64] | Uri
Integer = Annotated[int, _INT64] | None
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None
Name = str | None

_OTHER_KINDS = ('spotify:artist:', 'spotify:album:', 'spotify:playlist:', 'spotify:user:')


@dataclasses.dataclass(frozen=True, slots=True)
class RawPlaylist:
    """One playlist of a file.

    Attributes:
        id: identifier.
        name: title, cut at MAX_NAME_CHARS; '' where there is none.
        entries: in order, at least one unless keep_empty was wanted; each has track_uri,
            artist_uri, album_uri, track_name, artist_name, album_name and duration_ms, of which
            all but track_uri may be None or empty.
        field: value of the field that was asked for beside, the identifier by default.
        modified_at: seconds since 1970; 0 where unknown.
    """

    id: str
    name: str
    entries: Sequence[Any]
    field: str
    modified_at: int = 0


class Faults:
    """What was found wrong in one file; travels from worker to main process.

    Attributes:
        bad: by reason, the first place in the file and how many records were left out for it.
        notes: what was counted and is no error.
    """

    def __init__(self) -> None:
        self.bad: dict[str, tuple[str, int]] = {}
        self.notes: collections.Counter[str] = collections.Counter()

    def add(self, place: str, reason: str) -> None:
        """Counts a record that is left out."""
        first, count = self.bad.get(reason, (place, 0))
        self.bad[reason] = first, count + 1

    def add_error(self, place: str, error: Exception) -> None:
        """Counts a record that msgspec refused, the same words for the same fault."""
        if isinstance(error, msgspec.ValidationError):
            path = str(error).partition(' - at ')[2].strip('`')
            self.add(f'{place} {path}'.rstrip(), re.sub(r'\[[0-9]+\]', '[]', str(error)))
        elif isinstance(error, UnicodeError):
            self.add(place, 'not UTF-8')
        elif isinstance(error, RecursionError):
            self.add(place, 'nested too deeply')
        else:
            self.add(place, f'not JSON: {str(error).partition(" (byte")[0]}')


@dataclasses.dataclass(frozen=True)
class Options:
    """What to read of a playlist.

    Attributes:
        id_field: a field of the playlists whose value is wanted, such as x_source; '' wants none.
        keep_empty: keep playlists without entries, which are to be continued by their title.
    """

    id_field: str = ''
    keep_empty: bool = False


# Reads a file's content; the second argument is the identifier of a playlist that is a whole file.
Parser = Callable[[bytes, str, Options, Faults], list[RawPlaylist]]


def cut_name(name: str | None) -> str:
    """Returns a name of at most MAX_NAME_CHARS characters; '' for None."""
    return (name or '')[:MAX_NAME_CHARS]


def is_of_other_kind(uri: str) -> bool:
    """Returns whether a Spotify URI is plainly none of a track."""
    return uri.startswith(_OTHER_KINDS)


def with_field(base: type[msgspec.Struct], id_field: str) -> type[msgspec.Struct]:
    """Returns the struct with the field that is wanted beside, as the attribute `field`."""
    if not id_field or id_field in base.__struct_encode_fields__:
        return base
    return msgspec.defstruct(
        base.__name__,
        [('field', Identifier | None, None)],
        bases=(base,),
        rename={'field': id_field},
    )


def field_value(record: msgspec.Struct, id_field: str) -> str:
    """Returns the value of the field that is wanted beside, as text; '' where it is missing."""
    names = record.__struct_encode_fields__
    value = getattr(record, record.__struct_fields__[names.index(id_field)])
    return '' if value is None else str(value)
