"""Catalogues whose numbers lie."""

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import errors
from common.pb import recsys_pb2
from spotify import catalogue
from tests import hostile

_NUMBERS = strategies.sampled_from((0, 1, 2, 3, 2**31, 2**63, 2**64 - 1))


class CatalogueTest(parameterized.TestCase):
    @parameterized.parameters(
        {'artist_index': 2**31 - 1},
        {'album_index': 2**40},
        {'artist_index': 2**64 - 1},
        {'duration_ms': 2**31},
    )
    def test_numbers_that_would_fill_memory(self, **fields):
        tracks = [recsys_pb2.Track(), recsys_pb2.Track(index=1, **fields)]
        with self.assertRaisesRegex(errors.InputError, 'x: track 1 says .*which cannot be'):
            catalogue.from_tracks(tracks, 'x')

    @hostile.settings(200)
    @hypothesis.given(strategies.lists(strategies.tuples(_NUMBERS, _NUMBERS, hostile.texts)))
    def test_any_tracks(self, rows):
        tracks = [
            recsys_pb2.Track(
                index=place,
                artist_index=artist,
                album_index=album,
                artist_name=name.encode('utf-8', 'replace').decode(),
            )
            for place, (artist, album, name) in enumerate(rows)
        ]

        def use():
            found = catalogue.from_tracks(tracks, 'x')
            self.assertLen(list(found.tracks()), len(tracks))
            self.assertEqual(found.known_artists().tolist(), [-1] * len(tracks))

        hostile.accepted(use)


if __name__ == '__main__':
    absltest.main()
