import markupsafe
from absl.testing import absltest
from absl.testing import parameterized

from common import html_text


class HtmlTextTest(parameterized.TestCase):
    def test_user_isolates_escapes_and_keeps_markup(self):
        self.assertEqual(html_text.user('<a>\u202e'), '<bdi>&lt;a&gt;\ufffd</bdi>')
        self.assertEqual(html_text.user(7), '<bdi>7</bdi>')
        made = markupsafe.Markup('<b>x</b>')
        self.assertIs(html_text.user(made), made)

    def test_name_may_break_where_a_word_ends(self):
        self.assertEqual(
            html_text.name('a_b/c.d-<e> f_'), '<bdi>a_<wbr>b/<wbr>c.<wbr>d-&lt;e&gt; f_</bdi>'
        )

    def test_sentence_isolates_each_piece(self):
        self.assertEqual(
            html_text.sentence('{:,} words of {} by {:.2f}', 1234, '<b>{}', 0.5),
            '1,234 words of <bdi>&lt;b&gt;{}</bdi> by 0.50',
        )
        inner = html_text.sentence('{} wins', 'x')
        self.assertEqual(html_text.sentence('{}!', inner), '<bdi>x</bdi> wins!')

    @parameterized.parameters(
        (0.58, 0.726, 3, '0.580'),
        (12.5, 12.5, 4, '12.50'),
        (-0.125, 12.5, 4, '\u22120.12'),
        (3.0, 0.0, 4, '3.000'),
        (5.0, 123456.0, 4, '5'),
        (1.5e-7, 3e-7, 4, '1.500e\u221207'),
        (float('inf'), 1.0, 4, 'inf'),
    )
    def test_aligned(self, value, largest, digits, wanted):
        self.assertEqual(html_text.aligned(value, largest, digits), wanted)


if __name__ == '__main__':
    absltest.main()
