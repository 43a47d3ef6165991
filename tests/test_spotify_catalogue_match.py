import numpy as np
from absl.testing import absltest

from common import errors
from spotify import catalogue_match
from tests import spotify_testdata


class CatalogueMatchTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        # Tracks 0, 2 and 4 are of one artist; 2 and 3 stand on one album.
        self.tracks = spotify_testdata.make_catalogue([0, 1, 0, 2, 0], [0, 1, 2, 2, 3])

    def test_shares_of_the_context(self):
        system = catalogue_match.make('artist_match', self.tracks)
        scores = system.score(spotify_testdata.queries([0, 2, 3], [1], []))
        # By hand: of three tracks in the first context two are of artist 0 and one is of artist 2.
        wanted = [[2 / 3, 0, 2 / 3, 1 / 3, 2 / 3], [0, 1, 0, 0, 0], [0] * 5]
        np.testing.assert_allclose(scores, wanted, rtol=1e-6)
        self.assertEqual(scores.dtype, np.float32)

    def test_albums(self):
        system = catalogue_match.make('album_match', self.tracks)
        scores = system.score(spotify_testdata.queries([3]))
        self.assertEqual(scores.tolist(), [[0, 0, 1, 1, 0]])

    def test_affinities(self):
        system = catalogue_match.make('artist_match', self.tracks)
        found = system.affinities(np.array([0, 3], np.int32), np.array([4, 1, 3], np.int32))
        self.assertEqual(found.tolist(), [[1, 0], [0, 0], [0, 1]])

    def test_unknown_name(self):
        with self.assertRaisesRegex(errors.InputError, "no system is called 'title_match'"):
            catalogue_match.make('title_match', self.tracks)


if __name__ == '__main__':
    absltest.main()
