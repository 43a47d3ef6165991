"""`_meta.json`: what a data set of records says of itself.

Our main messages all parse as each other without an error, so the message name written here is the
only guard against a wrong file; counts and hashes guard against lost and damaged parts.
"""

import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from common import errors
from common import file_systems
from common import provenance

META_NAME = '_meta.json'
_MADE_BY = ('program', 'flags')
SUCCESS_NAME = '_SUCCESS'


@dataclasses.dataclass(frozen=True)
class Part:
    """One file of records: its name, number of records, and SHA-256 of its decompressed bytes.

    The name is relative to the metadata, such as part-00000.bz2 or train/part-00000.tfrecord.
    """

    name: str
    records: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class Meta:
    """What stands in `_meta.json`.

    Attributes:
        proto: full name of the message, such as topicspace.corpus.nlp.TextDocument.
        parts: the files, in order.
        site: language, addresses and namespaces of the wiki, where the records come from one.
        inputs: the data sets that the records were made from: path, records, content_hash.
        totals: what the program counted on the way, such as pages skipped by reason.
        made_by: program and flags.
    """

    proto: str
    parts: tuple[Part, ...]
    site: Mapping[str, Any] | None = None
    inputs: tuple[Mapping[str, Any], ...] = ()
    totals: Mapping[str, int] = dataclasses.field(default_factory=dict)
    made_by: Mapping[str, Any] = dataclasses.field(default_factory=provenance.describe_run)

    @property
    def records(self) -> int:
        """The number of records in all parts."""
        return sum(part.records for part in self.parts)

    @functools.cached_property
    def by_name(self) -> dict[str, Part]:
        """The parts by name."""
        return {part.name: part for part in self.parts}

    @property
    def content_hash(self) -> str:
        """A hash of all records in order, whatever bzip2 made of them."""
        digests = ''.join(part.sha256 for part in self.parts)
        return hashlib.sha256(digests.encode('ascii')).hexdigest()

    def describe(self, path: str) -> dict[str, Any]:
        """Returns the entry for this data set in the `inputs` of what is made from it."""
        return {'path': path, 'records': self.records, 'content_hash': self.content_hash}


def sidecar(path: str) -> str:
    """Returns where the metadata of a single file of records stands."""
    return f'{path}.meta.json'


def to_json(meta: Meta) -> str:
    """Returns the text of `_meta.json`."""
    fields = {
        'proto': meta.proto,
        'records': meta.records,
        'content_hash': meta.content_hash,
        'site': meta.site,
        'totals': dict(meta.totals),
        'inputs': [dict(entry) for entry in meta.inputs],
        **meta.made_by,
        'parts': [dataclasses.asdict(part) for part in meta.parts],
    }
    return json.dumps(fields, ensure_ascii=False, indent=1) + '\n'


def from_json(text: str, path: str) -> Meta:
    """Parses the text of `_meta.json`.

    Raises:
        InputError: when it is not what to_json writes; path is named.
    """
    try:
        fields = json.loads(text)
        _check_kinds(fields)
        meta = Meta(
            proto=fields['proto'],
            parts=tuple(_parse_parts(fields['parts'])),
            site=fields.get('site'),
            inputs=tuple(fields.get('inputs', ())),
            totals=fields.get('totals', {}),
            made_by={key: fields[key] for key in _MADE_BY if key in fields},
        )
        if meta.records != fields['records'] or meta.content_hash != fields['content_hash']:
            raise ValueError('its totals do not follow from its parts')
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise errors.InputError(
            f'{path} is damaged ({type(error).__name__}: {error}); make the data set again'
        ) from error
    return meta


def load(path: str) -> Meta | None:
    """Returns the metadata at path, or None where there is no such file."""
    system = file_systems.of(path)
    if not system.is_file(path):
        return None
    with system.local_copy(path) as local, open(local, encoding='utf-8', errors='replace') as file:
        return from_json(file.read(), path)


def _check_kinds(fields: dict[str, Any]) -> None:
    """Raises ValueError when a field is of another kind than what readers expect of it."""
    if not isinstance(fields['proto'], str):
        raise ValueError('proto is no name')
    for name in ('totals', 'flags'):
        if not isinstance(fields.get(name, {}), dict):
            raise ValueError(f'{name} is no object')
    if not isinstance(fields.get('site'), dict | None):
        raise ValueError('site is no object')
    if not all(isinstance(count, int) for count in fields.get('totals', {}).values()):
        raise ValueError('a total is no whole number')
    for entry in fields.get('inputs', ()):
        if not isinstance(entry, dict) or not isinstance(entry.get('content_hash'), str | None):
            raise ValueError('an input is no object, or its hash no text')


def _parse_parts(entries: Iterable[Mapping[str, Any]]) -> Iterable[Part]:
    for entry in entries:
        part = Part(str(entry['name']), int(entry['records']), str(entry['sha256']))
        inside = os.path.normpath(part.name) == part.name and part.name[:1] not in ('', '/', '.')
        if not inside or part.records < 0:
            raise ValueError(f'bad part {part.name!r}')
        yield part
