"""Evaluates systems that recommend tracks, on playlists that they were not trained on.

Each playlist is cut into a context and tracks to find, in the categories of the RecSys Challenge
2018: its first or random 0, 1, 5, 10, 25 or 100 tracks, wherever enough are left. All systems get
the same contexts, and answer with 500 tracks out of those that occur in playlists for training:
what else is in the dictionary comes from the playlists under test (--candidates). Reported are
R-precision (of tracks, and with the challenge's credit for artists), NDCG, clicks, recall, mAP,
popularity bias, coverage and Gini index, with bootstrap intervals, paired tests of every pair of
systems, and the ceiling of what can be found. With --merge, folds that were evaluated one by one
are pooled, and nothing is evaluated again.

Reads:  --data, the output of make_training, and --systems; or --merge, outputs of this program
Writes: tables to stdout; --output: results.json, queries.jsonl (what every system scored on every
        query) and index.html
Next:   spotify/make_recommendations.py

Example:
  python -m spotify.evaluate_recommendations --data=data/training \\
    --systems=data/most_popular,data/item_to_item,data/als --output=data/evaluation
"""

import os
import sys
import typing

from absl import flags
from absl import logging

from common import atomic
from common import bad_record_flags
from common import cli
from common import errors
from common import output_flags
from spotify import context_sizes

if typing.TYPE_CHECKING:
    from spotify import evaluation_report

_DATA = flags.DEFINE_string('data', None, 'Directory of training data.')
_SPLIT = flags.DEFINE_enum(
    'split', 'test', ['test', 'validation', 'train'], 'Which of its playlists to use.'
)
_SYSTEMS = flags.DEFINE_list('systems', [], 'Directories of systems, or artist_match, album_match.')
_NAMES = flags.DEFINE_list(
    'names', [], 'What to call each system; the names of their directories when not given.'
)
_MERGE = flags.DEFINE_list('merge', [], 'Evaluations to pool, in place of --data and --systems.')
_CONTEXT_SIZES = flags.DEFINE_list(
    'context_sizes', ['0', '1', '5', '10', '25', '100'], 'How many tracks are known.'
)
_CONTEXT_ORDER = flags.DEFINE_list(
    'context_order', ['first', 'random'], 'Which ones: first, random, or both.'
)
_CANDIDATES = flags.DEFINE_enum(
    'candidates',
    'training',
    ['training', 'dictionary'],
    'Tracks that may be recommended: those in playlists for training, or all in the dictionary, '
    'which gives away tracks of the test where it was made of all playlists.',
)
_MIN_HELD_OUT = flags.DEFINE_integer(
    'min_held_out', 5, 'Tracks that a context must leave to find.', lower_bound=1
)
_MAX_PLAYLISTS = flags.DEFINE_integer(
    'max_playlists', None, 'Playlists to use at most, chosen by --seed.', lower_bound=1
)
_SEED = flags.DEFINE_integer(
    'seed', 0, 'Of random contexts, the choice of playlists, intervals and tests.', lower_bound=0
)
_RESAMPLES = flags.DEFINE_integer(
    'resamples',
    10_000,
    'Of each interval and test.',
    lower_bound=100,
    upper_bound=1_000_000,
)
_OUTPUT = flags.DEFINE_string('output', None, 'Directory to write.')


def main(argv: list[str]) -> None:
    """Evaluates or pools, prints and writes."""
    cli.refuse_arguments(argv)
    sizes = _check()
    inputs = [_DATA.value, *_SYSTEMS.value] if _DATA.value else _MERGE.value
    if _OUTPUT.value is not None:
        atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), inputs, directory=True)

    from spotify import evaluation_report

    report = evaluation_report.pool(_MERGE.value) if _MERGE.value else _evaluate(sizes)
    logging.info('Resampling %d queries', len(report.scores.subjects))
    summaries = evaluation_report.summarise(report, _RESAMPLES.value, _SEED.value)
    if _OUTPUT.value is not None:
        with atomic.output_directory(_OUTPUT.value, output_flags.overwrite()) as folder:
            evaluation_report.write(folder, report, summaries)
    sys.stdout.buffer.write(evaluation_report.to_text(report, summaries).encode('utf-8', 'replace'))
    logging.info(
        'Done: %d systems, %d queries about %d playlists',
        len(report.scores.systems),
        summaries[0].queries,
        summaries[0].subjects,
    )


def _check() -> list[int]:
    """Returns the context sizes, or raises UsageError for flags that do not fit together."""
    if bool(_MERGE.value) == bool(_DATA.value or _SYSTEMS.value):
        raise errors.UsageError('give --data and --systems, or --merge')
    if not _MERGE.value and not (_DATA.value and _SYSTEMS.value):
        raise errors.UsageError('--data and --systems go together')
    if _NAMES.value and len(_NAMES.value) != len(_SYSTEMS.value):
        raise errors.UsageError(
            f'{len(_NAMES.value)} --names for {len(_SYSTEMS.value)} --systems; give one for each'
        )
    sizes = context_sizes.parse(_CONTEXT_SIZES.value)
    orders = _CONTEXT_ORDER.value
    if not orders or not set(orders) <= {'first', 'random'}:
        raise errors.UsageError(f'--context_order is {orders}; give first, random or both')
    return sizes


def _evaluate(sizes: list[int]) -> 'evaluation_report.Report':
    from spotify import evaluation
    from spotify import evaluation_run

    names = _NAMES.value or [os.path.basename(os.path.normpath(path)) for path in _SYSTEMS.value]
    if len({*names, *evaluation.CEILINGS}) < len(names) + len(evaluation.CEILINGS):
        raise errors.UsageError(
            f'systems are called {", ".join(names)}; tell them apart by --names'
        )
    if not all(name and name.isprintable() for name in names):
        raise errors.UsageError(f'systems are called {names}; name them readably by --names')
    settings = evaluation_run.Settings(
        split=_SPLIT.value,
        context_sizes=sizes,
        context_order=sorted(set(_CONTEXT_ORDER.value)),
        candidates=_CANDIDATES.value,
        min_held_out=_MIN_HELD_OUT.value,
        max_playlists=_MAX_PLAYLISTS.value,
        seed=_SEED.value,
    )
    paths = dict(zip(names, _SYSTEMS.value, strict=True))
    return evaluation_run.run(_DATA.value, paths, settings, bad_record_flags.max_bad_records())


if __name__ == '__main__':
    cli.run(main)
