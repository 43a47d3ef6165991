r"""Searches settings of a training by lot or on a grid, from a sweep file of Weights & Biases.

No account is needed: trials are run here, one after the other, and the file is the one that
`wandb sweep` takes as well. Flags that all trials share, such as the data, stand after --. A sweep
that was interrupted goes on when it is run again: what finished is not run again, what failed is.
More --num_trials add to what is there.

Reads:  --sweep_file
Writes: --output: results.jsonl, index.html with a picture of parallel coordinates, and of each
        trial the model, trial-NNNN, and what was logged, trial-NNNN.log; a table to stdout
Next:   pinterest/evaluate_recommendations.py with the best trial's model

Example:
  python -m pinterest.sweep --output=data/sweep --num_trials=20 -- --input_file=fashion.json \
    --categories=fashion-cat.json --image_dir=images --cache_dir=data/cache
"""

import os
import pathlib
import sys

from absl import flags
from absl import logging

from common import cli
from common import errors
from common import html_report

_FILE = pathlib.Path(__file__).with_name('sweep.yaml')

_SWEEP_FILE = flags.DEFINE_string('sweep_file', str(_FILE), 'Sweep file.')
_OUTPUT = flags.DEFINE_string('output', None, 'Directory, made or gone on with.', required=True)
_METHOD = flags.DEFINE_enum(
    'method', None, ['random', 'grid'], 'How to choose settings; as the file says when not given.'
)
_NUM_TRIALS = flags.DEFINE_integer(
    'num_trials', 20, 'Trials in all; of a grid at most.', lower_bound=1, upper_bound=100_000
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of the settings drawn by lot.', lower_bound=0)
_RESERVED = ('model_dir', 'overwrite')


def main(argv: list[str]) -> None:
    """Runs the trials that are missing, and shows all."""
    fixed = argv[1:]
    from pinterest import sweep_page
    from pinterest import sweeps
    from pinterest import trials

    sweep = sweeps.read(_SWEEP_FILE.value)
    _check(fixed, {one.name for one in sweep.parameters if one.varies})
    method = _METHOD.value or sweep.method
    module = _module(sweep.program)
    shared = {'program': module, 'metric': sweep.metric, 'goal': sweep.goal, 'flags': fixed}
    with trials.Results(_OUTPUT.value, shared) as results:
        settings = sweep.trials(method, _SEED.value)
        for number, parameters in zip(range(1, _NUM_TRIALS.value + 1), settings, strict=False):
            if results.finished(number, parameters):
                continue
            shown = ' '.join(f'{name}={value}' for name, value in parameters.items())
            logging.info('Trial %d of up to %d: %s', number, _NUM_TRIALS.value, shown)
            trial = trials.run(module, number, parameters, fixed, _OUTPUT.value, sweep)
            results.add(trial)
            _report(trial, sweep)
            _write_page(sweep, list(results.trials.values()))
        ended = [results.trials[number] for number in sorted(results.trials)]
    _write_page(sweep, ended)
    sys.stdout.buffer.write(sweep_page.to_text(sweep, ended).encode('utf-8', 'replace'))
    best = trials.rank(ended, sweep.goal)
    if not best:
        raise errors.InputError(
            f'no trial finished; the logs are in {_OUTPUT.value}. The last says: {ended[-1].error}'
        )
    logging.info(
        'Done: %d trials finished, %d failed; the best is trial %d, %s %.4f',
        len(best), len(ended) - len(best), best[0].number, sweep.metric, best[0].value,
    )  # fmt: skip


def _check(fixed: list[str], varying: set[str]) -> None:
    """Raises UsageError when the words after -- are no flags, or say what a trial says."""
    for word in fixed:
        if not word.startswith('--'):
            raise errors.UsageError(
                f'cannot use {word!r}: after -- stand flags of the training, each as --name=value'
            )
        name = word.removeprefix('--').partition('=')[0]
        if {name, name.removeprefix('no')} & {*_RESERVED, *varying}:
            raise errors.UsageError(f'{word}: each trial has its own; leave it out')


def _module(program: str) -> str:
    """Returns the module of a program of this repository, such as pinterest.train_shop_the_look."""
    root = _FILE.parent.parent
    path = pathlib.PurePosixPath(program)
    known = (root / 'pinterest').glob('train_*.py')
    if path.parent.name != 'pinterest' or path.name not in {one.name for one in known}:
        raise errors.InputError(
            f'{_SWEEP_FILE.value}: the program {program!r} is no training in pinterest/'
        )
    return f'pinterest.{path.stem}'


def _report(trial: 'trials.Trial', sweep: 'sweeps.Sweep') -> None:  # noqa: F821
    if trial.value is None:
        logging.warning('Trial %d failed: %s', trial.number, trial.error)
    else:
        logging.info(
            'Trial %d: %s %.4f in %.0f s', trial.number, sweep.metric, trial.value, trial.seconds
        )


def _write_page(sweep: 'sweeps.Sweep', ended: list['trials.Trial']) -> None:  # noqa: F821
    from pinterest import sweep_page

    html = sweep_page.render(sweep, ended, 'Made by pinterest/sweep')
    path = os.path.join(_OUTPUT.value, html_report.INDEX_NAME)
    html_report.write_page(path, html, overwrite=True)


if __name__ == '__main__':
    cli.run(main)
