"""Finds articles by the names that people give them, and says what articles are called."""

import difflib
import functools
from collections.abc import Iterable
from collections.abc import Sequence

from wikipedia import siteinfo
from wikipedia import titles

_CLOSE = 0.6  # Of 1: how alike a name must be to be suggested.


class ArticleNames:
    """Articles that can be found by address, by title, and by title in any case."""

    def __init__(self, urls: Sequence[str], site: siteinfo.SiteInfo | None = None) -> None:
        """Takes the addresses.

        Args:
            urls: distinct; where two titles differ in case alone, the first is found.
            site: of the articles, when it is known.
        """
        self._urls = urls
        self._site = siteinfo.complete(site) if site is not None else None
        self._prefix = self._site.url_prefix if self._site is not None else ''

    def title(self, url: str) -> str:
        """Returns the title of the article at an address."""
        return titles.of_url(url, self._prefix)

    def find(self, name: str) -> str | None:
        """Returns the address of an article, or None.

        Args:
            name: its address, with or without escapes, or its title, in any case.
        """
        title = titles.of_url(name.strip(), self._prefix).replace('_', ' ')
        if self._site is not None:
            title = self._site.normalize_title(title)
        by_title, by_folded = self._titles
        return by_title.get(title) or by_folded.get(title.casefold())

    def suggest(self, name: str, number: int) -> list[str]:
        """Returns titles like a name that was not found: those that hold it, then similar ones."""
        folded = titles.of_url(name.strip(), self._prefix).casefold()
        _, by_folded = self._titles
        holding = [title for title in by_folded if folded and folded in title]
        found = holding[:number]
        if len(found) < number:
            alike = [t for t in by_folded if t[:1] == folded[:1] and abs(len(t) - len(folded)) < 4]
            found += difflib.get_close_matches(folded, alike, number - len(found), _CLOSE)
        return [self.title(by_folded[title]) for title in dict.fromkeys(found)]

    @functools.cached_property
    def _titles(self) -> tuple[dict[str, str], dict[str, str]]:
        """Addresses by title, and by title in folded case."""
        by_title: dict[str, str] = {}
        by_folded: dict[str, str] = {}
        for url in self._urls:
            title = self.title(url)
            by_title.setdefault(title, url)
            by_folded.setdefault(title.casefold(), url)
        return by_title, by_folded


def parse(lines: Iterable[str]) -> list[str]:
    """Returns the names among lines, each once, in order."""
    return list(dict.fromkeys(filter(None, map(str.strip, lines))))
