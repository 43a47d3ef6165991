"""Sets of links, draws of them, and articles that everybody links to."""

import itertools

import numpy as np
from absl.testing import absltest

from common import errors
from common import set_pairs
from common import varints
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from wikipedia import link_sets

_ALL = link_sets.Options(include_article=True, max_links=0, seed=1)


def _document(article, links):
    record = nlp_pb2.SparseDocument(primary_index=article, secondary_index=links)
    return recsys_pb2.PackedSparseDocument.FromString(record.SerializeToString())


def _sets(documents, options):
    sets = set_pairs.unpack([link_sets.make_block(documents, options, 'links')])
    return [row.tolist() for row in np.split(sets.items, sets.offsets[1:-1])]


class LinkSetsTest(absltest.TestCase):
    def test_with_and_without_the_article_itself(self):
        documents = [_document(7, [9, 3, 300]), _document(0, []), _document(3, [2**31 - 1])]
        self.assertEqual(_sets(documents, _ALL), [[3, 7, 9, 300], [0], [3, 2**31 - 1]])
        without = link_sets.Options(False, 0, 1)
        self.assertEqual(_sets(documents, without), [[3, 9, 300], [], [2**31 - 1]])

    def test_draws_follow_from_article_and_link_alone(self):
        rng = np.random.default_rng(3)
        documents = [
            _document(article, rng.choice(1000, size, replace=False).tolist())
            for article, size in enumerate((0, 3, 40, 7, 100, 8))
        ]
        options = link_sets.Options(False, 7, 5)
        drawn = _sets(documents, options)
        for document, row in zip(documents, drawn, strict=True):
            links = set(varints.decode(document.secondary_index).tolist())
            self.assertLen(row, min(7, len(links)))
            self.assertLessEqual(set(row), links)
        alone = [_sets([document], options)[0] for document in reversed(documents)]
        self.assertEqual(alone[::-1], drawn)
        self.assertNotEqual(_sets(documents, link_sets.Options(False, 7, 6)), drawn)

    def test_every_link_has_the_same_chance(self):
        documents = [_document(article, range(10)) for article in range(3000)]
        rows = _sets(documents, link_sets.Options(False, 3, 1))
        counts = np.bincount(list(itertools.chain(*rows)), minlength=10)
        # 900 expected of each, with a deviation of sqrt(3000 * 0.3 * 0.7) = 25.
        self.assertLess(np.abs(counts - 900).max(), 100)

    def test_what_is_no_link(self):
        with self.assertRaisesRegex(errors.InputError, 'links.*2147483648 is no index'):
            link_sets.make_block([_document(1, [2**31])], _ALL, 'links')
        damaged = recsys_pb2.PackedSparseDocument(url='u', secondary_index=b'\x80')
        with self.assertRaisesRegex(errors.InputError, 'links of u are cut off'):
            link_sets.make_block([_document(1, [2]), damaged, _document(1, [2])], _ALL, 'links')
        endless = recsys_pb2.PackedSparseDocument(secondary_index=b'\x80' * 11 + b'\0')
        with self.assertRaisesRegex(errors.InputError, 'damaged .a varint of 12 bytes'):
            link_sets.make_block([endless], _ALL, 'links')


class HubTest(absltest.TestCase):
    """A hundred thousand articles link to one: counts stay exact, and work stays bounded."""

    def test_hub_is_counted_exactly_in_bounded_ranges(self):
        size, hub, budget = 100_000, 100_000, 50_000
        # Article i links to the hub and to i + 1: sets of three.
        documents = (_document(i, [hub, (i + 1) % size]) for i in range(size))
        sets = set_pairs.unpack([link_sets.make_block(documents, _ALL, 'links')])
        counts = set_pairs.marginals(sets, size + 1)
        self.assertEqual(counts.counts[hub], size)
        # By hand: nine pairs a set, of which three are the hub's.
        self.assertEqual(counts.pairs.sum(), 9 * size)
        self.assertEqual(counts.pairs[hub], 3 * size)
        firsts = set_pairs.cut_ranges(counts.pairs, budget)
        bounds = list(itertools.pairwise([*firsts.tolist(), size + 1]))
        for first, last in bounds[:-1]:
            self.assertLessEqual(counts.pairs[first:last].sum(), budget)
        self.assertEqual(bounds[-1], (hub, hub + 1))  # Alone: no more than its own pairs.
        blocks = dict(set_pairs.split(sets, firsts))
        entries = [len(block[1]) // 4 for block in blocks.values()]
        self.assertLessEqual(max(entries[:-1]), budget)
        self.assertEqual(entries[-1], 3 * size)
        for number in (0, len(bounds) - 1):
            part = set_pairs.unpack([blocks[number]])
            ((first, joint),) = set_pairs.joint_counts(part, *bounds[number], counts)
            row = joint[[hub - first if number else 5]].toarray()[0]
            if number:  # The hub is in two sets with every article, and in all with itself.
                np.testing.assert_array_equal(row, [*[2] * size, size])
            else:  # Article 5 is linked from 4, and links to 6.
                self.assertEqual(row[[4, 5, 6, hub]].tolist(), [1, 2, 1, 2])
                self.assertEqual(row.sum(), 6)

    def test_long_list_of_links_is_drawn_from(self):
        # All its pairs would be 10 ** 10.
        links = range(100_000)
        (row,) = _sets([_document(100_000, links)], link_sets.Options(True, 1000, 1))
        self.assertLen(row, 1001)
        self.assertEqual(row[-1], 100_000)


if __name__ == '__main__':
    absltest.main()
