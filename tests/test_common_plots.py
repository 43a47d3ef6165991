import re

from absl.testing import absltest
from absl.testing import parameterized

from common import plots
from tests import test_common_html_report

_EVIL = '<script>alert(1)</script>&"\u202e'


def _bars(rows, **options):
    return str(plots.bars('b', 'Title', rows, axis='Recall', **options))


def _lines(series, places=('0', '1', '5')):
    return str(plots.lines('l', 'Title', places, series, x_axis='Tracks', y_axis='Recall'))


def _point(value):
    return plots.Point(value, value - 0.25, value + 0.25)


class PlotsTest(parameterized.TestCase):
    def test_both_say_what_they_show(self):
        for figure in (
            _bars([plots.Bar('a', _point(0.5)), plots.Bar('b', _point(1))]),
            _lines([plots.Series('a', [_point(1)] * 3)]),
        ):
            found = test_common_html_report.check(figure)
            attributes = {(key, value) for _, key, value in found.attributes}
            name = figure.split('aria-labelledby="')[1][0]
            self.assertIn(('role', 'img'), attributes)
            self.assertIn(('aria-labelledby', f'{name}-title {name}-desc'), attributes)
            self.assertIn(('id', f'{name}-title'), attributes)
            self.assertIn(('id', f'{name}-desc'), attributes)
            self.assertEqual(found.tags.count('title'), 1)
            self.assertIn('Recall', found.text)
            # What the page's policy forbids, or would need a request.
            self.assertNoCommonElements(
                found.tags, ['script', 'image', 'use', 'foreignObject', 'a']
            )
            self.assertNotIn('style', {key for _, key, _ in found.attributes})

    def test_labels_are_escaped(self):
        for figure in (
            _bars([plots.Bar(_EVIL, _point(0.5))]),
            _lines([plots.Series(_EVIL, [_point(1)] * 3)], places=(_EVIL, 'b', 'c')),
            str(plots.bars('b', _EVIL, [plots.Bar('a', _point(1))], axis=_EVIL)),
        ):
            self.assertNotIn('<script', figure)
            self.assertNotIn('\u202e', figure)
            self.assertIn('&lt;script&gt;', figure)
            test_common_html_report.check(figure)

    def test_bars_are_in_proportion(self):
        # The axis goes from 0 to 1 over the 336 units between 12 and 348.
        figure = _bars(
            [
                plots.Bar('whole', plots.Point(1.0)),
                plots.Bar('half', plots.Point(0.5, 0.25, 0.75)),
                plots.Bar('none', plots.Point(0.0), is_reference=True),
            ]
        )
        widths = re.findall(r'<rect class="(\w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"', figure)
        self.assertEqual(
            widths,
            [('solid', '12.0', '336.0'), ('solid', '12.0', '168.0'), ('hollow', '12.0', '0.0')],
        )
        whiskers = re.findall(r'class="interval" d="M([\d.]+) .*?H([\d.]+)M', figure)
        self.assertEqual(whiskers, [('96.0', '264.0')])
        self.assertIn('from none with 0.000 to whole with 1.000', figure)

    def test_negative_bars_end_at_zero(self):
        figure = _bars([plots.Bar('a', plots.Point(-1.0)), plots.Bar('b', plots.Point(1.0))])
        places = re.findall(r'<rect class="solid" x="([\d.]+)" y="\d+" width="([\d.]+)"', figure)
        self.assertEqual(places, [('12.0', '168.0'), ('180.0', '168.0')])

    def test_lines_are_in_proportion(self):
        # The axis goes from 0 at 200 up to 1 at 22; three places in 296 units from 52.
        figure = _lines([plots.Series('a', [plots.Point(0.0), plots.Point(0.5), plots.Point(1.0)])])
        self.assertIn('points="101.3,200.0 200.0,111.0 298.7,22.0"', figure)
        self.assertNotIn('whisker', figure)

    def test_missing_points_interrupt_a_line(self):
        series = [plots.Series('a', [_point(1), None, _point(1), _point(1), _point(2), None])]
        figure = _lines(series, places='abcdef')
        lines = re.findall(r'polyline points="([^"]*)"', figure)
        self.assertEqual([len(line.split()) for line in lines], [3, 2])  # And one in the legend.
        self.assertEqual(figure.count('class="whisker"'), 4)

    def test_every_line_has_its_marker(self):
        series = [plots.Series(f'system {place}', [_point(place)] * 3) for place in range(8)]
        figure = _lines(series)
        markers = set()
        for part in figure.split('<g class="series')[1:]:
            markers.add(re.search(r'<g transform="[^"]*">(.*?)</g>', part).group(1))
        self.assertLen(markers, plots.NUM_STYLES)

    @parameterized.parameters(
        (0.0031, ['0', '0.001', '0.002', '0.003', '0.004']),
        (0.07, ['0.00', '0.02', '0.04', '0.06', '0.08']),
        (1.0, ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']),
        (51.0, ['0', '10', '20', '30', '40', '50', '60']),
        (0.0, ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']),
    )
    def test_ticks_are_round(self, top, wanted):
        found = re.findall(
            r'<text class="tick"[^>]*>([^<]*)<', _bars([plots.Bar('a', plots.Point(top))])
        )
        self.assertEqual([float(text) for text in found], [float(text) for text in wanted])

    def test_long_labels_are_cut(self):
        figure = _bars([plots.Bar('x' * 60, _point(1))])
        self.assertIn('>' + 'x' * 27 + '…<', figure)

    @parameterized.parameters(
        (lambda: _bars([]), 'nothing to draw'),
        (lambda: _bars([plots.Bar('a', plots.Point(float('nan')))]), 'not finite'),
        (lambda: _bars([plots.Bar('a', plots.Point(1.0, 0.5, float('nan')))]), 'not finite'),
        (lambda: _lines([plots.Series('a', [_point(1)])]), 'want 3 points'),
        (lambda: _lines([plots.Series('a', [None] * 3)]), 'nothing to draw'),
        (
            lambda: plots.bars('a b', 'T', [plots.Bar('a', _point(1))], axis='x'),
            'want letters, digits',
        ),
    )
    def test_refuses(self, draw, message):
        with self.assertRaisesRegex(ValueError, message):
            draw()


if __name__ == '__main__':
    absltest.main()
