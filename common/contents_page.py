"""A page that links what was made: other pages, tables, models, records, files."""

import dataclasses
from collections.abc import Sequence

from common import html_report

_TEMPLATE = 'contents.html'


@dataclasses.dataclass(frozen=True)
class Link:
    """Where more about an entry stands."""

    text: str
    href: str


@dataclasses.dataclass(frozen=True)
class Entry:
    """Something that was made.

    Attributes:
        name: as the reader knows it, such as its path.
        href: where it is.
        what: it is; text from data, or markup of html_text.sentence.
        size: with its unit.
        links: to more about it.
    """

    name: str
    href: str
    what: str
    size: str
    links: Sequence[Link] = ()


@dataclasses.dataclass(frozen=True)
class Section:
    """Entries of a kind."""

    title: str
    entries: Sequence[Entry]


def render(sections: Sequence[Section], *, title: str, summary: str, made_by: str) -> str:
    """Returns the page.

    Args:
        sections: what was made; those without entries are left out.
        title: of the page.
        summary: a line about it.
        made_by: the program.
    """
    shown = [section for section in sections if section.entries]
    return html_report.render(
        _TEMPLATE, title=title, summary=summary, sections=shown, made_by=made_by
    )
