"""The index that articles are searched by: a directory that search_index.write makes.

    config.json        flags, inputs with record counts and hashes, tokenizer, hashes of the files
    catalogue.jsonl    the address of each article, one JSON string a line, in order of documents
    tantivy/           the index itself, with the documents, compressed

The words are those of the documents: they reach tantivy (https://github.com/quickwit-oss/tantivy)
split, and are split there at white space only, so that there is no second tokenizer.
"""

import collections
import contextlib
import dataclasses
import hashlib
import importlib.metadata
import json
import os
import pathlib
import re
import shutil
import zlib
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import tantivy

from common import errors
from common import records
from common import tokenizers
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from wikipedia import redirect_resolution
from wikipedia import search_index_config
from wikipedia import titles

URL, NAME, TITLE, TEXT, DOCUMENT, NUMBER = 'url', 'name', 'title', 'text', 'document', 'number'

# What becomes of a document, as it is counted.
ARTICLES = 'articles'
WORDS = 'words'
NO_ADDRESS = 'skipped: no address'
REPEATED = 'skipped: address seen before'

_DEFAULT_TOKENIZER = 'unicode'
_COMPRESSION = 1  # On enwik8 a third of the time of level 6, and 10 % more bytes.
_SPLITTER = 'white_space'
_WHITE_SPACE = re.compile('[ \t\n\x0c\r]')  # What tantivy's tokenizer splits at.


@dataclasses.dataclass(frozen=True)
class Source:
    """Where documents come from, for config.json.

    Attributes:
        tokenizer: what split them, one of tokenizers.NAMES; queries are split by the same.
        site: of their wiki, as siteinfo gives it; None when it is not known.
        inputs: data sets, as Dataset.describe gives them.
    """

    tokenizer: str
    site: Mapping[str, Any] | None = None
    inputs: tuple[Mapping[str, Any], ...] = ()


def write(
    folder: str,
    documents: Iterable[nlp_pb2.TextDocument],
    source: Source,
    *,
    redirects: redirect_resolution.Redirects = redirect_resolution.NONE,
    other_names: Mapping[str, Collection[str]] | None = None,
    buffer_bytes: int = 256_000_000,
) -> collections.Counter[str]:
    """Writes an index into an empty directory.

    One thread writes, and what is found does not depend on how the index falls into segments.

    Args:
        folder: where to.
        documents: of several with one address the first counts.
        source: where they come from.
        redirects: by which links are resolved.
        other_names: by address, the keys of further titles that an article is looked up by.
        buffer_bytes: of words in memory before they are written; tantivy wants 15 MB or more.

    Returns:
        How many documents became what.
    """
    with _Writer(folder, source.tokenizer, buffer_bytes) as writer:
        for document in documents:
            links = redirects.links(document)
            del document.secondary[:]
            document.secondary.extend(links)
            writer.add(document, (other_names or {}).get(document.primary, ()))
        writer.finish()
    config = {
        'articles': writer.counts[ARTICLES],
        'words': writer.counts[WORDS],
        'totals': dict(writer.counts),
        'content_hash': writer.digest.hexdigest(),
        'tokenizer': source.tokenizer,
        'site': source.site,
        'inputs': [dict(entry) for entry in source.inputs],
        'libraries': {'tantivy': importlib.metadata.version('tantivy')},
    }
    search_index_config.save(folder, config)
    return writer.counts


def names_by_target(
    redirects: Iterable[recsys_pb2.Redirect], resolved: redirect_resolution.Redirects
) -> dict[str, set[str]]:
    """Returns the keys of the titles that redirect to each address in the end."""
    names: dict[str, set[str]] = {}
    for redirect in redirects:
        (target,) = resolved.resolve([redirect.url])
        names.setdefault(target, set()).add(titles.key(titles.of_url(redirect.url)))
    return names


def tokenizer_of(data: records.Dataset) -> str:
    """Returns what split the words of documents, according to their metadata; else unicode."""
    made_by = data.meta.made_by if data.meta is not None else {}
    name = dict(made_by.get('flags', {})).get('tokenizer')
    return name if name in tokenizers.NAMES else _DEFAULT_TOKENIZER


def term(token: str) -> str:
    """Returns a token as the index holds it: identifiers may hold white space, terms may not."""
    return _WHITE_SPACE.sub('\x1f', token)


