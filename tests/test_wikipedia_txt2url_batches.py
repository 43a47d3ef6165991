"""Tests of pieces of text and what they are compared with."""

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from scipy import sparse

from tests import txt2url_testdata
from wikipedia import txt2url_batches
from wikipedia import txt2url_data
from wikipedia import txt2url_settings

_SAMPLING = txt2url_settings.SamplingConfig(
    batch_size=5, min_words=2, max_words=12, article_words=7, pieces_per_article=3
)


def _batches(texts, links=None, sampling=_SAMPLING, num_drawn=0, num_words=1000):
    empty = sparse.csr_array((len(texts), len(texts)), dtype=np.float32)
    links = empty if links is None else links
    return txt2url_batches.Batches(texts, links, num_words, sampling, num_drawn)


def _distinct_texts(sizes=(30, 0, 50, 3, 41, 1, 60)):
    """Returns texts in which every word occurs once: word w of article a is 100 a + w + 1."""
    rows = ((a, 100 * a + 1 + np.arange(size)) for a, size in enumerate(sizes))
    return txt2url_data.collect(rows, len(sizes))


def _resolve(group, places):
    """Returns the words at places, 1000 for padding."""
    lists = np.pad(group.words, [(0, 0), (0, 1)], constant_values=1000)
    flat = places.reshape(len(places), -1)
    return np.take_along_axis(lists, flat, axis=1).reshape(places.shape)


class LengthsTest(parameterized.TestCase):
    @parameterized.parameters(
        (8, 64, [16, 32, 64]), (16, 64, [32, 64]), (64, 64, [64]), (1, 2, [2]), (1, 1, [1])
    )
    def test_lengths(self, shortest, longest, want):
        sampling = txt2url_settings.SamplingConfig(min_words=shortest, max_words=longest)
        self.assertEqual(txt2url_batches.lengths(sampling), want)


class BatchesTest(parameterized.TestCase):
    def _epoch(self, batches, seed=1):
        return list(batches.epoch(np.random.default_rng(seed)))

    def test_a_piece_is_consecutive_and_its_article_the_rest(self):
        texts = _distinct_texts()
        batches = _batches(texts)
        np.testing.assert_array_equal(batches.usable, [0, 2, 3, 4, 6])
        seen = []
        for group in self._epoch(batches):
            pieces, own = _resolve(group, group.pieces), _resolve(group, group.own)
            for step in range(group.num_steps):
                for row, article in enumerate(group.articles[step].tolist()):
                    piece = pieces[step, row][pieces[step, row] < 1000]
                    rest = own[step, row][own[step, row] < 1000]
                    size = texts.sizes[article]
                    self.assertBetween(len(piece), 1, min(12, size // 2))
                    np.testing.assert_array_equal(np.diff(piece), 1)
                    self.assertEqual({*(piece // 100), *((rest - 1) // 100)}, {article})
                    self.assertLen(rest, min(7, size - len(piece)))
                    self.assertEmpty(set(piece) & set(rest))
                    # Padding stands at the end.
                    self.assertTrue((pieces[step, row][: len(piece)] < 1000).all())
                    seen.append(article)
        np.testing.assert_array_equal(np.bincount(seen, minlength=7), [3, 0, 3, 3, 3, 0, 3])

    def test_words_are_listed_once(self):
        for group in self._epoch(_batches(_distinct_texts())):
            for row in group.words[: group.num_steps]:
                real = row[row < 1000]
                np.testing.assert_array_equal(real, np.unique(real))
                self.assertTrue((row[len(real) :] == 1000).all())

    def test_few_shapes(self):
        texts = txt2url_data.collect(enumerate(txt2url_testdata.make_rows()), 40)
        shapes = {group.pieces.shape for group in self._epoch(_batches(texts))}
        self.assertLessEqual({shape[2] for shape in shapes}, {3, 6, 12})
        self.assertLen({shape[:2] for shape in shapes}, 1)

    def test_partners_follow_the_links(self):
        # Of article 0, article 2 is drawn three times as often as article 4.
        links = sparse.coo_array(([3.0, 1, 3, 1], ([0, 0, 2, 4], [2, 4, 0, 0])), (7, 7)).tocsr()
        sampling = txt2url_settings.SamplingConfig(
            batch_size=50, min_words=2, max_words=4, article_words=3, pieces_per_article=400
        )
        batches = _batches(_distinct_texts(), links, sampling)
        articles, partners = [], []
        for group in self._epoch(batches):
            articles.append(group.articles[: group.num_steps].reshape(-1))
            partners.append(group.partners[: group.num_steps].reshape(-1))
        articles, partners = np.concatenate(articles), np.concatenate(partners)
        counts = np.bincount(partners[articles == 0], minlength=8)
        self.assertAlmostEqual(counts[2] / counts.sum(), 0.75, delta=0.07)
        self.assertEqual(counts[2] + counts[4], counts.sum())
        self.assertEqual(set(partners[articles == 3]), {7})
        self.assertEqual(set(partners[articles == 4]), {0})
        # Per round, 0 is the partner of 2 and of 4; 2 and 4 that of 0 alone.
        np.testing.assert_allclose(batches.partner_counts, [2, 0, 0.75, 0, 0.25, 0, 0])

    def test_drawn_articles_have_texts(self):
        for group in self._epoch(_batches(_distinct_texts(), num_drawn=9)):
            self.assertEqual(group.others.shape[1:], (9,))
            drawn = _resolve(group, group.drawn)[: group.num_steps]
            owners = (drawn.min(axis=2) - 1) // 100
            np.testing.assert_array_equal(owners, group.others[: group.num_steps])

    def test_same_seed_same_batches(self):
        batches = _batches(_distinct_texts(), num_drawn=2)
        first, again, other = (self._epoch(batches, seed)[0] for seed in (1, 1, 2))
        for name in ('words', 'pieces', 'own', 'articles', 'others'):
            np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
        self.assertFalse(np.array_equal(first.articles, other.articles))


if __name__ == '__main__':
    absltest.main()
