"""How well a text-to-article model finds what it was not trained on: what early stopping sees."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from common import retrieval
from wikipedia import txt2url_data

_TOP = 10
_RANK_BLOCK = 512


@dataclasses.dataclass(frozen=True)
class Validation:
    """Q texts, each with the article that it is to find, and M articles with links to be found.

    Attributes:
        texts: the texts, by number of the query.
        wanted: int64[Q], the article of each.
        sources: int64[M], articles asked about.
        links: for each, int[N] articles that its links lead to.
    """

    texts: txt2url_data.Texts
    wanted: np.ndarray
    sources: np.ndarray
    links: Sequence[np.ndarray]


def cut(
    texts: txt2url_data.Texts, limit: int, max_words: int, random: np.random.Generator
) -> tuple[txt2url_data.Texts, Validation]:
    """Takes a piece of text from some articles.

    Args:
        texts: of all articles.
        limit: of how many articles at most; of a fifth of them at most.
        max_words: most words of a piece, and a third of its text at most.
        random: decides which.

    Returns:
        The texts without the pieces, and the pieces.
    """
    sizes = texts.sizes
    usable = np.flatnonzero(sizes >= 6)
    count = min(limit, len(usable) // 5)
    chosen = np.sort(random.choice(usable, count, replace=False))
    lengths = np.minimum(max_words, sizes[chosen] // 3)
    firsts = (random.random(count) * (sizes[chosen] - lengths + 1)).astype(np.int64)
    starts = texts.offsets[chosen] + firsts
    is_cut = np.zeros(len(texts.words) + 1, np.int64)
    np.add.at(is_cut, starts, 1)
    np.add.at(is_cut, starts + lengths, -1)
    taken = np.cumsum(is_cut)[:-1] > 0
    new_sizes = sizes.copy()
    new_sizes[chosen] -= lengths
    rest = txt2url_data.Texts(texts.words[~taken], np.concatenate([[0], np.cumsum(new_sizes)]))
    pieces = txt2url_data.Texts(texts.words[taken], np.concatenate([[0], np.cumsum(lengths)]))
    return rest, Validation(pieces, chosen, np.empty(0, np.int64), ())


def measure_texts(
    queries: np.ndarray, articles: np.ndarray, allowed: np.ndarray, wanted: np.ndarray
) -> dict[str, float]:
    """Returns mean reciprocal rank and recall of the first ten, of texts that want one article.

    An article with an equal score stands before the wanted one: no model gains by equal scores.

    Args:
        queries: float32[Q, F].
        articles: float32[T, F].
        allowed: bool[T], which may be found.
        wanted: int64[Q], which is to be found; allowed.
    """
    ranks = []
    for start in range(0, len(queries), _RANK_BLOCK):
        rows = slice(start, start + _RANK_BLOCK)
        scores = queries[rows] @ articles.T
        own = scores[np.arange(len(scores)), wanted[rows]]
        ranks.append(np.count_nonzero((scores >= own[:, None]) & allowed, axis=1))
    rank = np.concatenate(ranks).astype(np.float64)
    return {'mrr': float(np.mean(1 / rank)), 'recall': float(np.mean(rank <= _TOP))}


def measure_links(
    queries: np.ndarray,
    articles: np.ndarray,
    allowed: np.ndarray,
    cases: Validation,
    known: sparse.csr_array,
) -> dict[str, float]:
    """Returns the recall of the first ten of links that were held out, mean over articles.

    Args:
        queries: float32[M, F], of the articles asked about.
        articles: float32[T, F].
        allowed: bool[T], which may be found.
        cases: sources and links are looked at.
        known: [T, T], above 0 for links that are known; those of a source may not be found.
    """
    places = np.flatnonzero(allowed)
    numbers = np.full(len(allowed), -1)
    numbers[places] = np.arange(len(places))
    skipped = [numbers[np.append(known[[source]].indices, source)] for source in cases.sources]
    width = max(map(len, skipped))
    exclude = np.stack([np.pad(row, (0, width - len(row)), constant_values=-1) for row in skipped])
    found, _ = retrieval.top_k(queries, articles[places], _TOP, exclude=exclude)
    recalls = [
        np.isin(numbers[wanted], row[row >= 0]).mean()
        for row, wanted in zip(found, cases.links, strict=True)
    ]
    return {'link_recall': float(np.mean(recalls))}
