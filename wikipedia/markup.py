"""Scans MediaWiki markup that nests or spans lines: braces, links, tables, tags, comments.

Time is linear in the length of any text: each character is looked at a fixed number of times
(possessive patterns that stop at the next bracket, and one stack).
"""

import re

# Tags whose content is not wikitext. Those of the first kind show it, as it is written.
_LITERAL_TAGS = frozenset(('nowiki', 'pre'))
_OPAQUE_NAMES = (
    'nowiki pre math chem ce source syntaxhighlight timeline score hiero graph templatedata '
    'templatestyles imagemap inputbox charinsert mapframe maplink categorytree dynamicpagelist '
    'includeonly script style indicator'
)
_OPAQUE_TAGS = _OPAQUE_NAMES.split()
# Tags that are dropped with their wikitext.
_DROPPED_TAGS = frozenset(('ref', 'references', 'gallery', 'table'))
_BLOCK_NAMES = (
    'blockquote br caption center dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol poem td th tr ul'
)
_BLOCK_TAGS = frozenset(_BLOCK_NAMES.split())
_INLINE_NAMES = (
    'a abbr b bdi bdo big cite code data del dfn em font i ins kbd mark noinclude nobr '
    'onlyinclude q rb rp rt rtc ruby s samp section small span strike strong sub sup time tt u '
    'var wbr'
)
_INLINE_TAGS = frozenset(_INLINE_NAMES.split())
_OPAQUE = re.compile(rf'<(?:!--|({"|".join(_OPAQUE_TAGS)})(?![\w-])[^<>]*+>)', re.IGNORECASE)
_ESCAPES = {ord(char): f'&#{ord(char)};' for char in "[]{}|<>'=*#:_!-~"}

