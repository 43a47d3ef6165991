"""Finds articles by their words."""

import dataclasses
from collections.abc import Collection
from collections.abc import Sequence

from wikipedia import article_parts
from wikipedia import article_search
from wikipedia import search_terms


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to search.

    Attributes:
        max_terms: how many words a query is searched by, the most telling ones; at least 1.
        title_boost: what a word in a title counts, in the unit of one in a text; at least 0.
    """

    max_terms: int
    title_boost: float

    def changed(self, max_terms: int | None, title_boost: float | None) -> 'Settings':
        """Returns the same with what is not None."""
        return Settings(
            self.max_terms if max_terms is None else max_terms,
            self.title_boost if title_boost is None else title_boost,
        )


# The best of a few on enwik8: first paragraphs that were taken out of their articles, and the links
# of articles, whose titles stand in their texts.
FOR_TEXT = Settings(max_terms=64, title_boost=2.0)
FOR_ARTICLE = Settings(max_terms=100, title_boost=8.0)


class SearchPart:
    """Search as a part: by the words of a text, or by the most telling words of an article.

    Attributes:
        name: 'search'.
    """

    name = 'search'

    def __init__(
        self,
        search: article_search.ArticleSearch,
        *,
        for_text: Settings = FOR_TEXT,
        for_article: Settings = FOR_ARTICLE,
        catalogue: Collection[str] | None = None,
    ) -> None:
        """Takes an open index.

        Args:
            search: the index.
            for_text: how to search by a text.
            for_article: how to search by the words of an article.
            catalogue: which articles may be found; all of the index when None.
        """
        self._search = search
        self._for_text, self._for_article = for_text, for_article
        self._hidden = frozenset() if catalogue is None else search.catalogue.difference(catalogue)
        self._terms = search_terms.TermWeights(len(search), search.frequency)

    def find(self, queries: Sequence[article_parts.Query], top_k: int) -> list[article_parts.Found]:
        """Returns up to top_k articles for each query, none of its exclude."""
        return [self._find(query, top_k) for query in queries]

    def _find(self, query: article_parts.Query, top_k: int) -> article_parts.Found:
        if query.article:
            settings, weigh = self._for_article, self._terms.of_article
        else:
            settings, weigh = self._for_text, self._terms.of_text
        return self._search.find(
            weigh(query.tokens, settings.max_terms),
            top_k,
            title_boost=settings.title_boost,
            exclude=query.exclude | self._hidden,
        )
