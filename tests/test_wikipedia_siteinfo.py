"""Tests of titles, namespaces and addresses."""

import pickle

from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from tests import dump_samples
from wikipedia import dump_header
from wikipedia import siteinfo


def _site(language='en', **options):
    return dump_header.parse('x.xml', dump_samples.head(language=language, **options).encode())


class SiteInfoTest(parameterized.TestCase):
    def test_reads_a_header(self):
        site = _site('de', namespaces={0: '', 6: 'Datei', 14: 'Kategorie'})
        self.assertEqual((site.language, site.dbname, site.case), ('de', 'dewiki', 'first-letter'))
        self.assertEqual((site.sitename, site.schema), ('Wikipedia', '0.11'))
        self.assertEqual(site.namespace(6).name, 'Datei')
        self.assertContainsSubset(('File', 'Image', 'Bild'), site.namespace(6).aliases)

    def test_reads_namespace_aliases(self):
        head = dump_samples.head().replace(
            '</siteinfo>',
            '<namespacealiases><namespace key="6">Snap</namespace></namespacealiases></siteinfo>',
        )
        self.assertEqual(dump_header.parse('x', head.encode()).namespace_of('snap: x.png'), 6)

    def test_survives_json_and_pickle(self):
        site = _site('ru')
        self.assertEqual(siteinfo.from_json(site.to_json()), site)
        self.assertEqual(siteinfo.from_dict(site.to_dict()), site)
        self.assertEqual(pickle.loads(pickle.dumps(site)), site)

    @parameterized.parameters('', '[]', '{"namespaces": 3}', '{"namespaces": []}')
    def test_damaged_json_is_an_error(self, text):
        with self.assertRaises(errors.InputError):
            siteinfo.from_json(text)

    @parameterized.parameters(
        ('Berlin', 0, 'Berlin'),
        ('file:a_b.png', 6, 'a b.png'),
        (' IMAGE : x.png', 6, 'x.png'),
        (':Category:Towns', 14, 'Towns'),
        ('user_talk:Ann', 0, 'user talk:Ann'),
        ('2001: A Space Odyssey', 0, '2001: A Space Odyssey'),
        ('Talk:', 1, ''),
    )
    def test_splits_titles(self, title, key, text):
        self.assertEqual(_site().split_title(title), (key, text))

    @parameterized.parameters(
        ('anarchism', 'Anarchism'),
        ('image:berlin_wall.jpg', 'File:Berlin wall.jpg'),
        ('éclair', 'Éclair'),
        ('ßpam', 'ßpam'),
        ('თბილისი', 'თბილისი'),
        ('  big __ apple ', 'Big apple'),
        ('', ''),
    )
    def test_normalizes_titles(self, title, expected):
        self.assertEqual(_site().normalize_title(title), expected)

    def test_first_letter_follows_the_case_of_site_and_namespace(self):
        site = _site('en', dbname='enwiktionary', case='case-sensitive')
        self.assertEqual(site.normalize_title('walk'), 'walk')
        self.assertEqual(site.normalize_title('user:ann'), 'User:Ann')
        self.assertEqual(_site('tr').normalize_title('istanbul'), 'İstanbul')

    @parameterized.parameters(
        ('https://de.wikipedia.org/wiki/Wikipedia:Haupt/Seite', 'https://de.wikipedia.org/wiki/'),
        ('http://x.org/index.php?title=Main', 'http://x.org/index.php?title='),
        ('http://x.org/index.php/Main/Page', 'http://x.org/index.php/'),
        ('http://x.org/Main', 'http://x.org/'),
        ('', 'https://bg.wikipedia.org/wiki/'),
    )
    def test_address_prefix(self, base, prefix):
        self.assertEqual(siteinfo.SiteInfo(language='bg', base=base).url_prefix, prefix)

    @parameterized.parameters(
        ('New York', 'New_York'),
        ('AC/DC', 'AC/DC'),
        ('C#?', 'C%23%3F'),
        ('Берлин', '%D0%91%D0%B5%D1%80%D0%BB%D0%B8%D0%BD'),
        ("Who's (a, b)!", 'Who%27s_(a,_b)!'),
    )
    def test_addresses(self, title, path):
        site = _site()
        self.assertEqual(site.url(title), f'https://en.wikipedia.org/wiki/{path}')

    def test_a_dump_without_siteinfo_has_standard_namespaces(self):
        site = dump_header.parse('x', b'<mediawiki version="0.10" xml:lang="de">')
        self.assertEqual(site.namespace_of('Kategorie:Berlin'), 14)
        self.assertEqual(site.url('Berlin'), 'https://de.wikipedia.org/wiki/Berlin')


class HeaderTest(parameterized.TestCase):
    @parameterized.parameters(
        (b'{"a": 1}', 'no MediaWiki XML dump'),
        (b'Hello there', 'begins .Hello there'),
        (b'\x00\x01\x02', 'no MediaWiki XML dump'),
        (b'<!DOCTYPE html><html>', 'is HTML'),
        (b'<html><body>x</body></html>', 'of <html>'),
        (b'<!DOCTYPE a [<!ENTITY b "bbbb">]><mediawiki>', 'with a DTD'),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><mediawiki>', 'iconv -f ISO-8859-1'),
        (b'<mediawiki version=3>', 'not well-formed'),
        (b'<media', 'ends before its first page'),
    )
    def test_refuses_what_is_no_dump(self, header, message):
        with self.assertRaisesRegex(errors.InputError, message):
            dump_header.parse('x.xml', header)

    def test_accepts_a_byte_order_mark_and_a_declaration(self):
        header = b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n'
        site = dump_header.parse('x', header + dump_samples.head().encode())
        self.assertEqual(site.dbname, 'enwiki')


if __name__ == '__main__':
    absltest.main()
