"""Makes queries of what a user asks: a text, or an article of the index."""

import dataclasses
import unicodedata
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable

from common import errors
from common import tokenizers
from common.pb import nlp_pb2
from wikipedia import article_lookup
from wikipedia import article_parts
from wikipedia import article_search
from wikipedia import titles

_MAX_NAMED = 10  # Words that are in no article.
_MAX_SHOWN = 300  # Characters.


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a user asked.

    Attributes:
        text: the text, or the title or address, as it was given.
        query: what it means to parts; None when it means nothing to them.
        title: of the article; '' for a text.
        note: what a reader must know, such as why there is no query; or ''.
    """

    text: str
    query: article_parts.Query | None
    title: str = ''
    note: str = ''


class QueryMaker:
    """Makes queries with the words, links and articles of one search index."""

    def __init__(self, search: article_search.ArticleSearch) -> None:
        self._search = search
        self._lookup = article_lookup.ArticleLookup(search)
        self._tokenize: Callable[[str], list[str]] = tokenizers.get(search.config['tokenizer'])

    def of_text(self, text: str) -> Asked:
        """Returns the query of a text; its seeds are left to what a search finds."""
        tokens = tuple(self._tokenize(unicodedata.normalize('NFC', text)))
        if not tokens:
            return Asked(text, None, note='There is no word in it.')
        unknown = [word for word in dict.fromkeys(tokens) if not self._search.holds(word)]
        named = ', '.join(unknown[:_MAX_NAMED])
        more = f' and {len(unknown) - _MAX_NAMED} more' if len(unknown) > _MAX_NAMED else ''
        note = f'In no article: {named}{more}.' if unknown else ''
        return Asked(text, article_parts.Query(tokens=tokens), note=note)

    def of_article(self, name: str, *, exclude_links: bool = False) -> Asked:
        """Returns the query of an article.

        Args:
            name: its title or address.
            exclude_links: also exclude the articles that it links to.
        """
        document = self._search.document(self._lookup.find(name))
        if document is None:
            nearest = ', '.join(repr(title) for title in self._lookup.suggest(name))
            note = f'No article is called so; near: {nearest}.' if nearest else ''
            return Asked(name, None, note=note or 'No article is called so, or nearly so.')
        query = query_of(document, self._search.catalogue, exclude_links=exclude_links)
        return Asked(name, query, titles.of_url(document.primary))


def shorten(text: str) -> str:
    """Returns as much of a text as a heading can take."""
    return text if len(text) <= _MAX_SHOWN else f'{text[:_MAX_SHOWN]}…'


def ask(
    search: article_search.ArticleSearch,
    texts: Iterable[str],
    articles: Iterable[str],
    *,
    exclude_links: bool = False,
) -> list[Asked]:
    """Returns the queries of texts, then of articles.

    Raises:
        InputError: when not one of them means anything to the index.
    """
    maker = QueryMaker(search)
    asked = [maker.of_text(text) for text in texts]
    asked += [maker.of_article(name, exclude_links=exclude_links) for name in articles]
    if asked and all(one.query is None for one in asked):
        others = f' (and {len(asked) - 1} more of which nothing can be made)' if asked[1:] else ''
        raise errors.InputError(
            f'{search.path} can make nothing of {shorten(asked[0].text)!r}: {asked[0].note}{others}'
        )
    return asked


def query_of(
    document: nlp_pb2.TextDocument, catalogue: Collection[str], *, exclude_links: bool = False
) -> article_parts.Query:
    """Returns the query of an article: its words, and as seeds itself and what it links to.

    All seeds weigh the same: of the weights that were tried, this found most of the links of enwik8
    that were held out for validation.

    Args:
        document: the article.
        catalogue: the articles there are; links elsewhere are no seeds.
        exclude_links: also exclude the articles that it links to; itself is always excluded.
    """
    url = document.primary
    links = [link for link in document.secondary if link in catalogue and link != url]
    return article_parts.Query(
        tokens=tuple(document.tokens),
        article=url,
        seeds=(url, *links),
        seed_weights=(1.0,) * (1 + len(links)),
        exclude=frozenset((url, *(links if exclude_links else ()))),
    )
