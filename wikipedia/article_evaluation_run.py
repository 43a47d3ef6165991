"""From parts and what was held out to reports: what evaluate_articles does with its flags."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import logging

from common import errors
from common import models
from common import progress
from common import records
from wikipedia import article_evaluation
from wikipedia import article_evaluation_report
from wikipedia import article_tasks
from wikipedia import part_loading
from wikipedia import part_paths


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to evaluate.

    Attributes:
        kinds: which of article_tasks.KINDS.
        depth: how many articles to ask each part for, without a ranker.
        num_anchors: how many that search finds for a text are its seeds, without a ranker.
        max_articles: how many articles to use at most; None for all.
        resamples: of each interval and test.
        seed: of those, and of random articles.
    """

    kinds: list[str]
    depth: int
    num_anchors: int
    max_articles: int | None
    resamples: int
    seed: int


def run(
    data: records.Dataset,
    paths: part_paths.PartPaths,
    options: records.ReadOptions,
    settings: Settings,
) -> list[article_evaluation_report.Report]:
    """Evaluates parts, their fusion, and the ranker if there is one.

    Args:
        data: what was held out.
        paths: of the parts and the ranker.
        options: how strict to be with records.
        settings: how to evaluate.

    Returns:
        A report for each kind of task that something was held out for.

    Raises:
        InputError: when something cannot be loaded, does not fit together, or nothing is held out.
    """
    loaded = part_loading.load(paths, options)
    ranker = part_loading.load_ranker(paths.ranker, loaded) if paths.ranker else None
    if ranker is not None:
        _refuse_learned(paths.ranker, data)
    tasks = _read_tasks(data, loaded, settings)
    evaluator = article_evaluation.Evaluator(
        loaded.parts,
        ranker,
        loaded.search.urls,
        loaded.frequencies,
        depth=settings.depth,
        num_anchors=settings.num_anchors,
        seed=settings.seed,
    )
    evaluated = {}
    with progress.Progress(sum(map(len, tasks.values())), 'queries') as bar:
        for kind, some in tasks.items():
            evaluated[kind] = evaluator.evaluate(some, bar.add)
    inputs = {'test': data.describe(), **{name: dict(one) for name, one in loaded.inputs.items()}}
    if paths.ranker:
        inputs['ranker'] = {'path': paths.ranker}
    return _report(evaluated, settings, _describe(settings, evaluator), inputs)


def _report(
    evaluated: Mapping[str, article_evaluation.Evaluated],
    settings: Settings,
    described: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> list[article_evaluation_report.Report]:
    """Returns the report of each kind of task.

    Args:
        evaluated: by kind.
        settings: how to resample.
        described: what reports say of the settings.
        inputs: what was evaluated.
    """
    logging.info(
        'Resampling %d queries', sum(len(one.scores.subjects) for one in evaluated.values())
    )
    return [
        article_evaluation_report.Report(
            kind,
            one,
            article_evaluation_report.summarise(one, kind, settings.resamples, settings.seed),
            described,
            inputs,
        )
        for kind, one in evaluated.items()
    ]


def _refuse_learned(ranker: str, data: records.Dataset) -> None:
    """Raises InputError when a ranker was learned from the very data that it is to be tested on."""
    learned = {one.get('content_hash') for one in models.load_config(ranker).get('inputs', [])}
    found = data.describe().get('content_hash')
    if found is not None and found in learned:
        raise errors.InputError(
            f'{ranker} was learned from {data.pattern}, so that it cannot be tested on it; take '
            'the other of validation and test'
        )


def _read_tasks(
    data: records.Dataset, loaded: part_loading.LoadedParts, settings: Settings
) -> dict[str, list[article_tasks.Task]]:
    """Returns the tasks by kind, without kinds that there are none of."""
    every = article_tasks.read(data, loaded.search, settings.max_articles)
    by_kind = {kind: [task for task in every if task.kind == kind] for kind in settings.kinds}
    by_kind = {kind: tasks for kind, tasks in by_kind.items() if tasks}
    if not by_kind:
        raise errors.InputError(
            f'{data.pattern} holds nothing that was held out for {" or ".join(settings.kinds)}: '
            'there were too few articles; hold out larger shares, or take more documents'
        )
    return by_kind


def _describe(settings: Settings, evaluator: article_evaluation.Evaluator) -> dict[str, Any]:
    """Returns the settings, with what the ranker brought."""
    return {
        **dataclasses.asdict(settings),
        'depth': evaluator.depth,
        'num_anchors': evaluator.num_anchors,
    }
