"""Finds articles by the graph of links: those most similar to where one stands."""

from collections.abc import Collection
from collections.abc import Sequence

import numpy as np

from wikipedia import article_graph
from wikipedia import article_parts

NAME = 'graph'


class GraphPart:
    """Adds up the similarities of an article to the seeds; implements article_parts.Part.

    The seeds of a text are what a search found for it, and so may be what is looked for: each is
    similar to itself, by 1, or where some similarities are above 1, as much as the most similar.

    Source: Deshpande and Karypis 2004, "Item-based top-N recommendation algorithms".
    """

    def __init__(
        self, graph: article_graph.ArticleGraph, catalogue: Collection[str] | None = None
    ) -> None:
        """Takes the graph.

        Args:
            graph: the similarities.
            catalogue: addresses that may be found; None for all of the graph.
        """
        self.name = NAME
        self._graph = graph
        self._own_similarity = float(max(1.0, graph.similarities.data.max(initial=0.0)))
        tokens = graph.titles.tokens
        self._allowed = np.ones(len(tokens), bool)
        if catalogue is not None:
            known = frozenset(catalogue)
            self._allowed = np.fromiter((url in known for url in tokens), bool, len(tokens))
        order = np.array(sorted(range(len(tokens)), key=tokens.__getitem__), np.int64)
        self._ranks = np.empty(len(tokens), np.int64)
        self._ranks[order] = np.arange(len(tokens))

    def find(self, queries: Sequence[article_parts.Query], top_k: int) -> list[article_parts.Found]:
        """Returns the articles with the largest weighted sum of similarities to the seeds.

        Args:
            queries: seeds that are not in the graph say nothing.
            top_k: how many to find for each at most.
        """
        return [self._find(query, top_k) for query in queries]

    def _find(self, query: article_parts.Query, top_k: int) -> article_parts.Found:
        seeds, weights = self._look_up(query)
        owners, articles, values = self._gather(seeds, weights)
        if not query.article:
            owners = np.concatenate([owners, np.arange(len(seeds))])
            articles = np.concatenate([articles, np.array(seeds, articles.dtype)])
            values = np.concatenate([values, self._own_similarity * np.array(weights)])
        kept = self._allowed[articles]
        excluded = [self._graph.titles.index(url) for url in query.exclude]
        kept &= ~np.isin(articles, [index for index in excluded if index is not None])
        owners, articles, values = owners[kept], articles[kept], values[kept]
        candidates, places = np.unique(articles, return_inverse=True)
        scores = np.bincount(places, values, len(candidates))
        order = np.lexsort((self._ranks[candidates], -scores))[:top_k]
        # The largest term of each sum; of equal ones, that of the earlier seed.
        by_term = np.lexsort((owners, -values, places))
        firsts = by_term[np.searchsorted(places[by_term], order)]
        urls = self._graph.titles.tokens
        return article_parts.Found(
            tuple(urls[index] for index in candidates[order].tolist()),
            tuple(scores[order].tolist()),
            tuple(urls[seeds[owner]] for owner in owners[firsts].tolist()),
        )

    def _look_up(self, query: article_parts.Query) -> tuple[list[int], list[float]]:
        """Returns the indices and the weights of the seeds that are in the graph."""
        seeds, weights = [], []
        for url, weight in zip(query.seeds, query.seed_weights, strict=True):
            index = self._graph.titles.index(url)
            if index is not None:
                seeds.append(index)
                weights.append(weight)
        return seeds, weights

    def _gather(
        self, seeds: list[int], weights: list[float]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns all terms of all sums: int64[N] place of the seed, int32[N] article, float64."""
        rows = [self._graph.neighbors(seed) for seed in seeds]
        sizes = [len(articles) for articles, _ in rows]
        articles = [np.empty(0, np.int32), *(articles for articles, _ in rows)]
        values = [
            np.empty(0),
            *(
                weight * row.astype(np.float64)
                for weight, (_, row) in zip(weights, rows, strict=True)
            ),
        ]
        owners = np.repeat(np.arange(len(seeds)), np.array(sizes, np.int64))
        return owners, np.concatenate(articles), np.concatenate(values)
