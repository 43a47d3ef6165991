"""Comparing systems that answered the same queries: what each scored on each query, in files.

An evaluation directory holds results.json (settings, means, intervals, tests), queries.jsonl (a
line for each query, with what every system scored, so that folds can be pooled) and index.html. The
sums over them are in common/comparison_summary.py.
"""

import dataclasses
import json
import os
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from common import errors

RESULTS_NAME = 'results.json'
QUERIES_NAME = 'queries.jsonl'
HIGHER, LOWER, NEITHER = 'higher', 'lower', 'neither'
_DIGITS = 6  # Of scores, so that pooling files gives what pooling in memory gives.


@dataclasses.dataclass(frozen=True)
class Measure:
    """What is measured.

    Attributes:
        name: in files, such as recall_10.
        title: in tables, such as Recall@10.
        definition: a sentence.
        better: HIGHER, LOWER or NEITHER.
        decimals: to show.
        unit: of the values.
    """

    name: str
    title: str
    definition: str
    better: str = HIGHER
    decimals: int = 4
    unit: str = '0 to 1'


@dataclasses.dataclass(frozen=True)
class Scores:
    """What S systems (and R references, such as a ceiling) scored on Q queries by M measures.

    Attributes:
        measures: M names.
        systems: S names.
        references: R names: what systems are shown beside, but not tested against.
        subjects: Q; queries with the same subject belong together.
        categories: Q, the category of each query.
        facts: int64[Q] by name, such as how many items were relevant.
        values: float64[Q, S + R, M].
    """

    measures: tuple[str, ...]
    systems: tuple[str, ...]
    references: tuple[str, ...]
    subjects: Sequence[str]
    categories: Sequence[str]
    facts: Mapping[str, np.ndarray]
    values: np.ndarray

    def __post_init__(self) -> None:
        """Rounds the values, and raises ValueError unless everything fits together."""
        wanted = (len(self.subjects), len(self.names), len(self.measures))
        if self.values.shape != wanted or len(self.categories) != wanted[0]:
            raise ValueError(
                f'want values {wanted} and as many categories, got {self.values.shape} and '
                f'{len(self.categories)}'
            )
        object.__setattr__(self, 'values', np.round(self.values, _DIGITS))

    @property
    def names(self) -> tuple[str, ...]:
        """Systems, then references."""
        return (*self.systems, *self.references)


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of queries.jsonl."""

    subject: str
    category: str
    facts: dict[str, int]
    values: dict[str, list[float]]


def lines(scores: Scores) -> Iterator[bytes]:
    """Yields the lines of queries.jsonl; the order of the numbers is that of the measures."""
    encoder = msgspec.json.Encoder()
    for place, (subject, category) in enumerate(
        zip(scores.subjects, scores.categories, strict=True)
    ):
        facts = {name: int(column[place]) for name, column in scores.facts.items()}
        rows = scores.values[place].tolist()
        values = dict(zip(scores.names, rows, strict=True))
        yield encoder.encode(_Line(subject, category, facts, values)) + b'\n'


def read(folder: str) -> tuple[Scores, dict[str, Any]]:
    """Reads an evaluation.

    Returns:
        The scores, and what results.json says.

    Raises:
        InputError: when folder holds no evaluation, or a damaged one.
    """
    results = _read_results(os.path.join(folder, RESULTS_NAME))
    path = os.path.join(folder, QUERIES_NAME)
    if not os.path.isfile(path):
        raise errors.InputError(f'{folder} is no evaluation: it has no {QUERIES_NAME}')
    measures, systems, references = (
        tuple(results[key]) for key in ('measures', 'systems', 'references')
    )
    with open(path, 'rb') as file:
        rows = [_parse(line, path, number) for number, line in enumerate(file, start=1)]
    try:
        values = [[row.values[name] for name in (*systems, *references)] for row in rows]
        facts = {
            name: np.array([row.facts[name] for row in rows], np.int64)
            for name in (rows[0].facts if rows else ())
        }
        shape = (len(rows), len(systems) + len(references), len(measures))
        array = np.array(values, np.float64).reshape(shape)
    except (KeyError, ValueError) as error:
        raise errors.InputError(
            f'{path} does not fit {RESULTS_NAME} beside it ({error}); evaluate again'
        ) from error
    if results['queries'] != len(rows):
        raise errors.InputError(
            f'{path} has {len(rows)} queries, and {results["queries"]} are wanted; evaluate again'
        )
    subjects = [row.subject for row in rows]
    categories = [row.category for row in rows]
    return Scores(measures, systems, references, subjects, categories, facts, array), results


def _read_results(path: str) -> dict[str, Any]:
    if not os.path.isfile(path):
        raise errors.InputError(f'{os.path.dirname(path)} is no evaluation: it has no {path}')
    try:
        with open(path, encoding='utf-8') as file:
            results = json.load(file)
        for key in ('measures', 'systems', 'references'):
            if not all(isinstance(name, str) for name in results[key]):
                raise ValueError(f'{key} are not names')
        if not isinstance(results['queries'], int):
            raise ValueError('queries is no number')
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise errors.InputError(
            f'{path} is damaged ({type(error).__name__}: {error}); evaluate again'
        ) from error
    return results


def _parse(line: bytes, path: str, number: int) -> _Line:
    try:
        return msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.InputError(f'{path}, line {number}: {error}; evaluate again') from error


def pool(folds: Sequence[Scores], names: Iterable[str]) -> Scores:
    """Joins the scores of the same systems on different subjects.

    Args:
        folds: at least one.
        names: what errors call each, such as its directory.

    Raises:
        InputError: when systems or measures differ, or a subject is in two of them.
    """
    first, *others = folds
    first_name, *other_names = names
    seen = dict.fromkeys(first.subjects, first_name)
    for fold, name in zip(others, other_names, strict=True):
        for what in ('measures', 'systems', 'references'):
            ours, theirs = getattr(first, what), getattr(fold, what)
            if ours != theirs:
                raise errors.InputError(
                    f'{name} has the {what} {", ".join(theirs)}, and {first_name} '
                    f'{", ".join(ours)}; evaluate the same with the same --names'
                )
        shared = next((subject for subject in fold.subjects if subject in seen), None)
        if shared is not None:
            raise errors.InputError(
                f'{shared!r} is in {seen[shared]} and in {name}; pool folds that share no subject'
            )
        seen.update(dict.fromkeys(fold.subjects, name))
    return Scores(
        first.measures,
        first.systems,
        first.references,
        [subject for fold in folds for subject in fold.subjects],
        [category for fold in folds for category in fold.categories],
        {key: np.concatenate([fold.facts[key] for fold in folds]) for key in first.facts},
        np.concatenate([fold.values for fold in folds]),
    )
