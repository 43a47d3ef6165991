"""What a ranker goes by: where each part placed a candidate, how popular it is, and its title.

Of each part, with r the rank of the candidate from 1 and K how many a part was asked for:

    fusion      4 / (3 + r), what reciprocal rank fusion adds up, scaled to 1 for the best
    log_rank    1 - ln(r) / ln(K + 1)
    top         1 / r
    found       1
    score       the score, scaled to 1 for the best that the part found and 0 for the last

and 0 where the part did not find it. Of each two parts the product of log_rank. Then, of the
candidate, popularity: ln(1 + f), where f is how often it occurs in links and as an article. And
where its title (without what stands in brackets at its end) occurs in the words of the query, word
for word: named, 1; mentions, ln(1 + how often); long_name, 1 if it has several words; and
named_popularity, the product of named and popularity.
"""

import dataclasses
import itertools
import math
import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from wikipedia import article_parts
from wikipedia import rank_fusion
from wikipedia import titles

RANKS, POPULARITY, TITLES = GROUPS = ('ranks', 'popularity', 'titles')
FUSION = 'fusion'
_OF_PART = (FUSION, 'log_rank', 'top', 'found', 'score')
_OF_TITLE = ('named', 'mentions', 'long_name')
_QUALIFIER = re.compile(r'(?<=\S)\s*\([^()]*\)$')


def names(part_names: Sequence[str], groups: Sequence[str] = GROUPS) -> tuple[str, ...]:
    """Returns the names of the features of some parts, in order.

    Args:
        part_names: of the parts.
        groups: which of GROUPS to have; RANKS always.
    """
    found = [f'{part}_{name}' for part in part_names for name in _OF_PART]
    found += [f'{one}_{other}' for one, other in itertools.combinations(part_names, 2)]
    if POPULARITY in groups:
        found.append('popularity')
    if TITLES in groups:
        found += _OF_TITLE
        if POPULARITY in groups:
            found.append('named_popularity')
    return tuple(found)


class ArticleFacts:
    """What is known of articles without a query.

    Attributes:
        frequencies: how often each occurs, by address.
    """

    def __init__(
        self, frequencies: Mapping[str, int], tokenize: Callable[[str], list[str]]
    ) -> None:
        """Takes what is known.

        Args:
            frequencies: how often an address occurs; 0 for those that are not there.
            tokenize: splits titles as the texts were split.
        """
        self.frequencies = frequencies
        self._tokenize = tokenize
        self._names: dict[str, tuple[str, ...]] = {}

    def popularity(self, url: str) -> float:
        """Returns ln(1 + how often an article occurs)."""
        return math.log1p(self.frequencies.get(url, 0))

    def name(self, url: str) -> tuple[str, ...]:
        """Returns the words of a title, without what stands in brackets at its end."""
        found = self._names.get(url)
        if found is None:
            title = titles.of_url(url)
            found = tuple(self._tokenize(_QUALIFIER.sub('', title)) or self._tokenize(title))
            self._names[url] = found
        return found


@dataclasses.dataclass(frozen=True)
class Candidates:
    """What parts found for one query, to be ranked.

    Attributes:
        urls: C addresses, each once, sorted.
        features: float64[C, F].
    """

    urls: tuple[str, ...]
    features: np.ndarray


def collect(
    query: article_parts.Query,
    found: Sequence[article_parts.Found],
    facts: ArticleFacts,
    depth: int,
    groups: Sequence[str] = GROUPS,
) -> Candidates:
    """Returns the union of what parts found, with its features.

    Args:
        query: what was asked.
        found: by part.
        facts: of the articles.
        depth: how many each part was asked for; of longer lists the rest is left out.
        groups: which of GROUPS to have; RANKS always.
    """
    urls = tuple(sorted({url for one in found for url in one.urls[:depth]}))
    places = {url: place for place, url in enumerate(urls)}
    columns: list[np.ndarray] = []
    log_ranks = []
    for one in found:
        block = _of_part(one, places, depth)
        columns += list(block)
        log_ranks.append(block[_OF_PART.index('log_rank')])
    columns += [one * other for one, other in itertools.combinations(log_ranks, 2)]
    popularity = np.array([facts.popularity(url) for url in urls])
    if POPULARITY in groups:
        columns.append(popularity)
    if TITLES in groups:
        block = _of_titles(query.tokens, [facts.name(url) for url in urls])
        columns += list(block)
        if POPULARITY in groups:
            columns.append(block[0] * popularity)
    return Candidates(urls, np.stack(columns, axis=1) if columns else np.zeros((len(urls), 0)))


def _of_part(found: article_parts.Found, places: Mapping[str, int], depth: int) -> np.ndarray:
    """Returns float64[5, C], a row for each of _OF_PART."""
    block = np.zeros((len(_OF_PART), len(places)))
    where = [places[url] for url in found.urls[:depth]]
    if not where:
        return block
    ranks = np.arange(1, len(where) + 1)
    scores = np.array(found.scores[:depth], np.float64)
    span = scores[0] - scores[-1]
    scaled = (scores - scores[-1]) / span if span > 0 else np.ones(len(scores))
    block[:, where] = [
        (rank_fusion.K + 1) / (rank_fusion.K + ranks),
        1 - np.log(ranks) / math.log(depth + 1),
        1 / ranks,
        np.ones(len(ranks)),
        scaled,
    ]
    return block


def _of_titles(tokens: Sequence[str], candidates: Sequence[tuple[str, ...]]) -> np.ndarray:
    """Returns float64[3, C], a row for each of _OF_TITLE."""
    block = np.zeros((len(_OF_TITLE), len(candidates)))
    for place, count in enumerate(_count_runs(tokens, candidates)):
        if count:
            block[:, place] = 1, math.log1p(count), len(candidates[place]) > 1
    return block


def _count_runs(tokens: Sequence[str], runs: Sequence[tuple[str, ...]]) -> list[int]:
    """Returns how often each run of words occurs in a text; an empty one never."""
    starts: dict[str, list[int]] = {run[0]: [] for run in runs if run}
    for place, token in enumerate(tokens):
        if token in starts:
            starts[token].append(place)
    text = tuple(tokens)
    return [
        sum(text[start : start + len(run)] == run for start in starts[run[0]]) if run else 0
        for run in runs
    ]
