"""Sets of articles that are linked together: the links of an article, and the article itself."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np

from common import errors
from common import set_pairs
from common import varints
from common.pb import recsys_pb2

_MAX_INDEX = 2**31 - 1
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclasses.dataclass(frozen=True)
class Options:
    """How to make sets of records.

    Attributes:
        include_article: whether the article itself belongs to the set of its links.
        max_links: how many links of an article to draw when it has more; 0 takes all.
        seed: of the draw.
    """

    include_article: bool
    max_links: int
    seed: int


def make_block(
    documents: Iterable[recsys_pb2.PackedSparseDocument], options: Options, name: str
) -> set_pairs.Block:
    """Returns the sets of some articles; their items are indices of titles, from 0.

    Args:
        documents: articles with their links.
        options: how to make the sets.
        name: what errors call the data.

    Raises:
        InputError: when an index cannot be one.
    """
    articles: list[int] = []
    links = [np.empty(0, np.uint64)]
    for document in documents:
        try:
            links.append(varints.decode(document.secondary_index))
        except ValueError as error:
            raise errors.InputError(
                f'{name}: the links of {document.url} are damaged ({error}); make it again'
            ) from error
        articles.append(document.primary_index)
    return set_pairs.pack(_make_sets(articles, links, options, name))


def _make_sets(
    articles: Sequence[int], links: Sequence[np.ndarray], options: Options, name: str
) -> set_pairs.Sets:
    """Returns the sets of articles; links has an empty array before theirs."""
    primaries = np.array(articles, np.uint64)
    items = np.concatenate(links)
    largest = max(int(primaries.max(initial=0)), int(items.max(initial=0)))
    if largest > _MAX_INDEX:
        raise errors.InputError(f'{name}: {largest} is no index of a title; make it again')
    owners = np.repeat(np.arange(len(articles)), [len(array) for array in links[1:]])
    if options.max_links:
        kept = draw(primaries, owners, items, options)
        owners, items = owners[kept], items[kept]
    if options.include_article:
        owners = np.concatenate([owners, np.arange(len(articles))])
        items = np.concatenate([items, primaries])
    order = np.argsort(owners, kind='stable')
    sizes = np.bincount(owners, minlength=len(articles))
    offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    return set_pairs.make_sets(offsets, items[order].astype(np.int64))


def draw(
    articles: np.ndarray, owners: np.ndarray, items: np.ndarray, options: Options
) -> np.ndarray:
    """Draws links of the articles that have too many, each link with the same chance.

    What is drawn follows from the indices of article and link and the seed, and from nothing else.

    Args:
        articles: uint64[A], their indices.
        owners: int64[N], rising, the place in articles that a link belongs to.
        items: uint64[N], the indices of what is linked to.
        options: how many to draw, and the seed.

    Returns:
        int64[K], rising, the links that were drawn.
    """
    numbers = _shuffle(_shuffle(_shuffle(np.uint64(options.seed)) ^ articles)[owners] ^ items)
    order = np.lexsort((items, numbers, owners))
    starts = np.searchsorted(owners, np.arange(len(articles)))
    ranks = np.arange(len(owners)) - starts[owners]
    return np.sort(order[ranks < options.max_links])


def _shuffle(numbers: np.ndarray | np.uint64) -> np.ndarray:
    """Returns numbers that look drawn at random, each the same for the same number.

    Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"; the
    constants are those of Vigna's splitmix64.c.
    """
    with np.errstate(over='ignore'):
        mixed = numbers + _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
