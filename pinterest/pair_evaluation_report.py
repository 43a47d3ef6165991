"""The evaluation of a shop-the-look model: as text, as JSON, and as a page."""

import dataclasses
import json
import math
import os
import pathlib
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from common import comparison_page
from common import comparison_summary
from common import comparisons
from common import html_report
from common import plots
from common import provenance
from pinterest import categories
from pinterest import pair_evaluation
from pinterest import pair_metrics

_HEADLINE = ('binary_accuracy', 'recall_10')
_MAX_BARS = 12
_USE_DEFINITION = (
    f'Of the first {pair_evaluation.SHOWN} products of all queries, among the products of these '
    'pairs. Coverage: share of them that is recommended to any scene. Gini index: 0 when all are '
    'recommended equally often, near 1 when a few get everything.'
)
_DEFINITIONS = {
    pair_evaluation.GEOMETRY: (
        'Geometry only: a small network that sees no pixel, but where the box of the product is in '
        'the scene and of which proportions its photograph is; trained on the pairs for training. '
        'It shows what a tight hole in a masked scene would give away.'
    ),
    pair_evaluation.SEEN_GEOMETRY: (
        'Geometry seen: the same, but of the box it sees what the model can see, which is the '
        'rectangles that are blanked in its view of the scene, or the part that is kept.'
    ),
    pair_evaluation.POPULAR: 'Most popular: products by their number of pairs for training.',
    pair_evaluation.CHANCE: 'Random: chance, computed and not drawn.',
    pair_evaluation.CEILING: (
        'Best possible: what a model reaches at most that sees the same scene whichever of its '
        'products is meant, and ranks all of these first.'
    ),
}


def to_text(
    found: pair_evaluation.Evaluation, summaries: Sequence[comparison_summary.Summary]
) -> str:
    """Returns the tables for a terminal."""
    shown = _defined(found, summaries)
    tables = comparison_summary.to_text(summaries, shown, _headline(shown), measures_down=True)
    use = [
        f'{name}: coverage {100 * used["coverage"]:.1f} %, Gini {used["gini"]:.3f}'
        for name, used in found.use.items()
    ]
    lines = [*_notes(found), '', tables, f'First {pair_evaluation.SHOWN} products', *use, '']
    return '\n'.join(lines)


def to_json(
    found: pair_evaluation.Evaluation,
    summaries: Sequence[comparison_summary.Summary],
    settings: Mapping[str, Any],
) -> str:
    """Returns results.json."""
    fields = {
        'systems': found.systems,
        'references': found.references,
        'measures': [one.name for one in found.measures],
        'definitions': [dataclasses.asdict(one) for one in found.measures],
        'queries': len(found.pairs),
        'pairs_without_embeddings': found.num_missing,
        'catalogue_sizes': found.catalogue_sizes,
        'settings': dict(settings),
        'results': [dataclasses.asdict(one) for one in summaries],
        'use': found.use,
        **provenance.describe_run(),
    }
    return json.dumps(fields, ensure_ascii=False, indent=1, allow_nan=False) + '\n'


def to_html(
    found: pair_evaluation.Evaluation,
    summaries: Sequence[comparison_summary.Summary],
    settings: Mapping[str, Any],
) -> str:
    """Returns the page."""
    shown = _defined(found, summaries)
    headline = _headline(shown)
    split = settings['split']
    which = 'all pairs' if split == 'all' else f'the {split} split'
    return comparison_page.render(
        summaries,
        title='Evaluation of shop the look',
        summary=(
            f'{len(found.systems)} systems on {len(found.pairs):,} pairs of '
            f'{summaries[0].subjects:,} scenes: {which}'
        ),
        subjects='scenes',
        measures=shown,
        headline=headline,
        references=found.references,
        axes={},
        x_axis='',
        use=found.use,
        use_definition=_USE_DEFINITION,
        notes=_notes(found),
        definitions=[
            'A query is a pair of a scene and a product in it. Ties are counted as the mean over '
            'their orders.',
            *(
                text
                for name, text in _DEFINITIONS.items()
                if name in (*found.systems, *found.references)
            ),
        ],
        figures=[
            _recall_lines(found, summaries[0]),
            *(_bars_by_category(summaries, one) for one in headline),
        ],
        made_by='Made by pinterest/evaluate_recommendations',
    )


