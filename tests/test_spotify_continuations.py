import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import continuations
from spotify import playlists


def make(rows, unknown=None):
    """Returns playlists of the tracks in rows."""
    return playlists.collect(
        playlists.Playlist(f'id{place}', f'name{place}', np.array(row, np.int32), 1, lacking)
        for place, (row, lacking) in enumerate(zip(rows, unknown or [0] * len(rows), strict=True))
    )


_FIRST_2 = continuations.Category(continuations.FIRST, 2)
_RANDOM_3 = continuations.Category(continuations.RANDOM, 3)
_RANDOM_5 = continuations.Category(continuations.RANDOM, 5)


class ContinuationsTest(parameterized.TestCase):
    def test_first(self):
        known = make([[7, 1, 5, 2], [3], [4, 6, 0]], [0, 9, 2])
        cases = continuations.cut(known, _FIRST_2, min_held_out=2)
        # The second has no two tracks to give, whatever it lacks; the third 1 + 2 to find.
        self.assertEqual(cases.ids, ['id0', 'id2'])
        self.assertEqual(cases.queries.names, ['name0', 'name2'])
        np.testing.assert_array_equal(cases.queries.contexts, [[7, 1], [4, 6]])
        np.testing.assert_array_equal(cases.held_out[0], [5, 2])
        np.testing.assert_array_equal(cases.held_out[1], [0])
        np.testing.assert_array_equal(cases.num_relevant, [2, 3])
        np.testing.assert_array_equal(cases[1:].num_relevant, [3])
        self.assertLen(continuations.cut(known, _FIRST_2, min_held_out=3), 1)

    def test_no_context(self):
        cases = continuations.cut(make([[7, 1], [3]]), continuations.Category('first', 0))
        self.assertLen(cases, 0)
        self.assertEqual(cases.num_relevant.shape, (0,))
        cases = continuations.cut(
            make([[7, 1], [3]]), continuations.Category('first', 0), min_held_out=1
        )
        self.assertEqual([len(row) for row in cases.queries.contexts], [0, 0])
        np.testing.assert_array_equal(cases.held_out[0], [7, 1])

    def test_random(self):
        rng = np.random.default_rng(1)
        rows = [rng.permutation(1000)[:size] for size in rng.integers(6, 30, 400)]
        known = make(rows)
        small = continuations.cut(known, _RANDOM_3, min_held_out=1, seed=4)
        large = continuations.cut(known, _RANDOM_5, min_held_out=1, seed=4)
        self.assertLen(large, 400)
        places = []
        for row, three, five, rest in zip(
            rows, small.queries.contexts, large.queries.contexts, large.held_out, strict=True
        ):
            order = row.tolist()
            self.assertSameElements(row, [*five, *rest])
            self.assertContainsSubset(three, five)
            for part in (three, five, rest):
                found = [order.index(track) for track in part]
                self.assertEqual(found, sorted(found))
            places += [order.index(track) / (len(order) - 1) for track in three]
        # Uniform in the playlist: mean 1/2, and a standard error of 0.33 / sqrt(1200) = 0.0095.
        self.assertBetween(np.mean(places), 0.47, 0.53)
        self.assertBetween(np.mean(np.array(places) == 0), 0.03, 0.1)

    def test_random_follows_from_id_and_seed(self):
        rows = [list(range(start, start + 20)) for start in (0, 50, 100)]
        cut = continuations.cut(make(rows), _RANDOM_5, seed=1)
        again = continuations.cut(make(rows), _RANDOM_5, seed=1)
        np.testing.assert_array_equal(cut.queries.contexts, again.queries.contexts)
        other = continuations.cut(make(rows), _RANDOM_5, seed=2)
        self.assertTrue(np.any(np.stack(cut.queries.contexts) != other.queries.contexts))
        alone = playlists.collect([make(rows)[2]])
        np.testing.assert_array_equal(
            continuations.cut(alone, _RANDOM_5, seed=1).queries.contexts[0], cut.queries.contexts[2]
        )

    def test_categories(self):
        found = continuations.categories((0, 5, 1, 5), ('random', 'first'))
        self.assertEqual(
            [category.name for category in found],
            ['no track', '1 first', '5 first', '1 random', '5 random'],
        )

    def test_sample(self):
        known = make([[place] for place in range(100)])
        self.assertIs(continuations.sample(known, 100), known)
        chosen = continuations.sample(known, 30, seed=1)
        self.assertLen(chosen, 30)
        self.assertTrue((np.diff(chosen.tracks) > 0).all())
        again = continuations.sample(make([[place] for place in range(50)]), 100, seed=1)
        self.assertLen(again, 50)
        self.assertNotEqual(chosen.ids, continuations.sample(known, 30, seed=2).ids)


if __name__ == '__main__':
    absltest.main()
