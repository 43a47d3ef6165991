import pathlib
import tempfile

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import records
from common.pb import recsys_pb2
from pinterest import embeddings
from pinterest import pairs
from pinterest import trained_model
from tests import photograph_samples
from tests import programs
from tests import shop_testdata

_PROGRAM = 'pinterest.make_embeddings'
_PAIRS = [
    pairs.Pair('s1', 'p1', (0.1, 0.2, 0.5, 0.9)),
    pairs.Pair('s1', 'p2', (0.5, 0.1, 0.9, 0.4)),
    pairs.Pair('s2', 'p3', (0.0, 0.0, 0.3, 0.3)),
]
_IDS = ['p1', 'p2', 'p3', 'p4', 's1', 's2']


def _read(path):
    return embeddings.read(records.open_dataset(str(path), recsys_pb2.Embedding))


class MakeEmbeddingsTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.models = {
            view: shop_testdata.write_model(folder / view, view=view) for view in ('full', 'mask')
        }

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.images = shop_testdata.write_photographs(self.folder / 'images', _IDS)
        self.pairs = shop_testdata.write_pairs(self.folder / 'fashion.json', _PAIRS)
        self.output = self.folder / 'embeddings'

    def _flags(self, *flags, view='full'):
        return (
            f'--model_dir={self.models[view]}',
            f'--image_dir={self.images}',
            f'--output={self.output}',
            *flags,
        )

    def test_pairs_and_catalogue(self):
        names = dict.fromkeys(('p1', 'p2', 'p3', 'p4'), 'A')
        categories = shop_testdata.write_categories(self.folder / 'cat.json', names)
        flags = self._flags(f'--input_file={self.pairs}', f'--categories={categories}')
        done = programs.succeed(_PROGRAM, *flags)
        self.assertIn(b'Done: 2 scenes, 4 products, 0 bad_records', done.stderr)
        found = _read(self.output)
        self.assertEqual(found.ids, ['s1', 's2', 'p1', 'p2', 'p3', 'p4'])
        model = trained_model.load(self.models['full'])
        self.assertEqual(found.model_hash, model.model_hash)
        self.assertEqual(found.vectors.shape, (6, shop_testdata.OUTPUT_SIZE))
        self.assertLen(np.unique(found.vectors, axis=0), 6)
        self.assertIn('--overwrite', programs.fail(_PROGRAM, *flags))

    def test_a_scene_for_each_product(self):
        programs.succeed(_PROGRAM, *self._flags(f'--input_file={self.pairs}', view='mask'))
        found = _read(self.output)
        self.assertEqual(found.of_kind('scene').ids, ['s1/p1', 's1/p2', 's2/p3'])

    def test_photographs_of_ones_own_and_bad_ones(self):
        photograph_samples.write(self.images, {'p1.jpg': b'', 'p4.jpg': photograph_samples.bomb()})
        message = programs.fail(_PROGRAM, *self._flags('--kind=product'))
        self.assertIn('p1.jpg', message)
        done = programs.succeed(_PROGRAM, *self._flags('--kind=product', '--max_bad_records=2'))
        self.assertIn(b'2 bad_records', done.stderr)
        found = _read(self.output)
        self.assertEqual(found.ids, ['p2', 'p3', 's1', 's2'])
        self.assertEqual(set(found.kinds), {'product'})

    def test_bad_flags(self):
        self.assertIn('--kind', programs.fail(_PROGRAM, *self._flags(), status=2))
        flags = self._flags('--kind=scene', f'--input_file={self.pairs}')
        self.assertIn('leave it out', programs.fail(_PROGRAM, *flags, status=2))
        flags = self._flags('--kind=scene', '--cache_limit=lots')
        self.assertIn('cache_limit', programs.fail(_PROGRAM, *flags, status=2))
        flags = self._flags('--kind=scene', f'--output={self.images}/x')
        self.assertIn('lies in the input', programs.fail(_PROGRAM, *flags, status=2))

    @parameterized.parameters('full', 'mask')
    def test_equal_in_batches_of_any_size(self, view):
        model = trained_model.load(self.models[view])
        rng = np.random.default_rng(0)
        size = shop_testdata.IMAGE_SIZE
        images = rng.integers(0, 256, (150, size, size, 3), np.uint8)
        corners = rng.uniform(0, 0.5, (150, 2))
        boxes = np.concatenate([corners, corners + 0.3], axis=1)
        frames = np.tile([0.0, 0.1, 1.0, 0.9], (150, 1))

        def embed(rows):
            return model.embed_scenes(images[rows], boxes[rows], frames[rows])

        whole = embed(slice(None))
        self.assertLen(np.unique(whole, axis=0), 150)
        lengths = np.linalg.norm(whole, axis=1)
        for batch in (1, 7, 64, 149):
            parts = [embed(slice(start, start + batch)) for start in range(0, 150, batch)]
            difference = np.linalg.norm(np.concatenate(parts) - whole, axis=1)
            # The tolerance that the program's manual states.
            self.assertLessEqual((difference / lengths).max(), 1e-5)


if __name__ == '__main__':
    absltest.main()
