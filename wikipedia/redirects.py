"""Finds where a redirect leads from its text, for dumps that do not say so."""

import functools
import html
import re
import urllib.parse

from wikipedia import languages
from wikipedia.siteinfo import SiteInfo

# Possessive, and with a colon between white space at most once, so that time is linear.
_LINK = r'\s*+(?::\s*+)?\[\[([^\[\]|\n]{1,1000}+)(?:\|[^\]\n]*+)?\]\]'
_FIRST_LINK = re.compile(r'\[\[([^\[\]|\n]{1,1000}+)(?:\|[^\[\]\n]*+)?\]\]')
# Any word of three letters or more right after the sign, and a link, alone on the first line.
_ANY_WORD = re.compile(r'\s*[#＃][^\W\d_][^\s\[\]{}|<>#]{2,39}' + _LINK + r'[^\w\n]*(?:\n|$)')
_MAX_UNKNOWN_REDIRECT = 500


@functools.cache
def _known_words(language: str) -> re.Pattern[str]:
    words = sorted(languages.find(language).redirect_words, key=len, reverse=True)
    alternatives = '|'.join(re.escape(word) for word in words)
    return re.compile(rf'\s*[#＃](?:{alternatives}){_LINK}', re.IGNORECASE)


def find_target(text: str, site: SiteInfo, *, is_redirect: bool = False) -> str:
    """Returns the title that a page redirects to, or '' for a page that does not.

    Args:
        text: of its latest revision. A redirect begins with #REDIRECT or the word of the site's
            language; so that no language is left out, any word and a link alone are taken for one
            where hardly anything follows, as in '#WORD [[Target]]'.
        site: says the language, and how titles are written.
        is_redirect: whether the page is known to be one; then its first link counts.
    """
    if not is_redirect and text.lstrip()[:1] not in ('#', '＃'):
        return ''
    match = _known_words(site.language).match(text)
    if match is None and len(text) <= _MAX_UNKNOWN_REDIRECT:
        match = _ANY_WORD.match(text)
    if match is None and is_redirect:
        match = _FIRST_LINK.search(text)
    return _title(match[1], site) if match else ''


def _title(target: str, site: SiteInfo) -> str:
    """Returns a link's target as a title: no section, entities and escapes decoded."""
    if '%' in target:
        target = urllib.parse.unquote(target)
    target = html.unescape(target).partition('#')[0]
    return site.normalize_title(target)
