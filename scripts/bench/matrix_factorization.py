"""Matrix factorisation: ours against the `implicit` library's, on the same training data.

python scripts/bench/matrix_factorization.py --data=DATA [--dims=32,64,128] [--results=FILE.jsonl]

Both minimise the same objective with the same settings, from random vectors, with all cores or
as many threads as --threads says for theirs; ours also with artists as columns of their own. A
sweep solves all playlists and all tracks once; of those after the first, in which ours is compiled,
the fastest counts, and of their processor time the mean. Quality is that of
continuing the playlists of the test split as evaluate_recommendations asks for it. Where `implicit`
cannot be imported (`pip install --target` puts it into a folder for PYTHONPATH), only ours is
measured. A table goes to standard output, a line of JSON for each row to --results.
"""

import argparse
import dataclasses
import importlib.util
import json
import os
import pathlib
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy import sparse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from spotify import continuation_metrics
from spotify import continuations
from spotify import evaluation
from spotify import evaluation_run
from spotify import factorization_settings
from spotify import implicit_als
from spotify import matrix_factorization
from spotify import observations
from spotify import systems
from spotify import training_data

_SIZES = [1, 5, 10, 25, 100]
_MEASURES = ('r_precision', 'ndcg', 'recall_500')


@dataclasses.dataclass(frozen=True)
class Task:
    """What both are given: playlists, settings, and how to measure."""

    data: training_data.TrainingData
    als: factorization_settings.AlsConfig
    sweeps: int
    threads: int
    evaluator: evaluation.Evaluator


class Theirs:
    """Vectors of implicit's model as a system; playlists are folded in by implicit itself."""

    name = 'implicit'

    def __init__(self, model: object) -> None:
        self._model = model
        self.num_tracks = len(model.item_factors)

    def score(self, queries: systems.Queries) -> np.ndarray:
        """Returns float32[Q, T]."""
        sizes = [len(context) for context in queries.contexts]
        tracks = np.concatenate(queries.contexts)
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        cells = (np.ones(len(tracks), np.float32), tracks, offsets)
        known = sparse.csr_matrix(cells, shape=(len(queries), self.num_tracks))
        rows = self._model.recalculate_user(np.arange(len(queries)), known)
        return np.asarray(rows @ self._model.item_factors.T, np.float32)

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> None:
        """Returns None."""


class Clock:
    """Times sweeps."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, float]] = []

    def mark(self) -> None:
        """Takes the time after a sweep."""
        self._marks.append((time.perf_counter(), time.process_time()))

    def seconds(self) -> tuple[float, float]:
        """Returns the seconds of the fastest sweep after the first, and mean processor seconds."""
        spent = np.diff(np.array(self._marks), axis=0)
        return float(spent[:, 0].min()), float(spent[:, 1].mean())


def _train_ours(task: Task, dim: int, artist_weight: float, clock: Clock) -> systems.System:
    tracks, known = task.data.catalogue(), task.data.playlists(training_data.TRAIN)
    settings = factorization_settings.ColumnConfig(artist_weight, 0.0)
    columns = observations.Columns(tracks.artists, tracks.albums, settings)
    matrix = columns.observe(known)
    solver = implicit_als.Solver(matrix, dim, task.als)
    tables = implicit_als.init_tables(matrix.shape, dim, 0.1, seed=1)
    for _ in range(task.sweeps):
        tables, _ = solver.sweep(tables)
        clock.mark()
    popularity = np.bincount(known.tracks, minlength=len(tracks))
    return matrix_factorization.MatrixFactorization(tables.columns, columns, popularity, task.als)


def _train_theirs(task: Task, dim: int, clock: Clock) -> systems.System:
    from implicit.cpu import als

    known = task.data.playlists(training_data.TRAIN)
    ones = np.ones(len(known.tracks), np.float32)
    shape = (len(known), task.data.num_tracks)
    matrix = sparse.csr_matrix((ones, known.tracks, known.offsets), shape=shape)
    # Its alpha is the whole weight of an observation, ours what is added to that of all else.
    model = als.AlternatingLeastSquares(
        factors=dim,
        regularization=task.als.ridge,
        alpha=task.als.alpha + 1.0,
        iterations=task.sweeps,
        num_threads=task.threads,
        random_state=1,
    )
    model.fit(matrix, show_progress=False, callback=lambda *_: clock.mark())
    return Theirs(model)


def _measure(
    task: Task, name: str, dim: int, train: Callable[[Clock], systems.System]
) -> dict[str, object]:
    clock = Clock()
    system = train(clock)
    seconds, processor_seconds = clock.seconds()
    means = task.evaluator.measure(system).values.mean(axis=0).tolist()
    names = [measure.name for measure in continuation_metrics.MEASURES]
    quality = dict(zip(names, means, strict=True))
    return {
        'name': name,
        'dim': dim,
        'seconds_a_sweep': round(seconds, 3),
        'processor_seconds_a_sweep': round(processor_seconds, 3),
        **{measure: round(quality[measure], 4) for measure in _MEASURES},
    }


def _runs(task: Task, dim: int) -> list[tuple[str, Callable]]:
    runs = [
        ('ours', lambda clock: _train_ours(task, dim, 0.0, clock)),
        ('ours with artists', lambda clock: _train_ours(task, dim, 0.3, clock)),
    ]
    if importlib.util.find_spec('implicit') is not None:
        runs.insert(0, ('implicit', lambda clock: _train_theirs(task, dim, clock)))
    return runs


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', required=True, help='output of spotify.make_training')
    parser.add_argument('--dims', default='32,64,128')
    parser.add_argument('--sweeps', type=int, default=8)
    parser.add_argument('--alpha', type=float, default=10.0)
    parser.add_argument('--ridge', type=float, default=1.0)
    parser.add_argument('--max_playlists', type=int, default=500)
    parser.add_argument('--threads', type=int, default=os.cpu_count())
    parser.add_argument('--results', help='file to append to')
    flags = parser.parse_args()
    settings = evaluation_run.Settings(
        split=training_data.TEST,
        context_sizes=_SIZES,
        context_order=list(continuations.ORDERS),
        candidates=evaluation.TRAINING,
        min_held_out=5,
        max_playlists=flags.max_playlists,
        seed=0,
    )
    implicit_als.prepare()
    data = training_data.open_data(flags.data)
    als = factorization_settings.AlsConfig(alpha=flags.alpha, ridge=flags.ridge)
    evaluator = evaluation_run.make_evaluator(data, settings)
    task = Task(data, als, flags.sweeps, flags.threads, evaluator)
    print(f'{"":18} dim  s a sweep  of CPU   R-prec  NDCG    recall@500')
    for dim in map(int, flags.dims.split(',')):
        for name, train in _runs(task, dim):
            row = _measure(task, name, dim, train)
            times = row['seconds_a_sweep'], row['processor_seconds_a_sweep']
            quality = (row[measure] for measure in _MEASURES)
            print(
                f'{name:18} {dim:3}  {times[0]:9.3f}  {times[1]:6.3f}  ',
                '  '.join(f'{value:.4f}' for value in quality),
                flush=True,
            )
            if flags.results:
                with open(flags.results, 'a', encoding='utf-8') as file:
                    file.write(json.dumps({'data': flags.data, **row}) + '\n')


if __name__ == '__main__':
    main()