_TOKEN = re.compile(
    r"""
    [\[\]{}<\n](?:
      (?<=\[)\[(?!\[)(?:
          (?P<link>[^\[\]{}|<>\n]*+)(?:\|(?P<label>[^\[\]{}<]*+))?\]\]
        | (?P<open_link>[^\[\]{}|<>\n]*+)(?P<pipe>\|)?+
      )
      | (?<=\])(?P<close_link>\])
      | (?<=\{)\{(?:(?P<template>[^{}]++\}\}(?!\}))|(?P<open_braces>\{*+))
      | (?<=\})(?P<close_braces>\}++)
      | (?<=<)(?:
          (?P<reference>ref(?![a-z])(?:[^<>]*+(?<=/)>|[^<>]*+>[^<]*+</ref\s*+>))
        | (?P<slash>/?)(?P<tag>[a-z][a-z0-9]*+)(?P<attributes>[^<>]*+)>
      )
      | (?<=\n)[ \t:*\#;]*+(?:(?P<open_table>\{\|[^\n]*+)|(?P<close_table>\|\}(?!\})))
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BRACES, _TABLE, _LINK = '{', '|', '['

_MEDIA_FILE = re.compile(
    r'\.(?:jpe?g|png|gif|svg|tiff?|webp|xcf|pdf|djvu|og[gav]|opus|mp[34]|web[m]|wav|flac|mid)\s*$',
    re.IGNORECASE,
)


def without_blocks(source: str, hidden_prefixes: frozenset[str]) -> str:
    """Returns a text without templates, tables, references and tags; links become their labels.

    What is left to remove stands within lines or begins them. Arguments as in visible_text.
    """
    return _Scan(hidden_prefixes).run(source)


def is_media_file(target: str) -> bool:
    """Whether a link's target names a picture, sound or film, whatever its prefix is called."""
    return _MEDIA_FILE.search(target) is not None


def hide_opaque(wikitext: str) -> str:
    """Removes comments and what is not wikitext; what is shown literally loses its meaning.

    Links that remain are links: those in comments, nowiki and the like are gone or escaped.
    """
    if '<' not in wikitext:
        return wikitext
    pieces, position, never_closed = [], 0, set()
    while (match := _OPAQUE.search(wikitext, position)) is not None:
        pieces.append(wikitext[position : match.start()])
        tag = (match[1] or '--').lower()
        content_start = position = match.end()
        if match[0].endswith('/>') or tag in never_closed:
            continue
        if tag == '--':
            end = wikitext.find('-->', content_start)
            position = len(wikitext) if end < 0 else end + 3
            continue
        closing = _closing_tag(tag).search(wikitext, content_start)
        if closing is None:
            never_closed.add(tag)
            continue
        position = closing.end()
        content = wikitext[content_start : closing.start()]
        pieces.append(content.translate(_ESCAPES) if tag in _LITERAL_TAGS else ' ')
    pieces.append(wikitext[position:])
    return ''.join(pieces)


def _closing_tag(tag: str) -> re.Pattern[str]:
    return re.compile(rf'</{tag}\s*+>', re.IGNORECASE)


class _Scan:
    """One pass over a text with the open markup on a stack.

    Everything is written to the output as it comes; closing what is dropped cuts the output back
    to where it was opened. So what is never closed is simply there.
    """

    def __init__(self, hidden_prefixes: frozenset[str]) -> None:
        self._hidden_prefixes = hidden_prefixes
        self._out: list[str] = []
        # Kind, length of the output when it opened, and for braces their number, for links
        # whether they are hidden.
        self._stack: list[tuple[str, int, int]] = []
        self._open: dict[str, int] = {}

    def run(self, text: str) -> str:
        """Returns the text without markup that spans lines or nests."""
        out, position = self._out, 0
        for match in _TOKEN.finditer('\n' + text):
            # The text is not copied again for the newline: positions are one further on.
            start = match.start() - 1
            if start > position:
                out.append(text[position:start])
            position = match.end() - 1
            kind = match.lastgroup
            if kind == 'link' or kind == 'label':
                if not self._is_hidden(match['link']):
                    out.append(match['label'] or match['link'].removeprefix(':'))
            elif kind == 'template' or kind == 'reference':
                self._gap(match)
            else:
                _HANDLERS[kind](self, match)
        out.append(text[max(position, 0) :])
        return ''.join(out)

    def _gap(self, match: re.Match[str]) -> None:
        """Keeps words apart that something stood between."""
        if match.string[match.end() : match.end() + 1].isalnum():
            self._out.append(' ')

    def _is_hidden(self, target: str) -> bool:
        prefix, colon, _ = target.partition(':')
        if not colon:
            return False
        prefix = ' '.join(prefix.replace('_', ' ').split()).lower()
        return prefix in self._hidden_prefixes or (prefix != '' and is_media_file(target))

    def _push(self, kind: str, detail: int = 0) -> None:
        self._stack.append((kind, len(self._out), detail))
        self._open[kind] = self._open.get(kind, 0) + 1

    def _pop(self, kind: str) -> tuple[int, int] | None:
        """Closes the nearest open markup of a kind, and forgets what was opened since."""
        if not self._open.get(kind):
            return None
        while True:
            found, length, detail = self._stack.pop()
            self._open[found] -= 1
            if found == kind:
                return length, detail

    def _drop(self, kind: str, match: re.Match[str]) -> None:
        opened = self._pop(kind)
        if opened is not None:
            del self._out[opened[0] :]
            self._gap(match)

    def _open_link(self, match: re.Match[str]) -> None:
        target = match['open_link']
        self._push(_LINK, self._is_hidden(target))
        # A target that goes on, as with a template inside, is kept; a label shows alone.
        self._out.append('' if match['pipe'] else target.removeprefix(':'))

    def _close_link(self, match: re.Match[str]) -> None:
        opened = self._pop(_LINK)
        if opened is not None and opened[1]:
            del self._out[opened[0] :]
            self._gap(match)

    def _open_braces(self, match: re.Match[str]) -> None:
        self._push(_BRACES, 2 + len(match['open_braces']))

    def _close_braces(self, match: re.Match[str]) -> None:
        closing = 1 + len(match['close_braces'])
        while closing >= 2 and (opened := self._pop(_BRACES)) is not None:
            length, opening = opened
            del self._out[length:]
            matched = 3 if min(opening, closing) >= 3 else 2
            closing -= matched
            if opening - matched >= 2:
                self._push(_BRACES, opening - matched)
        self._gap(match)

    def _open_table(self, match: re.Match[str]) -> None:
        self._out.append('\n')
        self._push(_TABLE)

    def _close_table(self, match: re.Match[str]) -> None:
        self._drop(_TABLE, match)
        self._out.append('\n')

    def _tag(self, match: re.Match[str]) -> None:
        tag = match['tag'].lower()
        if tag in _DROPPED_TAGS:
            if match['slash']:
                self._drop(tag, match)
            elif not match['attributes'].endswith('/'):
                self._push(tag)
        elif tag in _BLOCK_TAGS:
            self._out.append('\n')
        elif tag == 'p':
            self._out.append('\n\n')
        elif tag not in _INLINE_TAGS:
            self._out.append(match[0])


_HANDLERS = {
    'open_link': _Scan._open_link,
    'pipe': _Scan._open_link,
    'close_link': _Scan._close_link,
    'open_braces': _Scan._open_braces,
    'close_braces': _Scan._close_braces,
    'open_table': _Scan._open_table,
    'close_table': _Scan._close_table,
    'attributes': _Scan._tag,
}
