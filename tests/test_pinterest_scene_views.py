"""Tests of what the model may see of a scene."""

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from pinterest import image_sampling
from pinterest import scene_views

_SIZE = 40
_WHOLE = np.float32([[0, 0, 1, 1]])


def _scene_with_product(value, box):
    """Returns a scene [1, S, S, 3] of a slope, the pixels of the box at value."""
    slope = np.linspace(-0.4, 0.4, _SIZE, dtype=np.float32)
    image = np.broadcast_to((slope[:, None] + slope) / 2, (3, _SIZE, _SIZE)).transpose(1, 2, 0)
    image = image.copy()
    left, top, right, bottom = np.round(np.array(box) * _SIZE).astype(int)
    image[top:bottom, left:right] = value
    return jnp.array(image[None])


def _see(view, image, box, decoys, key=0):
    boxes = jnp.array([box], jnp.float32)
    pixels, regions = scene_views.apply(
        view, jax.random.key(key), image, boxes, jnp.array(_WHOLE), decoys
    )
    return image_sampling.resample(pixels, regions)


def _decoys(count):
    rng = np.random.default_rng(5)
    low = rng.uniform(0, 0.7, (count, 2))
    return jnp.array(np.concatenate([low, low + rng.uniform(0.1, 0.3, (count, 2))], 1), jnp.float32)


class SceneViewsTest(parameterized.TestCase):
    @parameterized.product(
        view=(scene_views.MASK, scene_views.CROP),
        box=(
            (0.2, 0.3, 0.5, 0.9),
            (0.0, 0.0, 0.4, 0.35),
            (0.6, 0.5, 1.0, 1.0),
            (0.1, 0.1, 0.9, 0.9),
        ),
    )
    def test_no_pixel_of_the_product_is_seen(self, view, box):
        seen = [
            _see(view, _scene_with_product(value, box), box, _decoys(9)) for value in (-0.5, 0.5)
        ]
        np.testing.assert_array_equal(seen[0], seen[1])
        self.assertGreater(float(jnp.std(seen[0])), 0.0)

    def test_full_shows_all(self):
        image = _scene_with_product(0.5, (0.2, 0.3, 0.5, 0.9))
        np.testing.assert_allclose(
            _see('full', image, (0.2, 0.3, 0.5, 0.9), _decoys(3)), image, atol=1e-6
        )

    def test_a_box_over_all_leaves_finite_pixels(self):
        for view in scene_views.VIEWS:
            seen = _see(view, _scene_with_product(0.1, (0, 0, 1, 1)), (0, 0, 1, 1), _decoys(3))
            self.assertTrue(bool(jnp.all(jnp.isfinite(seen))))

    def test_holes_hide_which_box_was_the_product(self):
        # Boxes and decoys are drawn alike, so that each of the 4 rectangles of a mask is as likely
        # as the others to be the largest: 1 in 4 of 2,000, with a deviation of 0.01.
        boxes = _decoys(2000)
        rectangles = scene_views.mask_rectangles(jax.random.key(1), boxes, _decoys(2000), _SIZE)
        areas = np.prod(rectangles[..., 2:] - rectangles[..., :2], axis=-1)
        share = np.mean(areas.argmax(axis=1) == 0)
        self.assertAlmostEqual(share, 0.25, delta=0.04)
        self.assertTrue(bool(jnp.all(rectangles[:, 0, :2] < boxes[:, :2])))
        self.assertTrue(bool(jnp.all(rectangles[:, 0, 2:] > boxes[:, 2:])))

    def test_a_mask_depends_on_key_and_box_alone(self):
        boxes, decoys = _decoys(6), _decoys(50)
        draw = jax.jit(scene_views.mask_rectangles, static_argnums=3)
        together = draw(jax.random.key(2), boxes, decoys, _SIZE)
        for row in range(6):
            alone = draw(jax.random.key(2), boxes[row : row + 1], decoys, _SIZE)
            np.testing.assert_array_equal(alone[0], together[row])
        other = draw(jax.random.key(3), boxes, decoys, _SIZE)
        self.assertFalse(bool(jnp.any(jnp.all(other == together, axis=(1, 2)))))
        self.assertLen(np.unique(np.asarray(together[:, 1:]).reshape(-1, 4), axis=0), 18)

    @parameterized.parameters(
        # Left, top, right, bottom of the largest part; the border is 2 of 40 pixels = 0.05.
        ((0.4, 0.0, 0.9, 1.0), (0.1, 0.0, 0.35, 1.0)),
        ((0.1, 0.3, 0.9, 0.4), (0.1, 0.45, 0.9, 1.0)),
        ((0.1, 0.7, 0.9, 0.8), (0.1, 0.0, 0.9, 0.65)),
        ((0.1, 0.1, 0.3, 0.9), (0.35, 0.0, 0.9, 1.0)),
    )
    def test_crops_by_hand(self, box, expected):
        frames = jnp.array([[0.1, 0.0, 0.9, 1.0]])
        regions = scene_views.crop_regions(jnp.array([box], jnp.float32), frames, _SIZE)
        np.testing.assert_allclose(regions, [expected], atol=1e-6)

    def test_unknown_view(self):
        with self.assertRaisesRegex(ValueError, "view 'half'"):
            _see('half', _scene_with_product(0, (0, 0, 1, 1)), (0, 0, 1, 1), _decoys(3))


if __name__ == '__main__':
    absltest.main()
