"""Reads corpora of the user's own: plain text and JSON lines in, documents out."""

import bz2
import collections
import dataclasses
import glob
import gzip
import json
import os
import zlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import BinaryIO

from common import datasets
from common import errors
from common import expansion
from common import metadata
from common import tokenizers
from common.pb import nlp_pb2

FORMATS = ('lines', 'files', 'jsonl')
STDIN = datasets.STDIN
DOCUMENTS = 'documents'
NO_WORDS = 'skipped: no words'
_OPENERS: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {b'BZh': bz2.open, b'\x1f\x8b': gzip.open}
_MAGIC_BYTES = 3
_MAX_DOCUMENT_BYTES = 256 << 20


@dataclasses.dataclass(frozen=True)
class Options:
    """How to read a corpus.

    Attributes:
        format: 'lines' (a document a line), 'files' (one a file), 'jsonl' (an object a line).
        tokenizer: one of tokenizers.NAMES.
        url_prefix: stands before each identifier to make the document's address.
        text_field: of JSON objects, the text.
        tokens_field: of JSON objects, the list of things to take instead of text.
        id_field: of JSON objects, the identifier; documents without one are numbered.
        links_field: of JSON objects, the list of identifiers that it links to; may be missing.
        encoding: of the text.
    """

    format: str = 'lines'
    tokenizer: str = 'unicode'
    url_prefix: str = ''
    text_field: str = 'text'
    tokens_field: str = ''
    id_field: str = ''
    links_field: str = ''
    encoding: str = 'utf-8'


def find_files(pattern: str) -> list[str]:
    """Returns the files that a path, directory (searched to the bottom) or glob means, in order.

    Raises:
        InputError: when there is none, or one holds records.
    """
    if pattern == STDIN:
        return [STDIN]
    if os.path.isdir(pattern):
        found = [
            os.path.join(folder, name) for folder, _, names in os.walk(pattern) for name in names
        ]
        files = [path for path in found if not os.path.basename(path).startswith('.')]
    else:
        names = [pattern] if os.path.exists(pattern) else glob.glob(pattern, recursive=True)
        files = [path for path in names if os.path.isfile(path)]
    if not files:
        raise errors.InputError(f'{pattern}: no such file; name a file, a directory or a glob')
    for path in files:
        _refuse_records(path)
    return sorted(files)


def _refuse_records(path: str) -> None:
    """Raises InputError for a file of records, whose lines would pass for text."""
    folder, name = os.path.split(path)
    is_part = name.startswith('part-') and name.endswith('.bz2')
    beside = os.path.join(folder, metadata.META_NAME) if is_part else metadata.sidecar(path)
    if os.path.exists(beside):
        raise errors.InputError(
            f'{path} holds records, as {beside} says, not text; programs after tokenize_pages take '
            'documents as they are'
        )


def read_documents(
    paths: Iterable[str],
    options: Options,
    counts: collections.Counter[str],
    bad: datasets.BadRecords,
) -> Iterator[nlp_pb2.TextDocument]:
    """Yields the documents of files in order, one in memory at a time.

    A document is named by its id_field or its file, else by its file and line, as 'poems.txt:7'.

    Args:
        paths: from find_files; plain, gzip or bzip2, known by their first bytes.
        options: how to read them.
        counts: counts documents, and those without words, which are left out.
        bad: counts lines that are not what the options say.

    Raises:
        InputError: when too much is bad, or a compressed file is damaged.
    """
    parser = _Parser(options)
    for path in paths:
        name = path if path != STDIN else 'stdin'
        for number, data in _read_pieces(path, whole=options.format == 'files'):
            place = f'line {number}' if number else 'the whole file'
            try:
                document = parser.parse(data, f'{name}:{number}' if number else name)
            except _BadDocumentError as error:
                bad.add(path, place, str(error))
                continue
            counts[DOCUMENTS if document.tokens else NO_WORDS] += 1
            if document.tokens:
                yield document


class _BadDocumentError(ValueError):
    """A document is not what the options say; the message does not quote it."""


