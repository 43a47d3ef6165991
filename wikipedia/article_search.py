"""Searches articles by their words: BM25 over titles and texts.

The score of an article is the sum over the terms of the query of weight times BM25, in its text
and, times the boost of titles, in its title. In a field, a term that occurs f times in an article
of l words where the mean is m, and in n of N articles, scores

    ln(1 + (N - n + 0.5) / (n + 0.5)) * f * (k1 + 1) / (f + k1 * (1 - b + b * l / m))

with k1 = 1.2 and b = 0.75; l is rounded down to one of 256 lengths, exact up to 40 words.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009),
section 3, with the logarithm kept above 0 as in Lucene;
https://docs.rs/tantivy/latest/src/tantivy/query/bm25.rs.html for the constants.
"""

import contextlib
import json
import os
import tempfile
import zlib
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tantivy
from google.protobuf import message as protobuf_message

from common import errors
from common.pb import nlp_pb2
from wikipedia import article_parts
from wikipedia import search_index
from wikipedia import search_index_config

K1, B = 1.2, 0.75
_DIGITS = 6  # Of a score: sums of 32-bit numbers differ beyond, by the order of their terms.
_MAX_REMEMBERED = 1_000_000  # Tokens whose frequency is kept.
_MAX_NAMED = 1000
_SEARCHED = (search_index.URL, search_index.NAME, search_index.TITLE, search_index.TEXT)
_DAMAGE = (ValueError, OSError, LookupError, zlib.error, protobuf_message.DecodeError)


class ArticleSearch:
    """A search index, open.

    Attributes:
        path: its directory.
        config: what its config.json says.
        urls: the addresses of its articles, in order.
        catalogue: the same as a set.
    """

    def __init__(self, path: str) -> None:
        """Opens an index.

        Raises:
            InputError: when path is no whole index.
        """
        self.path = path
        self.config: dict[str, Any] = search_index_config.load(path)
        self.urls = _load_catalogue(path, self.config)
        self.catalogue = frozenset(self.urls)
        self._links = tempfile.TemporaryDirectory(prefix='search-index-')
        with _damage_named(path):
            index = tantivy.Index.open(_link_files(path, self._links.name))
            self._searcher = index.searcher()
            self._schema = index.schema
            for field in _SEARCHED:
                tantivy.Query.term_query(self._schema, field, '')  # Raises when there is none.
        self._frequencies: dict[str, int] = {}

    @property
    def language(self) -> str:
        """The code of the wiki's language, such as bg; '' when it is not known."""
        return str((self.config.get('site') or {}).get('language', ''))

    def describe(self) -> dict[str, Any]:
        """Returns the entry for this index in the `inputs` of what is made from it."""
        hashed = self.config['content_hash']
        return {'path': self.path, 'records': len(self), 'content_hash': hashed}

    def __len__(self) -> int:
        """Returns the number of articles."""
        return len(self.urls)

    def frequency(self, token: str) -> int:
        """Returns in how many texts a token occurs."""
        found = self._frequencies.get(token)
        if found is None:
            if len(self._frequencies) >= _MAX_REMEMBERED:
                self._frequencies.clear()
            with _damage_named(self.path):
                found = self._searcher.doc_freq(search_index.TEXT, search_index.term(token))
            self._frequencies[token] = found
        return found

    def holds(self, token: str) -> bool:
        """Returns whether a token occurs in any text or title."""
        term = search_index.term(token)
        with _damage_named(self.path):
            return bool(self.frequency(token) or self._searcher.doc_freq(search_index.TITLE, term))

    def find(
        self,
        weights: Mapping[str, float],
        top_k: int,
        *,
        title_boost: float = 1.0,
        exclude: Collection[str] = (),
    ) -> article_parts.Found:
        """Returns the articles that score highest, those that hold none of the terms never.

        Args:
            weights: of the terms, above 0; what a user typed is never read as a query language.
            top_k: how many, at least 1.
            title_boost: what a term in a title counts, in the unit of one in a text; at least 0.
            exclude: addresses that are not to be found.
        """
        query = self._query(weights, title_boost)
        hidden = self.catalogue.intersection(exclude)
        limit = min(len(self), top_k + len(hidden) + 1)
        ranked: list[tuple[float, str]] = []
        while limit:
            hits = self._search(query, limit)
            ranked = self._rank(hits, hidden)
            # Of those that tie with the last one wanted, some may be beyond the limit.
            if len(hits) < limit or limit == len(self) or ranked[top_k - 1][0] < ranked[-1][0]:
                break
            limit = min(len(self), 2 * limit)
        del ranked[top_k:]
        return article_parts.Found(
            tuple(url for _, url in ranked), tuple(-negative for negative, _ in ranked)
        )

    def document(self, url: str) -> nlp_pb2.TextDocument | None:
        """Returns the document of an address; None when there is none."""
        query = tantivy.Query.term_query(self._schema, search_index.URL, url, index_option='basic')
        hits = self._search(query, 1)
        if not hits:
            return None
        with _damage_named(self.path):
            return search_index.unpack(self._searcher.doc(hits[0][1])[search_index.DOCUMENT][0])

    def named(self, name: str) -> list[str]:
        """Returns the addresses whose title has this titles.key, sorted."""
        query = tantivy.Query.term_query(
            self._schema, search_index.NAME, name, index_option='basic'
        )
        return self._addresses(query, _MAX_NAMED)

    def named_alike(self, name: str) -> list[str]:
        """Returns addresses whose title's key is up to two changes of a letter away, sorted."""
        query = tantivy.Query.fuzzy_term_query(
            self._schema, search_index.NAME, name, distance=2, transposition_cost_one=True
        )
        return self._addresses(query, _MAX_NAMED)

    def _query(self, weights: Mapping[str, float], title_boost: float) -> tantivy.Query:
        """Returns a sum over terms and fields; built from terms, so that nothing is parsed."""
        fields = [(search_index.TEXT, 1.0)]
        if title_boost > 0:
            fields.append((search_index.TITLE, title_boost))
        clauses = []
        for token, weight in weights.items():
            for field, boost in fields:
                query = tantivy.Query.term_query(
                    self._schema, field, search_index.term(token), index_option='freq'
                )
                query = tantivy.Query.boost_query(query, weight * boost)
                clauses.append((tantivy.Occur.Should, query))
        return tantivy.Query.boolean_query(clauses)

    def _rank(
        self, hits: Sequence[tuple[float, tantivy.DocAddress]], hidden: Collection[str]
    ) -> list[tuple[float, str]]:
        """Returns negated scores and addresses, best first, ties by address."""
        with _damage_named(self.path):
            numbers = self._searcher.fast_field_values(
                search_index.NUMBER, [address for _, address in hits]
            )
            if None in numbers:
                raise ValueError('an article has no number')
            rows = [
                (-float(f'{score:.{_DIGITS}g}'), self.urls[number])
                for (score, _), number in zip(hits, numbers, strict=True)
            ]
        return sorted(row for row in rows if row[1] not in hidden)

    def _addresses(self, query: tantivy.Query, limit: int) -> list[str]:
        return sorted(url for _, url in self._rank(self._search(query, limit), ()))

    def _search(self, query: tantivy.Query, limit: int) -> list[tuple[float, tantivy.DocAddress]]:
        with _damage_named(self.path):
            return self._searcher.search(query, limit, count=False).hits


