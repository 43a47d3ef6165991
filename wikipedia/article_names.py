"""Finds articles of a list by the names that people give them."""

import difflib
import functools
from collections.abc import Iterable
from collections.abc import Sequence

from wikipedia import titles

_CLOSE = 0.6  # Of 1: how alike a name must be to be suggested.
_LENGTHS = 4  # How many letters longer or shorter it may be.


class ArticleNames:
    """Articles that can be found by address, by title, and by title in any case."""

    def __init__(self, urls: Sequence[str]) -> None:
        """Takes the addresses, distinct; where only capitals differ in titles, the first counts."""
        self._urls = urls

    def find(self, name: str) -> str | None:
        """Returns the address of an article, or None.

        Args:
            name: its address, with or without escapes, or its title, in any case.
        """
        title = titles.of_name(name)
        by_title, by_key = self._names
        return by_title.get(title) or by_key.get(titles.key(title))

    def suggest(self, name: str, number: int) -> list[str]:
        """Returns titles like a name that was not found: those that hold it, then similar ones."""
        key = titles.key(titles.of_url(name.strip()))
        _, by_key = self._names
        found = [other for other in by_key if key and key in other][:number]
        if len(found) < number:
            alike = [
                other
                for other in by_key
                if other[:1] == key[:1] and abs(len(other) - len(key)) < _LENGTHS
            ]
            found += difflib.get_close_matches(key, alike, number - len(found), _CLOSE)
        return [titles.of_url(by_key[other]) for other in dict.fromkeys(found)]

    @functools.cached_property
    def _names(self) -> tuple[dict[str, str], dict[str, str]]:
        """Addresses by title, and by what titles have in common that differ in capitals."""
        by_title: dict[str, str] = {}
        by_key: dict[str, str] = {}
        for url in self._urls:
            title = titles.of_url(url)
            by_title.setdefault(title, url)
            by_key.setdefault(titles.key(title), url)
        return by_title, by_key


def parse(lines: Iterable[str]) -> list[str]:
    """Returns the names among lines, each once, in order."""
    return list(dict.fromkeys(filter(None, map(str.strip, lines))))
