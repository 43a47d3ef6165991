"""From training data and systems to a report: what evaluate_recommendations does with its flags."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from common import comparison_summary
from common import errors
from common import progress
from spotify import catalogue
from spotify import continuations
from spotify import evaluation
from spotify import evaluation_report
from spotify import system_loading
from spotify import training_data


def run(
    data_path: str,
    paths: Mapping[str, str],
    *,
    split: str,
    context_sizes: Sequence[int],
    context_order: Sequence[str],
    min_held_out: int,
    max_playlists: int | None,
    seed: int,
    max_bad_records: int,
) -> evaluation_report.Report:
    """Evaluates systems on a split of training data.

    Args:
        data_path: the training data.
        paths: of the systems, by what to call them.
        split: train, validation or test.
        context_sizes: how many tracks are known.
        context_order: continuations.FIRST, RANDOM or both.
        min_held_out: how many tracks must be left to find.
        max_playlists: how many playlists to use at most; None for all.
        seed: of random contexts and the choice of playlists.
        max_bad_records: how many damaged records of the data may be left out.

    Raises:
        InputError: when something cannot be read, does not fit together, or leaves no query.
    """
    data = training_data.open_data(data_path, max_bad_records)
    loaded = system_loading.load_all(list(paths.values()), data)
    tracks = data.catalogue()
    evaluator = evaluation.Evaluator(
        data.playlists(split),
        known_artists(tracks),
        track_counts(data, len(tracks)),
        categories=continuations.categories(context_sizes, context_order),
        min_held_out=min_held_out,
        max_playlists=max_playlists,
        seed=seed,
    )
    if not evaluator.num_queries:
        raise errors.InputError(
            f'no playlist of the {split} split of {data_path} leaves {min_held_out} tracks to find '
            f'beside {min(context_sizes)}; use smaller --context_sizes or --min_held_out'
        )
    logging.info('%d queries for each of %d systems', evaluator.num_queries, len(paths))
    measured = {}
    with progress.Progress(evaluator.num_queries * len(paths), 'queries') as bar:
        for name, system in zip(paths, loaded, strict=True):
            measured[name] = evaluator.measure(system, lambda done, name=name: bar.add(done, name))
    ceilings = {name: evaluator.ceiling(name) for name in evaluation.CEILINGS}
    settings: dict[str, Any] = {
        'split': split,
        'context_sizes': sorted(set(context_sizes)),
        'context_order': list(context_order),
        'min_held_out': min_held_out,
        'max_playlists': max_playlists,
        'seed': seed,
    }
    source = {
        'data': data.describe(),
        'queries': evaluator.num_queries,
        'systems': [
            {
                'name': name,
                'kind': system.name,
                'path': path,
                'fingerprint': system_loading.fingerprint(path),
            }
            for (name, path), system in zip(paths.items(), loaded, strict=True)
        ],
    }
    return evaluation_report.Report(
        evaluator.scores(measured, ceilings),
        settings,
        [source],
        evaluation.catalogue_use(measured, comparison_summary.OVERALL),
    )


def known_artists(tracks: catalogue.Catalogue) -> np.ndarray:
    """Returns int32[T], the artist of each track, -1 where the dictionary of artists lacks it."""
    is_known = np.array([bool(uri) for uri in tracks.artist_uris], bool)
    return np.where(is_known[tracks.artists], tracks.artists, -1).astype(np.int32)


def track_counts(data: training_data.TrainingData, num_tracks: int) -> np.ndarray:
    """Returns int64[T], in how many playlists for training each track occurs."""
    return np.bincount(data.playlists(training_data.TRAIN).tracks, minlength=num_tracks)
