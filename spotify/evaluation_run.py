"""From training data and systems to a report: what evaluate_recommendations does with its flags."""

import dataclasses
from collections.abc import Mapping

from absl import logging

from common import comparison_summary
from common import errors
from common import progress
from spotify import continuations
from spotify import evaluation
from spotify import evaluation_report
from spotify import system_loading
from spotify import systems
from spotify import training_data


@dataclasses.dataclass(frozen=True)
class Settings:
    """What decides on the queries.

    Attributes:
        split: train, validation or test.
        context_sizes: how many tracks are known.
        context_order: continuations.FIRST, RANDOM or both.
        candidates: one of evaluation.CANDIDATES.
        min_held_out: how many tracks must be left to find.
        max_playlists: how many playlists to use at most; None for all.
        seed: of random contexts and the choice of playlists.
    """

    split: str
    context_sizes: list[int]
    context_order: list[str]
    candidates: str
    min_held_out: int
    max_playlists: int | None
    seed: int


def run(
    data_path: str, paths: Mapping[str, str], settings: Settings, max_bad_records: int = 0
) -> evaluation_report.Report:
    """Evaluates systems on a split of training data.

    Args:
        data_path: the training data.
        paths: of the systems, by what to call them.
        settings: of the queries.
        max_bad_records: how many damaged records of the data may be left out.

    Raises:
        InputError: when something cannot be read, does not fit together, or leaves no query.
    """
    data = training_data.open_data(data_path, max_bad_records)
    loaded = dict(zip(paths, system_loading.load_all(list(paths.values()), data), strict=True))
    system_loading.refuse_other_training(list(paths.values()), data)
    evaluator = make_evaluator(data, settings)
    if not evaluator.num_queries:
        raise errors.InputError(
            f'no playlist of the {settings.split} split of {data_path} leaves '
            f'{settings.min_held_out} tracks to find beside {min(settings.context_sizes)}; use '
            'smaller --context_sizes or --min_held_out'
        )
    measured = _measure(evaluator, loaded)
    ceilings = {name: evaluator.ceiling(name) for name in evaluation.CEILINGS}
    source = {
        'data': data.describe(),
        'queries': evaluator.num_queries,
        'systems': [
            {
                'name': name,
                'kind': loaded[name].name,
                'path': path,
                'fingerprint': system_loading.fingerprint(path),
            }
            for name, path in paths.items()
        ],
    }
    return evaluation_report.Report(
        evaluator.scores(measured, ceilings),
        dataclasses.asdict(settings),
        [source],
        evaluation.catalogue_use(measured, comparison_summary.OVERALL),
    )


def make_evaluator(data: training_data.TrainingData, settings: Settings) -> evaluation.Evaluator:
    """Returns what asks the queries.

    Raises:
        InputError: when the data cannot be read.
    """
    tracks = data.catalogue()
    return evaluation.Evaluator(
        data.playlists(settings.split),
        tracks.known_artists(),
        data.train_counts(),
        categories=continuations.categories(settings.context_sizes, settings.context_order),
        candidates=settings.candidates,
        min_held_out=settings.min_held_out,
        max_playlists=settings.max_playlists,
        seed=settings.seed,
    )


def _measure(
    evaluator: evaluation.Evaluator, loaded: Mapping[str, systems.System]
) -> dict[str, evaluation.Measured]:
    logging.info('%d queries for each of %d systems', evaluator.num_queries, len(loaded))
    measured = {}
    with progress.Progress(evaluator.num_queries * len(loaded), 'queries') as bar:
        for name, system in loaded.items():
            measured[name] = evaluator.measure(system, lambda done, name=name: bar.add(done, name))
    return measured
