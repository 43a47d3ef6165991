"""What is held out of documents to test recommendations of articles: links, and leads.

Which articles, and which of their links, follows from addresses and the seed alone: not from the
order of documents, nor from how they are cut into parts.
"""

import collections
import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np
import pyspark

from common import spark
from common import spark_output
from common.pb import nlp_pb2
from wikipedia import articles_job
from wikipedia import redirect_resolution
from wikipedia import url_hashes

VALIDATION, TEST = SPLITS = ('validation', 'test')

# Why an article that was drawn is not picked, as it is counted.
REPEATED = 'not picked: several documents about it'
SHORT_LEAD = 'not picked: lead too short'
LEAD_ELSEWHERE = 'not picked: lead not in the text'
ONLY_LEAD = 'not picked: no text but the lead'


@dataclasses.dataclass(frozen=True)
class Options:
    """What to hold out.

    Attributes:
        validation_share: of the articles.
        test_share: of the articles.
        link_share: of the links of such an article that lead to an article.
        min_lead_tokens: words that its first paragraph must have.
        seed: from 0 to 2 ** 64 - 1.
    """

    validation_share: float = 0.1
    test_share: float = 0.1
    link_share: float = 0.3
    min_lead_tokens: int = 5
    seed: int = 1


@dataclasses.dataclass(frozen=True)
class Context:
    """What a worker must know of all documents.

    Attributes:
        redirects: of the wiki.
        articles: uint64[N], hashes of what documents are about, rising.
        repeated: uint64[M], those of them that several documents are about.
    """

    redirects: redirect_resolution.Redirects
    articles: np.ndarray
    repeated: np.ndarray


def hold_out(
    source: spark.Input, redirects: redirect_resolution.Redirects, options: Options
) -> pyspark.RDD:
    """Returns the documents for write_tagged: '' without what is held out, and SPLITS."""
    context = Context(redirects, *articles_job.find_repeated(source))
    shared = source.parts.context.broadcast(context)

    def hold_out_part(
        documents: Iterable[nlp_pb2.TextDocument], counter: collections.Counter[str]
    ) -> Iterator[spark_output.Tagged]:
        splitter = Splitter(shared.value, options, counter)
        for document in documents:
            for tag, record in splitter.split(document):
                yield tag, record.SerializeToString()

    return source.map_parts(hold_out_part)


class Splitter:
    """Splits documents into what remains and what is held out."""

    def __init__(
        self, context: Context, options: Options, counter: collections.Counter[str]
    ) -> None:
        self._context, self._options, self._counter = context, options, counter

    def split(self, document: nlp_pb2.TextDocument) -> Iterator[tuple[str, nlp_pb2.TextDocument]]:
        """Yields the document with its links resolved, or that without what is held out, and it."""
        links = self._context.redirects.links(document)
        remaining = nlp_pb2.TextDocument()
        remaining.CopyFrom(document)
        split = draw(document.primary, self._options)
        rest = self._rest(document) if split else None
        if rest is not None:
            held = self._draw_links(document.primary, links)
            links = [link for link in links if link not in held]
            del remaining.tokens[:], remaining.lead_tokens[:]
            remaining.tokens.extend(rest)
            self._counter[split] += 1
            self._counter['links held out'] += len(held)
            self._counter['articles with links held out'] += bool(held)
            yield split, _without_text(document, held)
        del remaining.secondary[:]
        remaining.secondary.extend(links)
        self._counter['links that remain'] += len(links)
        yield '', remaining

    def _rest(self, document: nlp_pb2.TextDocument) -> list[str] | None:
        """Returns the words of a document without its lead, or None when it cannot be held out."""
        lead, tokens = list(document.lead_tokens), list(document.tokens)
        reason = ''
        rest: list[str] = []
        if url_hashes.are_in([document.primary], self._context.repeated).any():
            reason = REPEATED
        elif len(lead) < max(1, self._options.min_lead_tokens):
            reason = SHORT_LEAD
        else:
            rest = without_run(tokens, lead)
            if len(rest) == len(tokens):
                reason = LEAD_ELSEWHERE
            elif not rest:
                reason = ONLY_LEAD
        if reason:
            self._counter[reason] += 1
        return None if reason else rest

    def _draw_links(self, primary: str, links: Sequence[str]) -> dict[str, None]:
        """Returns the links to hold out, in order: of those that lead to an article, a share."""
        found = url_hashes.are_in(links, self._context.articles).tolist()
        candidates = [link for link, is_article in zip(links, found, strict=True) if is_article]
        number = count_held(len(candidates), self._options.link_share)
        order = sorted(
            candidates,
            key=lambda link: (url_hashes.hash_text(f'{primary}\n{link}', self._options.seed), link),
        )
        chosen = frozenset(order[:number])
        return dict.fromkeys(link for link in candidates if link in chosen)


def _without_text(document: nlp_pb2.TextDocument, links: Iterable[str]) -> nlp_pb2.TextDocument:
    """Returns a document with other links and no words but those of its lead."""
    held = nlp_pb2.TextDocument()
    held.CopyFrom(document)
    del held.tokens[:], held.secondary[:]
    held.secondary.extend(links)
    return held


def draw(primary: str, options: Options) -> str:
    """Returns which split an article is drawn for, '' for none."""
    place = url_hashes.hash_text(primary, options.seed) / 2.0**64
    if place < options.test_share:
        return TEST
    return VALIDATION if place < options.test_share + options.validation_share else ''


def count_held(candidates: int, share: float) -> int:
    """Returns how many of some links to hold out: a share, but at least one, and one remains.

    Args:
        candidates: how many links there are.
        share: of them, rounded; 0 holds out none.
    """
    if not share or candidates < 2:
        return 0
    return min(max(1, int(candidates * share + 0.5)), candidates - 1)


def without_run(tokens: Sequence[str], run: Sequence[str]) -> list[str]:
    """Returns tokens without a run of words, wherever it stands; no such run is left.

    Where leaving one out makes another of the words around it, that is left out too.

    Args:
        tokens: the text.
        run: at least one word.
    """
    before, after = None, list(tokens)
    while before is None or len(after) < len(before):
        before = after
        after = _leave_out(before, list(run))
    return after


def _leave_out(tokens: list[str], run: list[str]) -> list[str]:
    """Returns tokens without the occurrences of a run that a search from the left finds."""
    kept: list[str] = []
    start = search = 0
    while True:
        try:
            search = tokens.index(run[0], search)
        except ValueError:
            return kept + tokens[start:]
        if tokens[search : search + len(run)] == run:
            kept += tokens[start:search]
            start = search = search + len(run)
        else:
            search += 1
