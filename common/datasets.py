"""Which files a data set consists of, and whether they may be read."""

import collections
import dataclasses
import os

from absl import logging
from google.protobuf import message as protobuf_message

from common import errors
from common import file_systems
from common import metadata
from common import schemas

STDIN = '-'
_MAX_NAMED = 10
_GLOB_CHARACTERS = frozenset('*?[')


@dataclasses.dataclass(frozen=True)
class ReadOptions:
    """How strict to be with a data set.

    Attributes:
        max_bad_records: how many records may be corrupt or missing before reading fails.
        proto: name of the message in files that have no metadata; empty when they must have it.
        allow_incomplete: read a directory without _SUCCESS, and parts that differ from _meta.json.
    """

    max_bad_records: int = 0
    proto: str = ''
    allow_incomplete: bool = False

    def of_dictionary(self) -> 'ReadOptions':
        """Returns the options for the dictionary beside a data set whose message proto names."""
        return dataclasses.replace(self, proto='TokenStat' if self.proto else '')


class BadRecords:
    """Counts corrupt records by file and reason, names the first, and fails over the limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.counts: collections.Counter[tuple[str, str]] = collections.Counter()
        self._named = 0

    def add(self, path: str, place: str, reason: str, records: int = 1) -> None:
        """Counts bad records.

        Args:
            path: their file.
            place: where in the file, such as 'line 7'.
            reason: what is wrong with them, the same words for the same fault.
            records: how many.

        Raises:
            InputError: when that makes more than the limit.
        """
        self.counts[path, reason] += records
        if self.total() > self.limit:
            raise errors.InputError(
                f'{path}, {place}: {reason}; with it {self.total()} bad records, more than '
                f'--max_bad_records={self.limit}'
            )
        if self._named < _MAX_NAMED:
            self._named += 1
            logging.warning('%s, %s: %s', path, place, reason)

    def total(self) -> int:
        """Returns how many records were bad."""
        return self.counts.total()

    def summary(self) -> str:
        """Returns the counts in words, empty when there are none."""
        return '; '.join(
            f'{count} in {path}: {reason}' for (path, reason), count in sorted(self.counts.items())
        )


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Files of records, in the order in which they are read.

    Attributes:
        pattern: the path, directory, glob or '-' that it was opened by.
        message: class of its records.
        parts: paths of the files.
        known: what the metadata says of each part by path; empty where there is none.
        meta: metadata of the whole, or None for a pipe, a choice of parts, or files without it.
        bad: counts what was corrupt so far.
        verify: whether parts must be what the metadata says.
    """

    pattern: str
    message: type[protobuf_message.Message]
    parts: tuple[str, ...]
    known: dict[str, metadata.Part]
    meta: metadata.Meta | None
    bad: BadRecords
    verify: bool = True

    @property
    def records(self) -> int | None:
        """How many records there are according to the metadata; None when some have none."""
        if any(path not in self.known for path in self.parts):
            return None
        return sum(self.known[path].records for path in self.parts)

    def describe(self) -> dict[str, object]:
        """Returns the entry for this data set in the `inputs` of what is made from it."""
        if self.meta is not None:
            return self.meta.describe(self.pattern)
        return {'path': self.pattern, 'records': self.records, 'content_hash': None}


def open_dataset(
    pattern: str,
    message: type[protobuf_message.Message],
    options: ReadOptions = ReadOptions(),
) -> Dataset:
    """Finds the files of a data set and checks that they are whole and hold the right message.

    Args:
        pattern: a file, a directory, a glob, or '-' for standard input.
        message: class of the records wanted.
        options: how strict to be.

    Raises:
        InputError: when nothing is there, it is incomplete, or it holds another message.
    """
    bad = BadRecords(options.max_bad_records)
    if pattern == STDIN:
        return Dataset(pattern, message, (STDIN,), {}, None, bad)
    parts, metas = find_parts(pattern, options)
    known = {}
    for path in parts:
        meta = metas[path]
        _check_message(path, meta, message, options)
        part = meta.by_name.get(os.path.basename(path)) if meta is not None else None
        if part is not None:
            known[path] = part
    whole = metas[parts[0]] if parts else None
    if whole is not None and len(whole.parts) != len(parts):
        whole = None
    return Dataset(
        pattern, message, tuple(parts), known, whole, bad, verify=not options.allow_incomplete
    )


