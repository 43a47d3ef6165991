from absl.testing import absltest
from absl.testing import parameterized

from common import sizes


class SizesTest(parameterized.TestCase):
    @parameterized.parameters(('4GB', 4 * 10**9), ('1.5 mb', 1500000), ('2KB', 2000), ('77', 77))
    def test_parse(self, text, want):
        self.assertEqual(sizes.parse(text), want)

    @parameterized.parameters('', 'lots', '-1GB', 'nan', 'inf', 'GB2')
    def test_parse_rejects(self, text):
        with self.assertRaisesRegex(ValueError, 'say 4GB or 500MB'):
            sizes.parse(text)

    @parameterized.parameters((1.25e9, '1.25 GB'), (10**6, '1 MB'), (999, '999 B'), (0, '0 B'))
    def test_show(self, count, want):
        self.assertEqual(sizes.show(count), want)


if __name__ == '__main__':
    absltest.main()
