"""A page that compares systems: plots, tables, tests and definitions."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

from common import comparison_summary
from common import comparisons
from common import html_report
from common import html_text
from common import plots

_TEMPLATE = 'comparison.html'
_SIGNIFICANT = 0.05
_ARROWS = {comparisons.HIGHER: '\u00a0↑', comparisons.LOWER: '\u00a0↓', comparisons.NEITHER: ''}


@dataclasses.dataclass(frozen=True)
class _Pair:
    """A paired test, whether it shows a difference, and what that means."""

    difference: comparison_summary.Difference
    shown: bool
    verdict: str


def render(
    summaries: Sequence[comparison_summary.Summary],
    *,
    title: str,
    summary: str,
    subjects: str,
    measures: Sequence[comparisons.Measure],
    headline: Sequence[comparisons.Measure],
    references: Sequence[str],
    axes: Mapping[str, Mapping[str, str]],
    x_axis: str,
    use: Mapping[str, Mapping[str, float]],
    use_definition: str,
    notes: Sequence[str] = (),
    definitions: Sequence[str] = (),
    figures: Sequence[str] = (),
    made_by: str = '',
    breadcrumbs: Sequence[html_report.Crumb] = (),
) -> str:
    """Returns the page.

    Args:
        summaries: of all queries, then of each category.
        title: of the page.
        summary: what was compared on what.
        subjects: what queries are about, such as 'playlists'.
        measures: all of them.
        headline: those to plot, to show by category and to test.
        references: names that are no systems, but ceilings and the like.
        axes: by title of a plot over categories, the categories in it and what its axis calls each.
        x_axis: what those categories are, with their unit.
        use: by system, its coverage and Gini index; may be empty.
        use_definition: of those.
        notes: what a reader must know.
        definitions: paragraphs at the end.
        figures: more plots.
        made_by: the program.
        breadcrumbs: the way to the page.
    """
    overall = summaries[0]
    drawn = [_bars(overall, measure, references) for measure in headline]
    for measure in headline:
        for number, (axis, places) in enumerate(axes.items()):
            name = f'{measure.name}-{number}'
            drawn += _lines(summaries, measure, name, axis, places, x_axis, references)
    return html_report.render(
        _TEMPLATE,
        title=title,
        summary=summary,
        notes=notes,
        plots=[*drawn, *figures],
        overall=overall,
        summaries=summaries,
        subjects=subjects,
        measures=measures,
        headline=headline,
        arrows=_ARROWS,
        pairs=_pairs(overall, headline),
        use=use,
        use_definition=use_definition,
        definitions=[*definitions, comparison_summary.DEFINITION],
        made_by=made_by,
        breadcrumbs=breadcrumbs,
    )


def describe_axis(measure: comparisons.Measure) -> str:
    """Returns what the axis of a plot says: the measure and its unit."""
    return f'{measure.title} ({measure.unit})'


def describe_points(measure: comparisons.Measure) -> str:
    """Returns what the points of a plot are, and which way is better."""
    better = {comparisons.HIGHER: '; more is better', comparisons.LOWER: '; less is better'}
    return f'Means with 95 % intervals{better.get(measure.better, "")}'


def _bars(
    overall: comparison_summary.Summary,
    measure: comparisons.Measure,
    references: Sequence[str],
) -> str:
    rows = [
        plots.Bar(name, _point(by_measure[measure.name]), name in references)
        for name, by_measure in overall.estimates.items()
    ]
    note = describe_points(measure)
    if any(row.is_reference for row in rows):
        note += '; dashed outlines are for reference'
    return plots.bars(
        f'{measure.name}-all',
        f'{measure.title}, all categories',
        rows,
        axis=describe_axis(measure),
        note=note,
        decimals=measure.decimals,
    )


def _lines(
    summaries: Sequence[comparison_summary.Summary],
    measure: comparisons.Measure,
    name: str,
    axis: str,
    places: Mapping[str, str],
    x_axis: str,
    references: Sequence[str],
) -> list[str]:
    """Returns the plot of one measure over categories; none when fewer than two have queries."""
    found = {one.category: one for one in summaries if one.category in places}
    if len(found) < 2:
        return []
    present = [category for category in places if category in found]
    series = [
        plots.Series(
            system,
            [_point(found[category].estimates[system][measure.name]) for category in present],
        )
        for system in summaries[0].estimates
        if system not in references
    ]
    labels = [places[category] for category in present]
    title = f'{measure.title}, {axis}'
    return [
        plots.lines(
            name,
            title,
            labels,
            series,
            x_axis=x_axis,
            y_axis=describe_axis(measure),
            note=describe_points(measure),
            decimals=measure.decimals,
        )
    ]


def _pairs(
    overall: comparison_summary.Summary, headline: Sequence[comparisons.Measure]
) -> list[tuple[comparisons.Measure, list[_Pair]]]:
    """Returns the paired tests by each measure that has any."""
    found = []
    for measure in headline:
        rows = [
            _Pair(one, _is_shown(one), _verdict(one, measure))
            for one in overall.differences
            if one.measure == measure.name
        ]
        if rows:
            found.append((measure, rows))
    return found


def _is_shown(one: comparison_summary.Difference) -> bool:
    return one.p_holm < _SIGNIFICANT and one.estimate.mean != 0


def _verdict(one: comparison_summary.Difference, measure: comparisons.Measure) -> str:
    if not _is_shown(one):
        return 'no difference shown'
    if measure.better == comparisons.NEITHER:
        return 'different'
    is_first = (one.estimate.mean > 0) == (measure.better == comparisons.HIGHER)
    return html_text.sentence('{} is better', html_text.name(one.first if is_first else one.second))


def _point(estimate: comparison_summary.Estimate) -> plots.Point:
    return plots.Point(estimate.mean, estimate.low, estimate.high)
