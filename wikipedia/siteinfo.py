"""What a dump says of its wiki: language, addresses, namespaces, and how titles are written."""

import dataclasses
import functools
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

from common import errors
from wikipedia import languages

FILE_NAME = '_siteinfo.json'
CASE_FIRST_LETTER = 'first-letter'
CASE_SENSITIVE = 'case-sensitive'
MEDIA, SPECIAL, ARTICLE, USER, PROJECT, FILE, TEMPLATE, CATEGORY = -2, -1, 0, 2, 4, 6, 10, 14
# Of these MediaWiki writes the first letter large whatever the rest of the site does: special
# pages, users, interface messages, and their talk pages.
_ALWAYS_CAPITALIZED = frozenset((SPECIAL, USER, USER + 1, 8, 9))
_DOTTED_I_LANGUAGES = frozenset(('tr', 'az', 'kaa', 'crh'))
_GEORGIAN = range(0x10D0, 0x1100)
# What MediaWiki leaves unescaped in the address of a page.
_URL_SAFE = ';@$!*(),/~:'


@dataclasses.dataclass(frozen=True)
class Namespace:
    """One namespace: its number, its name now, what else it answers to, its rule of case."""

    key: int
    name: str
    case: str = CASE_FIRST_LETTER
    aliases: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class SiteInfo:
    """A wiki.

    Attributes:
        language: code such as de, or simple's en.
        sitename: its name, such as Wikipedia.
        dbname: its database, such as dewiki; empty in schemas before 0.9.
        base: address of its main page.
        generator: the MediaWiki that wrote the dump.
        case: first-letter (titles differ only after the first letter) or case-sensitive.
        schema: version of the export schema, such as 0.11.
        namespaces: in the order of the dump.
    """

    language: str = ''
    sitename: str = ''
    dbname: str = ''
    base: str = ''
    generator: str = ''
    case: str = CASE_FIRST_LETTER
    schema: str = ''
    namespaces: tuple[Namespace, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Returns what stands in `_siteinfo.json` and in the `site` of `_meta.json`."""
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        """Returns the text of `_siteinfo.json`."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + '\n'

    def namespace(self, key: int) -> Namespace | None:
        """Returns the namespace of a number."""
        return self._by_key.get(key)

    @functools.cached_property
    def _by_key(self) -> dict[int, Namespace]:
        return {space.key: space for space in self.namespaces}

    @functools.cached_property
    def prefixes(self) -> dict[str, int]:
        """The number of a namespace by each of its names, in lower case with spaces."""
        prefixes: dict[str, int] = {}
        for space in self.namespaces:
            for name in (*languages.CANONICAL_NAMES.get(space.key, ()), *space.aliases):
                prefixes.setdefault(name.lower(), space.key)
        prefixes.update((space.name.lower(), space.key) for space in self.namespaces)
        prefixes.pop('', None)
        return prefixes

    def split_title(self, title: str) -> tuple[int, str]:
        """Returns the namespace of a title or link target, and the rest after its prefix.

        Args:
            title: with spaces or underscores, in any case; one colon before it is ignored.
        """
        text = ' '.join(title.replace('_', ' ').split()).removeprefix(':').lstrip()
        prefix, colon, rest = text.partition(':')
        key = self.prefixes.get(prefix.rstrip().lower()) if colon else None
        return (ARTICLE, text) if key is None else (key, rest.lstrip())

    def namespace_of(self, title: str) -> int:
        """Returns the number of the namespace of a title."""
        return self.split_title(title)[0]

    def normalize_title(self, title: str) -> str:
        """Returns a title as the site writes it: spaces, its prefix by name, first letter."""
        key, text = self.split_title(title)
        text = self.capitalize(text, key)
        space = self.namespace(key)
        return f'{space.name}:{text}' if key != ARTICLE and space is not None else text

    def capitalize(self, text: str, key: int = ARTICLE) -> str:
        """Returns a title without prefix, with its first letter as the namespace's case says."""
        space = self.namespace(key)
        case = self.case if space is None else space.case
        if not text or (case == CASE_SENSITIVE and key not in _ALWAYS_CAPITALIZED):
            return text
        first = text[0]
        if first == 'i' and self.language in _DOTTED_I_LANGUAGES:
            upper = 'İ'
        elif ord(first) in _GEORGIAN:
            upper = first
        else:
            upper = first.upper()
        # Some letters, such as ß, have no single capital; MediaWiki leaves them.
        return upper + text[1:] if len(upper) == 1 else text

    @functools.cached_property
    def url_prefix(self) -> str:
        """The address of a page without its title."""
        base = self.base or f'https://{self.language or "en"}.wikipedia.org/wiki/'
        for mark in ('/wiki/', 'title=', '/index.php/'):
            before, found, _ = base.partition(mark)
            if found:
                return before + found
        return base.rpartition('/')[0] + '/'

    def url(self, title: str) -> str:
        """Returns the address of the page of a title, which must be normalized."""
        return self.url_prefix + urllib.parse.quote(title.replace(' ', '_'), safe=_URL_SAFE)


def from_dict(fields: Mapping[str, Any]) -> SiteInfo:
    """Returns the site that to_dict described.

    Raises:
        InputError: when fields are missing or of another kind.
    """
    try:
        spaces = tuple(
            Namespace(
                int(space['key']),
                str(space['name']),
                str(space['case']),
                tuple(map(str, space['aliases'])),
            )
            for space in fields['namespaces']
        )
        names = [field.name for field in dataclasses.fields(SiteInfo) if field.name != 'namespaces']
        return SiteInfo(**{name: str(fields[name]) for name in names}, namespaces=spaces)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise errors.InputError(
            f'the site information is damaged ({type(error).__name__}: {error}); make the pages '
            'again with xml2proto'
        ) from error


def from_json(text: str) -> SiteInfo:
    """Returns the site of the text of `_siteinfo.json`.

    Raises:
        InputError: when it is not what to_json writes.
    """
    try:
        return from_dict(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise errors.InputError(f'{FILE_NAME} is not JSON ({error})') from error


def complete(site: SiteInfo) -> SiteInfo:
    """Returns a site with what its dump leaves out: standard namespaces, and known aliases."""
    spaces = site.namespaces or tuple(
        Namespace(key, names[0], site.case) for key, names in languages.CANONICAL_NAMES.items()
    )
    known = languages.find(site.language).names
    is_wikipedia = site.dbname.endswith('wiki') or not site.dbname
    completed = []
    for space in spaces:
        # The project's own namespaces are called differently outside of Wikipedia.
        extra = known.get(space.key, ()) if is_wikipedia or space.key not in (PROJECT, 100) else ()
        names = dict.fromkeys(
            (*space.aliases, *languages.CANONICAL_NAMES.get(space.key, ()), *extra)
        )
        names.pop(space.name, None)
        completed.append(dataclasses.replace(space, aliases=tuple(names)))
    return dataclasses.replace(site, namespaces=tuple(completed))
