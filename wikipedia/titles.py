"""Titles of articles, as they stand in addresses."""

import unicodedata
import urllib.parse

# What stands before the title in the addresses of wikis.
_MARKS = ('/wiki/', 'title=', '/index.php/')
_SCHEMES = ('http://', 'https://')


def is_address(text: str) -> bool:
    """Returns whether a text is the address of a page, and no title."""
    return text.lower().startswith(_SCHEMES)


def of_url(url: str) -> str:
    """Returns the title in an address: decoded, with spaces; an identifier is its own title.

    Args:
        url: https://bg.wikipedia.org/wiki/%D0%A1%D0%BE%D1%84%D0%B8%D1%8F, for example. What stands
            after # is left out.
    """
    if not is_address(url):
        return url
    address = url.partition('#')[0]
    rests = (address.partition(mark)[2] for mark in _MARKS)
    title = next(filter(None, rests), '') or address.rstrip('/').rpartition('/')[2]
    return _flatten(urllib.parse.unquote(title).replace('_', ' ')) or url


def of_name(name: str) -> str:
    """Returns the title that somebody gave: with underscores, or by its address."""
    return _flatten(of_url(name.strip()).replace('_', ' '))


def key(title: str) -> str:
    """Returns what titles have in common that differ only in capitals, spaces or code points."""
    return _flatten(unicodedata.normalize('NFC', title.replace('_', ' '))).casefold()


def _flatten(title: str) -> str:
    return ' '.join(title.split())
