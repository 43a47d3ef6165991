from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from pinterest import photograph_urls


class TemplateTest(parameterized.TestCase):
    def test_pinimg(self):
        template = photograph_urls.Template(photograph_urls.PINIMG)
        # The example of the README of the Shop the Look sets, by the rule that it gives.
        self.assertEqual(
            template.url('0027e30879ce3d87f82f699f148bff7e'),
            'https://i.pinimg.com/400x/00/27/e3/0027e30879ce3d87f82f699f148bff7e.jpg',
        )
        self.assertEqual(template.origin, 'https://i.pinimg.com')

    def test_port_and_short_identifier(self):
        template = photograph_urls.Template('http://Host:8080/{id[0:2]}/{id[3:9]}?name={id}')
        self.assertEqual(template.url('a'), 'http://Host:8080/a/?name=a')
        self.assertEqual((template.host, template.origin), ('host:8080', 'http://host:8080'))

    @parameterized.parameters(
        ('http://a/b.jpg', 'wants {id}'),
        ('http://a/{id}{x}', 'no other braces'),
        ('http://a/{id[0]}', 'wants {id}'),
        ('http://a/{id.__class__}', 'wants {id}'),
        ('ftp://a/{id}', 'http://'),
        ('file:///etc/{id}', 'http://'),
        ('/a/{id}', 'http://'),
        ('http://{id}.org/', 'name of a host'),
        ('http://[::1]/{id}', 'name of a host'),
        ('http://u:p@a/{id}', 'no user'),
        ('http://a/ {id}', 'space'),
        ('http://a/é{id}', 'beyond ASCII'),
        ('http://a:b/{id}', 'no address'),
    )
    def test_refusals(self, text, reason):
        with self.assertRaisesRegex(errors.UsageError, reason):
            photograph_urls.Template(text)

    @parameterized.parameters('../a', 'a/b', '', 'a b', 'é')
    def test_unsafe_identifiers(self, identifier):
        with self.assertRaisesRegex(ValueError, 'identifier that is not'):
            photograph_urls.Template('http://a/{id}').url(identifier)


if __name__ == '__main__':
    absltest.main()
