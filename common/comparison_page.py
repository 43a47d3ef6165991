"""A page that compares systems: plots, tables, tests and definitions."""

from collections.abc import Mapping
from collections.abc import Sequence

from common import comparison_summary
from common import comparisons
from common import html_report
from common import plots

_TEMPLATE = 'comparison.html'
_SIGNIFICANT = 0.05
_ARROWS = {comparisons.HIGHER: '\u00a0↑', comparisons.LOWER: '\u00a0↓', comparisons.NEITHER: ''}


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
        pairs=list(_pairs(overall, headline)),
        use=use,
        use_definition=use_definition,
        definitions=[*definitions, comparison_summary.DEFINITION],
        made_by=made_by,
    )


def _bars(
    overall: comparison_summary.Summary,
    measure: comparisons.Measure,
    references: Sequence[str],
) -> str:
    rows = [
        plots.Bar(name, _point(by_measure[measure.name]), name in references)
        for name, by_measure in overall.estimates.items()
    ]
    direction = {comparisons.LOWER: ' (less is better)'}.get(measure.better, '')
    return plots.bars(
        f'{measure.name}-all',
        f'{measure.title}, all categories',
        rows,
        axis=f'{measure.title}, mean and 95 % interval{direction}',
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
    return [plots.lines(name, title, labels, series, x_axis=x_axis, y_axis=measure.title)]


def _pairs(
    overall: comparison_summary.Summary, headline: Sequence[comparisons.Measure]
) -> list[tuple[comparison_summary.Difference, comparisons.Measure, str]]:
    by_name = {measure.name: measure for measure in headline}
    shown = [one for one in overall.differences if one.measure in by_name]
    shown.sort(key=lambda one: list(by_name).index(one.measure))
    return [(one, by_name[one.measure], _verdict(one, by_name[one.measure])) for one in shown]


def _verdict(one: comparison_summary.Difference, measure: comparisons.Measure) -> str:
    if one.p_holm >= _SIGNIFICANT or one.estimate.mean == 0:
        return 'no difference shown'
    if measure.better == comparisons.NEITHER:
        return 'different'
    is_first = (one.estimate.mean > 0) == (measure.better == comparisons.HIGHER)
    return f'{one.first if is_first else one.second} is better'


def _point(estimate: comparison_summary.Estimate) -> plots.Point:
    return plots.Point(estimate.mean, estimate.low, estimate.high)
