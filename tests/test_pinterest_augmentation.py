"""Tests of sampling and augmentation of images."""

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from pinterest import augmentation
from pinterest import image_sampling


def _images(count=3, size=8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.5, 0.5, (count, size, size, 3)).astype(np.float32)


def _resample_by_loops(image, region):
    size = len(image)
    left, top, right, bottom = region
    result = np.zeros_like(image)
    for row in range(size):
        for column in range(size):
            y = (top + (row + 0.5) / size * (bottom - top)) * size - 0.5
            x = (left + (column + 0.5) / size * (right - left)) * size - 0.5
            y, x = min(max(y, 0), size - 1), min(max(x, 0), size - 1)
            y0, x0 = min(int(y), size - 2), min(int(x), size - 2)
            dy, dx = y - y0, x - x0
            result[row, column] = (
                (1 - dy) * ((1 - dx) * image[y0, x0] + dx * image[y0, x0 + 1])
                + dy * ((1 - dx) * image[y0 + 1, x0] + dx * image[y0 + 1, x0 + 1])
            )  # fmt: skip
    return result


class ImageSamplingTest(parameterized.TestCase):
    def test_resample_is_that_of_loops(self):
        images = _images()
        regions = np.float32([[0.1, 0.3, 0.6, 0.9], [0.8, 0.0, 0.2, 0.5], [0.0, 0.0, 1.0, 1.0]])
        found = image_sampling.resample(jnp.array(images), jnp.array(regions))
        for row in range(3):
            expected = _resample_by_loops(images[row], regions[row])
            np.testing.assert_allclose(found[row], expected, atol=1e-5)
        np.testing.assert_allclose(found[2], images[2], atol=1e-6)

    def test_mirrored(self):
        images = _images()
        found = image_sampling.resample(
            jnp.array(images), jnp.tile(jnp.array([1.0, 0, 0, 1]), (3, 1))
        )
        np.testing.assert_allclose(found, images[:, :, ::-1], atol=1e-6)

    def test_blank(self):
        rectangles = np.float32([[[0.25, 0.5, 0.5, 1.0], [0.0, 0.0, 0.125, 0.125]]])
        found = image_sampling.blank(jnp.ones((1, 8, 8, 3)), jnp.array(rectangles))
        expected = np.ones((1, 8, 8, 3))
        expected[:, 4:8, 2:4] = expected[:, 0, 0] = 0
        np.testing.assert_array_equal(found, expected)

    def test_compose(self):
        # Half of [0.2, 0.6] is [0.2, 0.4]; the last quarter of [0.1, 0.9] is [0.7, 0.9].
        outer, inner = jnp.array([[0.2, 0.1, 0.6, 0.9]]), jnp.array([[0.0, 0.75, 0.5, 1.0]])
        np.testing.assert_allclose(
            image_sampling.compose(outer, inner), [[0.2, 0.7, 0.4, 0.9]], atol=1e-6
        )

    def test_relative_is_compose_backwards(self):
        outer = jnp.array([[0.2, 0.1, 0.6, 0.9], [0.6, 0.1, 0.2, 0.9]])
        inner = jnp.array([[0.0, 0.75, 0.5, 1.0], [0.25, 0.0, 0.5, 0.5]])
        whole = image_sampling.compose(outer, inner)
        # The second is mirrored: 0.6 - 0.25 * 0.4 = 0.5 and 0.4 are its ends.
        np.testing.assert_allclose(whole[1], [0.5, 0.1, 0.4, 0.5], atol=1e-6)
        np.testing.assert_allclose(image_sampling.relative(whole, outer), inner, atol=1e-6)
        upright = whole[:, jnp.array([2, 1, 0, 3])]
        np.testing.assert_allclose(image_sampling.relative(upright, outer), inner, atol=1e-6)

    def test_rejects_shapes(self):
        images = jnp.zeros((2, 8, 8, 3))
        for function, regions in (
            (image_sampling.resample, jnp.zeros((1, 4))),
            (image_sampling.resample, jnp.zeros((2, 1, 4))),
            (image_sampling.blank, jnp.zeros((2, 4))),
        ):
            with self.assertRaisesRegex(ValueError, 'want 2 x 4'):
                function(images, regions)
        with self.assertRaisesRegex(ValueError, 'want images'):
            image_sampling.resample(jnp.zeros((2, 8, 9, 3)), jnp.zeros((2, 4)))
        with self.assertRaisesRegex(ValueError, 'want two'):
            image_sampling.compose(jnp.zeros((1, 4)), jnp.zeros((2, 4)))
        with self.assertRaisesRegex(ValueError, 'want two'):
            image_sampling.relative(jnp.zeros((1, 4)), jnp.zeros((2, 4)))


class AugmentationTest(absltest.TestCase):
    def test_regions_are_squares_inside(self):
        boxes = jnp.full((500, 4), 0.5)
        regions = np.asarray(augmentation.random_regions(jax.random.key(0), boxes, 0.6))
        widths, heights = regions[:, 2] - regions[:, 0], regions[:, 3] - regions[:, 1]
        np.testing.assert_allclose(np.abs(widths), heights, atol=1e-6)
        self.assertTrue(((heights > 0.6 - 1e-6) & (heights <= 1)).all())
        self.assertTrue(((regions >= 0) & (regions <= 1 + 1e-6)).all())
        # Mirrored with probability 1/2: 500 draws deviate by 0.022.
        self.assertAlmostEqual(np.mean(widths < 0), 0.5, delta=0.1)

    def test_regions_hold_their_boxes(self):
        corners = np.random.default_rng(1).uniform(0, 1, (300, 2, 2))
        boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
        found = augmentation.random_regions(jax.random.key(0), jnp.array(boxes), 0.3)
        regions = np.asarray(found)
        low = np.minimum(regions[:, :2], regions[:, 2:])
        high = np.maximum(regions[:, :2], regions[:, 2:])
        self.assertTrue((low <= boxes[:, :2] + 1e-6).all() and (low >= -1e-6).all())
        self.assertTrue((high >= boxes[:, 2:] - 1e-6).all() and (high <= 1 + 1e-6).all())

    def test_no_strength_no_change(self):
        images = jnp.array(_images())
        found = augmentation.jitter_colours(jax.random.key(0), images, 0.0)
        np.testing.assert_allclose(found, images, atol=1e-6)

    def test_grey_stays_grey_and_pixels_in_range(self):
        grey = jnp.broadcast_to(jnp.array(_images())[..., :1], (3, 8, 8, 3))
        found = augmentation.jitter_colours(jax.random.key(1), grey, 1.0)
        np.testing.assert_allclose(found[..., 0], found[..., 2], atol=1e-6)
        self.assertLessEqual(float(jnp.max(jnp.abs(found))), 0.5)

    def test_pure_function_of_the_key(self):
        images, whole = jnp.array(_images()), jnp.tile(jnp.array([0.0, 0, 1, 1]), (3, 1))

        def draw(seed):
            key = jax.random.key(seed)
            parts, _ = augmentation.augment(
                key, images, whole, 0.5 + 0.0 * whole, min_extent=0.5, colour_strength=0.5
            )
            return parts

        np.testing.assert_array_equal(draw(1), draw(1))
        self.assertGreater(float(jnp.max(jnp.abs(draw(1) - draw(2)))), 0.01)


if __name__ == '__main__':
    absltest.main()
