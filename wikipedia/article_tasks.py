"""What recommendations of articles are tested on: links and first paragraphs that were held out.

links   given an article, with the text and the links that it has left: find the links that were
        held out. The article itself and the links left are not to be found.
text    given the words of a first paragraph that was held out: find its article.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence

from common import errors
from common import records
from common.pb import nlp_pb2
from wikipedia import article_parts
from wikipedia import article_queries
from wikipedia import article_search
from wikipedia import url_hashes

LINKS, TEXT = KINDS = ('links', 'text')
_SEED = 5  # So that a choice of articles has nothing to do with the one that held them out.


@dataclasses.dataclass(frozen=True)
class Task:
    """A question, and the answer.

    Attributes:
        kind: one of KINDS.
        article: address of the article that it is made of.
        query: the question.
        relevant: addresses, at least one.
        size: how many links the article has left, or how many words the paragraph has.
    """

    kind: str
    article: str
    query: article_parts.Query
    relevant: frozenset[str]
    size: int


def read(
    data: records.Dataset,
    search: article_search.ArticleSearch,
    max_articles: int | None = None,
) -> list[Task]:
    """Reads what hold_out held out of some articles.

    Args:
        data: its validation or test records.
        search: an index of the documents without that.
        max_articles: how many articles to use at most, the same ones of the same data.

    Returns:
        In the order of the data, of each article the tasks in the order of KINDS.

    Raises:
        InputError: when the index lacks an article, or still holds what was held out.
    """
    documents = list(records.read(data))
    if max_articles is not None and len(documents) > max_articles:
        hashes = [url_hashes.hash_text(document.primary, _SEED) for document in documents]
        limit = sorted(hashes)[max_articles - 1]
        documents = [one for one, place in zip(documents, hashes, strict=True) if place <= limit]
    return [task for document in documents for task in _tasks(document, search, data.pattern)]


def _tasks(
    held_out: nlp_pb2.TextDocument, search: article_search.ArticleSearch, path: str
) -> Iterable[Task]:
    url = held_out.primary
    document = search.document(url)
    if document is None or not search.catalogue.issuperset(held_out.secondary):
        raise errors.InputError(
            f'{search.path} lacks {url} or a link of it that {path} holds out; index the documents '
            'beside that'
        )
    held_links = frozenset(held_out.secondary)
    if document.lead_tokens or not held_links.isdisjoint(document.secondary):
        raise errors.InputError(
            f'{search.path} still holds what {path} holds out of {url}; index the documents beside '
            'that, which lack it'
        )
    if held_links:
        query = article_queries.query_of(document, search.catalogue, exclude_links=True)
        yield Task(LINKS, url, query, held_links, len(query.seeds) - 1)
    if held_out.lead_tokens:
        query = article_parts.Query(tokens=tuple(held_out.lead_tokens))
        yield Task(TEXT, url, query, frozenset((url,)), len(query.tokens))


def require(tasks: Sequence[Task], path: str) -> None:
    """Raises InputError when there is no task.

    Args:
        tasks: what read returned.
        path: of the data.
    """
    if not tasks:
        raise errors.InputError(
            f'{path} holds nothing that was held out: there were too few articles; hold out larger '
            'shares, or take more documents'
        )