@contextlib.contextmanager
def _damage_named(path: str) -> Iterator[None]:
    """Has whatever tantivy raises over damaged files say which, and what to do.

    Raises:
        InputError: instead.
    """
    try:
        yield
    except BaseException as error:
        # A panic of Rust is no Exception, and has no name that could be imported.
        panics = type(error).__name__ == 'PanicException'
        if not panics and not isinstance(error, _DAMAGE):
            raise
        raise errors.InputError(
            f'{path} is damaged ({error}); make it again with make_search_index'
        ) from error


def _link_files(path: str, folder: str) -> str:
    """Links to the files of an index from a folder, and returns the folder.

    tantivy locks what it opens by a file beside it, which fails where one may only read.
    """
    source = os.path.join(os.path.abspath(path), search_index_config.TANTIVY_NAME)
    for name in os.listdir(source):
        if not name.endswith('.lock'):
            os.symlink(os.path.join(source, name), os.path.join(folder, name))
    return folder


def _load_catalogue(path: str, config: Mapping[str, Any]) -> list[str]:
    """Returns the addresses in order.

    Raises:
        InputError: when the file is not what search_index wrote.
    """
    name = os.path.join(path, search_index_config.CATALOGUE_NAME)
    try:
        with open(name, encoding='utf-8') as file:
            urls = [json.loads(line) for line in file]
        if len(urls) != config['articles'] or not all(isinstance(url, str) for url in urls):
            raise ValueError(f'{len(urls)} addresses, and {config["articles"]} are wanted')
    except (ValueError, OSError, RecursionError) as error:
        raise errors.InputError(f'{name} is damaged ({error}); make the index again') from error
    return urls
