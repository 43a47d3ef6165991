"""Text as pages show it: cleaned, escaped, and isolated so that it reorders nothing around it."""

import math
import re
from typing import Any

import markupsafe

# Controls that no page may hold (tab, line feed and carriage return are harmless), marks that
# embed, override or isolate a direction and so reach beyond their text, halves of surrogate pairs
# and non-characters. Marks that scripts need, such as U+200D and U+200F, stay.
_UNSAFE = re.compile(
    '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069'
    '\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]'
)
_ORIGIN = re.compile(r'https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?')
_RELATIVE = re.compile(r'(?![a-zA-Z][a-zA-Z0-9+.-]*:|//)')
# Browsers leave out tabs and ends of lines, and take a backslash for a slash.
_REREAD = re.compile(r'[\x00-\x1f\\]')
_BREAKS = re.compile(r'(?<=[_/.-])(?=\w)')  # Where a name may go on in the next line.


def clean(text: str) -> str:
    """Returns text with every character that would break or reorder a page as U+FFFD."""
    return _UNSAFE.sub('\ufffd', text)


def user(value: Any) -> markupsafe.Markup:
    """Isolates text of unknown direction; markup that was made here stays as it is."""
    if isinstance(value, markupsafe.Markup):
        return value
    return markupsafe.Markup('<bdi>{}</bdi>').format(clean(str(value)))


def name(value: Any) -> markupsafe.Markup:
    """Isolates a name such as matrix_factorization, which may go on in the next line after '_'."""
    parts = _BREAKS.split(clean(str(value)))
    return markupsafe.Markup('<bdi>{}</bdi>').format(markupsafe.Markup('<wbr>').join(parts))


def sentence(form: str, *values: Any) -> markupsafe.Markup:
    """Returns a sentence of ours with text from data in it, each piece isolated by itself.

    Args:
        form: with {} for each value.
        *values: str are isolated; numbers are shown as the form says, such as {:,}.
    """
    pieces = [user(value) if isinstance(value, str) else value for value in values]
    return markupsafe.Markup(form).format(*pieces)


def link(url: str) -> str:
    """Returns an address that is safe to follow: http, https or relative; '#' for all others."""
    url = url.strip()
    if _REREAD.search(url):
        return '#'
    if url.lower().startswith(('http://', 'https://')) or _RELATIVE.match(url):
        return url
    return '#'


def origin(host: str) -> str:
    """Returns an origin such as https://i.pinimg.com if it is one: a policy could not escape it.

    Raises:
        ValueError: when it is anything else.
    """
    if not _ORIGIN.fullmatch(host):
        raise ValueError(f'{host!r} is no origin such as https://i.pinimg.com')
    return host


def percent_of(value: float, whole: float) -> int:
    """Returns value as a share of whole, from 0 to 100."""
    return max(0, min(100, round(100 * value / whole))) if whole > 0 else 0


def aligned(value: float, largest: float, digits: int = 4) -> str:
    """Returns value with the decimals that largest needs for some digits: a column lines up.

    Args:
        value: to show.
        largest: of the column, by magnitude.
        digits: significant ones of largest.
    """
    if not math.isfinite(value) or not math.isfinite(largest):
        return str(value)
    magnitude = math.floor(math.log10(abs(largest))) if largest else 0
    if magnitude < -digits or magnitude > 12:
        return f'{value:.{digits - 1}e}'.replace('-', '\u2212')
    return f'{value:.{max(0, digits - 1 - magnitude)}f}'.replace('-', '\u2212')


FILTERS = {
    'user': user,
    'name': name,
    'link': link,
    'percent_of': percent_of,
    'origin': origin,
    'aligned': aligned,
}
