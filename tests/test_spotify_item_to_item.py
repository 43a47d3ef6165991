import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from scipy import sparse

from common import errors
from common import records
from common.pb import nlp_pb2
from spotify import item_to_item
from spotify import ranking
from tests import spotify_testdata

# What a track (row) says for another.
_SIMILARITIES = np.array(
    [
        [0, 0.5, 0.25, 0, 0, 0],
        [0.5, 0, 0, 0.75, 0, 0],
        [0.25, 0, 0, 0, 0, 0],
        [0, 1.0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ],
    np.float32,
)
_COUNTS = np.array([3, 4, 2, 1, 1, 2])


def _system():
    return item_to_item.ItemToItem(sparse.csr_array(_SIMILARITIES), _COUNTS)


def _write(path, rows, marginals=((0, [1], [3.0]),), totals=None):
    """Writes a data set of (index, other indices, counts)."""
    for folder, lines in ((path, rows), (path / 'marginals', marginals)):
        records.write_parts(
            str(folder),
            (nlp_pb2.CooccurrenceRow(index=i, other_index=o, count=c).SerializeToString()
             for i, o, c in lines),
            proto=nlp_pb2.CooccurrenceRow,
            totals={'tracks': 6} if totals is None else totals,
        )  # fmt: skip
    return str(path)


class ItemToItemTest(parameterized.TestCase):
    def test_scores_are_sums_over_the_context(self):
        scores = _system().score(spotify_testdata.queries([0, 3], [2], []))
        self.assertEqual(scores.dtype, np.float32)
        self.assertEqual(scores.shape, (3, 6))
        # By hand: track 1 has 0.5 from track 0 and 1.0 from track 3.
        np.testing.assert_allclose(scores[0], [0, 1.5, 0.25, 0, 0, 0], atol=3e-4)
        np.testing.assert_allclose(scores[1], [0.25, 0, 0, 0, 0, 0], atol=3e-4)

    def test_popularity_fills_lists_below_the_smallest_similarity(self):
        lists, _ = ranking.rank(_system(), spotify_testdata.queries([0], []), 6)
        self.assertEqual(lists[0, :3].tolist(), [1, 2, 5])
        self.assertCountEqual(lists[0, 3:5].tolist(), [3, 4])
        self.assertEqual(lists[1, :2].tolist(), [1, 0])
        scores = _system().score(spotify_testdata.queries([]))
        self.assertLess(scores.max(), 0.25 / 100)

    def test_popularity_decides_between_equals(self):
        similarities = np.zeros((6, 6), np.float32)
        similarities[4, [0, 1, 2, 3]] = 0.5
        system = item_to_item.ItemToItem(sparse.csr_array(similarities), _COUNTS)
        lists, _ = ranking.rank(system, spotify_testdata.queries([4]), 4)
        self.assertEqual(lists[0].tolist(), [1, 0, 2, 3])

    def test_affinities(self):
        found = _system().affinities(np.array([0, 3, 4]), np.array([1, 2]))
        np.testing.assert_array_equal(found, np.float32([[0.5, 1.0, 0], [0.25, 0, 0]]))

    def test_no_similarities_at_all(self):
        system = item_to_item.ItemToItem(sparse.csr_array((6, 6), dtype=np.float32), _COUNTS)
        lists, _ = ranking.rank(system, spotify_testdata.queries([1]), 2)
        self.assertEqual(lists[0, 0], 0)

    def test_load(self):
        folder = pathlib.Path(self.create_tempdir().full_path)
        rows = [(2, [1, 4], [0.5, 0.25]), (5, [6], [1.0])]
        marginals = [(0, [1, 2], [3.0, 4.0]), (0, [6], [2.0])]
        system = item_to_item.load(_write(folder / 'data', rows, marginals))
        self.assertEqual(system.num_tracks, 6)
        found = system.affinities(np.arange(6), np.arange(6))
        wanted = np.zeros((6, 6), np.float32)
        wanted[0, 1], wanted[3, 1], wanted[5, 4] = 0.5, 0.25, 1.0
        np.testing.assert_array_equal(found, wanted)
        scores = system.score(spotify_testdata.queries([]))[0]
        np.testing.assert_allclose(scores / scores[1], [0.75, 1, 0, 0, 0, 0.5], rtol=1e-6)

    @parameterized.parameters(
        ([(7, [1], [1.0])], 'beyond the 6 items'),
        ([(1, [7], [1.0])], 'beyond the 6 items'),
        ([(1, [0], [1.0])], 'beyond the 6 items'),
        ([(1, [2, 3], [1.0])], '2 indices and 1 counts'),
        ([(1, [2], [float('nan')])], 'not finite'),
        ([(1, [2], [-1.0])], 'not above 0'),
        ([(2, [1], [1.0]), (1, [2], [1.0])], 'row 1 is out of order'),
        ([(0, [1], [1.0])], 'row 0 is out of order'),
    )
    def test_damaged_rows(self, rows, message):
        folder = pathlib.Path(self.create_tempdir().full_path)
        with self.assertRaisesRegex(errors.InputError, message):
            item_to_item.load(_write(folder / 'data', rows))

    def test_other_cooccurrence(self):
        folder = pathlib.Path(self.create_tempdir().full_path)
        with self.assertRaisesRegex(errors.InputError, 'no co-occurrence of tracks'):
            item_to_item.load(_write(folder / 'data', [], totals={'words': 3}))


if __name__ == '__main__':
    absltest.main()
