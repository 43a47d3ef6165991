"""Nearest neighbours of words in a model, and how they are shown."""

import dataclasses
import json
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import numpy as np

from common import models
from common import retrieval
from wikipedia import terms

DICTIONARY, BUCKET, UNKNOWN = 'dictionary', 'bucket', 'unknown'


@dataclasses.dataclass(frozen=True)
class Neighbor:
    """A word near another: its dot product or cosine with it, and how often it occurs."""

    token: str
    similarity: float
    frequency: int


@dataclasses.dataclass(frozen=True)
class Result:
    """What was found for a term.

    Attributes:
        query: the term.
        source: which vector stands for it: 'dictionary' its own, 'bucket' that of its min-hash
            bucket, 'unknown' none.
        neighbors: words of the dictionary, nearest first, ties by token; not the term itself.
    """

    query: terms.Term
    source: str
    neighbors: tuple[Neighbor, ...]

    @property
    def note(self) -> str:
        """What a reader must know about the result, or nothing."""
        if self.source == BUCKET:
            return (
                f'Not in the dictionary: these are the neighbours of its min-hash bucket '
                f'{self.query.bucket}, which it shares with other rare words.'
            )
        if self.source == UNKNOWN:
            return 'Not in the dictionary, and the model has no vector for words outside it.'
        return ''


class Finder:
    """Finds the neighbours of many words in one model."""

    def __init__(self, model: models.EmbeddingModel) -> None:
        self._model = model
        words = model.dictionary
        # Sorted by token, since the search breaks ties by place.
        self._order = np.array(
            sorted(range(len(words)), key=words.tokens.__getitem__), dtype=np.int64
        )
        self._place = np.empty(1 + len(words), dtype=np.int64)
        self._place[1 + self._order] = np.arange(len(words))
        self._items = np.asarray(model.embeddings)[1 + self._order]

    def find(
        self, queries: Iterable[terms.Term], max_terms: int, similarity: retrieval.Metric
    ) -> list[Result]:
        """Returns the neighbours of each term, in the order of the terms.

        Args:
            queries: terms that were looked up in the model's dictionary.
            max_terms: how many neighbours of each.
            similarity: 'dot' or 'cosine'.
        """
        queries = list(queries)
        sources = [self._source(query) for query in queries]
        known = [query for query, source in zip(queries, sources, strict=True) if source != UNKNOWN]
        found = iter(self._search(known, max_terms, similarity))
        return [
            Result(query, source, next(found) if source != UNKNOWN else ())
            for query, source in zip(queries, sources, strict=True)
        ]

    def _source(self, query: terms.Term) -> str:
        if query.bucket is None:
            return DICTIONARY
        # A bucket of zeros was never trained, and its neighbours would be the first words there.
        trained = self._model.has_buckets and self._model.embeddings[query.index].any()
        return BUCKET if trained else UNKNOWN

    def _search(
        self, queries: list[terms.Term], max_terms: int, similarity: retrieval.Metric
    ) -> Iterator[tuple[Neighbor, ...]]:
        itself = [-1 if query.bucket is not None else self._place[query.index] for query in queries]
        places, scores = retrieval.top_k(
            np.asarray(self._model.embeddings)[[query.index for query in queries]],
            self._items,
            max_terms,
            metric=similarity,
            exclude=np.array(itself, dtype=np.int64).reshape(-1, 1),
        )
        words = self._model.dictionary
        for row_places, row_scores in zip(places, scores, strict=True):
            indices = self._order[row_places[row_places >= 0]].tolist()
            yield tuple(
                Neighbor(words.tokens[index], score, words.frequencies[index])
                for index, score in zip(indices, row_scores.tolist(), strict=False)
            )


def to_text(result: Result) -> str:
    """Returns a result as a paragraph for a terminal."""
    query = result.query
    heading = show(query.term)
    if query.token != query.term:
        heading += f' ({show(query.token)})'
    if query.frequency:
        heading += f', occurs {query.frequency:,} times'
    lines = [heading]
    if result.note:
        lines.append(f'  {result.note}')
    width = max((len(show(neighbor.token)) for neighbor in result.neighbors), default=0)
    lines += [
        f'  {show(neighbor.token):<{width}}  {neighbor.similarity:7.3f}  {neighbor.frequency:>11,}'
        for neighbor in result.neighbors
    ]
    return '\n'.join(lines) + '\n'


def show(text: str) -> str:
    """Returns text without characters that would act on a terminal."""
    return ''.join(c if c.isprintable() else '\ufffd' for c in text)


def to_json(result: Result, similarity: str) -> str:
    """Returns a result as one line of JSON without a line feed."""
    query = result.query
    fields: dict[str, Any] = {
        'term': query.term,
        'token': query.token,
        'source': result.source,
        'bucket': query.bucket,
        'frequency': query.frequency,
        'similarity': similarity,
        'neighbors': [
            # Nine digits give a float32 back exactly.
            {**dataclasses.asdict(neighbor), 'similarity': float(f'{neighbor.similarity:.9g}')}
            for neighbor in result.neighbors
        ],
    }
    return json.dumps(fields, ensure_ascii=False)
