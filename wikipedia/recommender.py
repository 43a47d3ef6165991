"""Recommends articles: asks the parts, and joins what they found into one ranking."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Protocol

from wikipedia import article_parts
from wikipedia import article_queries
from wikipedia import article_results
from wikipedia import part_answers
from wikipedia import rank_fusion
from wikipedia import titles


class Ranker(Protocol):
    """Joins what parts found."""

    def rank(
        self, query: article_parts.Query, found: Sequence[article_parts.Found]
    ) -> article_parts.Found:
        """Returns the union of what parts found, ranked."""
        ...


class FusionRanker:
    """Reciprocal rank fusion, as a ranker."""

    def rank(
        self, query: article_parts.Query, found: Sequence[article_parts.Found]
    ) -> article_parts.Found:
        """Returns the union of what parts found, ranked; every part counts the same."""
        return rank_fusion.fuse(found)


def recommend(
    asked: Iterable[article_queries.Asked],
    parts: Sequence[article_parts.Part],
    ranker: Ranker,
    *,
    top_k: int,
    depth: int,
    num_anchors: int,
) -> Iterator[article_results.Result]:
    """Yields what is recommended for what was asked, in order.

    Args:
        asked: texts and articles.
        parts: what finds articles.
        ranker: what joins that.
        top_k: how many articles to recommend at most.
        depth: how many to take from each part, at least 1.
        num_anchors: how many of what search finds for a text enter the graph.
    """
    for one in asked:
        if one.query is None:
            yield article_results.Result(one)
            continue
        answer = part_answers.ask(parts, one.query, depth, num_anchors)
        ranked = ranker.rank(answer.query, answer.found)
        yield article_results.Result(
            one,
            article_parts.Found(ranked.urls[:top_k], ranked.scores[:top_k], ranked.reasons[:top_k]),
            {part.name: found for part, found in zip(parts, answer.found, strict=True)},
            () if one.query.article else tuple(map(titles.of_url, answer.query.seeds)),
        )
