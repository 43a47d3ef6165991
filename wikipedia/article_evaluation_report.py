"""The report of an evaluation of recommended articles: as text, as files, and as pages.

Each kind of task has a directory of its own, in the form of common/comparisons.py: what is easy for
one says nothing of the other, so nothing is averaged over both.
"""

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
from common import contents_page
from common import html_report
from common import provenance
from wikipedia import article_evaluation
from wikipedia import article_measures
from wikipedia import article_tasks

_HEADLINE = {
    article_tasks.LINKS: (article_measures.RECALL_10, article_measures.MRR),
    article_tasks.TEXT: (article_measures.MRR, article_measures.RECALL_10),
}
_TITLE, _MADE_BY = 'Evaluation of recommended articles', 'Made by wikipedia/evaluate_articles'
_TITLES = {
    article_tasks.LINKS: 'Held-out links of articles',
    article_tasks.TEXT: 'From first paragraphs to their articles',
}
_TASKS = {
    article_tasks.LINKS: 'A query is an article, with the text and the links that it has left. '
    'Relevant are the articles that held-out links lead to; the article itself and what its other '
    'links lead to are not recommended. The words of held-out links still stand in the text.',
    article_tasks.TEXT: 'A query is the words of the first paragraph of an article, and relevant '
    'is that article, which was indexed without the paragraph.',
}
_SHORT = {
    article_tasks.LINKS: 'From an article to those that its held-out links lead to',
    article_tasks.TEXT: 'From a first paragraph to the article that lacks it',
}
_SYSTEMS = (
    'Search is BM25, graph the sum of similarities by common links, embedding the nearest vectors; '
    'fusion is reciprocal rank fusion (Cormack et al. 2009) with equal weights, and ranker what '
    'was learned from articles held out for validation. The ceiling ranks whatever the parts found '
    'by what is relevant; most popular is the same list for all queries, random another for each.'
)
_USE_DEFINITION = (
    f'Of the first {article_measures.SHOWN} articles of all lists. Coverage: share of all articles '
    'that are recommended to any query. Gini index: 0 when all are recommended equally often, near '
    '1 when a few get everything.'
)


@dataclasses.dataclass(frozen=True)
class Report:
    """How all did on the tasks of one kind.

    Attributes:
        kind: one of article_tasks.KINDS.
        evaluated: what was measured.
        summaries: of that.
        settings: of the evaluation.
        inputs: what was evaluated, with hashes.
    """

    kind: str
    evaluated: article_evaluation.Evaluated
    summaries: Sequence[comparison_summary.Summary]
    settings: Mapping[str, Any]
    inputs: Mapping[str, Any]


def summarise(
    evaluated: article_evaluation.Evaluated, kind: str, resamples: int, seed: int
) -> list[comparison_summary.Summary]:
    """Returns the summary of all queries, then of each category in order."""
    overall, *others = comparison_summary.summarise(
        evaluated.scores, resamples=resamples, seed=seed
    )
    names = list(article_evaluation.categories(kind))
    return [overall, *sorted(others, key=lambda one: names.index(one.category))]


def to_text(report: Report) -> str:
    """Returns the tables for a terminal."""
    tables = comparison_summary.to_text(
        report.summaries, article_measures.MEASURES, _HEADLINE[report.kind]
    )
    rows = [
        f'{name}: coverage {100 * used["coverage"]:.1f} %, Gini {used["gini"]:.3f}'
        for name, used in report.evaluated.use.items()
    ]
    shown = f'First {article_measures.SHOWN} articles'
    return '\n'.join([_TITLES[report.kind], '', tables, shown, *rows, ''])


def to_json(report: Report) -> str:
    """Returns results.json."""
    scores = report.evaluated.scores
    fields = {
        'task': report.kind,
        'systems': scores.systems,
        'references': scores.references,
        'measures': scores.measures,
        'definitions': [dataclasses.asdict(one) for one in article_measures.MEASURES],
        'queries': len(scores.subjects),
        'settings': report.settings,
        'inputs': report.inputs,
        'results': [dataclasses.asdict(one) for one in report.summaries],
        'use': report.evaluated.use,
        **provenance.describe_run(),
    }
    return json.dumps(fields, ensure_ascii=False, indent=1, allow_nan=False) + '\n'


def to_html(report: Report) -> str:
    """Returns the page."""
    scores, overall = report.evaluated.scores, report.summaries[0]
    relevant, found = (int(scores.facts[name].sum()) for name in ('relevant', 'found_by_parts'))
    size = {
        article_tasks.LINKS: 'Links that the article has left (number)',
        article_tasks.TEXT: 'Words (number)',
    }
    return comparison_page.render(
        report.summaries,
        title=_TITLES[report.kind],
        summary=(
            f'{len(scores.systems)} systems on {overall.queries:,} queries; lists of '
            f'{article_measures.LIST_LENGTH} articles'
        ),
        subjects='articles',
        measures=article_measures.MEASURES,
        headline=_HEADLINE[report.kind],
        references=scores.references,
        axes={'by size of the query': article_evaluation.categories(report.kind)},
        x_axis=size[report.kind],
        use=report.evaluated.use,
        use_definition=_USE_DEFINITION,
        notes=[
            f'{_TASKS[report.kind]} Of {relevant:,} relevant articles, the parts found {found:,} '
            f'({100 * found / relevant:.1f} %) among the best {report.settings["depth"]} of each.'
        ],
        definitions=[_SYSTEMS],
        made_by=_MADE_BY,
        breadcrumbs=[
            html_report.Crumb(_TITLE, f'../{html_report.INDEX_NAME}'),
            html_report.Crumb(_TITLES[report.kind]),
        ],
    )


def write(folder: str, reports: Sequence[Report]) -> None:
    """Writes a folder for each kind of task, and index.html, into an existing folder."""
    for report in reports:
        _write_one(os.path.join(folder, report.kind), report)
    pathlib.Path(folder, html_report.INDEX_NAME).write_text(_contents(reports), encoding='utf-8')


def _contents(reports: Sequence[Report]) -> str:
    """Returns the page that links those of the tasks."""
    entries = [
        contents_page.Entry(
            _TITLES[report.kind],
            f'{report.kind}/{html_report.INDEX_NAME}',
            _SHORT[report.kind],
            f'{report.summaries[0].queries:,} queries',
            [
                contents_page.Link('results as JSON', f'{report.kind}/{comparisons.RESULTS_NAME}'),
                contents_page.Link('every query', f'{report.kind}/{comparisons.QUERIES_NAME}'),
            ],
        )
        for report in reports
    ]
    systems = ', '.join(reports[0].evaluated.scores.systems)
    return contents_page.render(
        [contents_page.Section('Tasks', entries)],
        title=_TITLE,
        summary=f'Compared: {systems}',
        made_by=_MADE_BY,
    )


def _write_one(folder: str, report: Report) -> None:
    """Writes results.json, queries.jsonl and index.html into a new folder."""
    os.mkdir(folder)
    with open(os.path.join(folder, comparisons.QUERIES_NAME), 'wb') as file:
        file.writelines(comparisons.lines(report.evaluated.scores))
    for name, text in (
        (comparisons.RESULTS_NAME, to_json(report)),
        (html_report.INDEX_NAME, to_html(report)),
    ):
        pathlib.Path(folder, name).write_text(text, encoding='utf-8')
