"""Tests of padded batches and of the negatives drawn for them."""

import itertools
import math

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from spotify import negative_samplers
from spotify import playlists
from spotify import training_batches
from tests import playlist_testdata


def _playlists(sizes):
    """Returns playlists that do not share a track: playlist p has 1000 p, 1000 p + 1, …"""
    rows = (
        playlists.Playlist(str(place), '', 1000 * place + np.arange(size), min(2, size))
        for place, size in enumerate(sizes)
    )
    return playlists.collect(rows)


def _rows(groups):
    """Yields tracks, size and cut of every row that is no padding."""
    for group in groups:
        for tracks, size, cut in zip(
            group.tracks.reshape(-1, group.tracks.shape[2]),
            group.sizes.reshape(-1),
            group.cuts.reshape(-1),
            strict=True,
        ):
            assert not tracks[size:].any()
            if size:
                yield tracks[:size].tolist(), int(cut)


class GroupsTest(parameterized.TestCase):
    def _make(self, known, seed=0, **options):
        settings = {'batch_size': 3, 'context_size': 0, 'max_tracks': 80, **options}
        return list(training_batches.make_groups(known, np.random.default_rng(seed), **settings))

    def test_lengths(self):
        self.assertEqual(training_batches.lengths(np.array([66] * 9)), [66])
        # Padding to 66 makes 594 of 590 tracks: good enough.
        self.assertEqual(training_batches.lengths(np.array([66] * 8 + [62])), [66])
        self.assertEqual(training_batches.lengths(np.array([9, 10, 99, 100, 100])), [10, 100])

    def test_lengths_waste_least(self):
        sizes = np.random.default_rng(0).lognormal(3, 1, 60).astype(int) + 2
        found = training_batches.lengths(sizes)

        def waste(ends):
            ends = np.array(ends)
            return ends[np.searchsorted(ends, sizes)].sum()

        values = np.unique(sizes).tolist()
        others = itertools.combinations(values[:-1], len(found) - 1)
        self.assertEqual(waste(found), min(waste([*ends, values[-1]]) for ends in others))

    def test_every_usable_playlist_once(self):
        sizes = [2, 1, 32, 33, 0, 64, 65, 80, *([7] * 100)]
        groups = self._make(_playlists(sizes))
        found = sorted(
            (int(tracks[0]) // 1000, sorted(tracks))
            for group in groups
            for tracks, _ in _rows([group])
        )
        want = [
            (place, (1000 * place + np.arange(size)).tolist())
            for place, size in enumerate(sizes)
            if size >= 2
        ]
        self.assertEqual(found, want)
        self.assertEqual(sum(group.num_playlists() for group in groups), len(want))
        for group in groups:
            length = group.tracks.shape[2]
            self.assertEqual(group.sizes.max(), length)
            self.assertTrue(group.sizes[group.num_steps - 1].any())
            self.assertFalse(group.sizes[group.num_steps :].any())

    def test_random_contexts_of_any_length(self):
        known = _playlists([6] * 400)
        rows = list(_rows(self._make(known)))
        cuts = np.bincount([cut for _, cut in rows], minlength=6)
        # 1 to 5, each expected 80 times: six deviations of a binomial are 48.
        self.assertEqual(cuts[0], 0)
        self.assertTrue((np.abs(cuts[1:] - 80) < 48).all(), cuts)
        firsts = np.bincount([tracks[0] % 1000 for tracks, _ in rows], minlength=6)
        self.assertTrue((np.abs(firsts - 400 / 6) < 45).all(), firsts)

    def test_fixed_context_keeps_the_order(self):
        rows = list(_rows(self._make(_playlists([2, 4, 9, 33]), context_size=5)))
        self.assertEqual(sorted(cut for _, cut in rows), [1, 3, 5, 5])
        for tracks, _ in rows:
            self.assertEqual(tracks, sorted(tracks))

    @parameterized.parameters(0, 5, 100)
    def test_long_playlists_are_represented_by_some_tracks(self, context_size):
        known = _playlists([500] * 20)
        seen = set()
        for tracks, cut in _rows(self._make(known, context_size=context_size)):
            self.assertLen(tracks, 80)
            self.assertLen(set(tracks), 80)
            places = [track % 1000 for track in tracks]
            seen |= set(places)
            if context_size:
                self.assertEqual(cut, min(context_size, 79))
                self.assertEqual(places[:cut], list(range(cut)))
        if context_size < 80:  # Any given track is missed with a probability of 0.84^20 = 3 %.
            self.assertGreater(len(seen), 440)

    def test_same_seed_same_bits(self):
        known = _playlists(range(60))
        first, second, third = (self._make(known, seed) for seed in (1, 1, 2))
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one.tracks, other.tracks)
            np.testing.assert_array_equal(one.cuts, other.cuts)
        self.assertFalse((first[0].tracks[0] == third[0].tracks[0]).all())


class SamplerTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.known = playlist_testdata.make_playlists(playlist_testdata.make_catalogue(), 50, 3)
        self.random = np.random.default_rng(0)
        self.group = next(
            training_batches.make_groups(
                self.known, self.random, batch_size=8, context_size=0, max_tracks=40
            )
        )

    def _draw(self, kind, count):
        sampler = negative_samplers.Sampler(kind, self.known, 300, count)
        return sampler.draw(self.group, self.random)

    def test_uniform(self):
        drawn = self._draw('uniform', 600)
        self.assertEqual(drawn.tracks.shape, (32, 600))
        # 19,200 draws of 300 tracks: 64 each, and six deviations are 48.
        counts = np.bincount(drawn.tracks.reshape(-1), minlength=300)
        self.assertTrue((np.abs(counts - 64) < 48).all())
        np.testing.assert_allclose(drawn.log_expected_counts, math.log(600 / 300), rtol=1e-6)

    def test_popularity(self):
        drawn = self._draw('popularity', 600)
        frequency = np.bincount(self.known.tracks, minlength=300)
        expected = 600 * frequency / frequency.sum()
        counts = np.bincount(drawn.tracks.reshape(-1), minlength=300) / 32
        np.testing.assert_allclose(counts, expected, atol=6 * np.sqrt(expected.max() / 32))
        self.assertFalse(counts[frequency == 0].any())
        np.testing.assert_allclose(
            np.exp(drawn.log_expected_counts), expected[drawn.tracks], rtol=1e-4
        )

    def test_in_batch(self):
        drawn = self._draw('in_batch', 100)
        for step in range(self.group.num_steps):
            rows = zip(
                self.group.tracks[step],
                self.group.cuts[step],
                self.group.sizes[step],
                strict=True,
            )
            following = {int(t) for tracks, cut, size in rows for t in tracks[cut:size]}
            self.assertLessEqual(set(drawn.tracks[step].tolist()), following)
            distinct = len(set(drawn.tracks[step].tolist()))
            self.assertGreater(distinct, min(20, 0.7 * len(following)))
        self.assertTrue(np.isfinite(drawn.log_expected_counts).all())


if __name__ == '__main__':
    absltest.main()
