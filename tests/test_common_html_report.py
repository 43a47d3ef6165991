import collections
import html.parser
import os
import pathlib
import re

import hypothesis
import jinja2
import lxml.html
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import errors
from common import html_report
from common import html_text
from tests import hostile

_EVIL = '<script>alert(1)</script>&"\'\x00\x1b\u202eabc\ud800'


class _Checker(html.parser.HTMLParser):
    """Collects tags and text, and fails on tags that do not nest."""

    _VOID = frozenset(('meta', 'img', 'br', 'link', 'wbr'))

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ''

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        self.text += data


def check(page):
    """Parses a page and returns what was found in it."""
    checker = _Checker()
    checker.feed(page)
    checker.close()
    assert not checker.open, checker.open
    return checker


def _index(**context):
    entry = html_report.IndexEntry(1, 'page-00001.html', 'a', _EVIL, 3)
    return html_report.render('index.html', title=_EVIL, pages=[entry], total=3, **context)


def _listing(text, url):
    """Returns an index with a text wherever there may be one."""
    crumbs = [html_report.Crumb(text, url), html_report.Crumb(text)]
    entry = html_report.IndexEntry(1, url, text, text, 3)
    return html_report.render('index.html', title=text, pages=[entry], total=3, breadcrumbs=crumbs)


def _elements(root):
    """Yields the tag and the names of the attributes of each element."""
    for element in root.iter():
        yield element.tag, set(element.attrib)


_HARMLESS = collections.defaultdict(set)
for _tag, _attributes in _elements(lxml.html.document_fromstring(_listing('a', 'b'))):
    _HARMLESS[_tag] |= _attributes


class HtmlReportTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def test_page_is_self_contained(self):
        page = _index()
        found = check(page)
        self.assertTrue(page.startswith('<!doctype html>\n<html lang="en">'))
        self.assertNotIn('script', found.tags)
        self.assertNotIn('link', found.tags)
        self.assertNotIn('@import', page)
        self.assertNotIn('url(', page)
        self.assertIn("default-src 'none'", page)
        self.assertIn('name="viewport"', page)
        self.assertIn('prefers-color-scheme: dark', page)
        self.assertIn('caption', found.tags)
        self.assertIn(('th', 'scope', 'col'), found.attributes)

    def test_text_is_escaped_cleaned_and_isolated(self):
        page = _index()
        self.assertNotIn('<script', page)
        self.assertIn('<bdi>&lt;script&gt;', page)
        for character in '\x00\x1b\u202e\ud800':
            self.assertNotIn(character, page)
        self.assertIn('&#39;\ufffd\ufffd\ufffdabc\ufffd</bdi>', page)
        self.assertIn('<script>', check(page).text)

    @parameterized.parameters(
        ('page-00001.html', 'page-00001.html'),
        ('https://en.wikipedia.org/wiki/A', 'https://en.wikipedia.org/wiki/A'),
        ('javascript:alert(1)', '#'),
        (' JaVaScRiPt:alert(1)', '#'),
        ('data:text/html,x', '#'),
        ('//elsewhere.example', '#'),
        # What browsers read as javascript:, and as //elsewhere.example.
        ('java\nscript:alert(1)', '#'),
        ('java\tscript:alert(1)', '#'),
        ('\x01javascript:alert(1)', '#'),
        ('\u00a0javascript:alert(1)', '#'),
        ('/\\elsewhere.example', '#'),
        ('\\\\elsewhere.example', '#'),
        ('/\t/elsewhere.example', '#'),
        ('vbscript:x', '#'),
        ('http:elsewhere.example', '#'),
        ('images/a b.jpg', 'images/a b.jpg'),
    )
    def test_link(self, url, wanted):
        crumbs = [html_report.Crumb('x', url), html_report.Crumb('y')]
        self.assertIn(('a', 'href', wanted), check(_index(breadcrumbs=crumbs)).attributes)

    @hostile.settings(200)
    @hypothesis.given(
        hostile.texts
        | strategies.text(strategies.sampled_from('<>"\'&/=`;#! \t\r\n\x00\x85\u2028abx')),
        hostile.texts,
    )
    def test_any_text_is_text_in_the_page(self, text, url):
        page = _listing(text, url)
        page.encode()
        root = lxml.html.document_fromstring(page)
        # As HTML has it, the end of a line is a line feed.
        shown = re.sub('\r\n?', '\n', html_text.clean(text))
        self.assertEqual([bdi.text or '' for bdi in root.iter('bdi')], [shown] * 5)
        self.assertEqual(root.find('.//title').text_content(), shown)
        # Nothing is in it but what is in a page of harmless names.
        for tag, attributes in _elements(root):
            self.assertIn(tag, _HARMLESS)
            self.assertLessEqual(attributes, _HARMLESS[tag])
        for href in root.xpath('//@href'):
            self.assertRegex(
                href, r'\A(https?://|(?![a-zA-Z][a-zA-Z0-9+.-]*:|//)[^\\\x00-\x1f]*\Z)'
            )

    def test_image_host(self):
        policy = "img-src 'self' file: data: https://i.pinimg.com:443; base-uri"
        self.assertIn(policy, _index(image_host='https://i.pinimg.com:443'))
        self.assertIn("img-src 'self' file: data:; base-uri", _index(image_host=''))
        for host in ('*', 'https://a; script-src *', 'https:', 'https://a/b', "'unsafe-inline'"):
            with self.assertRaisesRegex(ValueError, 'is no origin'):
                _index(image_host=host)

    def test_missing_name_is_an_error(self):
        with self.assertRaises(jinja2.UndefinedError):
            html_report.render('index.html', pages=[], total=0)

    @parameterized.parameters((1, ['a']), (2, ['a', 'b']), (7, list('abcdefg')))
    def test_listing(self, pages, items):
        path = str(self.folder / 'list')
        count = self._write_listing(path, items)
        self.assertEqual(count, pages)
        names = sorted(os.listdir(path))
        self.assertEqual(names[0], 'index.html')
        self.assertLen(names, pages + 1)
        for number, name in enumerate(names[1:], start=1):
            found = check(pathlib.Path(path, name).read_text())
            hrefs = {value for tag, key, value in found.attributes if key == 'href'}
            self.assertIn('index.html', hrefs)
            self.assertEqual(f'page-{number + 1:05d}.html' in hrefs, number < pages)
            self.assertEqual(f'page-{number - 1:05d}.html' in hrefs, number > 1)
        index = check(pathlib.Path(path, 'index.html').read_text())
        links = [value for tag, key, value in index.attributes if key == 'href']
        self.assertEqual(links, names[1:])

    def _write_listing(self, path, items, **options):
        return html_report.write_listing(
            path, 'page.html', iter(items), label=str, title='T', items_per_page=1, **options
        )

    def test_listing_refuses_what_exists_and_failure_leaves_nothing(self):
        path = str(self.folder / 'list')

        def broken():
            yield 'a'
            raise RuntimeError('broken')

        with self.assertRaisesRegex(RuntimeError, 'broken'):
            self._write_listing(path, broken())
        self.assertEqual(os.listdir(self.folder), [])
        self._write_listing(path, 'ab')
        with self.assertRaisesRegex(errors.InputError, '--overwrite'):
            self._write_listing(path, 'abc')
        self._write_listing(path, 'abc', overwrite=True)
        self.assertLen(os.listdir(path), 4)

    def test_write_page(self):
        path = str(self.folder / 'a.html')
        html_report.write_page(path, 'é')
        self.assertEqual(pathlib.Path(path).read_bytes(), 'é'.encode())
        with self.assertRaisesRegex(errors.InputError, '--overwrite'):
            html_report.write_page(path, 'x')


if __name__ == '__main__':
    absltest.main()
