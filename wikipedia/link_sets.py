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
_CONTINUED = b'\x80'  # Only the last byte of a varint is less.
_REMEDY = 'make it again'
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
    articles, packed = [], []
    for document in documents:
        links = document.secondary_index
        if links[-1:] >= _CONTINUED:
            raise errors.InputError(f'{name}: the links of {document.url} are cut off; {_REMEDY}')
        articles.append(document.primary_index)
        packed.append(links)
    primaries = np.array(articles, np.uint64)
    items, sizes = _decode(packed, name)
    largest = max(int(primaries.max(initial=0)), int(items.max(initial=0)))
    if largest > _MAX_INDEX:
        raise errors.InputError(f'{name}: {largest} is no index of a title; {_REMEDY}')
    return set_pairs.pack(_make_sets(primaries, items, sizes, options))


def _decode(packed: Sequence[bytes], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns the links of all articles, uint64[N], and how many each has, int64[A]."""
    joined = b''.join(packed)
    try:
        items = varints.decode(joined)
    except ValueError as error:
        raise errors.InputError(f'{name}: links are damaged ({error}); {_REMEDY}') from error
    ends = np.cumsum([0, *map(len, packed)])
    finished = np.concatenate([[0], np.cumsum(np.frombuffer(joined, np.uint8) < _CONTINUED[0])])
    return items, np.diff(finished[ends])


def _make_sets(
    primaries: np.ndarray, items: np.ndarray, sizes: np.ndarray, options: Options
) -> set_pairs.Sets:
    owners = np.repeat(np.arange(len(primaries)), sizes)
    if options.max_links:
        kept = draw(primaries, owners, items, options)
        owners, items = owners[kept], items[kept]
    if options.include_article:
        owners = np.concatenate([owners, np.arange(len(primaries))])
        items = np.concatenate([items, primaries])
    order = np.argsort(owners, kind='stable')
    counts = np.bincount(owners, minlength=len(primaries))
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
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
