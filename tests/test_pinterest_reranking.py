import collections

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from pinterest import reranking


def _problem(num_queries, num_items, num_candidates, seed, spread=1000):
    """Returns candidates, their scores and items of whole numbers, with ties when spread is low."""
    rng = np.random.default_rng(seed)
    items = rng.integers(-3, 4, (num_items, 3)).astype(np.float32)
    rows = [rng.permutation(num_items)[:num_candidates] for _ in range(num_queries)]
    scores = rng.integers(0, spread, (num_queries, num_candidates)).astype(np.float32)
    return np.array(rows), -np.sort(-scores, axis=1), items


def _cosine(one, other):
    return float(one @ other) / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-9)


def _greedy_mmr(candidates, scores, items, k, diversity):
    """Maximal marginal relevance one query at a time, as its paper writes it."""
    chosen = []
    for _ in range(k):
        best = None
        for column, place in enumerate(candidates):
            if column in chosen:
                continue
            near = max([0.0] + [_cosine(items[place], items[candidates[c]]) for c in chosen])
            near *= max(scores)
            worth = (1 - diversity) * scores[column] - diversity * near
            if best is None or worth > best[0] + 1e-4:
                best = worth, column
        chosen.append(best[1])
    return chosen


def _propose_one_by_one(candidates, scores, k, limit, rng):
    """Rounds of deferred acceptance in the words of Gale and Shapley, in a random order of asking.

    Without diversity, and for scores of which no two are equal.
    """
    queries = range(len(candidates))
    refused = [set() for _ in queries]
    lists = [[] for _ in queries]
    given = collections.Counter()
    for _ in range(k):
        holders = collections.defaultdict(list)
        asking = list(queries)
        while asking:
            query = asking.pop(rng.integers(len(asking)))
            free = [c for c in range(candidates.shape[1]) if c not in refused[query]]
            if not free:
                continue
            column = min(free)
            place = candidates[query, column]
            refused[query].add(column)  # Never asked for twice, whatever comes of it.
            holders[place].append((float(scores[query, column]), query, column))
            if len(holders[place]) > limit - given[place]:
                loser = min(holders[place])
                holders[place].remove(loser)
                asking.append(loser[1])
        for place, held in holders.items():
            given[place] += len(held)
            for _, query, column in held:
                lists[query].append(column)
    return lists


