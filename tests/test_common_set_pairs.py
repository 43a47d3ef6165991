import collections
import itertools
import random

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import set_pairs
from common import similarity
from common import varints
from common.pb import recsys_pb2

_NUM_ITEMS = 31  # The last two occur in no set.


def _lists(seed=3):
    """Returns lists with repetitions, one of them empty, a few of them long."""
    rng = random.Random(seed)
    lists = [rng.choices(range(29), [1 / (1 + i) for i in range(29)], k=k % 13) for k in range(70)]
    return [*lists, list(range(29)), [], [28] * 5]


def _sets(lists):
    offsets = np.cumsum([0, *map(len, lists)])
    return set_pairs.make_sets(offsets, np.array(list(itertools.chain(*lists))))


def _shuffled(item):
    return item * 0x9E3779B1 % 2**32


def _brute_force(lists, options):
    """Returns {item: [(other, similarity), …]}, as set_pairs documents it."""
    sets = [set(row) for row in lists if row]
    single = collections.Counter(itertools.chain(*sets))
    joint = collections.Counter(
        pair for row in sets for pair in itertools.permutations(sorted(row), 2)
    )
    function = similarity.BY_NAME[options.similarity]
    rows = collections.defaultdict(list)
    for (left, right), count in joint.items():
        value = np.float32(function(count, single[left], single[right], len(sets)))
        if count >= options.min_joint_count and value > 0:
            rows[left].append((right, value))
    return {
        item: sorted(row, key=lambda pair: (-pair[1], _shuffled(pair[0])))[: options.top_k]
        for item, row in sorted(rows.items())
    }


def _parse(payloads):
    rows = [recsys_pb2.PackedCooccurrenceRow.FromString(payload) for payload in payloads]
    return {
        row.index - 1: list(
            zip(
                (varints.decode(row.other_index).astype(int) - 1).tolist(),
                np.frombuffer(row.count, '<f4'),
                strict=True,
            )
        )
        for row in rows
    }


class SetPairsTest(parameterized.TestCase):
    def test_make_sets(self):
        sets = set_pairs.make_sets(np.array([0, 3, 3, 5]), np.array([7, 2, 7, 4, 0]))
        self.assertEqual(sets.offsets.tolist(), [0, 2, 2, 4])
        self.assertEqual(sets.items.tolist(), [2, 7, 0, 4])

    def test_marginals(self):
        # By hand: {0, 1, 2}, {}, {1, 2}, {2}.
        counts = set_pairs.marginals(_sets([[0, 1, 2], [], [2, 1], [2]]), 4)
        self.assertEqual(counts.sets, 3)
        self.assertEqual(counts.counts.tolist(), [1, 2, 3, 0])
        self.assertEqual(counts.pairs.tolist(), [3, 5, 6, 0])
        with self.assertRaisesRegex(ValueError, 'item 2 of 2'):
            set_pairs.marginals(_sets([[0, 1, 2]]), 2)

    def test_cut_ranges(self):
        pairs = np.array([3, 5, 6, 0, 2, 20, 1, 1, 0])
        # By hand: 3 + 5 are too many for 7, 6 + 0 + 2 too, 20 alone is.
        self.assertEqual(set_pairs.cut_ranges(pairs, 7).tolist(), [0, 1, 2, 4, 5, 6])
        self.assertEqual(set_pairs.cut_ranges(pairs, 38).tolist(), [0])
        self.assertEqual(set_pairs.cut_ranges(np.empty(0, int), 7).tolist(), [0])

    def test_split_sends_whole_sets_where_an_item_of_theirs_is(self):
        sets = _sets([[0, 5, 6], [1], [], [4, 5]])
        parts = {n: set_pairs.unpack([b]) for n, b in set_pairs.split(sets, np.array([0, 2, 5]))}
        self.assertEqual({n: len(part) for n, part in parts.items()}, {0: 2, 1: 1, 2: 2})
        self.assertEqual(parts[0].items.tolist(), [0, 5, 6, 1])
        self.assertEqual(parts[2].items.tolist(), [0, 5, 6, 4, 5])
        self.assertEqual(parts[2].offsets.tolist(), [0, 3, 5])

    @parameterized.product(
        name=sorted(similarity.BY_NAME), min_joint_count=(1, 4), top_k=(3, 100), pairs=(40, 10**6)
    )
    def test_neighbors_equal_brute_force_from_any_ranges(self, name, min_joint_count, top_k, pairs):
        options = set_pairs.Options(name, min_joint_count, top_k)
        lists = _lists()
        sets = _sets(lists)
        counts = set_pairs.marginals(sets, _NUM_ITEMS)
        firsts = set_pairs.cut_ranges(counts.pairs, pairs).tolist()
        parts = collections.defaultdict(list)
        for half in (set_pairs.take(sets, np.arange(20)), set_pairs.take(sets, np.arange(20, 73))):
            for number, block in set_pairs.split(half, np.array(firsts)):
                parts[number].append(block)
        payloads = []
        for number, bounds in enumerate(itertools.pairwise([*firsts, _NUM_ITEMS])):
            part = set_pairs.unpack(parts[number])
            payloads += set_pairs.neighbors(part, *bounds, counts, options)
        found = _parse(payloads)
        self.assertEqual(found, _brute_force(lists, options))
        self.assertEqual(list(found), sorted(found))

    def test_nothing_but_empty_sets(self):
        for lists in ([], [[], []]):
            sets = _sets(lists)
            counts = set_pairs.marginals(sets, 0)
            self.assertEqual(counts.sets, 0)
            self.assertEmpty(list(set_pairs.split(sets, np.array([0, 5]))))
            options = set_pairs.Options('dice', 1, 7)
            self.assertEmpty(list(set_pairs.neighbors(set_pairs.unpack([]), 0, 0, counts, options)))

    def test_one_long_set_is_counted_in_blocks(self):
        # 3,000 items in one set and 7 of them in another: 9 million pairs, 3 blocks.
        sets = _sets([list(range(3000)), [5, 6, 7, 8, 9, 10, 11]])
        counts = set_pairs.marginals(sets, 3000)
        blocks = list(set_pairs.joint_counts(sets, 0, 3000, counts))
        self.assertLen(blocks, 3)
        self.assertEqual(sum(block.nnz for _, block in blocks), 9_000_000)
        self.assertEqual(sum(int(block.sum()) for _, block in blocks), 9_000_049)


if __name__ == '__main__':
    absltest.main()
