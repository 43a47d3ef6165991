import json
import pathlib
import tempfile

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from pinterest import pairs
from pinterest import trained_model
from tests import programs
from tests import shop_testdata

_PROGRAM = 'pinterest.evaluate_recommendations'
_NUM_SCENES = 30


class EvaluateRecommendationsTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        scenes = [f's{number:02d}' for number in range(_NUM_SCENES)]
        products = [f'p{number:02d}' for number in range(_NUM_SCENES)]
        cls.true_pairs = [
            pairs.Pair(scene, product, (0.1, 0.1, 0.2 + 0.02 * place, 0.5))
            for place, (scene, product) in enumerate(zip(scenes, products, strict=True))
        ]
        cls.category_of = {product: 'AB'[place % 2] for place, product in enumerate(products)}
        settings, cls.sides = shop_testdata.split(cls.true_pairs, cls.category_of)
        cls.model = shop_testdata.write_model(folder / 'model', split=settings, sides=cls.sides)
        cls.pairs = shop_testdata.write_pairs(folder / 'fashion.json', cls.true_pairs)
        cls.categories = shop_testdata.write_categories(folder / 'cat.json', cls.category_of)
        cls.images = shop_testdata.write_photographs(folder / 'images', [*scenes, *products])
        vectors = np.eye(_NUM_SCENES)
        cls.embeddings = shop_testdata.write_embeddings(
            folder / 'embeddings',
            dict(zip(scenes, vectors, strict=True)),
            dict(zip(products, vectors, strict=True)),
            trained_model.load(cls.model).model_hash,
        )

    def setUp(self):
        super().setUp()
        self.output = pathlib.Path(self.create_tempdir().full_path, 'evaluation')

    def _flags(self, *flags):
        return (
            f'--input_file={self.pairs}',
            f'--categories={self.categories}',
            '--resamples=200',
            *flags,
        )

    def test_embeddings_that_know_everything(self):
        flags = self._flags(
            f'--embeddings={self.embeddings}',
            f'--model_dir={self.model}',
            f'--image_dir={self.images}',
            f'--output={self.output}',
        )
        done = programs.succeed(_PROGRAM, *flags)
        self.assertIn(b'Binary accuracy', done.stdout)
        results = json.loads((self.output / 'results.json').read_text())
        self.assertEqual(results['queries'], len(self.sides.test))
        self.assertEqual(results['systems'], ['model', 'geometry only', 'random'])
        overall = results['results'][0]['estimates']
        for name in results['measures']:
            self.assertEqual(overall['model'][name]['mean'], 1)
        self.assertAlmostEqual(overall['random']['recall_1_all']['mean'], 1 / 30, places=5)
        lines = [json.loads(line) for line in (self.output / 'queries.jsonl').open()]
        self.assertEqual([line['scene'] for line in lines], [one.scene for one in self.sides.test])
        self.assertIn('Evaluation of shop the look', (self.output / 'index.html').read_text())
        self.assertIn('--overwrite', programs.fail(_PROGRAM, *flags))

    def test_the_model_embeds(self):
        flags = self._flags(f'--model_dir={self.model}', f'--image_dir={self.images}')
        done = programs.succeed(_PROGRAM, *flags, '--split=validation', '--noothers_compete')
        self.assertIn(f'{len(self.sides.validation)} queries'.encode(), done.stdout)

    def test_all_pairs_without_a_model(self):
        flags = self._flags(f'--embeddings={self.embeddings}', '--split=all')
        done = programs.succeed(_PROGRAM, *flags)
        self.assertIn(b'30 queries', done.stdout)
        self.assertNotIn(b'geometry', done.stdout)

    def test_what_does_not_belong_together(self):
        given = (f'--embeddings={self.embeddings}', f'--model_dir={self.model}')
        other = shop_testdata.write_pairs(self.output.parent / 'other', self.true_pairs[1:])
        message = programs.fail(_PROGRAM, *self._flags(*given), f'--input_file={other}')
        self.assertIn('not those that', message)
        foreign = shop_testdata.write_embeddings(
            self.output.parent / 'foreign', {'s00': [1]}, {'p00': [1]}
        )
        message = programs.fail(_PROGRAM, *self._flags(*given), f'--embeddings={foreign}')
        self.assertIn('were not made by', message)

    def test_bad_flags(self):
        self.assertIn('--embeddings', programs.fail(_PROGRAM, *self._flags(), status=2))
        flags = self._flags(f'--embeddings={self.embeddings}')
        self.assertIn('--split=all', programs.fail(_PROGRAM, *flags, status=2))


if __name__ == '__main__':
    absltest.main()
