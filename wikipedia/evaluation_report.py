"""The evaluation of word vectors as a table for a terminal and as JSON."""

import json
import math
from collections.abc import Sequence
from typing import Any

from wikipedia import embedding_evaluation


def to_text(
    word_pairs: Sequence[embedding_evaluation.WordPairs],
    analogies: Sequence[embedding_evaluation.Analogies],
) -> str:
    """Returns the results as tables."""
    lines = []
    if word_pairs:
        lines.append(f'{"Word pairs":<32}{"Spearman":>10}{"Pearson":>10}{"in vocabulary":>26}')
        for result in word_pairs:
            lines.append(
                f'{result.name:<32}{_number(result.spearman, "10.3f")}'
                f'{_number(result.pearson, "10.3f")}{_share(result.covered, result.pairs)}'
            )
    for result in analogies:
        if lines:
            lines.append('')
        lines.append(f'{"Analogies":<32}{"accuracy":>10}{"correct":>10}{"in vocabulary":>26}')
        rows = [('  ', section) for section in result.sections]
        rows += [('', section) for section in result.groups]
        for indent, section in rows:
            lines.append(_analogy_row(indent + section.name, section))
        lines.append(_analogy_row(result.name, result.total))
    return '\n'.join(lines) + '\n'


def to_json(
    word_pairs: Sequence[embedding_evaluation.WordPairs],
    analogies: Sequence[embedding_evaluation.Analogies],
    **settings: Any,
) -> str:
    """Returns the results as JSON; a figure that is not defined is null."""
    fields = {
        **settings,
        'word_pairs': [
            {
                'name': result.name,
                'pairs': result.pairs,
                'covered': result.covered,
                'coverage': result.covered / result.pairs,
                'spearman': _defined(result.spearman),
                'pearson': _defined(result.pearson),
            }
            for result in word_pairs
        ],
        'analogies': [
            {
                'name': result.name,
                **_section(result.total),
                'groups': {section.name: _section(section) for section in result.groups},
                'sections': {section.name: _section(section) for section in result.sections},
            }
            for result in analogies
        ],
    }
    return json.dumps(fields, ensure_ascii=False, indent=1, allow_nan=False) + '\n'


def _analogy_row(name: str, section: embedding_evaluation.Section) -> str:
    accuracy = _number(100 * section.accuracy, '8.1f', ' %')
    return f'{name:<32}{accuracy}{section.correct:>10,}{_share(section.covered, section.questions)}'


def _section(section: embedding_evaluation.Section) -> dict[str, Any]:
    return {
        'questions': section.questions,
        'covered': section.covered,
        'coverage': section.covered / section.questions if section.questions else None,
        'correct': section.correct,
        'accuracy': _defined(section.accuracy),
    }


def _number(value: float, form: str, unit: str = '') -> str:
    width = int(form.split('.')[0]) + len(unit)
    return f'{"-":>{width}}' if math.isnan(value) else f'{value:{form}}{unit}'


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole if whole else 0.0
    return f'{part:>9,} of {whole:,}'.rjust(18) + f' ({percent:.1f} %)'.rjust(9)


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value
