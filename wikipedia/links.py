"""Finds the articles that a page links to.

What counts as a link is what stands between double brackets anywhere in the page, in tables,
captions, references and arguments of templates too, since a reader can follow all of them. Links
in comments and nowiki are none; links that a template makes from its arguments, as {{main|Title}},
are not seen, since that needs the template. A page's link to itself is left out, as MediaWiki
shows it in bold instead.
"""

import re
import urllib.parse

from wikipedia import interwiki
from wikipedia import markup
from wikipedia import siteinfo
from wikipedia import wikitext

_TARGET = re.compile(r'\[\[([^\[\]{}|<>\n]++)(?=\||\]\])')
_ILLEGAL = re.compile(r'[\[\]{}|<>\x00-\x1f\x7f\ufffd]')
_MAX_TITLE_BYTES = 255
_MAX_REMEMBERED = 200_000


def hidden_prefixes(site: siteinfo.SiteInfo) -> frozenset[str]:
    """Returns the prefixes of links that show nothing where they stand; see visible_text."""
    hidden = (siteinfo.FILE, siteinfo.CATEGORY)
    spaces = {prefix for prefix, key in site.prefixes.items() if key in hidden}
    return frozenset(spaces | interwiki.LANGUAGES - site.prefixes.keys())


class LinkResolver:
    """Turns link targets of one site into addresses; remembers those it has seen."""

    def __init__(self, site: siteinfo.SiteInfo) -> None:
        self._site = site
        self._elsewhere = (interwiki.LANGUAGES | interwiki.PROJECTS) - site.prefixes.keys()
        self._urls: dict[str, str] = {}

    def page_url(self, title: str) -> str:
        """Returns the address of a page by its title."""
        return self._site.url(title)

    def article_urls(self, text: str, own_url: str) -> list[str]:
        """Returns the addresses of the linked articles, each once, in the order of the text.

        Args:
            text: of the page, after markup.hide_opaque.
            own_url: the address of the page, which is left out.
        """
        targets = dict.fromkeys(_TARGET.findall(text))
        urls = dict.fromkeys(map(self.article_url, targets))
        urls.pop('', None)
        urls.pop(own_url, None)
        return list(urls)

    def article_url(self, target: str) -> str:
        """Returns the address of an article by a link's target, or '' when it is none."""
        url = self._urls.get(target)
        if url is None:
            if len(self._urls) >= _MAX_REMEMBERED:
                self._urls.clear()
            url = self._urls[target] = self._resolve(target)
        return url

    def _resolve(self, target: str) -> str:
        target = wikitext.decode_entities(target)
        if '%' in target:
            target = urllib.parse.unquote(target)
        target = ' '.join(target.partition('#')[0].replace('_', ' ').split())
        target = target.removeprefix(':').lstrip()
        if not target or _ILLEGAL.search(target) or len(target.encode()) > _MAX_TITLE_BYTES:
            return ''
        if ':' in target and self._leads_elsewhere(target):
            return ''
        return self._site.url(self._site.capitalize(target))

    def _leads_elsewhere(self, target: str) -> bool:
        prefix = target.partition(':')[0].rstrip().lower()
        return (
            prefix == ''
            or prefix in self._elsewhere
            or self._site.namespace_of(target) != siteinfo.ARTICLE
            or markup.is_media_file(target)
        )
