"""Tokenizers: text in, list of words out.

    unicode     the words of UAX #29 (Unicode Text Segmentation), default rules, that hold a letter
                or a digit; lower-cased. Scripts written without spaces fall apart into characters
                (Han, Hiragana, Thai), as the default rules say; Katakana holds together.
    book        what lies between the split characters of the book's programs; lower-cased.
    whitespace  what lies between white space, as it is: for identifiers and other things.

Lower case is str.lower (full mapping, final sigma by context), not case folding: a word stays a
word that a reader knows (strasse and straße differ). Nothing is normalised: MediaWiki stores NFC.
"""

import functools
import re
import unicodedata
from collections.abc import Callable
from collections.abc import Iterable

Tokenizer = Callable[[str], list[str]]

# Word_Break classes are derived from general categories; these are the deviations, as ranges.
_HEBREW = ((0x5D0, 0x5EA), (0x5EF, 0x5F2), (0xFB1D, 0xFB1D), (0xFB1F, 0xFB4F))
_KATAKANA = (
    (0x3031, 0x3035), (0x309B, 0x309C), (0x30A0, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF),
    (0x32D0, 0x32FE), (0x3300, 0x3357), (0xFF66, 0xFF9D), (0x1AFF0, 0x1AFFE), (0x1B000, 0x1B000),
    (0x1B120, 0x1B122), (0x1B155, 0x1B155), (0x1B164, 0x1B167),
)  # fmt: skip
# Ideographs, Hiragana, and the scripts of South East Asia that need a dictionary: every character
# stands alone. (Beyond U+1FFFF there are only ideographs.)
_ALONE = (
    (0xE01, 0xE30), (0xE32, 0xE33), (0xE40, 0xE46), (0xE81, 0xEDF), (0x1000, 0x108E),
    (0x1780, 0x17DC), (0x1950, 0x19C9), (0x1A20, 0x1AA7), (0x3006, 0x3007), (0x3021, 0x3029),
    (0x3038, 0x303A), (0x3041, 0x309F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA9E0, 0xA9EF),
    (0xA9FA, 0xA9FE), (0xAA60, 0xAADD), (0xF900, 0xFAD9), (0xFF9E, 0xFF9F), (0x11700, 0x11746),
    (0x17000, 0x18DFF), (0x1B001, 0x1B11F), (0x1B132, 0x1B132), (0x1B150, 0x1B152),
    (0x1B170, 0x1B2FB),
)  # fmt: skip
# Letters to the rules though not by category: modifiers, Armenian marks, circled letters.
_ALSO_LETTERS = (
    (0xB8, 0xB8), (0x2C2, 0x2C5), (0x2D2, 0x2D7), (0x2DE, 0x2DF), (0x2E5, 0x2EB), (0x2ED, 0x2ED),
    (0x2EF, 0x2FF), (0x55A, 0x55C), (0x55E, 0x55E), (0x58A, 0x58A), (0x5F3, 0x5F3), (0x70F, 0x70F),
    (0x24B6, 0x24E9), (0xA708, 0xA716), (0xA720, 0xA721), (0xA789, 0xA78A), (0xAB5B, 0xAB5B),
    (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189),
)  # fmt: skip
_ALSO_NUMBERS = (
    (0x600, 0x605), (0x66B, 0x66B), (0x6DD, 0x6DD), (0x890, 0x891), (0x8E2, 0x8E2),
    (0x110BD, 0x110BD), (0x110CD, 0x110CD),
)  # fmt: skip
_ALSO_MARKS = ((0xFF9E, 0xFF9F), (0x1F3FB, 0x1F3FF), (0xE0020, 0xE007F), (0xE0100, 0xE01EF))
_JOIN_LETTERS_ONLY = '\u003a\u00b7\u0387\u055f\u05f4\u2027\ufe13\ufe55\uff1a'
_JOIN_NUMBERS_ONLY = (
    '\u002c\u003b\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe50\ufe54\uff0c\uff1b'
)
_JOIN_BOTH = "'\u002e\u2018\u2019\u2024\ufe52\uff07\uff0e"
_CONNECTORS = '_\u202f\u203f\u2040\u2054\ufe33\ufe34\ufe4d\ufe4e\ufe4f\uff3f'

