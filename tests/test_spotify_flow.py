"""The playlist flow from slices to submissions and pages, each program run as a user runs it."""

import csv
import gzip
import json
import pathlib

from absl.testing import absltest

from common import records
from common.pb import recsys_pb2
from tests import programs

_SLICES = '--playlists=playlists/mpd.slice.*.json.gz'
_SYSTEMS = ('most_popular', 'item_to_item', 'matrix_factorization', 'embedding')


class SpotifyFlowTest(absltest.TestCase):
    def test_from_slices_to_recommendations(self):
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self._make_data()
        self._make_systems()
        self._check_evaluation()
        self._check_themes()
        self._check_submission()
        self._run(
            'make_recommendations',
            '--data=training',
            '--systems=blend',
            '--split=test',
            '--format=html',
            '--output=page',
        )
        self.assertIn('<html lang="en"', (self.folder / 'page' / 'index.html').read_text())

    def _run(self, program, *flags):
        return programs.succeed(f'spotify.{program}', *flags, cwd=self.folder).stdout.decode()

    def _make_data(self):
        self._run(
            'make_synthetic_playlists',
            '--output=playlists',
            '--num_playlists=600',
            '--num_tracks=1200',
            '--num_artists=120',
            '--num_themes=6',
            '--gzip',
        )
        self._run('make_dictionary', _SLICES, '--output=dictionaries')
        self._run('make_training', _SLICES, '--dictionaries=dictionaries', '--output=training')

    def _make_systems(self):
        data = '--data=training'
        self._run('most_popular', data, '--model_dir=most_popular')
        programs.submit(
            'spotify/make_cooccurrence.py', data, '--output=item_to_item', cwd=self.folder
        )
        self._run(
            'train_matrix_factorization',
            data,
            '--model_dir=matrix_factorization',
            '--num_epochs=3',
        )
        self._run('train_spotify', data, '--model_dir=embedding', '--num_epochs=3')
        systems = f'--systems={",".join(_SYSTEMS)}'
        self._run('train_blend', data, systems, '--model_dir=blend')

    def _check_evaluation(self):
        systems = [*_SYSTEMS, 'blend']
        self._run(
            'evaluate_recommendations',
            '--data=training',
            f'--systems={",".join(systems)}',
            '--context_sizes=5,25',
            '--resamples=200',
            '--output=evaluation',
        )
        results = json.loads((self.folder / 'evaluation' / 'results.json').read_text())
        estimates = results['results'][0]['estimates']
        ndcg = {name: estimates[name]['challenge_ndcg']['mean'] for name in systems}
        # Playlists keep to themes, which the most popular tracks know nothing of.
        for name in systems[1:]:
            self.assertGreater(ndcg[name], 1.5 * ndcg['most_popular'])
        self.assertGreater(ndcg['blend'], 0.98 * max(ndcg.values()))

    def _check_themes(self):
        """Nine tenths of the tracks of a playlist are drawn from its theme."""
        themes = {}
        for name in ('track', 'playlist'):
            with open(self.folder / 'playlists' / f'_{name}_themes.csv', newline='') as file:
                rows = csv.reader(file)
                next(rows)
                themes[name] = dict(rows)
        self._run(
            'make_recommendations',
            '--data=training',
            '--systems=blend',
            '--split=test',
            '--top_k=20',
            '--format=records',
            '--output=recommendations',
        )
        path = str(self.folder / 'recommendations')
        data = records.open_dataset(path, recsys_pb2.Recommendation)
        found = [
            themes['track'][uri] == themes['playlist'][result.query]
            for result in records.read(data)
            for uri in result.item
        ]
        self.assertGreater(len(found), 20 * 40)
        self.assertGreater(sum(found) / len(found), 0.8)

    def _check_submission(self):
        self._run(
            'make_recommendations',
            '--data=training',
            '--systems=most_popular,item_to_item',
            '--weights=0.3,0.7',
            _SLICES,
            '--context_size=10',
            '--format=csv',
            '--team_name=We',
            '--team_email=we@example.org',
            '--output=submission.csv.gz',
        )
        with gzip.open(self.folder / 'submission.csv.gz', 'rt') as file:
            rows = [line.rstrip('\n').split(',') for line in file]
        self.assertEqual(rows[0], ['team_info', 'main', 'We', 'we@example.org'])
        self.assertEqual([int(row[0]) for row in rows[1:]], list(range(600)))
        (path,) = self.folder.glob('playlists/*.json.gz')
        with gzip.open(path) as file:
            playlists = json.load(file)['playlists']
        for row, playlist in zip(rows[1:], playlists, strict=True):
            known = {entry['track_uri'] for entry in playlist['tracks'][:10]}
            self.assertEqual(len(set(row[1:])), 500)
            self.assertTrue(known.isdisjoint(row[1:]))


if __name__ == '__main__':
    absltest.main()