class RerankTest(parameterized.TestCase):
    def test_nothing_to_change(self):
        candidates, scores, items = _problem(5, 30, 7, 0)
        candidates[2, 3:] = -1
        scores[2, 3:] = -np.inf
        columns, worths = reranking.rerank(candidates, scores, items, 4)
        wanted = np.tile(np.arange(4), (5, 1))
        wanted[2, 3] = -1
        np.testing.assert_array_equal(columns, wanted)
        np.testing.assert_array_equal(worths, scores[:, :4])

    def test_diversity_by_hand(self):
        # The second looks like the first, longer as it is: 0.5 * 9 - 0.5 * 10 * 1 = -0.5; the third
        # is worth 0.5 * 6 - 0.5 * 10 * 0 = 3, and the fourth is opposite to the first, which is no
        # merit: 0.5 * 1 = 0.5.
        items = np.array([[4, 3], [8, 6], [-3, 4], [-4, -3]], np.float32)
        scores = np.array([[10, 9, 6, 1]], np.float32)
        columns, worths = reranking.rerank(
            np.array([[0, 1, 2, 3]]), scores, items, 4, diversity=0.5
        )
        self.assertEqual(columns.tolist(), [[0, 2, 3, 1]])
        np.testing.assert_allclose(worths, [[5, 3, 0.5, -0.5]], rtol=1e-6)

    def test_scale_of_dot_products_does_not_matter(self):
        candidates, scores, items = _problem(7, 30, 11, 3)
        columns, worths = reranking.rerank(candidates, scores, items, 5, diversity=0.3)
        others, more = reranking.rerank(candidates, 64 * scores, 8 * items, 5, diversity=0.3)
        np.testing.assert_array_equal(columns, others)
        np.testing.assert_allclose(64 * worths, more, rtol=1e-5)

    def test_diversity_by_cosine_ignores_length(self):
        items = np.array([[1, 0], [100, 0], [0, 0.1]], np.float32)
        scores = np.array([[0.9, 0.8, 0.5]], np.float32)
        columns, worths = reranking.rerank(
            np.array([[0, 1, 2]]), scores, items, 3, similarity='cosine', diversity=0.5
        )
        self.assertEqual(columns.tolist(), [[0, 2, 1]])
        np.testing.assert_allclose(worths, [[0.45, 0.25, -0.1]], rtol=1e-6)

    @parameterized.product(diversity=(0.1, 0.5, 1.0), seed=(1, 2))
    def test_diversity_is_that_of_the_paper(self, diversity, seed):
        candidates, scores, items = _problem(11, 40, 13, seed, spread=20)
        items += np.random.default_rng(seed).random(items.shape, np.float32)  # No near-ties.
        columns, worths = reranking.rerank(candidates, scores, items, 6, diversity=diversity)
        for row in range(11):
            wanted = _greedy_mmr(candidates[row], scores[row], items, 6, diversity)
            self.assertEqual(columns[row].tolist(), wanted)
        self.assertTrue((np.diff(worths, axis=1) <= 0).all())

    @parameterized.product(limit=(1, 2, 5), seed=(1, 2, 3))
    def test_limit_equals_asking_one_by_one_in_any_order(self, limit, seed):
        rng = np.random.default_rng(seed)
        candidates, _, items = _problem(23, 12, 9, seed)
        scores = rng.permutation(23 * 9).reshape(23, 9).astype(np.float32)
        scores = -np.sort(-scores, axis=1)
        columns, worths = reranking.rerank(candidates, scores, items, 4, max_per_item=limit)
        for row, wanted in enumerate(_propose_one_by_one(candidates, scores, 4, limit, rng)):
            self.assertEqual(columns[row, : len(wanted)].tolist(), wanted)
            self.assertTrue((columns[row, len(wanted) :] == -1).all())
            np.testing.assert_array_equal(worths[row, : len(wanted)], scores[row, wanted])
            self.assertTrue(np.isneginf(worths[row, len(wanted) :]).all())

    @parameterized.parameters(0.0, 0.4)
    def test_limit_holds_and_nothing_is_given_twice(self, diversity):
        candidates, scores, items = _problem(200, 50, 20, 4, spread=5)
        columns, worths = reranking.rerank(
            candidates, scores, items, 5, diversity=diversity, max_per_item=15
        )
        given = np.take_along_axis(candidates, np.maximum(columns, 0), axis=1)[columns >= 0]
        self.assertEqual(np.bincount(given).max(), 15)
        self.assertGreater(len(given), 0.9 * 15 * 50)  # Nearly all there is to give was given.
        for row in columns:
            self.assertLen(set(row[row >= 0].tolist()), np.count_nonzero(row >= 0))
        falling = worths[:, 1:] <= worths[:, :-1]
        self.assertTrue(falling.all())

    def test_no_scene_goes_empty_while_another_has_two(self):
        # All want the same three, and each product may be given once: one each.
        candidates = np.tile(np.arange(3), (3, 1))
        scores = np.array([[9, 8, 7], [6, 5, 4], [3, 2, 1]], np.float32)
        columns, _ = reranking.rerank(
            candidates, scores, np.ones((3, 2), np.float32), 2, max_per_item=1
        )
        self.assertEqual(columns.tolist(), [[0, -1], [1, -1], [2, -1]])

    def test_equals_go_to_the_first(self):
        candidates = np.zeros((3, 1), int)
        columns, _ = reranking.rerank(
            candidates, np.ones((3, 1), np.float32), np.ones((1, 2), np.float32), 1, max_per_item=2
        )
        self.assertEqual(columns.tolist(), [[0], [0], [-1]])


if __name__ == '__main__':
    absltest.main()
