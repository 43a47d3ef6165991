"""Records as text for people and as JSON for programs."""

import json
import math
import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from google.protobuf import descriptor
from google.protobuf import message as protobuf_message
from google.protobuf import text_format

# What the names of files say, the surest first; the names in the book's examples are among them.
_GUESSES = (
    (r'\.tstat(\.|$)|dictionary', 'TokenStat'),
    (r'co-?occur', 'CooccurrenceRow'),
    (r'redirect', 'Redirect'),
    (r'sparse', 'SparseDocument'),
    (r'doc|token|text', 'TextDocument'),
    (r'page|\.xml|wiki\.pb|dump', 'Page'),
)
_FIELD = descriptor.FieldDescriptor
_CUTTABLE = (_FIELD.TYPE_STRING, _FIELD.TYPE_BYTES)
_OCTAL = {code: f'\\{code:03o}' for code in range(256)}


def guess_message(path: str) -> str:
    """Returns the message that a path suggests, by its last component first; empty for none."""
    names = [part for part in path.lower().split(os.sep) if part and not part.startswith('part-')]
    for name in reversed(names[-2:]):
        for pattern, message in _GUESSES:
            if re.search(pattern, name):
                return message
    return ''


def to_text(message: protobuf_message.Message, max_field_chars: int = 0, max_items: int = 0) -> str:
    """Returns a record in protobuf's text format.

    Args:
        message: the record; it is not changed.
        max_field_chars: longer strings are cut, and a comment says so; 0 cuts none.
        max_items: longer lists are cut, and a comment says so; 0 cuts none.
    """
    shown = type(message)()
    shown.CopyFrom(message)
    notes = list(_cut(shown, max_field_chars, max_items, ''))
    text = text_format.MessageToString(shown, as_utf8=True, use_short_repeated_primitives=True)
    return _printable(text) + ''.join(f'# {note}\n' for note in notes)


def to_json(message: protobuf_message.Message, max_field_chars: int = 0, max_items: int = 0) -> str:
    """Returns a record as one line of JSON without a line feed.

    Every field is there, also one that holds its default; names are those of the schema. Numbers
    are numbers, those that JSON lacks the strings NaN, Infinity and -Infinity; bytes are
    hexadecimal.

    Args:
        message: the record; it is not changed.
        max_field_chars: longer strings are cut and end in …; 0 cuts none.
        max_items: longer lists are cut; 0 cuts none.
    """
    shown = type(message)()
    shown.CopyFrom(message)
    for _ in _cut(shown, max_field_chars, max_items, ''):
        pass
    return json.dumps(_fields(shown), ensure_ascii=False, allow_nan=False)


def _cut(
    message: protobuf_message.Message, max_chars: int, max_items: int, prefix: str
) -> Iterator[str]:
    """Shortens long fields in place; yields what was cut."""
    for field, value in message.ListFields():
        name = prefix + field.name
        if not field.is_repeated:
            if field.type == _FIELD.TYPE_MESSAGE:
                yield from _cut(value, max_chars, max_items, f'{name}.')
            elif max_chars and field.type in _CUTTABLE and len(value) > max_chars:
                setattr(message, field.name, _shorten(value, max_chars))
                yield f'{name}: the first {max_chars:,} of {len(value):,} characters'
            continue
        if max_items and len(value) > max_items:
            yield f'{name}: the first {max_items:,} of {len(value):,} items'
            del value[max_items:]
        if field.type == _FIELD.TYPE_MESSAGE:
            for place, item in enumerate(value):
                yield from _cut(item, max_chars, max_items, f'{name}[{place}].')
        elif max_chars and field.type in _CUTTABLE:
            longest = max(map(len, value))
            if longest > max_chars:
                value[:] = [
                    _shorten(item, max_chars) if len(item) > max_chars else item for item in value
                ]
                yield f'{name}: the first {max_chars:,} of up to {longest:,} characters of an item'


def _shorten(value: str | bytes, max_chars: int) -> str | bytes:
    return value[:max_chars] + ('…' if isinstance(value, str) else b'')


def _printable(text: str) -> str:
    """Escapes what acts on a terminal or reorders its text; text_format leaves that in UTF-8."""
    return ''.join(
        c if c == '\n' or c.isprintable() else c.encode('utf-8').decode('latin-1').translate(_OCTAL)
        for c in text
    )


def _fields(message: protobuf_message.Message) -> dict[str, Any]:
    result = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if field.is_repeated:
            result[field.name] = _values(field, value)
        elif not field.has_presence or message.HasField(field.name):
            result[field.name] = _values(field, [value])[0]
    return result


def _values(field: descriptor.FieldDescriptor, values: Any) -> list[Any]:
    if field.type == _FIELD.TYPE_MESSAGE:
        return [_fields(value) for value in values]
    if field.type == _FIELD.TYPE_FLOAT:
        # str of a float32 has the fewest digits that give it back.
        return [_number(float(str(value))) for value in np.array(values, dtype=np.float32)]
    if field.type == _FIELD.TYPE_DOUBLE:
        return [_number(value) for value in values]
    if field.type == _FIELD.TYPE_BYTES:
        return [value.hex() for value in values]
    return list(values)


def _number(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return 'NaN' if math.isnan(value) else f'{"-" if value < 0 else ""}Infinity'
