"""Turns pages into documents: the words of each article and the articles it links to.

A worker of tokenize_pages calls `convert` with the pages of its partition.
"""

import collections
import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from common import tokenizers
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from common.pb import wikipedia_pb2
from wikipedia import links
from wikipedia import markup
from wikipedia import revisions
from wikipedia import siteinfo
from wikipedia import wikitext

STRIP, RAW = MARKUPS = ('strip', 'raw')
_WIKITEXT_MODELS = frozenset(('', 'wikitext'))

# What becomes of a page, as it is counted. Of the first two there is a record.
DOCUMENTS = 'documents'
REDIRECTS = 'redirects'
OTHER_NAMESPACE = 'skipped: other namespace'
NO_TITLE = 'skipped: no title'
NO_TEXT = 'skipped: no text'
NOT_WIKITEXT = 'skipped: not wikitext'
NO_WORDS = 'skipped: no words'
REDIRECT_ELSEWHERE = 'skipped: redirect to no article'


@dataclasses.dataclass(frozen=True)
class Options:
    """How to read pages.

    Attributes:
        markup: 'strip' for the visible text, 'raw' for the text with all its markup.
        tokenizer: one of tokenizers.NAMES.
        namespaces: numbers of the namespaces to keep.
    """

    markup: str = STRIP
    tokenizer: str = 'unicode'
    namespaces: frozenset[int] = frozenset((siteinfo.ARTICLE,))


def convert(
    pages: Iterable[wikipedia_pb2.Page],
    site: siteinfo.SiteInfo,
    options: Options,
    counts: collections.Counter[str],
) -> Iterator[nlp_pb2.TextDocument | recsys_pb2.Redirect]:
    """Yields a document per page and a Redirect per page that redirects, in the order of the pages.

    Of several revisions the latest by timestamp, then by id, is read. Secondary are addresses of
    articles (namespace 0), whatever namespaces are kept.

    Args:
        pages: of one wiki.
        site: of that wiki, made whole by siteinfo.complete.
        options: how to read them.
        counts: counts each page under one of the reasons above.
    """
    converter = _Converter(site, options)
    for page in pages:
        outcome = converter.convert(page)
        if isinstance(outcome, str):
            counts[outcome] += 1
            continue
        counts[REDIRECTS if isinstance(outcome, recsys_pb2.Redirect) else DOCUMENTS] += 1
        yield outcome


def part_function(
    site: siteinfo.SiteInfo, options: Options
) -> Callable[
    [Iterable[wikipedia_pb2.Page], collections.Counter[str]], Iterator[tuple[str, bytes]]
]:
    """Returns `convert` for a Spark task: records serialized, redirects tagged as such."""

    def convert_part(
        pages: Iterable[wikipedia_pb2.Page], counts: collections.Counter[str]
    ) -> Iterator[tuple[str, bytes]]:
        for record in convert(pages, site, options, counts):
            tag = REDIRECTS if isinstance(record, recsys_pb2.Redirect) else ''
            yield tag, record.SerializeToString()

    return convert_part


class _Converter:
    """Converts pages of one site; remembers the addresses of link targets."""

    def __init__(self, site: siteinfo.SiteInfo, options: Options) -> None:
        self._options = options
        self._hidden_prefixes = links.hidden_prefixes(site)
        self._resolver = links.LinkResolver(site)
        self._tokenize: Callable[[str], list[str]] = tokenizers.get(options.tokenizer)

    def convert(self, page: wikipedia_pb2.Page) -> nlp_pb2.TextDocument | recsys_pb2.Redirect | str:
        """Returns the record of a page, or why there is none."""
        if page.ns not in self._options.namespaces:
            return OTHER_NAMESPACE
        if not page.title.strip():
            return NO_TITLE
        url = self._resolver.page_url(page.title)
        if page.redirect_title:
            target = self._resolver.article_url(page.redirect_title)
            return recsys_pb2.Redirect(url=url, target=target) if target else REDIRECT_ELSEWHERE
        revision = revisions.latest(page)
        if revision is None or not revision.text.strip():
            return NO_TEXT
        if revision.model not in _WIKITEXT_MODELS:
            return NOT_WIKITEXT
        return self._document(url, revision.text)

    def _document(self, url: str, text: str) -> nlp_pb2.TextDocument | str:
        source = markup.hide_opaque(text)
        if self._options.markup == STRIP:
            visible, lead = wikitext.visible_text(source, self._hidden_prefixes)
        else:
            visible, lead = text, wikitext.first_paragraph(text, self._hidden_prefixes)
        tokens = self._tokenize(visible)
        if not tokens:
            return NO_WORDS
        return nlp_pb2.TextDocument(
            primary=url,
            secondary=self._resolver.article_urls(source, url),
            tokens=tokens,
            url=url,
            lead_tokens=self._tokenize(lead),
        )
