"""Tests of reciprocal rank fusion."""

import itertools
import math

from absl.testing import absltest
from absl.testing import parameterized

from wikipedia import article_parts
from wikipedia import rank_fusion


def _found(urls: str, reasons: str = '') -> article_parts.Found:
    """Returns a list of one-letter addresses; the scores are of no consequence."""
    return article_parts.Found(
        tuple(urls), tuple(100.0 - place for place in range(len(urls))), tuple(reasons)
    )


class FuseTest(parameterized.TestCase):
    def test_sums_reciprocal_ranks(self):
        fused = rank_fusion.fuse([_found('ab'), _found('cba')], k=60)
        # By hand, with k = 60: a has ranks 1 and 3, b 2 and 2, c only 1. 1/61 + 1/63 > 2/62.
        self.assertEqual(fused.urls, ('a', 'b', 'c'))
        expected = [1 / 61 + 1 / 63, 2 / 62, 1 / 61]
        for score, wanted in zip(fused.scores, expected, strict=True):
            self.assertAlmostEqual(score, wanted, places=15)

    def test_ties_go_to_the_lesser_address_whichever_part_found_it(self):
        for lists in itertools.permutations([_found('bca'), _found('cab'), _found('abc')]):
            fused = rank_fusion.fuse(lists)
            self.assertEqual(fused.urls, ('a', 'b', 'c'))
            self.assertLen(set(fused.scores), 1)

    def test_weights_decide(self):
        fused = rank_fusion.fuse([_found('ab'), _found('ba')], weights=[1.0, 3.0], k=0)
        # By hand: a has 1/1 + 3/2, b 1/2 + 3/1.
        self.assertEqual(fused.urls, ('b', 'a'))
        self.assertEqual(fused.scores, (3.5, 2.5))

    def test_a_part_of_weight_zero_has_no_say(self):
        fused = rank_fusion.fuse([_found('ab', 'xy'), _found('c')], weights=[0.0, 1.0], k=60)
        self.assertEqual(fused, article_parts.Found(('c',), (1 / 61,)))

    def test_reason_is_of_the_part_that_adds_most(self):
        fused = rank_fusion.fuse([_found('ab', 'xy'), _found('b', 'z'), _found('dba')])
        self.assertEqual(fused.urls, ('b', 'a', 'd'))
        self.assertEqual(fused.reasons, ('z', 'x', ''))

    def test_nothing_found(self):
        self.assertEqual(rank_fusion.fuse([]), article_parts.Found())
        self.assertEqual(rank_fusion.fuse([_found(''), _found('')]), article_parts.Found())

    def test_one_part_keeps_its_order(self):
        fused = rank_fusion.fuse([_found('cab')])
        self.assertEqual(fused.urls, ('c', 'a', 'b'))

    @parameterized.parameters(
        ([1.0], 60, '1 weights for 2 parts'),
        ([1.0, -1.0], 60, 'from 0'),
        ([1.0, math.nan], 60, 'finite'),
        (None, -1, 'k is -1'),
    )
    def test_refuses(self, weights, k, message):
        with self.assertRaisesRegex(ValueError, message):
            rank_fusion.fuse([_found('a'), _found('b')], weights, k)


if __name__ == '__main__':
    absltest.main()
