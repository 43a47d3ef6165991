"""Tests of wikipedia/wikitext.py and wikipedia/markup.py."""

import random
import time

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import tokenizers
from tests import hostile
from wikipedia import links
from wikipedia import markup
from wikipedia import siteinfo
from wikipedia import wikitext

_HIDDEN = frozenset(('datei', 'file', 'файл', 'category', 'fr'))
_SITE = siteinfo.complete(siteinfo.SiteInfo(language='en'))
_PIECES = (
    '[[', ']]', '[', ']', '{{', '}}', '{', '}', '{{{', '}}}', '{|', '|}', '|', '||', '\n|-', '\n!',
    '\n{|', '\n|}', '[[File:a|', '[[fr:', '[http://a ', 'http://', '<', '>', '<ref', '<ref>',
    '</ref>', '<ref name="a"/>', '<math>', '</math>', '<nowiki>', '</nowiki>', '<!--', '-->',
    '<table>', '</table>', '<br>', '&', '&amp;', '&#', '&#x41;', "'", "''", "'''", '=', '\n==',
    '\n*', '\n:', ';', '__', '__NOTOC__', '-{', '}-', '~~~~', ' ', '\n', '\t', 'a', 'b c', '.jpg',
    ':', '#', '\u200e', 'é', '漢', '😀', '\x00', '%41',
)  # fmt: skip


def _visible(source):
    return wikitext.visible_text(markup.hide_opaque(source), _HIDDEN)


