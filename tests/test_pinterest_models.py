"""Tests of the two-tower network."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from flax import linen as nn

from pinterest import models

_FILTERS = (4, 6)  # Compiled in half the time of the book's, which test_shapes has.


def _images(seed, count, size):
    rng = np.random.default_rng(seed)
    return jnp.array(rng.uniform(-0.5, 0.5, (count, size, size, 3)), jnp.float32)


def _call(function, *arguments, **options):
    """Calls a function compiled as a whole, which takes less long than each operation by itself."""
    flags = [place for place, argument in enumerate(arguments) if isinstance(argument, bool)]
    return jax.jit(functools.partial(function, **options), static_argnums=flags)(*arguments)


class _PlainTower(nn.Module):
    """The same with the two convolutions apart, as one would write it down."""

    @nn.compact
    def __call__(self, x):
        for filters in _FILTERS:
            x = nn.avg_pool(x, (3, 3), strides=(2, 2), padding='SAME')
            residual = nn.Conv(filters, (3, 3), strides=2)(x)
            x = nn.Conv(filters, (3, 3), strides=2, use_bias=False)(x)
            for _ in range(2):
                x = nn.swish(nn.BatchNorm(use_running_average=False, use_bias=False)(x))
                x = nn.Conv(filters, (1, 1), use_bias=False)(x)
            x = nn.BatchNorm(use_running_average=False, use_bias=False)(x) + residual
        return nn.Dense(7)(jnp.mean(x, axis=(1, 2)))


def _to_plain(params):
    """Returns the parameters of a Tower as _PlainTower has them."""
    plain = {'Dense_0': params['Dense_0']}
    for number, filters in enumerate(_FILTERS):
        block = params[f'Block_{number}']
        kernel = block['Conv_0']['kernel']
        first = 4 * number
        plain[f'Conv_{first}'] = {'kernel': kernel[..., filters:], 'bias': block['bias']}
        plain[f'Conv_{first + 1}'] = {'kernel': kernel[..., :filters]}
        for place in (1, 2):
            plain[f'Conv_{first + 1 + place}'] = block[f'Conv_{place}']
        for place in range(3):
            plain[f'BatchNorm_{3 * number + place}'] = block[f'BatchNorm_{place}']
    return plain


class ModelsTest(parameterized.TestCase):
    @parameterized.parameters((16, 7, 'mean'), (37, 19, 'slots'), (16, 12, 'slots'))
    def test_shapes(self, size, output_size, pooling):
        network = models.ShopTheLook(output_size, pooling)
        scenes, products = _images(0, 2, size), _images(1, 3, size)
        call = functools.partial(network.init_with_output, train=False)
        vectors, variables = jax.eval_shape(call, jax.random.key(0), scenes, products)
        self.assertEqual([vector.shape for vector in vectors], [(2, output_size), (3, output_size)])
        self.assertEqual(set(variables), {'params', 'batch_stats'})

    @parameterized.parameters(
        '', '16,', '16;32', '0', '-4', '1.5', '513', '04', '٤', '9' * 5000, '1,' * 8 + '1'
    )
    def test_filters_that_make_no_sense(self, filters):
        settings = {'output_size': 7, 'pooling': models.MEAN, 'filters': filters}
        with self.assertRaisesRegex(ValueError, r'filters .{2,50} are not .* such as 16,32,64,128'):
            models.of_settings(settings)

    def test_filters_are_those_of_the_book_unless_named(self):
        settings = {'output_size': 7, 'pooling': models.MEAN}
        self.assertEqual(models.of_settings(settings).filters, (16, 32, 64, 128))
        self.assertEqual(models.of_settings({**settings, 'filters': '3'}).filters, (3,))

    def test_towers_share_nothing(self):
        network = models.ShopTheLook(output_size=13, filters=_FILTERS)
        images = _images(0, 2, 32)
        variables = _call(network.init, jax.random.key(0), images, images, False)
        scene, product = _call(network.apply, variables, images, images, False)
        self.assertFalse(bool(jnp.any(scene == product)))
        alone = _call(network.apply, variables, images, False, method='product_embedding')
        np.testing.assert_array_equal(product, alone)

    def test_is_the_plain_network(self):
        tower, plain, images = (
            models.Tower(7, models.MEAN, _FILTERS),
            _PlainTower(),
            _images(0, 5, 32),
        )
        variables = _call(tower.init, jax.random.key(3), images, True)
        # Scales and the bias start at 1 and 0; other values show more.
        params = jax.tree.map(
            lambda leaf: leaf + 0.1 * jnp.cos(jnp.arange(leaf.size)).reshape(leaf.shape),
            variables['params'],
        )
        found, _ = _call(
            tower.apply, {**variables, 'params': params}, images, True, mutable='batch_stats'
        )
        expected, _ = _call(
            plain.apply, {'params': _to_plain(params)}, images, mutable='batch_stats'
        )
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)

    def test_running_statistics_follow_the_batches_and_are_used(self):
        # Images of one colour each differ much, in every block.
        tower = models.Tower(7, models.MEAN, _FILTERS)
        images = jnp.broadcast_to(_images(0, 32, 1), (32, 16, 16, 3))
        variables = _call(tower.init, jax.random.key(0), images, True)
        trained, _ = _call(tower.apply, variables, images, True, mutable='batch_stats')
        before = _call(tower.apply, variables, images, False)
        step = jax.jit(
            lambda variables: tower.apply(variables, images, True, mutable='batch_stats')
        )
        for _ in range(200):  # 0.9 ** 200 = 7e-10 is left of the first statistics.
            _, updated = step(variables)
            variables = {**variables, **updated}
        after = _call(tower.apply, variables, images, False)
        self.assertGreater(float(jnp.max(jnp.abs(before - trained))), 0.1)
        np.testing.assert_allclose(after, trained, rtol=1e-3, atol=1e-3)

    def test_use_does_not_depend_on_the_other_images(self):
        tower, images = models.Tower(7, models.MEAN, _FILTERS), _images(0, 5, 32)
        variables = _call(tower.init, jax.random.key(0), images, False)
        together = _call(tower.apply, variables, images, False)
        one = _call(tower.apply, variables, images[3:4], False)
        np.testing.assert_allclose(one[0], together[3], rtol=1e-5, atol=1e-6)

    def test_attention_of_products_by_loops(self):
        network = models.ShopTheLook(output_size=12, filters=_FILTERS)
        scenes, products = _images(0, 2, 16), _images(1, 3, 16)
        variables = _call(network.init, jax.random.key(0), scenes, products, False)
        _, left = _call(
            network.apply, variables, scenes, products, False, mutable=['intermediates']
        )
        left = left['intermediates']
        found = models.attention_of_products(left)
        (places,) = left['scene_tower']['Slots_0'][models.ATTENTION]
        (weights,) = left['product_tower']['Slots_0'][models.WEIGHTS]
        for pair in range(2):
            expected = sum(
                weights[pair, slot] / weights[pair].sum() * places[pair, :, :, slot]
                for slot in range(models.NUM_SLOTS)
            )
            np.testing.assert_allclose(found[pair], expected, rtol=1e-5)
        np.testing.assert_allclose(jnp.sum(found, axis=(1, 2)), 1.0, rtol=1e-5)

    @parameterized.parameters((16, 8), (64, 32), (127, 64), (128, 32), (300, 38), (512, 32))
    def test_slots_look_at_few_places_of_large_images(self, size, side):
        tower = models.Tower(12, models.SLOTS, _FILTERS)
        image = jax.ShapeDtypeStruct((1, size, size, 3), jnp.float32)
        _, left = jax.eval_shape(
            lambda image: tower.init_with_output(
                jax.random.key(0), image, False, mutable=['params', 'batch_stats', 'intermediates']
            ),
            image,
        )
        (places,) = left['intermediates']['Slots_0'][models.ATTENTION]
        self.assertEqual(places.shape, (1, side, side, models.NUM_SLOTS))

    def test_slots_are_roots_of_histograms(self):
        # Without their means taken off, roots of 3 shares in each of 6 slots have length 1.
        images = _images(0, 2, 16)
        tower = models.Tower(18, models.SLOTS, _FILTERS)
        variables = _call(tower.init, jax.random.key(0), images, False)
        vectors = np.asarray(_call(tower.apply, variables, images, False)).reshape(2, 6, 3)
        np.testing.assert_allclose(vectors.sum(axis=2), 0.0, atol=1e-5)
        # A single bin has the roots 1, 0, 0; less their mean, the squares sum to 2/3; times 2 ** 2.
        self.assertLess(np.square(vectors).sum(axis=2).max(), 4 * (1 - 1 / 3) + 1e-3)
        self.assertGreater(np.abs(vectors).max(), 1e-3)

    def test_a_slot_sees_where_its_attention_is(self):
        # With an attention of one place for each slot, what is elsewhere has no part in it.
        images = np.array(_images(0, 2, 16))
        images[1, :, :8] = images[0, :, :8]
        slots = models.Slots(18)
        means = jnp.zeros((2, 4))
        variables = _call(slots.init, jax.random.key(0), jnp.array(images), [], means)
        kernels = variables['params']
        left = jnp.zeros_like(kernels['Dense_4']['kernel']).at[0].set(-200.0)  # x: far left.
        kernels = {**kernels, 'Dense_4': {'kernel': left}}
        found = _call(slots.apply, {'params': kernels}, jnp.array(images), [], means)
        np.testing.assert_allclose(found[0], found[1], atol=1e-5)
        kernels['Dense_4'] = {'kernel': -left}
        found = _call(slots.apply, {'params': kernels}, jnp.array(images), [], means)
        self.assertGreater(float(jnp.max(jnp.abs(found[0] - found[1]))), 1e-3)

    def test_slots_want_room(self):
        with self.assertRaisesRegex(ValueError, 'want an output_size of 12: 11'):
            tower = models.Tower(11, models.SLOTS, _FILTERS)
            _call(tower.init, jax.random.key(0), _images(0, 1, 16), False)

    def test_shrink_takes_means_and_fills_up(self):
        images = np.array(_images(0, 2, 5))
        self.assertIs(models.shrink(images, 1), images)
        small = models.shrink(images, 3)
        self.assertEqual(small.shape, (2, 2, 2, 3))
        np.testing.assert_allclose(small[:, 0, 0], images[:, :3, :3].mean(axis=(1, 2)), rtol=1e-5)
        # Of the last square there are 2 x 2 pixels; rows and columns after them are the last again.
        last = images[:, 3:, 3:] * np.array([[1, 2], [2, 4]])[:, :, None]
        np.testing.assert_allclose(small[:, 1, 1], last.sum(axis=(1, 2)) / 9, rtol=1e-5)

    def test_normalize(self):
        pixels = models.normalize(jnp.array([0, 51, 255], jnp.uint8))
        np.testing.assert_allclose(pixels, [-0.5, -0.3, 0.5], atol=1e-6)

    @parameterized.parameters((2, 16, 16), (2, 16, 17, 3), (2, 16, 16, 4))
    def test_rejects_other_shapes(self, *shape):
        with self.assertRaisesRegex(ValueError, r'want images \[B, S, S, 3\]'):
            models.Tower(7, models.MEAN, _FILTERS).init(jax.random.key(0), jnp.zeros(shape), True)


if __name__ == '__main__':
    absltest.main()
