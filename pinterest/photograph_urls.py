"""Addresses of photographs, made from identifiers by a template.

A template is an http or https address in which {id} stands for the identifier and {id[A:B]} for its
characters from A, counted from 0, up to but without B: of https://example.org/{id[0:2]}/{id}.jpg
and 0a1b the address is https://example.org/0a/0a1b.jpg. The word pinimg stands for PINIMG.
"""

import re
import urllib.parse

from common import errors
from pinterest import identifiers

# Where Pinterest keeps the photographs of the Shop the Look sets.
PINIMG = 'https://i.pinimg.com/400x/{id[0:2]}/{id[2:4]}/{id[4:6]}/{id}.jpg'
_PINIMG_WORD = 'pinimg'
_FIELD = re.compile(r'\{id(?:\[([0-9]{1,3}):([0-9]{1,3})\])?\}')
_HOST = re.compile(r'[A-Za-z0-9.-]+')
_PRINTABLE = re.compile(r'[!-~]+')


class Template:
    """Makes addresses of identifiers."""

    def __init__(self, text: str) -> None:
        """Parses a template, or the word pinimg.

        Raises:
            UsageError: when it is none; the message says why.
        """
        text = PINIMG if text == _PINIMG_WORD else text
        self.text = text
        rest = _FIELD.sub('', text)
        if not _FIELD.search(text) or '{' in rest or '}' in rest:
            raise errors.UsageError(
                f'the template {text!r} wants {{id}} or {{id[0:2]}}, and no other braces'
            )
        try:
            parts = urllib.parse.urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise errors.UsageError(f'the template {text!r} is no address: {error}') from error
        if parts.scheme not in ('http', 'https') or not _HOST.fullmatch(parts.hostname or ''):
            raise errors.UsageError(
                f'the template {text!r} must start with http:// or https:// and the name of a host'
            )
        if not _PRINTABLE.fullmatch(text) or '@' in parts.netloc:
            raise errors.UsageError(
                f'the template {text!r} may hold no user, space or letter beyond ASCII'
            )
        self.host = parts.hostname if port is None else f'{parts.hostname}:{port}'
        self.origin = f'{parts.scheme}://{self.host}'

    def url(self, identifier: str) -> str:
        """Returns the address of an identifier.

        Raises:
            ValueError: when it is no identifier.
        """
        if not identifiers.is_valid(identifier):
            raise ValueError(f'{identifier!r} is {identifiers.FAULT}')

        def replace(match: re.Match[str]) -> str:
            start, stop = match.groups()
            return identifier if start is None else identifier[int(start) : int(stop)]

        return _FIELD.sub(replace, self.text)
