import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import retrieval
from pinterest import search


def _vectors(count, dim, seed):
    return np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)


class SearchTest(parameterized.TestCase):
    @parameterized.parameters('dot', 'cosine')
    def test_exact_is_top_k(self, similarity):
        queries, items = _vectors(5, 3, 0), _vectors(41, 3, 1)
        catalogue = search.Catalogue(items, [(np.arange(5), None)], search.exact(similarity))
        places, scores = catalogue.search(queries, 7)
        wanted, wanted_scores = retrieval.top_k(queries, items, 7, metric=similarity)
        np.testing.assert_array_equal(places, wanted)
        np.testing.assert_array_equal(scores, wanted_scores)

    @parameterized.parameters('exact', 'hnsw')
    def test_groups_are_merged(self, name):
        # Whole numbers, so that scores are exact and there are ties.
        queries, items = np.round(_vectors(4, 3, 0)), np.round(_vectors(30, 3, 1))
        groups = [
            (np.array([0, 2]), np.array([1, 4, 9])),
            (np.array([2, 3]), np.arange(10, 30)),
        ]
        method = {'exact': search.exact, 'hnsw': search.hnsw}[name]('dot')
        places, scores = search.Catalogue(items, groups, method).search(queries, 5)
        allowed = [[1, 4, 9], [], [1, 4, 9, *range(10, 30)], list(range(10, 30))]
        for row, members in enumerate(allowed):
            values = {place: float(queries[row] @ items[place]) for place in members}
            wanted = sorted(members, key=lambda place: (-values[place], place))[:5]
            self.assertEqual(scores[row, : len(wanted)].tolist(), [values[p] for p in wanted])
            if name == 'exact':  # The other may find another one of equals.
                self.assertEqual(places[row, : len(wanted)].tolist(), wanted)
            self.assertTrue((places[row, len(wanted) :] == -1).all())
            self.assertTrue(np.isneginf(scores[row, len(wanted) :]).all())

    @parameterized.parameters('dot', 'cosine')
    def test_graph_finds_nearly_all(self, similarity):
        queries, items = _vectors(200, 16, 2), _vectors(3000, 16, 3)
        groups = [(np.arange(200), None)]
        wanted, wanted_scores = search.Catalogue(items, groups, search.exact(similarity)).search(
            queries, 10
        )
        graph = search.Catalogue(items, groups, search.hnsw(similarity))
        found, scores = graph.search(queries, 10)
        self.assertGreater(search.recall(found, wanted), 0.97)
        np.testing.assert_allclose(scores[:, 0], wanted_scores[:, 0], rtol=1e-5)
        again, _ = search.Catalogue(items, groups, search.hnsw(similarity)).search(queries, 10)
        np.testing.assert_array_equal(found, again)

    def test_more_than_there_are(self):
        queries, items = _vectors(2, 3, 0), _vectors(4, 3, 1)
        for method in (search.exact('dot'), search.hnsw('dot')):
            places, _ = search.Catalogue(items, [(np.arange(2), None)], method).search(queries, 9)
            self.assertEqual(np.sort(places).tolist(), [[0, 1, 2, 3]] * 2)

    def test_recall_by_hand(self):
        found = np.array([[1, 2, 3], [4, -1, -1]])
        wanted = np.array([[3, 2, 9], [5, 4, -1]])
        self.assertEqual(search.recall(found, wanted), 3 / 5)


if __name__ == '__main__':
    absltest.main()
