"""Tests of a trained shop-the-look model in use."""

import json
import pathlib

import jax
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import models as model_directories
from common import parameters
from pinterest import trained_model
from tests import hostile
from tests import look_testdata
from tests import shop_testdata

_DIM, _SIZE = look_testdata.OUTPUT_SIZE, look_testdata.SIZE


class TrainedModelTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = look_testdata.make_data(num_scenes=45).store
        cls.tree = trained_model.to_tree(shop_testdata.draw_variables(), shop_testdata.DECOYS)

    def _save(self, view='full', tree=None, **changes):
        folder = str(pathlib.Path(self.create_tempdir().full_path, 'model'))
        config = {
            'model': 'shop_the_look', 'image_size': _SIZE, 'output_size': _DIM, 'pooling': 'slots',
            'filters': look_testdata.FILTERS, 'scene_view': view, **changes,
        }  # fmt: skip
        model_directories.save_model(folder, tree or self.tree, {}, config)
        return folder

    def _embed(self, model, rows):
        store = self.store
        scenes = store.scene_rows[rows]
        return model.embed_scenes(
            store.scenes.images[scenes], store.boxes[rows], store.scenes.frames[scenes]
        )

    @parameterized.parameters('full', 'mask', 'crop')
    def test_vectors_do_not_depend_on_batches(self, view):
        model = trained_model.load(self._save(view))
        rows = np.arange(len(self.store.pairs))  # 90, more than a batch and not two.
        together = self._embed(model, rows)
        self.assertEqual((together.shape, together.dtype), ((90, _DIM), np.float32))
        order = np.random.default_rng(0).permutation(rows)
        tolerance = trained_model.TOLERANCE * np.linalg.norm(together, axis=1).max()
        np.testing.assert_allclose(self._embed(model, order), together[order], atol=tolerance)
        for row in (0, 63, 89):
            alone = self._embed(model, rows[row : row + 1])
            np.testing.assert_allclose(alone[0], together[row], atol=tolerance)

    def test_products(self):
        model = trained_model.load(self._save())
        images = self.store.products.images
        together = model.embed_products(images)
        parts = [model.embed_products(images[start : start + 7]) for start in range(0, 90, 7)]
        np.testing.assert_allclose(together, np.concatenate(parts), atol=1e-5)
        self.assertEqual(model.embed_products(images[:0]).shape, (0, _DIM))

    def test_views_see_the_box_and_full_does_not(self):
        rows = np.arange(4)
        other = self.store.boxes[rows][:, [0, 1, 2, 3]] * np.float32(0.5)
        scenes = self.store.scenes.images[self.store.scene_rows[rows]]
        frames = self.store.scenes.frames[self.store.scene_rows[rows]]
        for view, same in (('full', True), ('mask', False), ('crop', False)):
            model = trained_model.load(self._save(view))
            self.assertEqual(model.needs_boxes, not same)
            found = model.embed_scenes(scenes, other, frames)
            self.assertEqual(np.array_equal(found, self._embed(model, rows)), same)

    def test_rectangles_that_views_show(self):
        boxes, frames = self.store.boxes[:5], np.tile(np.float32([0, 0, 1, 1]), (5, 1))
        kept = trained_model.load(self._save('crop')).seen_rectangles(boxes, frames)
        self.assertEqual(kept.shape, (5, 1, 4))
        blanked = trained_model.load(self._save('mask')).seen_rectangles(boxes, frames)
        self.assertEqual(blanked.shape, (5, 4, 4))
        areas = np.prod(blanked[..., 2:] - blanked[..., :2], axis=-1)
        self.assertTrue((np.diff(areas, axis=1) >= 0).all())
        for box, part, holes in zip(boxes, kept[:, 0], blanked, strict=True):
            overlap = np.minimum(box[2:], part[2:]) - np.maximum(box[:2], part[:2])
            self.assertLessEqual(overlap.min(), 0)  # What is kept is beside the box.
            holds = (holes[:, :2] <= box[:2]).all(axis=1) & (holes[:, 2:] >= box[2:]).all(axis=1)
            self.assertTrue(holds.any())
        with self.assertRaisesRegex(ValueError, 'shows nothing'):
            trained_model.load(self._save('full')).seen_rectangles(boxes, frames)

    def test_says_what_is_missing_or_wrong(self):
        scenes = self.store.scenes.images[:2]
        mask = trained_model.load(self._save('mask'))
        with self.assertRaisesRegex(ValueError, 'view mask want boxes'):
            mask.embed_scenes(scenes)
        crop = trained_model.load(self._save('crop'))
        with self.assertRaisesRegex(ValueError, 'crop want frames'):
            crop.embed_scenes(scenes, self.store.boxes[:2])
        with self.assertRaisesRegex(ValueError, 'want 2 x 4 numbers'):
            mask.embed_scenes(scenes, self.store.boxes[:1])
        with self.assertRaisesRegex(ValueError, r'want images uint8\[N, 16, 16, 3\]'):
            mask.embed_products(scenes.astype(np.float32))
        with self.assertRaisesRegex(ValueError, r'want images uint8\[N, 16, 16, 3\]'):
            mask.embed_products(scenes[:, :8])

    def test_hash_is_that_of_the_parameters(self):
        one, same = trained_model.load(self._save()), trained_model.load(self._save('mask'))
        self.assertEqual(one.model_hash, same.model_hash)
        self.assertLen(one.model_hash, 64)

    @parameterized.parameters(
        ({'model': 'glove'}, "of kind 'glove'"),
        ({'output_size': 36}, 'does not hold the arrays'),
        ({'pooling': 'mean'}, 'does not hold the arrays'),
        ({'pooling': 'max'}, 'do not fit together'),
        ({'filters': '4,9'}, 'does not hold the arrays'),
        ({'filters': '4'}, 'does not hold the arrays'),
        ({'filters': '4,'}, "filters '4,' are not"),
        ({'filters': [4, 8]}, r'filters \[4, 8\]'),
        ({'filters': None}, 'filters None'),
        ({'scene_view': 'side'}, 'does not hold the arrays'),
        ({'image_size': '16'}, 'do not fit together'),
    )
    def test_refuses_other_models(self, changes, message):
        with self.assertRaisesRegex(errors.InputError, message):
            trained_model.load(self._save(**changes))

    def test_any_damage(self):
        hostile.damage_model(self._save(), trained_model.load, 25)

    @parameterized.parameters(10**30, 10**6, 0, -16, True, 16.0, ([16],))
    def test_sizes_that_lie(self, size):
        for name in ('image_size', 'output_size'):
            with self.assertRaisesRegex(errors.InputError, 'fit together|does not hold the arrays'):
                trained_model.load(self._save(**{name: size}))

    @parameterized.parameters((3, 5), (4,), (2, 2, 4))
    def test_decoys_that_are_no_boxes(self, *shape):
        tree = {**self.tree, 'decoys': np.zeros(shape, np.float32)}
        with self.assertRaisesRegex(errors.InputError, 'decoys'):
            trained_model.load(self._save(tree=tree))

    def test_refuses_damage(self):
        tree = parameters.decode(parameters.encode(self.tree), 'memory')
        broken = jax.tree.map(np.array, tree)
        broken['params']['scene_tower']['Slots_0']['Dense_0']['bias'][2] = np.nan
        with self.assertRaisesRegex(errors.InputError, 'not finite'):
            trained_model.load(self._save(tree=broken))
        del broken['decoys']
        with self.assertRaisesRegex(errors.InputError, 'do not fit together'):
            trained_model.load(self._save(tree=broken))
        folder = self._save()
        path = pathlib.Path(folder, 'config.json')
        config = json.loads(path.read_text(encoding='utf-8'))
        del config['image_size']
        path.write_text(json.dumps(config), encoding='utf-8')
        with self.assertRaisesRegex(errors.InputError, 'image_size'):
            trained_model.load(folder)


if __name__ == '__main__':
    absltest.main()
