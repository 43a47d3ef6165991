"""Facts of MediaWiki per language: how it writes redirects and names namespaces.

The table in languages.tsv has a line per set of languages: their codes; words for #REDIRECT
without the sign; names and aliases of namespaces beyond the English ones, which hold everywhere.
A dump says only what its namespaces are called now, not what they are called besides.
"""

import dataclasses
import functools
import pathlib

CANONICAL_NAMES = {
    -2: ('Media',),
    -1: ('Special',),
    0: ('',),
    1: ('Talk',),
    2: ('User',),
    3: ('User talk',),
    4: ('Project',),
    5: ('Project talk',),
    6: ('File', 'Image'),
    7: ('File talk', 'Image talk'),
    8: ('MediaWiki',),
    9: ('MediaWiki talk',),
    10: ('Template',),
    11: ('Template talk',),
    12: ('Help',),
    13: ('Help talk',),
    14: ('Category',),
    15: ('Category talk',),
    828: ('Module',),
    829: ('Module talk',),
}
_TABLE = 'languages.tsv'
_ENGLISH_WORD = 'REDIRECT'


@dataclasses.dataclass(frozen=True)
class Language:
    """What one language adds to English.

    Attributes:
        redirect_words: what may stand after the # of a redirect, the English word included.
        names: names and aliases by namespace.
    """

    redirect_words: tuple[str, ...] = (_ENGLISH_WORD,)
    names: dict[int, tuple[str, ...]] = dataclasses.field(default_factory=dict)


def find(code: str) -> Language:
    """Returns the facts of a language, or of English when they are not known."""
    return _table().get(code.lower(), Language())


@functools.cache
def _table() -> dict[str, Language]:
    languages = {}
    text = pathlib.Path(__file__).with_name(_TABLE).read_text(encoding='utf-8')
    for line in text.splitlines()[1:]:
        codes, words, names = line.split('\t')
        language = Language((*filter(None, words.split('|')), _ENGLISH_WORD), _parse_names(names))
        languages.update(dict.fromkeys(codes.split(), language))
    return languages


def _parse_names(field: str) -> dict[int, tuple[str, ...]]:
    entries = (entry.split('=', 1) for entry in field.split(';') if entry)
    return {int(key): tuple(names.split('|')) for key, names in entries}
