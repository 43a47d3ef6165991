"""Tests of pinterest/make_synthetic_photographs.py and its libraries."""

import collections
import math
import os
import pathlib

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import datasets
from pinterest import categories
from pinterest import pairs
from pinterest import photograph_store
from pinterest import photographs
from pinterest import synthetic_drawing as drawing
from pinterest import synthetic_looks as looks
from pinterest import synthetic_scenes
from pinterest import synthetic_shapes as shapes
from tests import programs

_PROGRAM = 'pinterest.make_synthetic_photographs'
_SQUARE = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
_BLACK = drawing.Paint((0.0, 0.0, 0.0))


class DrawingTest(parameterized.TestCase):
    def _fill(self, placement, paint=_BLACK):
        canvas = drawing.Canvas(20, 10)
        bounds = canvas.fill([_SQUARE], placement, paint, rounded=False)
        return np.asarray(canvas.finish()), bounds

    def test_fill(self):
        pixels, bounds = self._fill(drawing.Placement(10, 5, 3))
        # By hand: from 7 to 13 and from 2 to 8; an edge may take half a pixel more.
        np.testing.assert_array_equal(pixels[2:8, 7:13], 0)
        np.testing.assert_array_equal(pixels[0], 255)
        np.testing.assert_array_equal(pixels[:, 15:], 255)
        np.testing.assert_allclose(bounds, (7, 2, 13, 8), atol=0.51)

    def test_outside_and_partly_outside(self):
        self.assertIsNone(self._fill(drawing.Placement(-9, 5, 3))[1])
        np.testing.assert_allclose(self._fill(drawing.Placement(0, 5, 3))[1][0], 0)

    def test_placement_and_back(self):
        placement = drawing.Placement(7, 3, 2.5, math.pi / 2, 4.0, mirrored=True)
        # By hand: stretched to twice the width and half the height, mirrored, then turned.
        np.testing.assert_allclose(placement.to_pixels(np.array([[1.0, 0.0]])), [[7, 3 - 5]])
        np.testing.assert_allclose(placement.to_pixels(np.array([[0.0, 1.0]])), [[7 - 1.25, 3]])
        points = placement.to_pixels(_SQUARE)
        back = placement.to_shape(*points.T.astype(np.float32))
        np.testing.assert_allclose(np.stack(back, 1), _SQUARE, atol=1e-5)

    @parameterized.parameters(*drawing.PATTERNS)
    def test_patterns_move_with_the_shape(self, pattern):
        paint = drawing.Paint((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), pattern, 0.7)
        x, y = np.meshgrid(np.linspace(-3, 3, 200), np.linspace(-3, 3, 200))
        colours = paint.colours(x, y)
        share = colours[..., 2].mean()
        if pattern == 'plain':
            self.assertEqual(share, 0)
        else:
            self.assertBetween(share, 0.2, 0.6)
        np.testing.assert_array_equal(colours.sum(axis=-1), 1)


class PlanTest(parameterized.TestCase):
    @parameterized.parameters(1, 3, 5)
    def test_products_of_a_scene_are_of_different_kinds(self, products_per_scene):
        settings = looks.Settings(num_scenes=50, products_per_scene=products_per_scene)
        scenes = looks.plan(settings)
        self.assertLen({scene.id for scene in scenes}, 50)
        for scene in scenes:
            kinds = {product.shape.kind for product in scene.products}
            self.assertLen(kinds, products_per_scene)
            self.assertLess(len(kinds & {shapes.PANTS, shapes.SKIRT}), 2)

    def test_repeats(self):
        for share, low, high in ((0.0, 0, 0), (0.5, 0.4, 0.6)):
            scenes = looks.plan(looks.Settings(num_scenes=200, repeat_share=share))
            counts = collections.Counter(p.id for scene in scenes for p in scene.products)
            again = 1 - len(counts) / counts.total()
            self.assertBetween(again, low, high)
        # Those seen often are seen again: chance would give half of the products one repeat.
        self.assertGreater(max(counts.values()), 4)

    def test_every_shape_can_be_drawn_in_every_pose(self):
        for kind, cuts in shapes.CUTS.items():
            for cut in cuts:
                for extent in (0.0, 1.0):
                    shape = shapes.Shape(kind, cut, extent, 1 - extent)
                    for pose in (shapes.Pose(), shapes.Pose(0.7, 0.1, -0.03)):
                        parts = shapes.parts(shape, pose)
                        self.assertFalse(all(part.is_trim for part in parts))
                        points = np.concatenate([part.points for part in parts])
                        self.assertTrue((np.abs(points) < 1.1).all())


class WriteTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _write(self, name, num_workers=1, **changes):
        settings = looks.Settings(**({'num_scenes': 25, 'image_size': 128} | changes))
        path = self.folder / name
        totals = synthetic_scenes.write(str(path), settings, num_workers=num_workers)
        return path, totals

    def _contents(self, path):
        return {
            str(file.relative_to(path)): file.read_bytes()
            for file in path.rglob('*')
            if file.is_file()
        }

    def test_same_for_any_number_of_workers_and_other_for_another_seed(self):
        first, _ = self._write('a', num_scenes=4)
        second, _ = self._write('b', num_scenes=4, num_workers=2)
        self.assertEqual(self._contents(first), self._contents(second))
        other, _ = self._write('c', num_scenes=4, seed=1)
        self.assertNotIn(next((other / 'images').iterdir()).name, os.listdir(first / 'images'))

    def test_colours_of_a_box_tell_the_product(self):
        path, totals = self._write('a')
        bad = datasets.BadRecords(0)
        all_pairs = pairs.read_pairs(str(path / 'fashion.json'), bad)
        category_of = categories.read_categories(str(path / 'fashion-cat.json'), bad)
        store = photograph_store.open_store(
            str(path / 'images'), all_pairs, bad, scene_size=96, product_size=48
        )
        self.assertLen(os.listdir(path / 'images'), totals['scenes'] + totals['products'])
        self.assertEqual((totals['scenes'], len(store.scenes.ids)), (25, 25))
        self.assertEqual((totals['pairs'], len(store.pairs)), (100, 100))
        self.assertEqual(set(category_of), set(store.products.ids))
        self.assertLess(set(category_of.values()), set(shapes.CATEGORIES.values()) | {''})
        seen = np.array([_colours(_cut(store, pair)) for pair in range(len(store.pairs))])
        shown = np.array([_colours(image) for image in store.products.images])
        scores = seen @ shown.T
        wins = [
            scores[pair, row] > scores[pair, other]
            for pair, row in enumerate(store.product_rows)
            for other in range(len(shown))
            if other != row
        ]
        # A right model is near 1: this one knows no shape and no category.
        self.assertGreater(np.mean(wins), 0.93)

    def test_boxes_hold_what_is_worn(self):
        paint = drawing.Paint((1.0, 0.0, 0.0), (1.0, 0.0, 0.0))
        product = looks.Product('p', shapes.Shape(shapes.SKIRT, 'mini', 0.5, 0.5), paint)
        for seed in range(5):
            generator = np.random.default_rng(seed)
            picture = synthetic_scenes.draw_scene(looks.Scene('s', (product,)), 160, generator)
            square = photographs.load(picture.content, 160)
            pixels = square.pixels.astype(int)
            is_red = (pixels[..., 0] > 150) & (pixels[..., 1:].max(axis=-1) < 60)
            rows, columns = np.nonzero(is_red)
            box = photographs.map_boxes(np.array([square.frame]), np.array(picture.boxes))
            found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            np.testing.assert_allclose(box[0] * 160, found, atol=2.5)

    def test_program(self):
        flags = ('--num_scenes=3', '--image_size=64', '--num_workers=1', '--products_per_scene=2')
        path = self.folder / 'out'
        result = programs.succeed(_PROGRAM, f'--output={path}', *flags)
        self.assertIn(b'3 scenes', result.stderr)
        names = ['_synthetic.json', 'fashion-cat.json', 'fashion.json', 'images']
        self.assertEqual(sorted(os.listdir(path)), names)
        self.assertIn('--overwrite', programs.fail(_PROGRAM, f'--output={path}', *flags))
        programs.succeed(_PROGRAM, f'--output={path}', '--overwrite', *flags)
        (path / 'mine.txt').write_text('x')
        message = programs.fail(_PROGRAM, f'--output={path}', '--overwrite', *flags)
        self.assertIn('mine.txt', message)
        (path / 'mine.txt').unlink()
        (path / '_synthetic.json').unlink()
        message = programs.fail(_PROGRAM, f'--output={path}', '--overwrite', *flags)
        self.assertIn('not generated', message)
        self.assertIn(
            'products_per_scene',
            programs.fail(_PROGRAM, f'--output={path}2', '--products_per_scene=6', status=2),
        )


def _cut(store, pair):
    """Returns the part of a scene in the box of a pair."""
    image = store.scenes.images[store.scene_rows[pair]]
    left, top, right, bottom = np.round(store.boxes[pair] * len(image)).astype(int)
    return image[top : max(bottom, top + 1), left : max(right, left + 1)]


def _colours(image):
    """Returns the square roots of a blurred histogram of colours, of length 1; no background."""
    pixels = image.reshape(-1, 3).astype(int)
    ground = image[2, 2].astype(int)
    kept = np.abs(pixels - ground).max(axis=1) > 28
    steps = (pixels[kept] if kept.any() else pixels) // 43
    counts = np.bincount(steps @ (36, 6, 1), minlength=216).reshape(6, 6, 6)
    roots = np.sqrt(counts)
    for axis in range(3):
        padded = np.moveaxis(
            np.pad(roots, [(1, 1) if a == axis else (0, 0) for a in range(3)]), axis, 0
        )
        roots = np.moveaxis(padded[1:-1] + (padded[:-2] + padded[2:]) / 2, 0, axis)
    return roots.ravel() / np.linalg.norm(roots)


if __name__ == '__main__':
    absltest.main()
