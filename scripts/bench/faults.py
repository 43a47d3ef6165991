"""Kills every program at random moments, fills the disks of some, and says what is left.

Each attempt is a run that is struck at a moment by lot, between the start and the end of what an
undisturbed run took, and a second run. SIGTERM and SIGKILL go to the program's process; of programs
on Spark every other run is started by spark_submit.sh, where SIGTERM goes to the script and SIGKILL
to all that it started. full_disk fills the disk of outputs, checkpoints and temporary files, which
is one in memory, and wants root.

Afterwards each output has to be whole, read and compared with that of the undisturbed run, or
absent; no process may run on; after SIGTERM and on a full disk nothing else may be left, and the
last line has to say what was wrong; after SIGKILL, what is left is hidden, and listed. A second run
has to make what the undisturbed one made, where a training goes on from the checkpoints that are
left. The exit status is 1 when any promise was broken.

Reads:  RECSYS_DATA, when it names a folder of real playlists and photographs; else some are drawn.
        The dump is that of the gensim package
Writes: --scratch: inputs, what undisturbed runs made, and attempts.jsonl; a table on standard
        output

Example:
  scripts/bench/faults.sh --programs=wikipedia.xml2proto --moments=3
"""

import contextlib
import dataclasses
import fcntl
import json
import math
import os
import pathlib
import sys
import time
from collections.abc import Iterable
from collections.abc import Iterator

from absl import flags
from absl import logging

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import fault_attempts
import fault_cases
import fault_report
import fault_verdicts

from common import cli
from common import errors

_PROGRAMS = flags.DEFINE_list('programs', [], 'Only these, such as wikipedia.xml2proto.')
_FAULTS = flags.DEFINE_list('faults', list(fault_verdicts.FAULTS), 'Only these.')
_MOMENTS = flags.DEFINE_integer('moments', 20, 'Of each of the six programs.', lower_bound=1)
_OTHER_MOMENTS = flags.DEFINE_integer('other_moments', 3, 'Of each other one.', lower_bound=0)
_FULL_MOMENTS = flags.DEFINE_integer('full_moments', 5, 'When a disk is filled.', lower_bound=0)
_MINUTES = flags.DEFINE_float(
    'minutes', None, 'Begin nothing new after so long; another call goes on.', lower_bound=0.0
)
_AGAIN = flags.DEFINE_boolean('again', False, 'Try again what was tried before.')
_SKIP_CLEAN = flags.DEFINE_boolean(
    'skip_clean', False, 'No second run where the first left nothing at all.'
)
_SCRATCH = flags.DEFINE_string('scratch', 'out/faults', 'Folder to work in.')
_TIMEOUT = flags.DEFINE_float('timeout', 300.0, 'Seconds that a run may take.', lower_bound=1.0)


def main(argv: list[str]) -> None:
    """Makes the attempts that are left, and prints the table of all."""
    cli.refuse_arguments(argv)
    if unknown := set(_FAULTS.value) - set(fault_verdicts.FAULTS):
        raise errors.UsageError(f'--faults knows no {sorted(unknown)[0]}')
    minutes = math.inf if _MINUTES.value is None else _MINUTES.value
    deadline = time.monotonic() + 60 * minutes
    folder = pathlib.Path(_SCRATCH.value).resolve()
    cases = _choose(fault_cases.all_cases(folder))
    fault_cases.make_inputs(folder, cases)
    plans = _plans(cases)
    log = folder / 'attempts.jsonl'
    bench = fault_attempts.Bench(folder, _TIMEOUT.value, skip_clean=_SKIP_CLEAN.value)
    begun = len(_read(log)) if _AGAIN.value else 0
    while time.monotonic() < deadline and (left := _left(plans, _read(log, begun))):
        with _first_free(folder, left) as plan:
            if plan is None:
                break
            attempt = bench.attempt(plan)
            with open(log, 'a', encoding='utf-8') as file:
                file.write(json.dumps(dataclasses.asdict(attempt)) + '\n')
            logging.info('%s', fault_report.describe(attempt))
    known = {attempt.key: attempt for attempt in _read(log)}
    tried = [known[plan.key] for plan in plans if plan.key in known]
    print(fault_report.table(tried))
    if left := len(plans) - len(tried):
        logging.info('%d attempts are left; the next call goes on with them', left)
    if wrong := sum(bool(attempt.wrong) for attempt in tried):
        raise errors.InputError(f'{wrong} of {len(tried)} attempts broke a promise; see {log}')


def _choose(cases: list[fault_cases.Case]) -> list[fault_cases.Case]:
    names = {case.name for case in cases}
    if unknown := set(_PROGRAMS.value) - names:
        raise errors.UsageError(f'--programs: none is called {sorted(unknown)[0]}')
    return [case for case in cases if not _PROGRAMS.value or case.name in _PROGRAMS.value]


def _plans(cases: Iterable[fault_cases.Case]) -> list[fault_attempts.Plan]:
    """Returns all attempts: every program's first by each fault, then the second, and so on."""
    plans = []
    is_root = os.geteuid() == 0
    if fault_verdicts.FULL_DISK in _FAULTS.value and not is_root:
        logging.warning('Only root can mount a disk that fills up; %s is skipped', 'full_disk')
    for case in cases:
        counts = dict.fromkeys(
            fault_verdicts.FAULTS, _MOMENTS.value if case.is_large else _OTHER_MOMENTS.value
        )
        counts['full_disk'] = _FULL_MOMENTS.value if case.is_large and is_root else 0
        plans += [
            fault_attempts.Plan(case, fault, number)
            for number in range(max(counts.values()))
            for fault in _FAULTS.value
            if number < counts[fault]
        ]
    return sorted(plans, key=lambda plan: plan.number)


def _left(
    plans: Iterable[fault_attempts.Plan], tried: Iterable[fault_attempts.Attempt]
) -> list[fault_attempts.Plan]:
    known = {attempt.key for attempt in tried}
    return [plan for plan in plans if plan.key not in known]


@contextlib.contextmanager
def _first_free(
    folder: pathlib.Path, plans: Iterable[fault_attempts.Plan]
) -> Iterator[fault_attempts.Plan | None]:
    """Yields the first plan whose program no other call of this script is at; None without one."""
    (folder / 'locks').mkdir(exist_ok=True)
    for plan in plans:
        with open(folder / 'locks' / plan.case.name, 'w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield plan
            return
    yield None


def _read(log: pathlib.Path, begin: int = 0) -> list[fault_attempts.Attempt]:
    """Returns what was tried, from some attempt on."""
    if not log.exists():
        return []
    lines = log.read_text(encoding='utf-8').splitlines()[begin:]
    return [fault_attempts.Attempt(**json.loads(line)) for line in lines]


if __name__ == '__main__':
    cli.run(main)
