"""What scores of systems amount to: means with intervals, and tests of every pair of systems."""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from common import comparisons
from common import intervals

OVERALL = 'all'
CONFIDENCE = 0.95
DEFINITION = (
    'Means over queries with 95 % bootstrap intervals (BCa, whole subjects drawn). p-values are of '
    'a two-sided paired sign-flip test, with all queries of a subject flipped together; Holm’s '
    'correction is for the pairs of systems compared by one measure in one category.'
)


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A mean and the ends of its interval, None where there is a single subject."""

    mean: float
    low: float | None
    high: float | None


@dataclasses.dataclass(frozen=True)
class Difference:
    """By how much the first system scores more than the second, and how likely that is by chance.

    Attributes:
        first: name.
        second: name.
        measure: name.
        estimate: of the difference.
        p_value: of the sign-flip test.
        p_holm: the same, adjusted for the pairs that are compared by this measure.
    """

    first: str
    second: str
    measure: str
    estimate: Estimate
    p_value: float
    p_holm: float


@dataclasses.dataclass(frozen=True)
class Summary:
    """A category of queries.

    Attributes:
        category: name; OVERALL for all of them.
        queries: how many.
        subjects: how many.
        estimates: by name of the system or reference, then of the measure; without those that the
            category has no query for.
        differences: of every pair of systems by every measure.
    """

    category: str
    queries: int
    subjects: int
    estimates: dict[str, dict[str, Estimate]]
    differences: list[Difference]

    def find(self, first: str, second: str, measure: str) -> Difference:
        """Returns one of the differences, whichever way round it was taken."""
        wanted = {first, second}
        return next(
            d for d in self.differences if d.measure == measure and {d.first, d.second} == wanted
        )


def summarise(
    scores: comparisons.Scores, *, resamples: int = 10_000, seed: int = 0
) -> list[Summary]:
    """Summarises all queries, then each category in order of appearance.

    Args:
        scores: of at least one query.
        resamples: of each interval and test.
        seed: of those.
    """
    rows: dict[str, list[int]] = {OVERALL: list(range(len(scores.subjects)))}
    for place, category in enumerate(scores.categories):
        rows.setdefault(category, []).append(place)
    subjects = np.unique(np.array(scores.subjects, object).astype(str), return_inverse=True)[1]
    return [
        _summarise(scores, category, np.array(places), subjects[places], resamples, seed)
        for category, places in rows.items()
    ]


def _summarise(
    scores: comparisons.Scores,
    category: str,
    rows: np.ndarray,
    groups: np.ndarray,
    resamples: int,
    seed: int,
) -> Summary:
    values = scores.values[rows]
    names, measures = scores.names, scores.measures
    found = intervals.bootstrap_means(
        values.reshape(len(rows), -1),
        groups=groups,
        resamples=resamples,
        confidence=CONFIDENCE,
        seed=seed,
    )
    flat = iter(_estimates(found))
    estimates = {name: {measure: next(flat) for measure in measures} for name in names}
    differences = list(_differences(scores, values, groups, resamples, seed))
    return Summary(category, len(rows), len(np.unique(groups)), estimates, differences)


def _differences(
    scores: comparisons.Scores,
    values: np.ndarray,
    groups: np.ndarray,
    resamples: int,
    seed: int,
) -> Iterator[Difference]:
    pairs = list(itertools.combinations(range(len(scores.systems)), 2))
    if not pairs:
        return
    first, second = np.array(pairs).T
    gaps = (values[:, first] - values[:, second]).reshape(len(values), -1)
    found = intervals.bootstrap_means(
        gaps, groups=groups, resamples=resamples, confidence=CONFIDENCE, seed=seed
    )
    tests = intervals.sign_flip_test(gaps, groups=groups, resamples=resamples, seed=seed)
    tests = tests.reshape(len(pairs), -1)
    adjusted = np.stack([intervals.holm(column) for column in tests.T], axis=1)
    estimates = iter(_estimates(found))
    for pair, (one, other) in enumerate(pairs):
        for column, measure in enumerate(scores.measures):
            yield Difference(
                scores.systems[one],
                scores.systems[other],
                measure,
                next(estimates),
                float(tests[pair, column]),
                float(adjusted[pair, column]),
            )


def _estimates(found: intervals.Intervals) -> list[Estimate]:
    return [
        Estimate(mean, None if math.isnan(low) else low, None if math.isnan(high) else high)
        for mean, low, high in zip(
            found.mean.tolist(), found.low.tolist(), found.high.tolist(), strict=True
        )
    ]


def to_text(
    summaries: Sequence[Summary],
    measures: Sequence[comparisons.Measure],
    headline: Sequence[comparisons.Measure],
    *,
    measures_down: bool = False,
) -> str:
    """Returns the results as tables for a terminal.

    Args:
        summaries: what summarise returned.
        measures: to show of all queries.
        headline: to show with intervals, by category and by pair too.
        measures_down: whether the first table has a row for each measure, instead of a column.
    """
    rows = _overall(summaries[0], measures)
    blocks = [_table(list(zip(*rows, strict=True)) if measures_down else rows)]
    for measure in headline:
        blocks.append(_by_category(summaries, measure))
    if summaries[0].differences:
        blocks.append(_pairs(summaries[0], headline))
    return '\n'.join(blocks)


def _overall(summary: Summary, measures: Sequence[comparisons.Measure]) -> list[list[str]]:
    rows = [[f'{summary.queries:,} queries', *(measure.title for measure in measures)]]
    for name, by_measure in summary.estimates.items():
        rows.append([name, *(f'{by_measure[m.name].mean:.{m.decimals}f}' for m in measures)])
    return rows


def _by_category(summaries: Sequence[Summary], measure: comparisons.Measure) -> str:
    names = list(summaries[0].estimates)
    rows = [[measure.title, 'queries', *names]]
    for summary in summaries:
        found = [summary.estimates[name].get(measure.name) for name in names]
        cells = ['-' if one is None else interval_text(one, measure) for one in found]
        rows.append([summary.category, f'{summary.queries:,}', *cells])
    return _table(rows)


def _pairs(summary: Summary, headline: Sequence[comparisons.Measure]) -> str:
    by_name = {measure.name: measure for measure in headline}
    rows = [['Difference of', 'by', 'mean and interval', 'p', 'Holm']]
    for difference in summary.differences:
        if measure := by_name.get(difference.measure):
            rows.append(
                [
                    f'{difference.first} - {difference.second}',
                    measure.title,
                    interval_text(difference.estimate, measure),
                    f'{difference.p_value:.4f}',
                    f'{difference.p_holm:.4f}',
                ]
            )
    return _table(rows)


def interval_text(estimate: Estimate, measure: comparisons.Measure) -> str:
    """Returns a mean and its interval: 0.1234 [0.1200, 0.1270]."""
    digits = measure.decimals
    text = f'{estimate.mean:.{digits}f}'
    if estimate.low is None or estimate.high is None:
        return text
    return f'{text} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]'


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *cells in rows:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append('  '.join([first.ljust(widths[0]), *padded]))
    return '\n'.join(lines) + '\n'