class VisibleTextTest(parameterized.TestCase):
    @parameterized.named_parameters(
        ('plain', 'One & two.', 'One & two.'),
        ('quotes', "'''''a''''' ''b'' c's l''''d'''", "a b c's l'd"),
        ('link', '[[Cat]]s and [[Dog (animal)|dogs]].', 'Cats and dogs.'),
        ('odd links', '[[:Category:A]] [[#s|t]] [[a|b|c]] [[[x]]]', 'Category:A t b|c [x]'),
        ('hidden links', 'a[[fr:Un]] [[Category:B|k]][[Файл:x.jpg|мини|подпись]] b', 'a b'),
        ('nested file', 'a [[File:x|thumb|c [[d|e]] {{f|]]}} [http://g h] ]] b', 'a b'),
        ('file of unknown prefix', '[[Bildo:x.JPG|thumb|text]]a', 'a'),
        ('link with markup', "[[a|''b'' <i>c</i> {{d}}]]e", 'b c e'),
        ('templates', 'a{{b|{{c|}}|d=[[e]]}}f {{{1|x}}}g {{{{{h}}}}}.', 'a f g .'),
        ('unclosed braces', 'a {{b c [[d]] e', 'a b c d e'),
        ('unclosed inside', 'a {{b [[c}} d [[e|f', 'a d f'),
        ('table', 'a\n{| style="b"\n| c\n{|\n| d\n|}\n| {{e|\n|}}\n|}\nf', 'a\n\nf'),
        ('unclosed table', 'a\n{| class="b"\n! c || d\n|-\n| e\nf', 'a\n\nf'),
        ('html table', 'a<TABLE x=y><tr><td>b</table >c', 'a c'),
        ('references', 'a.<ref name="b">{{c}}</ref>D<ref name=e/> f<REF>g<br>h</ref>.', 'a. D f.'),
        ('unclosed reference', 'a<ref>b c', 'ab c'),
        ('comment', 'a<!-- {{ [[ -->b<!-- to the end', 'ab'),
        ('maths', 'a <math>b_{c}</math> d<source lang=x>if [[</source>e', 'a d e'),
        ('nowiki', "<nowiki>[[a]] ''b'' {{c}} &lt;</nowiki>", "[[a]] ''b'' {{c}} <"),
        ('gallery', 'a <gallery>\nb.jpg|[[c]]\n</gallery>d', 'a d'),
        ('tags', 'H<sub>2</sub>O<br/>x <span style="y">z</span> <stdio.h>', 'H2O\nx z <stdio.h>'),
        ('lines', '== A ==\n* b\n*# c\n: d\n----\n; e', 'A\nb\nc\nd\n\ne'),
        ('magic words', '__NOTOC__a\n__БЕЗСОДЪРЖАНИЕ__\nb __STDC__', 'a\nb __STDC__'),
        ('entities', '&eacute;&nbsp;&#65;&#x42; &amp;lt; R&D &c; &copy', 'é AB &lt; R&D &c; &copy'),
        ('addresses', 'a [http://b.c d e] [https://f] [//g h] http://i.j/k. l', 'a d e h l'),
        ('invisible', 'co\u00adop\u200e', 'coop'),
        ('variants', '-{zh-hans:a; zh-hant:b}- -{c}-', 'a c'),
        ('empty', '', ''),
        ('crumbs', '}} ]] |} {{ [[ </ref> <ref', ''),
    )  # fmt: skip
    def test_text(self, source, expected):
        self.assertEqual(_visible(source).text, expected)

    def test_lead_is_the_first_paragraph_of_prose(self):
        source = (
            "{{Infobox|a=b\n}}\n[[File:x.jpg|thumb|caption]]\n:''For c, see [[d]].''\n"
            "''A note in italics.''\n{|\n| cell\n|}\n== Heading ==\n* item\n\n"
            "'''Berlin''' is the&nbsp;[[capital]].\nIt is big.\n\nSecond paragraph."
        )
        self.assertEqual(_visible(source).lead, 'Berlin is the capital.\nIt is big.')

    def test_lead_of_nothing(self):
        self.assertEqual(_visible('* a\n== b ==\n{{c}}').lead, '')

    def test_first_paragraph_of_raw_text(self):
        source = (
            '{{Infobox\n| a = b\n{{c\n|d}}\nno prose\n}}\n[[Datei:x.jpg|mini|e]]\n<!-- f -->\n'
            "'''Berlin''' is [[a]] {{b}}.\n\nc"
        )
        self.assertEqual(wikitext.first_paragraph(source, _HIDDEN), "'''Berlin''' is [[a]] {{b}}.")

    @parameterized.parameters(
        '[[', '{{', '{|', '\n{|', '[[a|', '[[File:a|', '[[File:x|{{', '[http://a ', '[http://', '=',
        "''", '<ref>', '<nowiki>', '<!--', '<math>', '\n!a', '-{a|', '{{{', '}}', ']]', '<', '&',
        '__A', '\n ', '_', '\n__A',
    )  # fmt: skip
    def test_takes_linear_time(self, piece):
        started = time.process_time()
        _visible(piece * 100_000)
        _visible(piece * 50_000 + ']] }} |} </ref>' * 1_000)
        wikitext.first_paragraph(piece * 100_000, _HIDDEN)
        self.assertLess(time.process_time() - started, 10)

    @parameterized.parameters(*range(8))
    def test_mixtures_take_linear_time(self, seed):
        # A megabyte each, of pieces that open and close in any order.
        choose = random.Random(seed)
        pieces = [choose.choice(_PIECES) for _ in range(choose.randint(2, 6))]
        mixed = ''.join(pieces) * (700_000 // len(''.join(pieces)))
        shuffled = ''.join(choose.choices(pieces, k=300_000 // max(map(len, pieces))))
        started = time.process_time()
        _visible(mixed + shuffled)
        wikitext.first_paragraph(mixed + shuffled, _HIDDEN)
        self.assertLess(time.process_time() - started, 20, pieces)

    @hostile.settings(300)
    @hypothesis.given(
        strategies.lists(strategies.sampled_from(_PIECES) | hostile.texts, max_size=40)
    )
    def test_any_text(self, pieces):
        source = ''.join(pieces)
        found = _visible(source)
        self.assertLessEqual(len(found.text), len(source) + 2 * source.count('<'))
        wikitext.first_paragraph(source, _HIDDEN)
        tokenizers.get('unicode')(found.text)
        for url in links.LinkResolver(_SITE).article_urls(source, ''):
            self.assertRegex(url, r'\Ahttps://en\.wikipedia\.org/wiki/[!-~]+\Z')

    def test_deep_nesting_is_no_recursion(self):
        deep = 50_000
        self.assertEqual(_visible('a' + '{{b|' * deep + '}}' * deep + 'c').text, 'a c')
        self.assertEqual(_visible('[[a|{{b|' * deep + '}}]]' * deep).text, '')


if __name__ == '__main__':
    absltest.main()