_LETTER_CATEGORIES = frozenset(('Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'Nl'))
_MARK_CATEGORIES = frozenset(('Mn', 'Mc', 'Me', 'Cf'))
_ZERO_WIDTH_SPACE = 0x200B

_BOOK_WORD = re.compile(r'[^ !@#$%^&*()_+\t\n",.:;\\/?><|{}\'\[\]]+')
# What the everyday pattern leaves to the full one: characters beyond the basic plane, and Hebrew
# letters before a quotation mark.
_UNUSUAL = re.compile(
    '[\U00010000-\U0010ffff\u05d0-\u05f2\ufb1d-\ufb4f]'
    '(?:(?<=[\U00010000-\U0010ffff])|[^\\w\\s"\']{0,2}["\'])'
)


def unicode_words(text: str) -> list[str]:
    """Returns the lower-cased words of a text by the default rules of UAX #29.

    A word is a segment with a letter or a digit; white space, punctuation and symbols are dropped.
    Takes time in proportion to the length of the text.

    Source: https://www.unicode.org/reports/tr29/#Word_Boundaries, rules WB4 to WB13b.
    """
    pattern = _word_pattern(full=_UNUSUAL.search(text) is not None)
    return _lowered(pattern.findall, text)


def book_words(text: str) -> list[str]:
    """Returns the lower-cased pieces between the split characters of the book's programs."""
    return _lowered(_BOOK_WORD.findall, text)


def things(text: str) -> list[str]:
    """Returns the pieces between white space, as they are."""
    return text.split()


_TOKENIZERS: dict[str, Tokenizer] = {
    'unicode': unicode_words,
    'book': book_words,
    'whitespace': things,
}
NAMES = tuple(_TOKENIZERS)


def get(name: str) -> Tokenizer:
    """Returns the tokenizer of a name in NAMES."""
    return _TOKENIZERS[name]


def _lowered(findall: Tokenizer, text: str) -> list[str]:
    """Splits the lowered text, which equals lowering the words but where a sigma looks around."""
    if 'Σ' in text:
        return [word.lower() for word in findall(text)]
    return findall(text.lower())


def _code_points(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {code for first, last in ranges for code in range(first, last + 1)}


@functools.cache
def _word_break_classes() -> dict[str, frozenset[int]]:
    """Returns the code points of the Word_Break classes, named as in the patterns below."""
    letters, numbers, marks = set(), set(), set()
    for code in range(0x20000):
        category = unicodedata.category(chr(code))
        if category in _LETTER_CATEGORIES:
            letters.add(code)
        elif category == 'Nd':
            numbers.add(code)
        elif category in _MARK_CATEGORIES:
            marks.add(code)
    hebrew, katakana = _code_points(_HEBREW), _code_points(_KATAKANA)
    letters |= _code_points(_ALSO_LETTERS)
    letters -= _code_points(_ALONE) - hebrew | katakana
    numbers |= _code_points(_ALSO_NUMBERS)
    marks |= _code_points(_ALSO_MARKS)
    marks -= letters | numbers | {_ZERO_WIDTH_SPACE}
    sets = {'L': letters, 'H': hebrew, 'N': numbers, 'K': katakana, 'X': marks}
    joiners = {'l': _JOIN_LETTERS_ONLY + _JOIN_BOTH, 'n': _JOIN_NUMBERS_ONLY + _JOIN_BOTH}
    sets |= {name: {ord(char) for char in chars} for name, chars in joiners.items()}
    sets['j'] = sets['l'] | sets['n']
    sets['U'] = {ord(char) for char in _CONNECTORS}
    return {name: frozenset(codes) for name, codes in sets.items()}


def _char_set(codes: Iterable[int]) -> str:
    """Returns what stands between the brackets of a pattern that matches the code points."""
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return ''.join(f'\\U{first:08x}-\\U{last:08x}' for first, last in ranges)


class _Classes:
    """Pieces of a pattern: one() of the named classes, or a run() of them, possibly empty.

    The regular expression engine tests the basic plane with a table, all ranges beyond it one by
    one; so those come second, behind a test that nearly every character fails.
    """

    def __init__(self, full: bool) -> None:
        self._full = full

    def _halves(self, names: str) -> tuple[str, str]:
        codes = frozenset().union(*(_word_break_classes()[name] for name in names))
        basic = '[' + _char_set(code for code in codes if code < 0x10000) + ']'
        beyond = _char_set(code for code in codes if code >= 0x10000) if self._full else ''
        return basic, beyond and f'(?![\\0-\\uffff])[{beyond}]'

    def one(self, names: str) -> str:
        basic, beyond = self._halves(names)
        return f'(?:{basic}|{beyond})' if beyond else basic

    def run(self, names: str) -> str:
        basic, beyond = self._halves(names)
        return f'(?:{basic}++|{beyond}++)*+' if beyond else f'{basic}*+'


@functools.cache
def _word_pattern(full: bool) -> re.Pattern[str]:
    """Compiles the rules; quantifiers are possessive, so that matching is linear.

    Args:
        full: also match characters beyond the basic plane, and join by Hebrew quotation marks.
    """
    classes = _Classes(full)
    one, run = classes.one, classes.run
    letters = f'{one("L")}{run("LX")}'  # WB4, WB5
    numbers = f'{one("N")}{run("NX")}'  # WB4, WB8
    join_letters = f'{one("l")}{run("X")}(?={one("L")})'  # WB6, WB7
    join_numbers = f'{one("n")}{run("X")}{numbers}'  # WB11, WB12
    end = ''
    if full:
        after_hebrew = '|'.join(f'(?<={one("H")}{one("X") * marks})' for marks in range(3))
        join_letters = f'(?:{join_letters}|(?:{after_hebrew})"{run("X")}(?={one("H")}))'  # WB7bc
        end = f"(?:(?:{after_hebrew})'{run('X')})?+"  # WB7a
    letters = f'{letters}(?:{join_letters}{letters})*+'
    numbers = f'{numbers}(?:{join_numbers})*+'
    core = f'(?:(?:{letters}|{numbers})++|{one("K")}{run("KX")})'  # WB9, WB10, WB13
    connector = f'{one("U")}{run("UX")}'  # WB13a, WB13b
    whole = f'{core}(?:{connector}{core})*+(?:{connector})?+{end}'
    # Most words are letters and digits alone: those need none of the above.
    quote = '|["\']' if full else ''
    simple = f'{one("LN")}{run("LNX")}(?!{one("j")}{one("LNX")}|{one("U")}{quote})'
    # From the start of a run of connectors, and a bounded one: else time would be quadratic.
    first = f'(?:(?<!{one("U")}){one("U")}{one("UX")}{{0,64}}+)?+'
    alone = f'[^\\W_]{run("X")}'
    return re.compile(f'{simple}|{first}{whole}|{alone}')
