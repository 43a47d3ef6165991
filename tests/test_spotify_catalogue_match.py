import dataclasses
from unittest import mock

import numpy as np
from absl.testing import absltest

from common import errors
from spotify import catalogue_match
from spotify import ranking
from tests import spotify_testdata


class CatalogueMatchTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        # Tracks 0, 2 and 4 are of one artist; 2 and 3 stand on one album; 5 and 6 are of artists
        # that the dictionary lacks.
        tracks = spotify_testdata.make_catalogue([0, 1, 0, 2, 0, 3, 3], [0, 1, 2, 2, 3, 4, 4])
        self.data = mock.Mock()
        self.data.catalogue.return_value = dataclasses.replace(
            tracks, artist_uris=[*tracks.artist_uris[:3], '']
        )
        self.data.train_counts.return_value = np.array([3, 1, 1, 7, 0, 1, 1])

    def test_shares_of_the_context(self):
        system = catalogue_match.make('artist_match', self.data)
        scores = system.score(spotify_testdata.queries([0, 2, 3], [1], [], [5]))
        # By hand: of three tracks in the first context two are of artist 0 and one is of artist 2;
        # the logarithms of 4, 2 and 8 are 2, 1 and 3 times that of 2; track 4 is in no playlist.
        wanted = np.zeros((4, 7))
        wanted[0, [0, 2, 3]] = [2 / 3 * 2, 2 / 3, 1 / 3 * 3]
        wanted[1, 1] = 1
        np.testing.assert_allclose(scores, wanted * np.log(2), rtol=1e-6)
        self.assertEqual((scores.dtype, system.num_tracks), (np.float32, 7))

    def test_albums(self):
        system = catalogue_match.make('album_match', self.data)
        tracks, _ = ranking.rank(system, spotify_testdata.queries([2, 6]), k=2)
        self.assertEqual(tracks.tolist(), [[3, 5]])

    def test_affinities(self):
        system = catalogue_match.make('artist_match', self.data)
        found = system.affinities(np.array([0, 3, 5], np.int32), np.array([4, 1, 3, 6], np.int32))
        self.assertEqual(found.tolist(), [[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0]])

    def test_unknown_name(self):
        with self.assertRaisesRegex(errors.InputError, "no system is called 'title_match'"):
            catalogue_match.make('title_match', self.data)


if __name__ == '__main__':
    absltest.main()
