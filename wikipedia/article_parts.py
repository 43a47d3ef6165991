"""What finds articles: one interface for search, the graph of links and the embedding.

Articles are named by their address, the primary of their document.
"""

import dataclasses
from collections.abc import Sequence
from typing import Protocol


@dataclasses.dataclass(frozen=True)
class Query:
    """What articles are looked for.

    Attributes:
        tokens: the lower-cased words of a text, in order: a sentence, or those of an article.
        article: the address of the article that is asked about; '' for a text.
        seeds: addresses where the graph is entered: the article and what it links to, or what a
            search found for the text.
        seed_weights: parallel to seeds, above 0.
        exclude: addresses that are not to be found, such as the article itself.
    """

    tokens: tuple[str, ...] = ()
    article: str = ''
    seeds: tuple[str, ...] = ()
    seed_weights: tuple[float, ...] = ()
    exclude: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Found:
    """What a part found for one query.

    Attributes:
        urls: distinct addresses, best first; of equal scores the lesser address first.
        scores: parallel to urls, falling, finite.
        reasons: parallel to urls, or empty: the address of the seed that speaks most for it.
    """

    urls: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    reasons: tuple[str, ...] = ()


class Part(Protocol):
    """One way to find articles.

    Attributes:
        name: what tables call it: search, graph, embedding.
    """

    name: str

    def find(self, queries: Sequence[Query], top_k: int) -> list[Found]:
        """Returns up to top_k articles for each query, none of its exclude.

        A part that can make nothing of a query, such as the graph without seeds, finds nothing.
        """
        ...