def unpack(blob: bytes) -> nlp_pb2.TextDocument:
    """Returns the document that an index holds packed."""
    return nlp_pb2.TextDocument.FromString(zlib.decompress(blob))


class _Writer:
    """Adds documents to an index of tantivy, and their addresses to the catalogue.

    A context manager: after an error its threads are ended, so that the folder can be removed.
    """

    def __init__(self, folder: str, tokenizer: str, buffer_bytes: int) -> None:
        self.counts: collections.Counter[str] = collections.Counter({ARTICLES: 0, WORDS: 0})
        self.digest = hashlib.sha256()
        self._tokenize: Callable[[str], list[str]] = tokenizers.get(tokenizer)
        self._urls: dict[str, None] = {}
        self._path = os.path.join(folder, search_index_config.TANTIVY_NAME)
        self._catalogue_path = os.path.join(folder, search_index_config.CATALOGUE_NAME)
        os.mkdir(self._path)
        index = tantivy.Index(_schema(), self._path)
        splitter = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer(_SPLITTER, splitter)
        # Several threads would deal the documents out as they happen to be free.
        self._writer = index.writer(heap_size=buffer_bytes, num_threads=1)

    def add(self, document: nlp_pb2.TextDocument, other_names: Collection[str]) -> None:
        """Adds a document, which has other names besides its title, or counts why not."""
        url = document.primary
        if not url:
            self.counts[NO_ADDRESS] += 1
        elif url in self._urls:
            self.counts[REPEATED] += 1
        else:
            self._add(url, document, other_names)

    def _add(self, url: str, document: nlp_pb2.TextDocument, other_names: Collection[str]) -> None:
        payload = document.SerializeToString(deterministic=True)
        self.digest.update(len(payload).to_bytes(8, 'little') + payload)
        title = titles.of_url(url)
        entry = tantivy.Document()
        entry.add_text(URL, url)
        for name in {titles.key(title), *other_names}:
            entry.add_text(NAME, name)
        entry.add_text(TITLE, _join(self._tokenize(title)))
        entry.add_text(TEXT, _join(document.tokens))
        entry.add_bytes(DOCUMENT, zlib.compress(payload, _COMPRESSION))
        entry.add_unsigned(NUMBER, len(self._urls))
        with self._named_errors():
            self._writer.add_document(entry)
        self._urls[url] = None
        self.counts[ARTICLES] += 1
        self.counts[WORDS] += len(document.tokens)

    def finish(self) -> None:
        """Writes what is in memory, the catalogue, and waits until segments are merged."""
        with self._named_errors():
            self._writer.commit()
            self._writer.wait_merging_threads()
        with open(self._catalogue_path, 'w', encoding='utf-8') as file:
            file.writelines(json.dumps(url, ensure_ascii=False) + '\n' for url in self._urls)
        for name in search_index_config.LOCKS:
            pathlib.Path(self._path, name).unlink(missing_ok=True)
        for name in os.listdir(self._path):  # Some of which nobody else may read.
            shutil.copymode(self._catalogue_path, os.path.join(self._path, name))

    def __enter__(self) -> '_Writer':
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            return
        with contextlib.suppress(Exception):  # Another error is on its way.
            self._writer.rollback()
        with contextlib.suppress(Exception):
            self._writer.wait_merging_threads()

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        """Names the place of an error of tantivy, which says as little as that a thread died."""
        try:
            yield
        except (ValueError, OSError) as error:
            raise errors.InputError(
                f'{os.path.dirname(self._path)} cannot be written ({error}); is there space left?'
            ) from error


def _schema() -> tantivy.Schema:
    """Returns the fields: counts of words without their positions; no field stored but one."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(URL, tokenizer_name='raw', index_option='basic')
    builder.add_text_field(NAME, tokenizer_name='raw', index_option='basic')
    builder.add_text_field(TITLE, tokenizer_name=_SPLITTER, index_option='freq')
    builder.add_text_field(TEXT, tokenizer_name=_SPLITTER, index_option='freq')
    builder.add_bytes_field(DOCUMENT, stored=True)
    builder.add_unsigned_field(NUMBER, fast=True)
    return builder.build()


def _join(tokens: Iterable[str]) -> str:
    tokens = list(tokens)
    if _WHITE_SPACE.search(''.join(tokens)):
        tokens = [term(token) for token in tokens]
    return ' '.join(tokens)
