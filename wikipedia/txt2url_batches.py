"""Pieces of text, and what they are compared with, as batches of few shapes.

A piece is some consecutive words of an article. Its article is represented by words drawn from the
rest of it: what the model learns is to recognise an article by words that it has not seen there.

Source: Lee, Chang, Toutanova 2019, Latent Retrieval for Weakly Supervised Open Domain Question
Answering, section 4, "inverse cloze task".
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
from scipy import sparse

from wikipedia import txt2url_data
from wikipedia import txt2url_settings

STEPS_PER_GROUP = 8
_NUM_LENGTHS = 3


@dataclasses.dataclass(frozen=True)
class Group:
    """S batches of B pieces, with N articles drawn for each; only the first num_steps hold any.

    The words of a batch are a list of U distinct ones; all else holds places in that list, U for
    padding.

    Attributes:
        words: int32[S, U], embedding indices, V for padding.
        pieces: int32[S, B, L], the pieces, padded at the end.
        own: int32[S, B, K], words from the rest of each piece's article.
        drawn: int32[S, N, K], words of the articles drawn.
        articles: int32[S, B].
        partners: int32[S, B], the articles linked; T where there is none.
        others: int32[S, N], the articles drawn.
        num_steps: how many batches there are.
    """

    words: np.ndarray
    pieces: np.ndarray
    own: np.ndarray
    drawn: np.ndarray
    articles: np.ndarray
    partners: np.ndarray
    others: np.ndarray
    num_steps: int


def lengths(config: txt2url_settings.SamplingConfig) -> list[int]:
    """Returns the few lengths L that pieces are padded to, rising."""
    found = {config.max_words >> shift for shift in range(_NUM_LENGTHS)}
    return sorted(length for length in found if length > config.min_words) or [config.max_words]


class Batches:
    """Draws batches from texts and links.

    Attributes:
        usable: int64[P], the articles that pieces are drawn from: those with two words or more.
        partner_counts: float64[T], how often an article is drawn as the partner of another, when a
            piece is drawn from every usable article.
    """

    def __init__(
        self,
        texts: txt2url_data.Texts,
        links: sparse.csr_array,
        num_words: int,
        sampling: txt2url_settings.SamplingConfig,
        num_drawn: int,
    ) -> None:
        """Prepares to draw.

        Args:
            texts: of T articles.
                links: float[T, T], above 0 where two are linked; how probable a partner is.
            num_words: rows V of the table of words.
            sampling: settings.
            num_drawn: N.
        """
        self._texts, self._links, self._num_words = texts, links, num_words
        self._sampling, self._num_drawn = sampling, num_drawn
        self.usable = np.flatnonzero(texts.sizes >= 2)
        # Sums of the weights of links up to each: where a number drawn below the last one falls.
        self._heaps = np.concatenate([[0.0], np.cumsum(links.data, dtype=np.float64)])
        totals = np.diff(self._heaps[links.indptr])
        shares = np.zeros(len(texts))
        shares[self.usable] = 1.0 / np.where(totals > 0, totals, 1.0)[self.usable]
        self.partner_counts = np.asarray(shares @ links.astype(np.float64)).reshape(-1)

    def epoch(self, random: np.random.Generator) -> Iterator[Group]:
        """Yields the batches of an epoch; the last is filled up with further pieces."""
        sampling = self._sampling
        order = [random.permutation(self.usable) for _ in range(sampling.pieces_per_article)]
        steps = -(-sum(map(len, order)) // sampling.batch_size)
        articles = np.resize(np.concatenate(order), (steps, sampling.batch_size))
        starts = range(0, steps, STEPS_PER_GROUP)
        bounds = _spread(lengths(sampling), sampling.min_words, len(starts))
        for start, (low, high) in zip(starts, random.permutation(bounds).tolist(), strict=True):
            yield self._draw(articles[start : start + STEPS_PER_GROUP], random, low, high)

    def _draw(
        self, articles: np.ndarray, random: np.random.Generator, low: int, high: int
    ) -> Group:
        """Returns the group of pieces of low to high words of int64[S, B] articles."""
        steps, size = articles.shape
        flat = articles.reshape(-1)
        pieces, own = self._cut(flat, random, low, high)
        partners = self._partners(flat, random)
        others = random.choice(self.usable, (steps, self._num_drawn))
        drawn = self._sample(others.reshape(-1), random)
        parts = (pieces, own, drawn)
        rows = [part.reshape(steps, -1) for part in parts]
        words, places = _number(np.concatenate(rows, axis=1), self._num_words)
        ends = np.cumsum([row.shape[1] for row in rows])[:-1]
        shapes = ((steps, -1, part.shape[1]) for part in parts)
        numbered = zip(np.split(places, ends, axis=1), shapes, strict=True)
        arrays = [part.reshape(shape) for part, shape in numbered]
        arrays += [articles.astype(np.int32), partners.reshape(steps, size).astype(np.int32)]
        padded = [_pad(array) for array in (words, *arrays, others.astype(np.int32))]
        return Group(*padded, steps)

    def _cut(
        self, articles: np.ndarray, random: np.random.Generator, low: int, high: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns int32[P, high], a piece of each article, and int32[P, K], words of the rest."""
        starts, sizes = self._texts.offsets[articles], self._texts.sizes[articles]
        counts = np.minimum(random.integers(low, high + 1, len(articles)), sizes // 2)
        firsts = (random.random(len(articles)) * (sizes - counts + 1)).astype(np.int64)
        columns = np.arange(high)
        pieces = self._take((starts + firsts)[:, None] + columns, columns < counts[:, None])
        drawn = self._uniform(sizes - counts, random)
        drawn += np.where(drawn >= firsts[:, None], counts[:, None], 0)
        present = np.arange(drawn.shape[1]) < (sizes - counts)[:, None]
        return pieces, self._take(starts[:, None] + drawn, present)

    def _sample(self, articles: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Returns int32[P, K], words of each article."""
        sizes = self._texts.sizes[articles]
        drawn = self._uniform(sizes, random)
        present = np.arange(drawn.shape[1]) < sizes[:, None]
        return self._take(self._texts.offsets[articles][:, None] + drawn, present)

    def _uniform(self, sizes: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Returns int64[P, K], places below each size, drawn with replacement."""
        shares = random.random((len(sizes), self._sampling.article_words), np.float32)
        return np.minimum((shares * sizes[:, None]).astype(np.int64), sizes[:, None] - 1)

    def _take(self, places: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Returns int32[P, L], the words at places; V where none is present."""
        words = self._texts.words[np.where(present, places, 0)]
        return np.where(present, words, self._num_words).astype(np.int32)

    def _partners(self, articles: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Returns int64[P], an article linked with each, by the weight of the links; or T."""
        links = self._links
        starts, ends = links.indptr[articles], links.indptr[articles + 1]
        low, high = self._heaps[starts], self._heaps[ends]
        drawn = low + random.random(len(articles)) * (high - low)
        found = np.searchsorted(self._heaps, drawn, side='right') - 1
        found = np.clip(found, starts, np.maximum(ends - 1, starts))
        if not links.nnz:
            return np.full(len(articles), len(self._texts))
        partners = links.indices[np.minimum(found, links.nnz - 1)].astype(np.int64)
        return np.where(ends > starts, partners, len(self._texts))


def _spread(shapes: list[int], shortest: int, count: int) -> np.ndarray:
    """Returns int64[count, 2], the least and most words of the pieces of each group of batches.

    Groups are shared out by how many lengths a shape stands for, so that all lengths are about as
    probable as each other.

    Args:
        shapes: the lengths to pad to, rising.
        shortest: least words of a piece.
        count: how many groups there are.
    """
    lows = np.array([shortest, *(shape + 1 for shape in shapes[:-1])])
    ends = np.cumsum(np.array(shapes) - lows + 1)
    kinds = np.searchsorted(ends, (np.arange(count) + 0.5) / count * ends[-1], side='right')
    return np.stack([lows[kinds], np.array(shapes)[kinds]], axis=1)


def _number(words: np.ndarray, num_words: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the distinct words of each step, int32[S, U], and int32[S, M], their places there.

    Args:
        words: int32[S, M], V for padding.
        num_words: V.
    """
    lists, places = [], np.empty_like(words)
    numbers = np.empty(num_words + 1, np.int32)
    for step, row in enumerate(words):
        seen = np.zeros(num_words + 1, bool)
        seen[row] = True
        distinct = np.flatnonzero(seen[:-1])
        numbers[distinct] = np.arange(len(distinct))
        numbers[num_words] = -1
        places[step] = numbers[row]
        lists.append(distinct)
    width = _round_up(max(map(len, lists)))
    padded = np.full((len(words), width), num_words, np.int32)
    for row, distinct in zip(padded, lists, strict=True):
        row[: len(distinct)] = distinct
    return padded, np.where(places < 0, np.int32(width), places)


def _round_up(size: int) -> int:
    """Returns the next power of two, or one and a half of one: few sizes are compiled."""
    power = 1 << max(size - 1, 1).bit_length()
    return power * 3 // 4 if size <= power * 3 // 4 else power


def _pad(array: np.ndarray) -> np.ndarray:
    """Fills an array up to as many steps as a group has."""
    missing = STEPS_PER_GROUP - len(array)
    return np.pad(array, [(0, missing)] + [(0, 0)] * (array.ndim - 1))
