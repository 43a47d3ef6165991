"""Tests of common/tokenizers.py."""

import time

from absl.testing import absltest
from absl.testing import parameterized

from common import tokenizers


class UnicodeWordsTest(parameterized.TestCase):
    # Expected by the rules of UAX #29 (WB4 to WB13b), applied by hand.
    @parameterized.parameters(
        ('Hello, World! 2nd', ['hello', 'world', '2nd']),
        ("can't it’s l'homme 'quoted'", ["can't", 'it’s', "l'homme", 'quoted']),
        ("'''bold''' a''b", ['bold', 'a', 'b']),
        ('3.14 1,000 10:30 1.a a.1', ['3.14', '1,000', '10', '30', '1', 'a', 'a', '1']),
        ('a.b U.S.A. c++', ['a.b', 'u.s.a', 'c']),
        ('foo_bar _x __ 1_2_ 漢_b', ['foo_bar', '_x', '1_2_', '漢', '_b']),
        ('ベルリンは、ドイツの首都', ['ベルリン', 'は', 'ドイツ', 'の', '首', '都']),
        ('aカ ไทย', ['a', 'カ', 'ไ', 'ท', 'ย']),
        ('العَرَبِيَّة ١٢٫٥', ['العَرَبِيَّة', '١٢٫٥']),
        ('צה"ל ג\' "שלום"', ['צה"ל', "ג'", 'שלום"'[:-1]]),
        ('e\u0301tude co\u00adop', ['e\u0301tude', 'co\u00adop']),
        ('👩\u200d👧 ok 🇫🇷 👍🏽', ['ok']),
        ('𐌲𐌿𐍄 x𝒜𝟙 𠀀𠀁', ['𐌲𐌿𐍄', 'x𝒜𝟙', '𠀀', '𠀁']),
        ('Straße ΟΔΟΣ ΣΑΣ', ['straße', 'οδος', 'σας']),
        ('हिन्दी क्ष', ['हिन्दी', 'क्ष']),
        ('m² ½', ['m', '²', '½']),
        ('', []),
        (' \n.,!?()– ', []),
    )
    def test_words(self, text, expected):
        self.assertEqual(tokenizers.unicode_words(text), expected)

    def test_characters_beyond_the_basic_plane_change_nothing_else(self):
        text = "can't _a b_ 3.14,x foo.bar カa e\u0301.a 1,٫2 \u00ad_b"
        self.assertEqual(tokenizers.unicode_words(text), tokenizers.unicode_words(text + ' 😀'))

    @parameterized.parameters('_', "'", 'a.', '1,', 'a_', '_\u0301', "א'", 'א"', 'א\u0301')
    def test_takes_linear_time(self, piece):
        started = time.process_time()
        tokenizers.unicode_words(piece * 100_000)
        tokenizers.unicode_words(piece * 100_000 + '😀')
        self.assertLess(time.process_time() - started, 5)


class OtherTokenizersTest(parameterized.TestCase):
    def test_book_splits_on_its_characters_alone(self):
        self.assertEqual(
            tokenizers.get('book')("[[Foo|it's]] a-b=c ~x` É!1\tß\r\n"),
            ['foo', 'it', 's', 'a-b=c', '~x`', 'é', '1', 'ß\r'],
        )

    def test_book_lowers_each_word_by_itself(self):
        # In the whole text the full stop would hide that the first sigma ends a word.
        self.assertEqual(tokenizers.get('book')('ΑΣ.Β ΑΣ'), ['ας', 'β', 'ας'])

    def test_whitespace_keeps_things_as_they_are(self):
        self.assertEqual(
            tokenizers.get('whitespace')(' spotify:track:4uLU6h  B-2\n'),
            ['spotify:track:4uLU6h', 'B-2'],
        )


if __name__ == '__main__':
    absltest.main()
