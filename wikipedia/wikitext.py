"""Strips MediaWiki markup: wikitext in, the text that a reader sees out.

Gone are templates, tables, references, comments, formulas, galleries, program listings, files with
their captions, categories, interlanguage links, magic words, bare addresses and all tags. Kept are
headings, list items, and the labels of links. What is never closed is no markup, as in MediaWiki,
and stays as text: an unclosed brace never swallows the rest of a page.

Time is linear in the length of any text.
"""

import html
import re
from typing import NamedTuple

from wikipedia import markup

_LABELLED_URL = re.compile(
    r'\[(?:(?:https?|ftp|irc|gopher|news|nntp|mailto):|(?=//))[^\s\[\]<>"]++[ \t]*+'
    r'([^\[\]\n]*+)\]',
    re.IGNORECASE,
)
_BARE_URL = re.compile(r'(?:https?|ftp|irc|gopher|nntp)://[^\s\[\]<>"|]++')
_FOUR_QUOTES = re.compile("(?<!')''''(?!')")
_QUOTES = re.compile("''+")
_VARIANTS = re.compile(r'-\{(?:[^{}|]*+\|)?(?:[\w-]++:)?([^{};]*+)[^{}]*+\}-')
# What begins a line: rows of tables that templates opened, rules, headings, list items.
_LINE_MARK = re.compile(r'\n(?:[ \t]*+(?:\||![^\n|!]*+(?:\||!!))[^\n]*+|-{4,}+|[=*#:;]++)[ \t]*+')
_HEADING_END = re.compile(r'=(?<!==)=*+[ \t]*+(?=\n)')
_MAGIC_WORD = re.compile(
    r'__(?:(?:NO|FORCE)?TOC|NOEDITSECTION|(?:NO)?NEWSECTIONLINK|NOGALLERY|HIDDENCAT|(?:NO)?INDEX'
    r'|STATICREDIRECT|NO(?:TITLE|CONTENT)CONVERT|NO(?:TC|CC)|DISAMBIG|EXPECTUNUSEDCATEGORY|START'
    r'|END)__'
)
_LOCAL_MAGIC_WORD = re.compile(r'\n[ \t]*+__[^\s_](?:[^\n\W]|-){2,60}__[ \t]*+(?=\n)')
_ENTITY = re.compile(r'&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});')
_INVISIBLE = re.compile('[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]')
_BRACE = re.compile(r'\{\{|\{\||\}\}|\|\}(?!\})')
_SPACES = re.compile('  +')
_BLANK_LINES = re.compile(r'\n\s*\n\s*')
_WORD_CHAR = re.compile(r'[^\W_]')


class VisibleText(NamedTuple):
    """The text of a page, and the first paragraph of it."""

    text: str
    lead: str


def visible_text(source: str, hidden_prefixes: frozenset[str]) -> VisibleText:
    """Returns what a reader of the page sees.

    Args:
        source: of a page, after markup.hide_opaque.
        hidden_prefixes: what stands before the colon in links that show nothing where they stand
            (files, categories, other languages), in lower case with spaces.
    """
    marked = '\n' + markup.without_blocks(source, hidden_prefixes) + '\n'
    marked = _clean_inline(marked)
    return VisibleText(_clean_lines(marked), _clean_lines('\n' + first_paragraph(marked) + '\n'))


def _clean_inline(text: str) -> str:
    """Removes what may stand anywhere in a line: quotation marks, addresses, magic words."""
    text = _LABELLED_URL.sub(r'\1', text)
    if '://' in text:
        text = _BARE_URL.sub('', text)
    if "''''" in text:
        text = _FOUR_QUOTES.sub("'", text)
    if '-{' in text:
        text = _VARIANTS.sub(r'\1', text)
    if '__' in text:
        text = _LOCAL_MAGIC_WORD.sub('', _MAGIC_WORD.sub('', text))
    return text.replace('~~~~', '')


def first_paragraph(text: str, hidden_prefixes: frozenset[str] = frozenset()) -> str:
    """Returns the first paragraph of prose: not a heading, list, note above the article, table.

    Args:
        text: with the marks that begin its lines and with its quotation marks; all other markup
            may be there too, then templates, tables, and lines of hidden links are passed over.
        hidden_prefixes: as in visible_text.
    """
    lines: list[str] = []
    depth = 0
    for line in text.split('\n'):
        line = line.strip()
        outside = depth == 0
        if '{' in line or '}' in line:
            for brace in _BRACE.findall(line):
                depth = max(0, depth + (1 if brace[0] == '{' else -1))
        if not line or line[0] in '=*#:;|!{}' or not outside or _is_note(line, hidden_prefixes):
            if lines and outside:
                break
        elif lines or _WORD_CHAR.search(line):
            lines.append(line)
    return '\n'.join(lines)


def _is_note(line: str, hidden_prefixes: frozenset[str]) -> bool:
    """Whether a line is a rule, a comment, a hidden link, or in italics as a whole."""
    if line.startswith(('----', '<!--')):
        return True
    if line.startswith('[['):
        return line[2:].partition(':')[0].strip().lower() in hidden_prefixes
    # Notes above articles are in italics.
    return line[:2] == "''" == line[-2:] and line[2:3] != "'" and line.count("''") == 2


def _clean_lines(text: str) -> str:
    """Removes what begins lines, then quotation marks, and decodes entities, in that order."""
    text = _LINE_MARK.sub('\n', text)
    text = _QUOTES.sub('', _HEADING_END.sub('', text))
    text = decode_entities(text)
    if not text.isascii():
        text = _INVISIBLE.sub('', text).replace('\u00a0', ' ')
    text = _SPACES.sub(' ', text).replace(' \n', '\n').replace('\n ', '\n')
    return _BLANK_LINES.sub('\n\n', text).strip()


def decode_entities(text: str) -> str:
    """Decodes entities that end in a semicolon; html.unescape also takes others for entities."""
    if '&' not in text:
        return text
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)
