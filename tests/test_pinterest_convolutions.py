"""Tests of convolutions and poolings against XLA's own."""

import jax
import jax.numpy as jnp
import numpy as np
from absl.testing import absltest
from absl.testing import parameterized
from flax import linen as nn
from jax import lax

from pinterest import convolutions


def _drawn(seed, *shape):
    return jnp.array(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def _by_xla(images, kernel, stride):
    return lax.conv_general_dilated(
        images, kernel, (stride, stride), 'SAME', dimension_numbers=('NHWC', 'HWIO', 'NHWC')
    )


class ConvolutionsTest(parameterized.TestCase):
    @parameterized.product(size=(1, 2, 5, 8), side_and_stride=((1, 1), (3, 1), (3, 2)))
    def test_slopes_are_those_of_xla(self, size, side_and_stride):
        side, stride = side_and_stride
        images, kernel = _drawn(0, 2, size, size, 3), _drawn(1, side, side, 3, 7)
        found, slopes_of = jax.vjp(
            lambda *given: convolutions.convolve(*given, (stride, stride), 'SAME'), images, kernel
        )
        expected, expected_of = jax.vjp(
            lambda *given: _by_xla(*given, stride=stride), images, kernel
        )
        np.testing.assert_allclose(found, expected, atol=1e-5)
        slope = _drawn(2, *found.shape)
        for one, other in zip(jax.jit(slopes_of)(slope), expected_of(slope), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)

    def test_serves_flax(self):
        images = _drawn(0, 2, 9, 9, 3)
        plain = nn.Conv(5, (3, 3), strides=2)
        ours = nn.Conv(5, (3, 3), strides=2, conv_general_dilated=convolutions.convolve)
        variables = plain.init(jax.random.key(0), images)
        np.testing.assert_allclose(
            ours.apply(variables, images), plain.apply(variables, images), atol=1e-5
        )

    @parameterized.parameters(
        ({'padding': 'VALID'},), ({'strides': (1, 2)},), ({'kernel_dilation': 2},),
        ({'feature_group_count': 3},),
    )  # fmt: skip
    def test_refuses_what_it_does_not_do(self, asked):
        layer = nn.Conv(
            6, (3, 3), **{'strides': 1, **asked}, conv_general_dilated=convolutions.convolve
        )
        with self.assertRaisesRegex(ValueError, 'cannot convolve'):
            layer.init(jax.random.key(0), jnp.zeros((1, 8, 8, 3)))

    @parameterized.parameters(1, 2, 5, 8)
    def test_average_pool_is_that_of_flax(self, size):
        images = _drawn(0, 2, size, size, 3)
        found, slopes_of = jax.vjp(convolutions.average_pool, images)
        expected, expected_of = jax.vjp(
            lambda x: nn.avg_pool(x, (3, 3), strides=(2, 2), padding='SAME'), images
        )
        np.testing.assert_allclose(found, expected, atol=1e-6)
        slope = _drawn(1, *found.shape)
        np.testing.assert_allclose(slopes_of(slope)[0], expected_of(slope)[0], atol=1e-6)


if __name__ == '__main__':
    absltest.main()
