import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import datasets
from common import errors
from pinterest import embedding_run
from pinterest import pairs
from tests import photograph_samples

_SIZE = 8


class _FakeModel:
    """Embeds the mean colour, and of scenes the box in the square."""

    model_hash = 'fake'

    def __init__(self, needs_boxes=False):
        self.config = {'image_size': _SIZE}
        self.needs_boxes = needs_boxes

    def embed_scenes(self, images, boxes, frames):
        assert boxes.shape == frames.shape == (len(images), 4)
        return np.concatenate([self.embed_products(images)[:, :3], boxes], axis=1)

    def embed_products(self, images):
        assert images.dtype == np.uint8 and images.shape[1:] == (_SIZE, _SIZE, 3)
        colours = images.mean(axis=(1, 2), dtype=np.float32)
        return np.concatenate([colours, np.zeros((len(images), 4), np.float32)], axis=1)


class EmbeddingRunTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.images = self.folder / 'images'
        self.bad = datasets.BadRecords(0)
        # Squares of one colour, told apart by their red.
        photograph_samples.write(
            self.images,
            {
                f'{name}.png': photograph_samples.encode(
                    photograph_samples.picture(16, 16, (red, 0, 0), (red, 0, 0)), 'PNG'
                )
                for red, name in enumerate(['p', 'q', 'r', 's', 't'])
            },
        )

    def _embed(self, request, model=None):
        batches = embedding_run.embed(model or _FakeModel(), str(self.images), request, self.bad)
        return embedding_run.collect(batches, 'fake', 'images')

    def test_pairs_and_catalogue(self):
        true_pairs = [
            pairs.Pair('t', 'q', (0, 0, 0.5, 1)),
            pairs.Pair('s', 'p', (0, 0, 1, 1)),
            pairs.Pair('t', 'p', (0, 0, 1, 1)),
        ]
        request = embedding_run.request_pairs(true_pairs, ['r', 'p'], needs_boxes=False)
        found = self._embed(request)
        self.assertEqual(found.ids, ['s', 't', 'p', 'q', 'r'])
        self.assertEqual(found.kinds, ['scene'] * 2 + ['product'] * 3)
        self.assertEqual(found.of_kind('scene').vectors[:, 0].tolist(), [3, 4])
        self.assertEqual(found.of_kind('product').vectors[:, 0].tolist(), [0, 1, 2])

    def test_a_scene_for_each_of_its_products(self):
        true_pairs = [
            pairs.Pair('t', 'q', (0, 0, 0.5, 1)),
            pairs.Pair('t', 'p', (0, 0.25, 1, 1)),
            pairs.Pair('t', 'p', (0, 0, 1, 1)),
        ]
        request = embedding_run.request_pairs(true_pairs, [], needs_boxes=True)
        scenes = self._embed(request, _FakeModel(needs_boxes=True)).of_kind('scene')
        self.assertEqual(scenes.ids, ['t/p', 't/q'])
        self.assertEqual(scenes.vectors[:, 3:].tolist(), [[0, 0.25, 1, 1], [0, 0, 0.5, 1]])
        self.assertEqual(scenes.vectors[:, 0].tolist(), [4, 4])

    @parameterized.parameters('scene', 'product')
    def test_a_folder(self, kind):
        request, inputs = embedding_run.make_request(
            '', '', str(self.images), kind, self.bad, needs_boxes=True
        )
        found = self._embed(request)
        self.assertEqual(found.ids, ['p', 'q', 'r', 's', 't'])
        self.assertEqual(set(found.kinds), {kind})
        self.assertEqual(inputs, [])

    def test_a_list(self):
        path = self.folder / 'list.csv'
        path.write_text('id,category\ns,\nq,A|B\n')
        request, inputs = embedding_run.make_request(
            '', str(path), str(self.images), 'scene', self.bad, needs_boxes=False
        )
        self.assertEqual(self._embed(request).ids, ['q', 's'])
        self.assertEqual(inputs, [{'path': str(path), 'records': 2}])

    def test_bad_photographs_are_counted_and_named(self):
        contents = photograph_samples.bad_kinds()
        photograph_samples.write(
            self.images, {'p.png': contents['empty'][0], 'q.png': contents['truncated png'][0]}
        )
        request = embedding_run.request_ids(['p', 'q', 'r', 'x'], 'product')
        with self.assertRaisesRegex(errors.InputError, 'x: no such photograph'):
            self._embed(request)
        self.bad = datasets.BadRecords(3)
        self.assertEqual(self._embed(request).ids, ['r'])
        self.assertEqual(self.bad.total(), 3)
        self.bad = datasets.BadRecords(1)
        with self.assertRaisesRegex(errors.InputError, 'no photograph that can be used'):
            self._embed(embedding_run.request_ids(['x'], 'product'))

    def test_counts(self):
        totals = {}
        batches = [('scene', ['a', 'b'], None), ('product', ['c'], None)]
        list(embedding_run.counted(batches, totals, self.bad))
        self.assertEqual(totals, {'scenes': 2, 'products': 1, 'bad_records': 0})


if __name__ == '__main__':
    absltest.main()
