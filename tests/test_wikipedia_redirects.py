"""Tests of redirects that only the text tells."""

import time

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


class TimeTest(parameterized.TestCase):
    @parameterized.parameters(
        '\n ', ' ', '\t:', '[[a|', '[[', '[[a]', '#', '#REDIRECT', '#REDIRECT ', '#REDIRECT [[',
        '#REDIRECT\n', '%e2', '&amp;', ':',
    )  # fmt: skip
    def test_is_linear(self, piece):
        started = time.process_time()
        for before in ('', '#REDIRECT', '#GOTO ', '#REDIRECT [[a|'):
            for is_redirect in (False, True):
                _target(before + piece * (1_000_000 // len(piece)), is_redirect=is_redirect)
                _target(before + piece * 150 + ']]', is_redirect=is_redirect)
        self.assertLess(time.process_time() - started, 10)

    @parameterized.parameters(
        ('[[A]]', 'A'),
        ('x [[A|b]] [[C]]', 'A'),
        ('[[ [[A]]', 'A'),
        ('[[A|b [[C|d]]', 'C'),
        (' : ', ''),
    )
    def test_first_link_of_what_is_known_to_be_a_redirect(self, text, target):
        self.assertEqual(_target(text, is_redirect=True), target)


if __name__ == '__main__':
    absltest.main()
