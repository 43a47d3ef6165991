"""How well word vectors agree with people on similarity, and how well they solve analogies.

The figures are those of gensim's evaluators, KeyedVectors.evaluate_word_pairs and
evaluate_word_analogies; this module adds what they need to be read: coverage.
"""

import dataclasses
import logging
import math
import os
import pathlib
import warnings
from collections.abc import Sequence

import gensim
import numpy as np

from common import errors

DEFAULT_WORD_PAIRS = ('wordsim353.tsv', 'simlex999.txt')
DEFAULT_ANALOGIES = ('questions-words.txt',)
_SYNTACTIC_PREFIX = 'gram'  # Sections of the Google analogies that begin so ask about grammar.
_DELIMITERS = ('\t', ',', ' ')


@dataclasses.dataclass(frozen=True)
class WordPairs:
    """Agreement with a file of word pairs and their similarity.

    Attributes:
        name: of the file.
        pairs: in the file.
        covered: pairs of which both words are in the vocabulary.
        spearman: correlation of ranks over the covered pairs; NaN when it is not defined.
        pearson: correlation of the values.
    """

    name: str
    pairs: int
    covered: int
    spearman: float
    pearson: float


@dataclasses.dataclass(frozen=True)
class Section:
    """Answers to some analogies: questions in all, those in the vocabulary, and the right ones."""

    name: str
    questions: int
    covered: int
    correct: int

    @property
    def accuracy(self) -> float:
        """Right answers among the covered questions; NaN when there is none."""
        return self.correct / self.covered if self.covered else math.nan


@dataclasses.dataclass(frozen=True)
class Analogies:
    """Answers to a file of analogies: by section, in groups where it has them, and in all."""

    name: str
    sections: tuple[Section, ...]
    groups: tuple[Section, ...]
    total: Section


def default_path(name: str) -> str:
    """Returns where a test set that comes with gensim stands."""
    return os.path.join(os.path.dirname(gensim.__file__), 'test', 'test_data', name)


def keyed_vectors(tokens: Sequence[str], vectors: np.ndarray) -> gensim.models.KeyedVectors:
    """Returns gensim's form of word vectors.

    Args:
        tokens: the words by falling frequency, N.
        vectors: float32[N, D].
    """
    logging.getLogger('gensim').setLevel(logging.ERROR)
    logging.getLogger('smart_open').setLevel(logging.ERROR)
    keyed = gensim.models.KeyedVectors(vectors.shape[1], dtype=np.float32)
    keyed.add_vectors(list(tokens), np.asarray(vectors, dtype=np.float32))
    keyed.fill_norms()
    keyed.norms[keyed.norms == 0] = 1.0  # gensim divides by them.
    return keyed


def evaluate_word_pairs(
    keyed: gensim.models.KeyedVectors, path: str, restrict_vocab: int
) -> WordPairs:
    """Evaluates a file of lines `word, word, similarity`, between tabs, commas or spaces.

    Args:
        keyed: word vectors by falling frequency.
        path: the file; lines that begin with # are comments.
        restrict_vocab: how many words, the most frequent ones, form the vocabulary.

    Raises:
        InputError: when the file is not there or has no such line.
    """
    lines = _read_lines(path)
    delimiter, pairs = _parse_pairs(lines, path)
    vocabulary = _vocabulary(keyed, restrict_vocab)
    covered = sum(first in vocabulary and second in vocabulary for first, second in pairs)
    spearman = pearson = math.nan
    if covered > 1:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # Of constant input, for which the result is NaN.
            pearson_result, spearman_result, _ = keyed.evaluate_word_pairs(
                path, delimiter=delimiter, restrict_vocab=restrict_vocab, case_insensitive=True
            )
        spearman, pearson = float(spearman_result[0]), float(pearson_result[0])
    return WordPairs(os.path.basename(path), len(pairs), covered, spearman, pearson)


def evaluate_analogies(
    keyed: gensim.models.KeyedVectors, path: str, restrict_vocab: int
) -> Analogies:
    """Evaluates a file of analogies: lines of four words under `: section` lines.

    Args:
        keyed: word vectors by falling frequency.
        path: the file.
        restrict_vocab: how many words, the most frequent ones, form the vocabulary.

    Raises:
        InputError: when the file is not there or has no such line.
    """
    counts = _count_questions(_read_lines(path), path)
    _, found = keyed.evaluate_word_analogies(
        path, restrict_vocab=restrict_vocab, case_insensitive=True
    )
    sections = []
    for (name, questions), section in zip(counts, found[:-1], strict=True):
        correct, wrong = len(section['correct']), len(section['incorrect'])
        sections.append(Section(name, questions, correct + wrong, correct))
    syntactic = [section for section in sections if section.name.startswith(_SYNTACTIC_PREFIX)]
    semantic = [section for section in sections if section not in syntactic]
    groups = ()
    if syntactic and semantic:
        groups = (_sum('semantic', semantic), _sum('syntactic', syntactic))
    return Analogies(os.path.basename(path), tuple(sections), groups, _sum('total', sections))


def _sum(name: str, sections: Sequence[Section]) -> Section:
    return Section(
        name,
        sum(section.questions for section in sections),
        sum(section.covered for section in sections),
        sum(section.correct for section in sections),
    )


def _vocabulary(keyed: gensim.models.KeyedVectors, restrict_vocab: int) -> set[str]:
    return {token.upper() for token in keyed.index_to_key[:restrict_vocab]}


def _read_lines(path: str) -> list[str]:
    if not os.path.isfile(path):
        raise errors.InputError(f'{path} is not a file')
    try:
        return pathlib.Path(path).read_text(encoding='utf-8').split('\n')
    except UnicodeDecodeError as error:
        raise errors.InputError(f'{path} is not a text in UTF-8: {error}') from error


def _parse_pairs(lines: Sequence[str], path: str) -> tuple[str, list[tuple[str, str]]]:
    """Returns the delimiter of the file and its pairs in upper case, as the evaluator reads it."""
    for delimiter in _DELIMITERS:
        pairs = []
        for line in lines:
            fields = line.upper().split(delimiter)
            if len(fields) == 3 and not line.startswith('#') and _is_number(fields[2]):
                pairs.append((fields[0], fields[1]))
        if pairs:
            return delimiter, pairs
    raise errors.InputError(
        f'{path} has no line of two words and a number between tabs, commas or spaces'
    )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _count_questions(lines: Sequence[str], path: str) -> list[tuple[str, int]]:
    """Returns the sections and how many questions each has."""
    sections: list[tuple[str, int]] = []
    for number, line in enumerate(lines, start=1):
        if line.startswith(': '):
            sections.append((line.lstrip(': ').strip(), 0))
        elif not sections and line.strip():
            raise errors.InputError(
                f'{path}, line {number}: {line.strip()[:60]!r} stands before the first section '
                'line, such as ": capitals"'
            )
        elif len(line.split()) == 4:
            name, questions = sections[-1]
            sections[-1] = (name, questions + 1)
    if not sum(questions for _, questions in sections):
        raise errors.InputError(f'{path} has no line of four words, so it asks no analogies')
    return sections
