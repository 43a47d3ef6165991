"""The pinterest flow from photographs to pages, each program run as a user runs it."""

import json
import os
import pathlib

from absl.testing import absltest

from common import records
from common.pb import recsys_pb2
from tests import programs
from tests import test_common_html_report

_SWEEP = """
program: pinterest/train_shop_the_look.py
method: random
metric: {name: recall_at_10, goal: maximize}
parameters:
  learning_rate: {values: [0.003, 0.001]}
  image_size: {value: 16}
  output_size: {value: 25}
  filters: {value: '4,8'}
  batch_size: {value: 8}
  num_epochs: {value: 2}
"""
_NUM_SCENES = 24


class PinterestFlowTest(absltest.TestCase):
    def test_from_photographs_to_pages(self):
        folder = pathlib.Path(self.create_tempdir().full_path)

        def run(program, *flags):
            return programs.succeed(f'pinterest.{program}', *flags, cwd=folder)

        run(
            'make_synthetic_photographs',
            '--output=looks',
            f'--num_scenes={_NUM_SCENES}',
            '--image_size=64',
            '--num_workers=1',
        )
        looks = (
            '--input_file=looks/fashion.json',
            '--categories=looks/fashion-cat.json',
            '--image_dir=looks/images',
        )
        (folder / 'sweep.yaml').write_text(_SWEEP)
        sweep = ('--sweep_file=sweep.yaml', '--output=sweep', '--num_trials=1', '--', *looks)
        run('sweep', *sweep)
        table = run('sweep', *sweep)
        self.assertNotIn(b'Trial 1 of', table.stderr)
        model = ('--model_dir=sweep/trial-0001',)
        metrics = (folder / 'sweep/trial-0001/metrics.jsonl').read_text().splitlines()
        self.assertLen(metrics, 2)
        run('make_embeddings', *looks, *model, '--output=embeddings')
        made = (*looks, *model, '--embeddings=embeddings')
        run('evaluate_recommendations', *made, '--output=evaluation', '--resamples=100')
        run(
            'make_recommendations',
            *made,
            '--split=test',
            '--max_per_product=3',
            '--top_k=5',
            '--output=recommendations',
            '--html_dir=pages',
        )
        self._check(folder)

    def _check(self, folder):
        pairs = [json.loads(line) for line in (folder / 'looks/fashion.json').open()]
        results = json.loads((folder / 'evaluation/results.json').read_text())
        queries = [json.loads(line) for line in (folder / 'evaluation/queries.jsonl').open()]
        self.assertEqual(results['pairs_without_embeddings'], 0)
        self.assertEqual(results['catalogue_sizes']['products in all'],
                         len({pair['product'] for pair in pairs}))  # fmt: skip
        test_scenes = {query['scene'] for query in queries}
        self.assertLess(len(test_scenes), _NUM_SCENES / 2)
        data = records.open_dataset(str(folder / 'recommendations'), recsys_pb2.Recommendation)
        found = {one.query: list(one.item) for one in records.read(data)}
        self.assertEqual(set(found), test_scenes)
        given = [product for products in found.values() for product in products]
        self.assertLessEqual(max(map(given.count, given)), 3)
        for name in os.listdir(folder / 'pages'):
            if name.endswith('.html'):
                page = test_common_html_report.check((folder / 'pages' / name).read_text())
                for _, key, value in page.attributes:
                    if key in ('src', 'href'):
                        self.assertTrue((folder / 'pages' / value).exists(), value)
        self.assertLen(os.listdir(folder / 'pages' / 'images' / 'scene'), len(test_scenes))


if __name__ == '__main__':
    absltest.main()
