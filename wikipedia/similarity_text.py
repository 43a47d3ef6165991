"""Similar articles as text for people and as JSON for programs."""

import dataclasses
import json

from wikipedia import article_graph
from wikipedia import article_names
from wikipedia import neighbors
from wikipedia import titles

_SUGGESTIONS = 5


@dataclasses.dataclass(frozen=True)
class Similar:
    """An article: its title, address, similarity to another, and its number of documents."""

    title: str
    url: str
    similarity: float
    documents: int


@dataclasses.dataclass(frozen=True)
class Result:
    """What was found for a name.

    Attributes:
        name: as it was given.
        title: of the article, '' when there is none.
        url: its address, or None.
        documents: how many it is the subject of or linked from.
        similar: the articles that are most similar, falling.
        suggestions: titles like the name, when there is no article.
    """

    name: str
    title: str = ''
    url: str | None = None
    documents: int = 0
    similar: tuple[Similar, ...] = ()
    suggestions: tuple[str, ...] = ()


def find(
    name: str, graph: article_graph.ArticleGraph, names: article_names.ArticleNames, top_k: int
) -> Result:
    """Finds the articles that are most similar to the one of a name."""
    url = names.find(name)
    index = graph.titles.index(url) if url is not None else None
    if url is None or index is None:
        return Result(name, suggestions=tuple(names.suggest(name, _SUGGESTIONS)))
    articles, values = graph.neighbors(index)
    urls = [graph.titles.token(article) for article in articles[:top_k].tolist()]
    similar = tuple(
        Similar(titles.of_url(other), other, value, graph.titles.doc_frequencies[article])
        for other, value, article in zip(
            urls, values[:top_k].tolist(), articles[:top_k].tolist(), strict=True
        )
    )
    return Result(name, titles.of_url(url), url, graph.titles.doc_frequencies[index], similar)


def to_text(result: Result) -> str:
    """Returns a result as a paragraph for a terminal."""
    show = neighbors.show
    if result.url is None:
        like = ', '.join(map(show, result.suggestions))
        note = f'There is {like}.' if like else 'There is none like it either.'
        return f'{show(result.name)}\n  Not in the dictionary. {note}\n'
    lines = [f'{show(result.title)}, in {result.documents:,} documents, {show(result.url)}']
    if not result.similar:
        lines.append('  No other article shares as many sets of links with it as were asked for.')
    width = max((len(show(other.title)) for other in result.similar), default=0)
    lines += [
        f'  {show(other.title):<{width}}  {other.similarity:8.4f}  {other.documents:>9,}'
        for other in result.similar
    ]
    return '\n'.join(lines) + '\n'


def to_json(result: Result, measure: str) -> str:
    """Returns a result as one line of JSON without a line feed."""
    fields = {
        'query': result.name,
        'title': result.title,
        'url': result.url,
        'documents': result.documents,
        'measure': measure,
        'similar': [
            # Nine digits give a float32 back exactly.
            {**dataclasses.asdict(other), 'similarity': float(f'{other.similarity:.9g}')}
            for other in result.similar
        ],
        'suggestions': list(result.suggestions),
    }
    return json.dumps(fields, ensure_ascii=False)
