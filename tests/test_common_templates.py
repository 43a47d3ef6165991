"""What holds of every page: structure, escaping, isolation, contrast, what the keyboard reaches."""

import html.parser
import itertools
import pathlib
import re
import tempfile

from absl.testing import absltest
from absl.testing import parameterized

from common import html_report
from tests import page_samples

_TEMPLATES = pathlib.Path(html_report.__file__).parent / 'templates'
_CSS = (_TEMPLATES / 'style.css').read_text()
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file: data:; base-uri 'none'; "
    "form-action 'none'"
)
# What the text is written on, in style.css, and which colours stand on it.
_GROUNDS = {
    'page': ('text', 'soft', 'link'),
    'card': ('text', 'soft', 'link', 'good', *(f'line-{n}' for n in range(8))),
    'note': ('text', 'soft', 'link'),
    'line': ('text', 'soft'),
}
_ISOLATED = frozenset(('bdi', 'tspan'))
# Elements whose text stands by itself: nothing is beside it that it could reorder.
_ALONE = frozenset(('title', 'desc'))


class _Element:
    """An element with its attributes, the elements around it, and its own text."""

    def __init__(self, tag, attributes, parent):
        self.tag, self.attributes, self.parent = tag, dict(attributes), parent
        self.text, self.children = '', []

    def around(self):
        """Yields this element and those that hold it."""
        one = self
        while one is not None:
            yield one
            one = one.parent

    def inside(self):
        """Yields this element and those in it, in order."""
        yield self
        for child in self.children:
            yield from child.inside()

    def all_text(self):
        """Returns the text of this element and of those in it."""
        return ''.join(one.text for one in self.inside())


class _Tree(html.parser.HTMLParser):
    """Reads a page into elements."""

    _VOID = frozenset(('meta', 'img', 'br', 'wbr'))

    def __init__(self, page):
        super().__init__()
        self.root = self._open = _Element('', {}, None)
        self.feed(page)
        self.close()
        assert self._open is self.root, self._open.tag

    def handle_starttag(self, tag, attrs):
        element = _Element(tag, attrs, self._open)
        self._open.children.append(element)
        if tag not in self._VOID:
            self._open = element

    def handle_startendtag(self, tag, attrs):
        self._open.children.append(_Element(tag, attrs, self._open))

    def handle_endtag(self, tag):
        assert self._open.tag == tag, (tag, self._open.tag)
        self._open = self._open.parent

    def handle_data(self, data):
        self._open.text += data


def _colours(scheme):
    """Returns the colours of style.css by name, as six digits each."""
    light, _, dark = _CSS.partition('@media (prefers-color-scheme: dark)')
    found = dict(re.findall(r'--([\w-]+): #(\w+);', light))
    if scheme == 'dark':
        found |= dict(re.findall(r'--([\w-]+): #(\w+);', dark.partition('\n}\n')[0]))
    return {name: ''.join(2 * c for c in v) if len(v) == 3 else v for name, v in found.items()}


