"""The words that a user asks about, and where they stand in a dictionary."""

import dataclasses
import sys
import unicodedata
from collections.abc import Iterable

from common import dictionary
from common import errors

STDIN = '-'


@dataclasses.dataclass(frozen=True)
class Term:
    """A word that was asked for.

    Attributes:
        term: as the user wrote it.
        token: as the corpus would write it.
        index: its embedding index, that of its min-hash bucket for a word outside the dictionary.
        bucket: the bucket, or None for a word of the dictionary.
        frequency: how often it occurs in the corpus; 0 outside the dictionary.
    """

    term: str
    token: str
    index: int
    bucket: int | None
    frequency: int


def parse(value: str) -> list[str]:
    """Returns the terms of a flag: separated by commas, or with '-' one a line on standard input.

    Raises:
        UsageError: when the flag holds no term.
        InputError: when standard input holds none or is not UTF-8.
    """
    if value != STDIN:
        found = [term.strip() for term in value.split(',')]
    else:
        try:
            found = [line.strip() for line in sys.stdin.buffer.read().decode('utf-8').split('\n')]
        except UnicodeDecodeError as error:
            raise errors.InputError(f'terms on standard input are not UTF-8: {error}') from error
    found = [term for term in found if term]
    if not found and value == STDIN:
        raise errors.InputError('standard input holds no term; give one a line')
    if not found:
        raise errors.UsageError('--terms holds no term; separate words by commas')
    return found


def look_up(terms: Iterable[str], words: dictionary.TokenDictionary) -> list[Term]:
    """Finds terms in a dictionary, each word once, in order.

    A term is looked up as it is, which finds identifiers with capitals, then lower-cased, then
    lower-cased in Unicode's composed form. One that is not found is taken as the corpus would write
    it: lower-cased, unless the dictionary itself has capitals.
    """
    lower_case = all(token == token.lower() for token in words.tokens)
    found = {}
    for term in terms:
        lowered = term.lower()
        forms = (term, lowered, unicodedata.normalize('NFC', lowered))
        unknown = lowered if lower_case else term
        token = next((form for form in forms if words.index(form) is not None), unknown)
        if token not in found:
            found[token] = _locate(term, token, words)
    return list(found.values())


def _locate(term: str, token: str, words: dictionary.TokenDictionary) -> Term:
    index = words.index(token)
    if index is not None:
        return Term(term, token, 1 + index, None, words.frequencies[index])
    return Term(term, token, words.embedding_index(token), dictionary.minhash(token), 0)