class _Parser:
    """Makes documents of bytes."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._tokenize = tokenizers.get(options.tokenizer)

    def parse(self, data: bytes, name: str) -> nlp_pb2.TextDocument:
        """Returns the document of a line or a file.

        Args:
            data: without the line feed.
            name: for a document that does not bring its own.
        """
        options = self._options
        try:
            text = data.decode(options.encoding)
        except UnicodeDecodeError as error:
            raise _BadDocumentError(
                f'not {options.encoding} (name the right one by --encoding)'
            ) from error
        text = text.removeprefix('\ufeff')
        if options.format == 'jsonl':
            return self._parse_json(text, name) if text.strip() else nlp_pb2.TextDocument()
        paragraph = text.strip().partition('\n\n')[0] if options.format == 'files' else text
        return self._document(name, self._tokenize(text), self._tokenize(paragraph), ())

    def _parse_json(self, text: str, name: str) -> nlp_pb2.TextDocument:
        options = self._options
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _BadDocumentError('not JSON') from error
        if not isinstance(fields, dict):
            raise _BadDocumentError('not a JSON object')
        if options.id_field:
            name = _thing(_field(fields, options.id_field), options.id_field)
        links = _things(fields, options.links_field) if options.links_field in fields else ()
        if options.tokens_field:
            return self._document(name, _things(fields, options.tokens_field), (), links)
        content = _field(fields, options.text_field)
        if not isinstance(content, str):
            raise _BadDocumentError(f'field {options.text_field!r} is not a text')
        lead = content.strip().partition('\n\n')[0]
        return self._document(name, self._tokenize(content), self._tokenize(lead), links)

    def _document(
        self, name: str, tokens: list[str], lead_tokens: Iterable[str], links: Iterable[str]
    ) -> nlp_pb2.TextDocument:
        prefix = self._options.url_prefix
        primary = prefix + name
        secondary = dict.fromkeys(prefix + link for link in links)
        secondary.pop(primary, None)
        try:
            return nlp_pb2.TextDocument(
                primary=primary,
                secondary=secondary,
                tokens=tokens,
                url=primary if prefix else '',
                lead_tokens=lead_tokens,
            )
        except (UnicodeEncodeError, ValueError) as error:
            raise _BadDocumentError('half a surrogate pair, which is no text') from error


def _field(fields: dict[str, Any], name: str) -> Any:
    if name not in fields:
        raise _BadDocumentError(f'no field {name!r}')
    return fields[name]


def _things(fields: dict[str, Any], name: str) -> list[str]:
    values = _field(fields, name)
    if not isinstance(values, list):
        raise _BadDocumentError(f'field {name!r} is not a list')
    return [_thing(value, name) for value in values]


def _thing(value: Any, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == '':
        raise _BadDocumentError(f'field {name!r} holds what is neither a text nor a whole number')
    return str(value)


def _read_pieces(path: str, *, whole: bool) -> Iterator[tuple[int, bytes]]:
    """Yields the lines of a file with their numbers, from 1, or all of it with the number 0."""
    try:
        with open(0 if path == STDIN else path, 'rb', closefd=path != STDIN) as raw:
            magic = raw.peek(_MAGIC_BYTES)[:_MAGIC_BYTES]
            file = next((o(raw) for m, o in _OPENERS.items() if magic.startswith(m)), raw)
            if whole:
                yield 0, _bounded(path, expansion.read(path, file, raw, _MAX_DOCUMENT_BYTES))
                return
            number = 0
            while line := file.readline(_MAX_DOCUMENT_BYTES + 1):
                number += 1
                yield number, _bounded(path, line).rstrip(b'\r\n')
    except (EOFError, OSError, zlib.error) as error:
        if getattr(error, 'errno', None) is not None:
            raise  # Not about the data: a file that may not be read, a disk that failed.
        raise errors.InputError(f'{path}: compressed data damaged or cut off ({error})') from error


def _bounded(path: str, data: bytes) -> bytes:
    """Returns the data of a document unless there is far too much."""
    if len(data) > _MAX_DOCUMENT_BYTES:
        raise errors.InputError(
            f'{path} has a document of over {_MAX_DOCUMENT_BYTES >> 20} MiB; split it, or see '
            'whether --input_format says what it is'
        )
    return data
