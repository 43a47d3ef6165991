"""Finds the article that a user names, and what the user may have meant when there is none."""

import difflib
from collections.abc import Callable

from common import tokenizers
from wikipedia import article_search
from wikipedia import search_terms
from wikipedia import titles

_MAX_CANDIDATES = 50
_ALIKE = 0.5  # From which a name is near.
_TITLE_ONLY = 1000.0  # A boost beside which words in texts hardly count.
# No title of a wiki is longer than 255 bytes; what looks for similar ones takes memory for each.
_MAX_KEY = 255


class ArticleLookup:
    """Looks articles up in a search index by title or address."""

    def __init__(self, search: article_search.ArticleSearch) -> None:
        self._search = search
        self._tokenize: Callable[[str], list[str]] = tokenizers.get(search.config['tokenizer'])
        self._terms = search_terms.TermWeights(len(search), search.frequency)

    def find(self, name: str) -> str:
        """Returns the address of an article, or '' when there is none of this name.

        Capitals, underscores and the way an address is escaped make no difference, unless several
        titles differ in capitals only: then the one that is the same, else the first by address.

        Args:
            name: a title, or an address, of which what follows # does not count.
        """
        name = _text(name)
        if name in self._search.catalogue:
            return name
        title = titles.of_name(name)
        found = self._search.named(titles.key(title))
        same = [url for url in found if titles.of_url(url) == title]
        return (same or found or [''])[0]

    def suggest(self, name: str, limit: int = 3) -> list[str]:
        """Returns titles that are like a name or hold it, the most alike first; ties by title."""
        key = titles.key(titles.of_url(_text(name)))[:_MAX_KEY]
        urls = set(self._search.named_alike(key))
        weights = self._terms.of_text(self._tokenize(key), max_terms=16)
        urls.update(self._search.find(weights, _MAX_CANDIDATES, title_boost=_TITLE_ONLY).urls)
        alike = {title: _alike(key, titles.key(title)) for title in map(titles.of_url, urls)}
        near = [title for title in alike if alike[title] >= _ALIKE or key in titles.key(title)]
        return sorted(near, key=lambda title: (-alike[title], title))[:limit]


def _text(name: str) -> str:
    """Returns a name without white space around it, and without what is no character."""
    return name.encode(errors='replace').decode().strip()


def _alike(key: str, other: str) -> float:
    """Returns how alike two names are, from 0 to 1: by letters in order, or by words in any."""
    letters = difflib.SequenceMatcher(None, key, other, autojunk=False).ratio()
    words, other_words = frozenset(key.split()), frozenset(other.split())
    return max(letters, 2 * len(words & other_words) / (len(words) + len(other_words) or 1))