def _contrast(one, other):
    """Returns the contrast of two colours, 1 to 21, as WCAG 2 computes it."""

    def luminance(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                            for c in parts)  # fmt: skip
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class TemplatesTest(parameterized.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.enterClassContext(folder)
        cls.pages = {}
        for path in page_samples.write(pathlib.Path(folder.name)):
            cls.pages[str(path.relative_to(folder.name))] = path.read_text(encoding='utf-8')
        cls.trees = {name: _Tree(page).root for name, page in cls.pages.items()}

    def _elements(self, *tags):
        """Yields the name of a page and an element, for all elements of some kinds, or all."""
        for name, root in self.trees.items():
            for element in root.inside():
                if not tags or element.tag in tags:
                    yield name, element

    def test_every_template_has_a_sample(self):
        known = {
            'articles.html': 'articles.html',
            'catalogue.html': 'catalogue.html',
            'comparison.html': 'comparison.html',
            'contents.html': 'contents.html',
            'index.html': 'neighbors/index.html',
            'look.html': 'looks/scene-00001.html',
            'looks.html': 'looks/index.html',
            'neighbors.html': 'neighbors.html',
            'recommendations.html': 'tracks.html',
            'sweep.html': 'sweep.html',
        }
        self.assertCountEqual(page_samples.templates(_TEMPLATES), known)
        self.assertContainsSubset(known.values(), self.pages)

    def test_skeleton(self):
        for name, root in self.trees.items():
            with self.subTest(name):
                tags = [element.tag for element in root.inside()]
                for tag in ('html', 'title', 'h1', 'header', 'main', 'footer'):
                    self.assertEqual(tags.count(tag) - (tag == 'title') * tags.count('svg'), 1)
                self.assertEqual(root.children[0].attributes['lang'], 'en')
                self.assertNotEmpty(next(e for e in root.inside() if e.tag == 'title').text)
                levels = [int(tag[1]) for tag in tags if re.fullmatch('h[1-6]', tag)]
                for one, following in itertools.pairwise(levels):
                    self.assertLessEqual(following, one + 1)
                ids = [e.attributes['id'] for e in root.inside() if 'id' in e.attributes]
                self.assertLen(set(ids), len(ids))
                for element in root.inside():
                    href = element.attributes.get('href', '')
                    if href.startswith('#') and len(href) > 1:
                        self.assertIn(href[1:], ids)

    def test_nothing_is_requested_and_nothing_runs(self):
        for name, page in self.pages.items():
            with self.subTest(name):
                self.assertIn(f'Content-Security-Policy" content="{_POLICY}"', page)
                for text in ('@import', 'url(', '<script', '\nalert'):
                    self.assertNotIn(text, page)
        forbidden = {'script', 'link', 'iframe', 'object', 'embed', 'form', 'base', 'use', 'image'}
        for name, element in self._elements():
            self.assertNotIn(element.tag, forbidden, name)
            self.assertNotRegex(element.attributes.get('src') or '', '^(?i:[a-z]+:|//)')
            self.assertEmpty([key for key in element.attributes if key.startswith('on')], name)
        for name, element in self._elements('a'):
            self.assertRegex(element.attributes['href'], '^(https?://|#|[^:]*$)', name)

    def test_bad_characters_are_replaced(self):
        for name, page in self.pages.items():
            self.assertNotRegex(page, '[\x00-\x08\x1b\u202a-\u202e\u2066-\u2069]', name)

    def test_text_of_unknown_direction_is_isolated(self):
        found = set()
        for name, element in self._elements():
            if page_samples.RTL not in element.text or element.tag in _ALONE:
                continue
            found.add(name)
            tags = {one.tag for one in element.around()}
            self.assertTrue(tags & _ISOLATED, f'{name}: {element.tag} {element.text[:60]!r}')
        self.assertEqual(found, set(self.pages))
        self.assertIn('.plot tspan { unicode-bidi: isolate; }', _CSS)

    def test_tables(self):
        for name, table in self._elements('table'):
            with self.subTest(name):
                self.assertEqual(table.children[0].tag, 'caption')
                self.assertNotEmpty(table.children[0].all_text().strip())
                heads = [element for element in table.inside() if element.tag == 'th']
                for head in heads:
                    self.assertIn(head.attributes.get('scope'), ('col', 'row'))
                    self.assertNotEmpty(head.all_text().strip())
                columns = sum(head.attributes['scope'] == 'col' for head in heads)
                scrolls = table.parent.attributes.get('class') == 'scroll'
                self.assertTrue(scrolls or columns <= 3, f'{columns} columns that do not scroll')

    def test_what_scrolls_is_reached_and_named(self):
        count = 0
        for _, element in self._elements():
            attributes = element.attributes
            if attributes.get('class') == 'scroll':
                count += 1
                self.assertEqual((attributes['tabindex'], attributes['role']), ('0', 'region'))
                self.assertNotEmpty(attributes['aria-label'].strip())
            else:
                self.assertNotIn('tabindex', attributes)
        self.assertGreater(count, 10)
        for path in _TEMPLATES.iterdir():
            if path.name != 'parts.html':
                self.assertNotIn('class="scroll"', path.read_text(), 'use the macro scroll')

    def test_images_and_navigation_are_named(self):
        for name, element in self._elements('img', 'svg', 'nav'):
            attributes = element.attributes
            label = attributes.get('alt') or attributes.get('aria-label')
            label = label or attributes.get('aria-labelledby')
            self.assertNotEmpty(label, name)
        for name, element in self._elements('a', 'summary'):
            inside = ''.join(one.attributes.get('alt') or '' for one in element.inside())
            text = element.all_text() + inside + (element.attributes.get('aria-label') or '')
            self.assertNotEmpty(text.strip(), name)

    def test_plots_say_in_words_what_they_show(self):
        plots = 0
        for _, figure in self._elements('figure'):
            inside = list(figure.inside())
            if 'coordinates' in figure.attributes['class']:
                continue  # Beside the table of the trials.
            plots += 1
            for tag in ('figcaption', 'title', 'desc', 'details', 'table'):
                self.assertIn(tag, [element.tag for element in inside])
            axes = [e.all_text() for e in inside if e.attributes.get('class') == 'axis']
            self.assertNotEmpty(axes)
            for text in axes:
                self.assertRegex(text, r'\(.+\)$', 'an axis without a unit')
        self.assertEqual(plots, 4)

    @parameterized.parameters('light', 'dark')
    def test_contrast(self, scheme):
        colours = _colours(scheme)
        for ground, names in _GROUNDS.items():
            for name in names:
                found = _contrast(colours[name], colours[ground])
                self.assertGreaterEqual(found, 4.5, f'{name} on {ground}')
        # What is no text wants 3: bars on cards, and the ends of intervals on bars.
        self.assertGreaterEqual(_contrast(colours['bar'], colours['card']), 3)
        self.assertGreaterEqual(_contrast(colours['text'], colours['bar']), 3)

    def test_contrast_is_that_of_the_standard(self):
        # The ends of the scale, and the grey that is named as the least that passes on white.
        self.assertAlmostEqual(_contrast('000000', 'ffffff'), 21)
        self.assertAlmostEqual(_contrast('ffffff', 'ffffff'), 1)
        self.assertAlmostEqual(_contrast('767676', 'ffffff'), 4.54, places=2)

    def test_lines_differ_without_colour(self):
        dashes = [
            re.search(rf'\.series-{n} polyline {{ stroke-dasharray: ([\d ]+);', _CSS)
            for n in range(1, 8)
        ]
        self.assertLen({match[1] for match in dashes}, 7)

    def test_focus_is_seen(self):
        self.assertRegex(_CSS, r'\n:focus-visible \{ outline: [23]px solid var\(--link\)')
        for path in _TEMPLATES.iterdir():
            self.assertNotRegex(path.read_text(), r'outline: *(none|0)', path.name)


if __name__ == '__main__':
    absltest.main()
