"""Recommends articles: asks the parts, and joins what they found into one ranking."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Protocol

from wikipedia import article_parts
from wikipedia import article_queries
from wikipedia import article_results
from wikipedia import part_answers
from wikipedia import part_loading
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


@dataclasses.dataclass(frozen=True)
class Ranking:
    """How what parts found is joined.

    Attributes:
        depth: how many articles to take from each part, at least 1.
        num_anchors: how many of what search finds for a text enter the graph.
        ranker: what joins them.
        description: that, in words.
    """

    depth: int
    num_anchors: int
    ranker: Ranker = dataclasses.field(default_factory=FusionRanker)
    description: str = 'joined by reciprocal rank fusion'


def learned(path: str, loaded: part_loading.LoadedParts) -> Ranking:
    """Returns the ranking of a model of train_article_ranker.

    Raises:
        InputError: when path is no ranker, or it was learned with other parts.
    """
    ranker = part_loading.load_ranker(path, loaded)
    settings = ranker.settings
    words = f'ordered by the learned ranker in {path}'
    return Ranking(settings.depth, settings.num_anchors, ranker, words)


def recommend(
    asked: Sequence[article_queries.Asked],
    parts: Sequence[article_parts.Part],
    ranking: Ranking,
    top_k: int,
) -> Iterator[article_results.Result]:
    """Yields what is recommended for what was asked, in order.

    Args:
        asked: texts and articles.
        parts: what finds articles.
        ranking: how that is joined.
        top_k: how many articles to recommend at most.
    """
    queries = [one.query for one in asked if one.query]
    answers = part_answers.ask_in_blocks(parts, queries, ranking.depth, ranking.num_anchors)
    for one in asked:
        if one.query is None:
            yield article_results.Result(one)
        else:
            yield _join(one, next(answers), parts, ranking, top_k)


def _join(
    asked: article_queries.Asked,
    answer: part_answers.Answer,
    parts: Sequence[article_parts.Part],
    ranking: Ranking,
    top_k: int,
) -> article_results.Result:
    """Returns what is recommended, of what parts answered."""
    joined = ranking.ranker.rank(answer.query, answer.found)
    entered = len(parts) > 1 and not answer.query.article
    return article_results.Result(
        asked,
        article_parts.Found(joined.urls[:top_k], joined.scores[:top_k], joined.reasons[:top_k]),
        {part.name: found for part, found in zip(parts, answer.found, strict=True)},
        tuple(map(titles.of_url, answer.query.seeds)) if entered else (),
    )
