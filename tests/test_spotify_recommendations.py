import json

import numpy as np
from absl.testing import absltest

from spotify import playlist_queries
from spotify import playlists
from spotify import recommendation_files
from spotify import recommendations
from tests import spotify_testdata


def _query(*context, unknown=(), name='', identifier='7'):
    return playlist_queries.Query(identifier, name, np.array(context, np.int32), unknown)


class QueriesTest(absltest.TestCase):
    def test_from_playlists(self):
        known = playlists.collect(
            [
                playlists.Playlist('a', 'A', np.array([4, 3, 2, 1]), 2, 1),
                playlists.Playlist('b', '', np.array([1]), 1),
            ]
        )
        as_made = list(playlist_queries.from_playlists(known))
        self.assertEqual([q.context.tolist() for q in as_made], [[4, 3], [1]])
        self.assertEqual([(q.id, q.name) for q in as_made], [('a', 'A'), ('b', '')])
        cut = playlist_queries.from_playlists(known, 0)
        self.assertEqual([q.context.tolist() for q in cut], [[], []])
        cut = playlist_queries.from_playlists(known, 3)
        self.assertEqual([q.context.tolist() for q in cut], [[4, 3, 2], [1]])

    def test_from_uris(self):
        places = {'u0': 0, 'u1': 1, 'u2': 2}
        rows = [('p', 'P', ['u2', 'x', 'u2', 'u0', 'x', 'y']), ('q', '', [])]
        found = list(playlist_queries.from_uris(rows, places))
        self.assertEqual(found[0].context.tolist(), [2, 0])
        self.assertEqual(found[0].unknown, ('x', 'y'))
        self.assertEqual((found[1].context.dtype, found[1].unknown), (np.int32, ()))
        (first, _) = playlist_queries.from_uris(rows, places, 2)
        self.assertEqual((first.context.tolist(), first.unknown), ([2], ('x',)))


class RecommendTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.tracks = spotify_testdata.make_catalogue([0, 0, 1, 1, 2], [0, 0, 1, 2, 3])
        # Of the context, track 0 speaks for 2 and 3, track 1 for 3 a little more, none for 4.
        affinities = np.array(
            [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [9, 1, 0, 0, 0], [3, 4, 0, 0, 0], [0, 0, 0, 0, 0]]
        )
        self.system = spotify_testdata.TableSystem('table', [9, 8, 0.5, 0.75, 0.1], affinities)

    def test_tracks_scores_and_reasons(self):
        (found,) = recommendations.recommend(self.system, [_query(0, 1)], 3)
        self.assertEqual(found.tracks.tolist(), [3, 2, 4])
        np.testing.assert_allclose(found.scores, [0.75, 0.5, 0.1])
        self.assertEqual(found.reasons.tolist(), [1, 0, recommendations.NO_REASON])

    def test_without_context_or_reasons(self):
        (found,) = recommendations.recommend(self.system, [_query()], 2)
        self.assertEqual((found.tracks.tolist(), found.reasons.tolist()), ([0, 1], [-1, -1]))
        popular = spotify_testdata.TableSystem('popular', [5, 4, 3, 2, 1])
        (found,) = recommendations.recommend(popular, [_query(1)], 2)
        self.assertEqual((found.tracks.tolist(), found.reasons.tolist()), ([0, 2], [-1, -1]))
        (found,) = recommendations.recommend(self.system, [_query(0)], 1, with_reasons=False)
        self.assertEqual(found.reasons.tolist(), [-1])

    def test_fewer_than_wanted(self):
        (found,) = recommendations.recommend(self.system, [_query(0, 1)], 9)
        self.assertEqual((len(found.tracks), len(found.scores), len(found.reasons)), (3, 3, 3))

    def test_record(self):
        (found,) = recommendations.recommend(self.system, [_query(0, 1)], 3)
        record = recommendation_files.to_record(found, self.tracks)
        self.assertEqual(record.query, '7')
        uris = self.tracks.uris
        self.assertEqual(list(record.item), [uris[3], uris[2], uris[4]])
        self.assertEqual(list(record.reason), [uris[1], uris[0], ''])
        np.testing.assert_allclose(record.score, [0.75, 0.5, 0.1], rtol=1e-6)
        (found,) = recommendations.recommend(self.system, [_query()], 3)
        self.assertEqual(list(recommendation_files.to_record(found, self.tracks).reason), [])

    def test_json(self):
        query = _query(0, 1, unknown=('x',), name='N')
        (found,) = recommendations.recommend(self.system, [query], 1)
        line = recommendation_files.to_json(found, self.tracks)
        self.assertEqual(line.count('\n'), 1)
        uris = self.tracks.uris
        self.assertEqual(
            json.loads(line),
            {
                'playlist': '7',
                'name': 'N',
                'context': uris[:2],
                'unknown': ['x'],
                'recommended': [
                    {
                        'track': uris[3],
                        'name': 'Track 3',
                        'artist': 'Artist 1',
                        'album': 'Album 2',
                        'score': 0.75,
                        'reason': uris[1],
                    }
                ],
            },
        )

    def test_text_cannot_act_on_a_terminal(self):
        names = ['a', 'b', 'c', '\x1b[2Jd\u202e', 'e']
        tracks = spotify_testdata.make_catalogue([0, 0, 1, 1, 2], [0, 0, 1, 2, 3], names)
        (found,) = recommendations.recommend(self.system, [_query(0, 1, name='x\ny\x07')], 1)
        text = recommendation_files.to_text(found, tracks)
        self.assertEqual(
            text,
            'x\ufffdy\ufffd (7), from 2 known tracks\n'
            '    1  0.75       \ufffd[2Jd\ufffd · Artist 1  <- b · Artist 0\n',
        )


if __name__ == '__main__':
    absltest.main()
