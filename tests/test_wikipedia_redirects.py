"""Tests of redirects that only the text tells."""

from absl.testing import absltest
from absl.testing import parameterized

from wikipedia import redirects
from wikipedia import siteinfo


def _target(text, language='en', **options):
    site = siteinfo.complete(siteinfo.SiteInfo(language=language))
    return redirects.find_target(text, site, **options)


class FindTargetTest(parameterized.TestCase):
    @parameterized.parameters(
        ('en', '#REDIRECT [[AAA]]', 'AAA'),
        ('en', '\n #redirect:[[talk_of the town]] {{R from x}}', 'Talk of the town'),
        ('en', '#Redirect[[Berlin#History|there]]\n[[Category:X]]', 'Berlin'),
        ('en', '#REDIRECT [[AT%26T]]', 'AT&T'),
        ('en', '#REDIRECT [[AT&amp;T]]', 'AT&T'),
        ('en', '#REDIRECT [[:image:x.png]]', 'File:X.png'),
        ('de', '#WEITERLEITUNG [[Berlin]]', 'Berlin'),
        ('fr', '#redirection [[Paris]]', 'Paris'),
        ('ru', '#ПЕРЕНАПРАВЛЕНИЕ [[Москва]]', 'Москва'),
        ('bg', '#виж [[София]]', 'София'),
        ('ja', '＃転送 [[東京]]', '東京'),
        ('ar', '#تحويل [[برلين]]', 'برلين'),
        ('vi', '#đổi [[Hà Nội]]', 'Hà Nội'),
        ('de', '#REDIRECT [[Berlin]]', 'Berlin'),
        ('xx', '#GOTOPAGE [[Somewhere]]', 'Somewhere'),
    )
    def test_finds(self, language, text, target):
        self.assertEqual(_target(text, language), target)

    @parameterized.parameters(
        '',
        'Text. #REDIRECT [[AAA]]',
        '# [[First]]\n# [[Second]]',
        '#REDIRECT AAA',
        '#first [[Item]] is good\n#second [[Item]]',
        '#REDIRECT [[#Section]]',
        '#word [[List]]\n' + 'Long article. ' * 100,
    )
    def test_finds_nothing(self, text):
        self.assertEqual(_target(text), '')

    def test_first_link_of_a_known_redirect(self):
        self.assertEqual(_target('Umleitung: [[ziel]]', is_redirect=True), 'Ziel')


if __name__ == '__main__':
    absltest.main()
