"""Finds articles by their vectors: near an article's own, or near that of a text."""

from collections.abc import Collection
from collections.abc import Sequence

import numpy as np

from common import retrieval
from wikipedia import article_parts
from wikipedia import txt2url_model

NAME = 'embedding'


class EmbeddingPart:
    """The text-to-article model as a part; implements article_parts.Part.

    Attributes:
        name: 'embedding'.
    """

    name = NAME

    def __init__(
        self, model: txt2url_model.Txt2UrlModel, catalogue: Collection[str] | None = None
    ) -> None:
        """Takes the model.

        Args:
            model: what finds.
            catalogue: addresses that may be found; None for all articles that the model knows.
        """
        self._model = model
        tokens = model.titles.tokens
        is_known = np.any(model.articles != 0, axis=1)
        self._known = frozenset(np.flatnonzero(is_known).tolist())
        allowed = self._known
        if catalogue is not None:
            wanted = frozenset(catalogue)
            allowed = [index for index in allowed if tokens[index] in wanted]
        # In the order of addresses, since of equal scores the lesser address comes first.
        order = sorted(allowed, key=tokens.__getitem__)
        self._urls = [tokens[index] for index in order]
        self._places = {url: place for place, url in enumerate(self._urls)}
        self._vectors = model.articles[np.array(order, np.int64)]

    def find(self, queries: Sequence[article_parts.Query], top_k: int) -> list[article_parts.Found]:
        """Returns the articles whose vectors suit each query best.

        Args:
            queries: an article that the model knows is asked about by its own vector; all else by
                its tokens. A text without a word that the model knows finds nothing.
            top_k: how many to find for each at most.
        """
        vectors = self._encode(queries)
        asked = np.flatnonzero(np.any(vectors != 0, axis=1))
        found = [article_parts.Found()] * len(queries)
        if not (len(asked) and self._urls):
            return found
        excluded = [self._excluded(queries[place]) for place in asked]
        width = max(map(len, excluded))
        exclude = np.full((len(asked), width), -1, np.int64)
        for row, places in zip(exclude, excluded, strict=True):
            row[: len(places)] = places
        best, scores = retrieval.top_k(vectors[asked], self._vectors, top_k, exclude=exclude)
        for place, places, values in zip(asked.tolist(), best, scores, strict=True):
            kept = places >= 0
            urls = tuple(self._urls[index] for index in places[kept].tolist())
            found[place] = article_parts.Found(urls, tuple(values[kept].tolist()))
        return found

    def _encode(self, queries: Sequence[article_parts.Query]) -> np.ndarray:
        """Returns float32[Q, F]; zeros for a query of which nothing is known."""
        articles = [self._model.titles.index(query.article) for query in queries]
        by_article = [place for place, index in enumerate(articles) if index in self._known]
        by_text = [place for place, index in enumerate(articles) if index not in self._known]
        vectors = np.zeros((len(queries), self._model.articles.shape[1]), np.float32)
        if by_article:
            indices = np.array([articles[place] for place in by_article], np.int64)
            vectors[by_article] = self._model.ask_articles(indices)
        by_text = [place for place in by_text if queries[place].tokens]
        if by_text:
            vectors[by_text] = self._model.ask_texts([queries[place].tokens for place in by_text])
        return vectors

    def _excluded(self, query: article_parts.Query) -> list[int]:
        return [self._places[url] for url in query.exclude if url in self._places]


def load(path: str, catalogue: Collection[str] | None = None) -> EmbeddingPart:
    """Loads what train_txt2url wrote.

    Args:
        path: the model.
        catalogue: addresses that may be found; None for all articles that the model knows.

    Raises:
        InputError: when path is no such model.
    """
    return EmbeddingPart(txt2url_model.load(path), catalogue)
