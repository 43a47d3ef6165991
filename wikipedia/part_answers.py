"""Asks all parts the same: a text first goes to search, which finds where it enters the graph."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence

from wikipedia import article_parts

SEARCH = 'search'
NUM_ANCHORS = 10
_BLOCK = 64


@dataclasses.dataclass(frozen=True)
class Answer:
    """What parts found for one query.

    Attributes:
        query: what they were asked: with anchors as its seeds, if it had none.
        found: parallel to the parts.
    """

    query: article_parts.Query
    found: tuple[article_parts.Found, ...]


def ask(
    parts: Sequence[article_parts.Part],
    query: article_parts.Query,
    top_k: int,
    num_anchors: int = NUM_ANCHORS,
) -> Answer:
    """Asks each part for up to top_k articles; see ask_all."""
    return ask_all(parts, [query], top_k, num_anchors)[0]


def ask_all(
    parts: Sequence[article_parts.Part],
    queries: Sequence[article_parts.Query],
    top_k: int,
    num_anchors: int = NUM_ANCHORS,
) -> list[Answer]:
    """Asks each part for up to top_k articles for each query; faster than one query at a time.

    Args:
        parts: in the order of the answers.
        queries: one without seeds is given those that the part called search finds, if there is
            one.
        top_k: at least 1.
        num_anchors: how many of what search finds are seeds.
    """
    by_part: dict[str, list[article_parts.Found]] = {}
    search = next((part for part in parts if part.name == SEARCH), None)
    if search is not None:
        found = search.find(queries, max(top_k, num_anchors))
        by_part[SEARCH] = [_cut(one, top_k) for one in found]
        queries = [
            query if query.seeds else enter(query, one, num_anchors)
            for query, one in zip(queries, found, strict=True)
        ]
    for part in parts:
        if part is not search:
            by_part[part.name] = part.find(queries, top_k)
    return [
        Answer(query, tuple(by_part[part.name][place] for part in parts))
        for place, query in enumerate(queries)
    ]


def ask_in_blocks(
    parts: Sequence[article_parts.Part],
    queries: Sequence[article_parts.Query],
    top_k: int,
    num_anchors: int = NUM_ANCHORS,
) -> Iterator[Answer]:
    """Yields what ask_all returns; the answers of a block of queries are held at a time."""
    for start in range(0, len(queries), _BLOCK):
        yield from ask_all(parts, queries[start : start + _BLOCK], top_k, num_anchors)


def _cut(found: article_parts.Found, top_k: int) -> article_parts.Found:
    return article_parts.Found(found.urls[:top_k], found.scores[:top_k], found.reasons[:top_k])


def enter(
    query: article_parts.Query, found: article_parts.Found, num_anchors: int = NUM_ANCHORS
) -> article_parts.Query:
    """Returns the query with the first of what search found as its seeds.

    Their weights are their scores, scaled to 1 for the best.
    """
    anchors = [
        (url, score / found.scores[0])
        for url, score in zip(found.urls[:num_anchors], found.scores, strict=False)
        if score > 0
    ]
    return dataclasses.replace(
        query,
        seeds=tuple(url for url, _ in anchors),
        seed_weights=tuple(weight for _, weight in anchors),
    )