def write(
    folder: str,
    found: pair_evaluation.Evaluation,
    summaries: Sequence[comparison_summary.Summary],
    settings: Mapping[str, Any],
) -> None:
    """Writes results.json, queries.jsonl and index.html into an existing folder."""
    for name, text in (
        (comparisons.QUERIES_NAME, ''.join(_query_lines(found))),
        (comparisons.RESULTS_NAME, to_json(found, summaries, settings)),
        (html_report.INDEX_NAME, to_html(found, summaries, settings)),
    ):
        pathlib.Path(os.path.join(folder, name)).write_text(text, encoding='utf-8')


def _defined(
    found: pair_evaluation.Evaluation, summaries: Sequence[comparison_summary.Summary]
) -> list[comparisons.Measure]:
    """Returns the measures that any query has."""
    known = summaries[0].estimates[pair_evaluation.MODEL]
    return [one for one in found.measures if one.name in known]


def _headline(measures: Sequence[comparisons.Measure]) -> list[comparisons.Measure]:
    return [one for name in _HEADLINE for one in measures if one.name == name]


def _notes(found: pair_evaluation.Evaluation) -> list[str]:
    sizes = ' and among '.join(f'{size:,} {name}' for name, size in found.catalogue_sizes.items())
    notes = [f'Products are looked for among {sizes}.']
    if found.num_missing:
        notes.append(
            f'{found.num_missing:,} pairs are left out: their scene or product has no embedding.'
        )
    return notes


def _recall_lines(found: pair_evaluation.Evaluation, overall: comparison_summary.Summary) -> str:
    """Returns a plot of recall by how many products are looked at."""
    series = []
    for name in (*found.systems, *found.references):
        by_measure = overall.estimates[name]
        points = [by_measure[f'recall_{k}'] for k in pair_metrics.CUTOFFS]
        series.append(plots.Series(name, [plots.Point(p.mean, p.low, p.high) for p in points]))
    return plots.lines(
        'recall-lines',
        'Recall, all categories',
        [str(k) for k in pair_metrics.CUTOFFS],
        series,
        x_axis='Products looked at (number)',
        y_axis='Recall (0 to 1)',
        note='Means with 95 % intervals; more is better',
    )


def _bars_by_category(
    summaries: Sequence[comparison_summary.Summary], measure: comparisons.Measure
) -> str:
    """Returns a plot of the model by category: those with most queries."""
    rows = []
    for one in summaries:
        estimate = one.estimates[pair_evaluation.MODEL].get(measure.name)
        if estimate is not None and len(rows) < _MAX_BARS:
            point = plots.Point(estimate.mean, estimate.low, estimate.high)
            label = categories.leaf(one.category)
            rows.append(plots.Bar(label, point, remark=f'({one.queries:,})'))
    return plots.bars(
        f'{measure.name}-categories',
        f'{measure.title} of the model by category (and its queries)',
        rows,
        axis=comparison_page.describe_axis(measure),
        note=comparison_page.describe_points(measure),
        decimals=measure.decimals,
    )


def _query_lines(found: pair_evaluation.Evaluation) -> Iterator[str]:
    """Yields a line of JSON for each query."""
    names = [one.name for one in found.measures]
    for pair, category, values in zip(found.pairs, found.categories, found.values, strict=True):
        by_system = {
            system: {
                name: None if math.isnan(value) else round(value, 6)
                for name, value in zip(names, row, strict=True)
            }
            for system, row in zip(
                (*found.systems, *found.references), values.tolist(), strict=True
            )
        }
        fields = {
            'scene': pair.scene,
            'product': pair.product,
            'category': category,
            'values': by_system,
        }
        yield json.dumps(fields, ensure_ascii=False) + '\n'
