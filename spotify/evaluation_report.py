"""The report of an evaluation: as text, as files that folds can be pooled from, and as a page."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from common import comparison_page
from common import comparison_summary
from common import comparisons
from common import errors
from common import html_report
from common import provenance
from spotify import continuation_metrics
from spotify import continuations
from spotify import evaluation

_HEADLINE = (
    continuation_metrics.R_PRECISION,
    continuation_metrics.NDCG,
    continuation_metrics.CLICKS,
)
_USE_DEFINITION = (
    f'Of the first {continuation_metrics.SHOWN} tracks of all lists. Coverage: share of the '
    'dictionary that is recommended to anyone. Gini index: 0 when all its tracks are recommended '
    'equally often, near 1 when a few get everything.'
)


@dataclasses.dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        scores: of every query.
        settings: of the queries; folds are pooled only when theirs are the same.
        sources: of each fold, the data and the systems.
        use: by category, then system, coverage and Gini index; of folds the mean.
    """

    scores: comparisons.Scores
    settings: Mapping[str, Any]
    sources: Sequence[Mapping[str, Any]]
    use: Mapping[str, Mapping[str, Mapping[str, float]]]


def pool(folders: Sequence[str]) -> Report:
    """Pools evaluations of the same systems on different playlists.

    Raises:
        InputError: when one is damaged, or they do not belong together.
    """
    read = [comparisons.read(folder) for folder in folders]
    first = read[0][1]
    for folder, (_, results) in zip(folders, read, strict=True):
        _check(results, folder)
        if results['settings'] != first['settings']:
            raise errors.InputError(
                f'{folder} was evaluated with the settings {results["settings"]}, and '
                f'{folders[0]} with {first["settings"]}; evaluate with the same flags'
            )
    scores = comparisons.pool([scores for scores, _ in read], folders)
    sources = [source for _, results in read for source in results['sources']]
    return Report(scores, first['settings'], sources, _mean_use([r['use'] for _, r in read]))


def _check(results: Mapping[str, Any], folder: str) -> None:
    """Raises InputError unless results.json is one of ours."""
    wanted = [measure.name for measure in continuation_metrics.MEASURES]
    if results['measures'] != wanted or not all(
        isinstance(results.get(key), kind)
        for key, kind in (('settings', dict), ('sources', list), ('use', dict))
    ):
        raise errors.InputError(
            f'{folder} is an evaluation of another program or version; evaluate again'
        )


def _mean_use(folds: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Returns means over those folds that have queries in a category."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for category in dict.fromkeys(name for fold in folds for name in fold):
        present = [fold[category] for fold in folds if category in fold]
        found[category] = {
            system: {
                key: sum(one[system][key] for one in present) / len(present) for key in figures
            }
            for system, figures in present[0].items()
        }
    return found


def summarise(report: Report, resamples: int, seed: int) -> list[comparison_summary.Summary]:
    """Returns the summary of all queries, then of each category in order."""
    overall, *others = comparison_summary.summarise(report.scores, resamples=resamples, seed=seed)
    names = [category.name for category in _categories(report)]
    return [overall, *sorted(others, key=lambda one: names.index(one.category))]


def _categories(report: Report) -> list[continuations.Category]:
    settings = report.settings
    return continuations.categories(settings['context_sizes'], settings['context_order'])


def _headline() -> list[comparisons.Measure]:
    by_name = {measure.name: measure for measure in continuation_metrics.MEASURES}
    return [by_name[name] for name in _HEADLINE]


def to_text(report: Report, summaries: Sequence[comparison_summary.Summary]) -> str:
    """Returns the tables for a terminal."""
    tables = comparison_summary.to_text(summaries, continuation_metrics.MEASURES, _headline())
    rows = [
        f'{name}: coverage {100 * used["coverage"]:.1f} %, Gini {used["gini"]:.3f}'
        for name, used in report.use[comparison_summary.OVERALL].items()
    ]
    return '\n'.join([tables, f'First {continuation_metrics.SHOWN} tracks', *rows, ''])


def to_json(report: Report, summaries: Sequence[comparison_summary.Summary]) -> str:
    """Returns results.json."""
    scores = report.scores
    fields = {
        'systems': scores.systems,
        'references': scores.references,
        'measures': scores.measures,
        'definitions': [dataclasses.asdict(one) for one in continuation_metrics.MEASURES],
        'queries': len(scores.subjects),
        'settings': report.settings,
        'sources': report.sources,
        'results': [dataclasses.asdict(one) for one in summaries],
        'use': report.use,
        **provenance.describe_run(),
    }
    return json.dumps(fields, ensure_ascii=False, indent=1, allow_nan=False) + '\n'


def to_html(report: Report, summaries: Sequence[comparison_summary.Summary]) -> str:
    """Returns the page."""
    scores, settings = report.scores, report.settings
    axes = {
        f'{order} tracks as context': {
            category.name: str(category.size)
            for category in continuations.categories(settings['context_sizes'], [order])
        }
        for order in settings['context_order']
    }
    folds = f', pooled over {len(report.sources)} folds' if len(report.sources) > 1 else ''
    return comparison_page.render(
        summaries,
        title='Evaluation of playlist continuation',
        summary=(
            f'{len(scores.systems)} systems on {summaries[0].queries:,} queries about '
            f'{summaries[0].subjects:,} playlists of the {settings["split"]} split{folds}; lists '
            f'of {continuation_metrics.LIST_LENGTH} tracks'
        ),
        subjects='playlists',
        measures=continuation_metrics.MEASURES,
        headline=_headline(),
        references=scores.references,
        axes=axes,
        x_axis='Tracks in the context (number)',
        use=report.use[comparison_summary.OVERALL],
        use_definition=_USE_DEFINITION,
        notes=[_describe_ceiling(report)],
        definitions=[
            f'A playlist takes part in every category that leaves {settings["min_held_out"]} '
            'tracks or more to find. Tracks of the context are not recommended.',
            evaluation.CEILING_DEFINITION,
        ],
        made_by='Made by spotify/evaluate_recommendations',
    )


def _describe_ceiling(report: Report) -> str:
    sums = {name: int(column.sum()) for name, column in report.scores.facts.items()}
    held_out = sums['held_out']
    in_dictionary, in_training = (
        f'{100 * sums[name] / held_out:.1f} %' for name in ('in_dictionary', 'in_training')
    )
    candidates = {
        evaluation.TRAINING: 'Only the latter may be recommended: a dictionary made of all '
        'playlists gives away which tracks are under test.',
        evaluation.DICTIONARY: 'All of the dictionary may be recommended; where it was made of all '
        'playlists, it gives away which tracks are under test.',
    }[report.settings['candidates']]
    return (
        f'Of {held_out:,} held-out tracks, {in_dictionary} are in the dictionary, and '
        f'{in_training} occur in a playlist for training. {candidates}'
    )


def write(folder: str, report: Report, summaries: Sequence[comparison_summary.Summary]) -> None:
    """Writes results.json, queries.jsonl and index.html into an existing folder."""
    with open(os.path.join(folder, comparisons.QUERIES_NAME), 'wb') as file:
        file.writelines(comparisons.lines(report.scores))
    for name, text in (
        (comparisons.RESULTS_NAME, to_json(report, summaries)),
        (html_report.INDEX_NAME, to_html(report, summaries)),
    ):
        pathlib.Path(folder, name).write_text(text, encoding='utf-8')