def refuse_unrelated(data: Dataset, source: Dataset) -> None:
    """Raises InputError when the metadata of both says that data was not made from source."""
    if not data.verify or data.meta is None or source.meta is None:
        return
    hashes = {entry.get('content_hash') for entry in data.meta.inputs}
    if hashes and source.meta.content_hash not in hashes:
        raise errors.InputError(
            f'{data.pattern} was not made with {source.pattern}, which has changed since or is '
            'another; give the one that it was made with'
        )


def find_parts(
    pattern: str, options: ReadOptions
) -> tuple[list[str], dict[str, metadata.Meta | None]]:
    """Returns the files that pattern means, in name order, and the metadata of each.

    Raises:
        InputError: when there is none, or a directory is incomplete.
    """
    system = file_systems.of(pattern)
    if system.is_directory(pattern):
        return _find_in_directory(pattern, options)
    if system.exists(pattern):
        paths = [pattern]
    elif _GLOB_CHARACTERS.intersection(pattern):
        paths = system.glob(pattern)
        if not paths:
            raise errors.InputError(
                f'no file matches {pattern}; name a file, a directory or a glob'
            )
    else:
        raise errors.InputError(f'{pattern} does not exist; name a file, a directory or a glob')
    parts: list[str] = []
    metas: dict[str, metadata.Meta | None] = {}
    for path in paths:
        if system.is_directory(path):
            found, found_metas = _find_in_directory(path, options)
            parts += found
            metas |= found_metas
        elif not path.endswith('.meta.json'):
            parts.append(path)
            metas[path] = _find_meta(path)
    return parts, metas


def _find_in_directory(
    folder: str, options: ReadOptions
) -> tuple[list[str], dict[str, metadata.Meta | None]]:
    """Returns the parts of a directory and their common metadata."""
    success = os.path.join(folder, metadata.SUCCESS_NAME)
    system = file_systems.of(folder)
    names = [n for n in system.names(folder, files_only=True) if n.startswith('part-')]
    if not system.is_file(success) and not options.allow_incomplete:
        what = 'is incomplete' if names else 'is not a data set of records'
        raise errors.InputError(
            f'{folder} {what}: it has no {metadata.SUCCESS_NAME}; make it again, or read what is '
            'there with --allow_incomplete'
        )
    meta = metadata.load(os.path.join(folder, metadata.META_NAME))
    if meta is not None and not options.allow_incomplete:
        _check_names(folder, names, [part.name for part in meta.parts])
    if meta is None and not names:
        raise errors.InputError(f'{folder} holds no part-* file')
    parts = [os.path.join(folder, name) for name in names]
    return parts, dict.fromkeys(parts, meta)


def _check_names(folder: str, found: list[str], wanted: list[str]) -> None:
    missing = sorted(set(wanted) - set(found))
    extra = sorted(set(found) - set(wanted))
    if missing or extra:
        what = f'lacks {missing[0]}' if missing else f'holds {extra[0]}, which is not its own'
        raise errors.InputError(
            f'{folder} {what} according to its {metadata.META_NAME}; make it again, or read what '
            'is there with --allow_incomplete'
        )


def _find_meta(path: str) -> metadata.Meta | None:
    """Returns the metadata of a single file: its own, or its folder's when that names it."""
    name = os.path.basename(path)
    for place in (metadata.sidecar(path), os.path.join(os.path.dirname(path), metadata.META_NAME)):
        meta = metadata.load(place)
        if meta is not None and name in meta.by_name:
            return meta
    return None


def _check_message(
    path: str,
    meta: metadata.Meta | None,
    message: type[protobuf_message.Message],
    options: ReadOptions,
) -> None:
    wanted = message.DESCRIPTOR.full_name
    short = message.DESCRIPTOR.name
    if meta is not None:
        found = meta.proto
    elif options.proto:
        found = schemas.message_class(options.proto).DESCRIPTOR.full_name
    else:
        raise errors.InputError(
            f'{path} has no {metadata.META_NAME} to say what it holds; if it holds {short} '
            f'records, say --proto={short} --allow_incomplete'
        )
    if found != wanted:
        raise errors.InputError(
            f'{path} holds {found.rsplit(".", 1)[-1]} records, and {short} is wanted'
        )
