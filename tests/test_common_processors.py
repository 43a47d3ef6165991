"""Tests of what NumPy is told of the processor."""

from absl.testing import absltest
from absl.testing import parameterized

from common import processors

_INFO = 'processor\t: 0\nvendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: 17\nflags\t\t: fpu {} sse2\n'


class VariablesTest(parameterized.TestCase):
    @parameterized.parameters(
        ('AuthenticAMD', 25, 'avx2 avx512f avx512dq', True),  # Zen 4.
        ('AuthenticAMD', 25, 'avx2', False),  # Zen 3.
        ('AuthenticAMD', 26, 'avx2 avx512f avx512dq', False),  # Zen 5.
        ('GenuineIntel', 6, 'avx2 avx512f avx512dq', False),
    )
    def test_avx_512_is_left_out_on_zen_4_only(self, vendor, family, features, left_out):
        found = processors.variables(_INFO.format(vendor, family, features) * 2)
        self.assertEqual(bool(found), left_out)

    def test_no_information_means_no_variables(self):
        self.assertEqual(processors.variables(''), {})


if __name__ == '__main__':
    absltest.main()
