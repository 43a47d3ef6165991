"""What a run that was struck left, and whether that is what was promised."""

import dataclasses
import pathlib
import re
import signal
from collections.abc import Mapping

import fault_cases
import faulty_runs
import output_checks

from common import errors

SIGTERM, SIGKILL, FULL_DISK = FAULTS = ('SIGTERM', 'SIGKILL', 'full_disk')
WHOLE, ABSENT, SOME = STATES = ('whole', 'absent', 'some of several')
NONE = 'makes none'
_TERMINATED = 'error: terminated; nothing half-written was left'
_HIDDEN = re.compile(r'\.(?P<name>.+)\.tmp-\d+-[0-9a-f]{8}(-[0-9a-f]{8})?')
_NUMBERS = re.compile(r'(?<=^tmp)[a-z0-9_]{8}$|[0-9a-f]{8,}(-[0-9a-f]{4,})*|\d+|(?<=[-_])\w{8}$')
# Ledgers and logs, line by line with the time, and the page that is made of one.
_GROWING = re.compile(r'(failures|results)\.jsonl|index\.html|trial-\d+\.log')
_CHECKPOINT = re.compile(r'checkpoint-\d{5}\.msgpack|metrics\.jsonl')
FILLER = '.filler'

Contents = Mapping[str, Mapping[str, str]]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What is left.

    Attributes:
        outputs: WHOLE, ABSENT or SOME, or NONE where a program makes none.
        leftovers: names of what else is left, without the numbers in them.
        wrong: which promises were broken, in words.
    """

    outputs: str
    leftovers: list[str]
    wrong: list[str]


def read_outputs(case: fault_cases.Case, place: pathlib.Path) -> dict[str, dict[str, str]]:
    """Returns what each output holds that is there, by its flag."""
    found = {}
    for flag in case.outputs:
        contents = output_checks.contents(case.output(place, flag))
        if case.goes_on:
            contents = {
                name: digest
                for name, digest in contents.items()
                if not _GROWING.fullmatch(pathlib.Path(name).name) and not _is_hidden(name)
            }
        if contents:
            found[flag] = contents
    return found


def judge(
    case: fault_cases.Case,
    place: pathlib.Path,
    expected: Contents,
    fault: str,
    ended: faulty_runs.Ended,
) -> Verdict:
    """Looks at what a run left and how it ended.

    Args:
        case: the program.
        place: folder of the run.
        expected: of an undisturbed run.
        fault: which one struck.
        ended: how the run ended.
    """
    outputs, wrong = _judge_outputs(case, place, expected)
    leftovers = find_leftovers(case, place)
    wrong += [f'still runs: {words}' for words in ended.survivors]
    if fault != SIGKILL and leftovers:
        wrong.append(f'left {", ".join(leftovers)}')
    hidden = [name for name in leftovers if not name.startswith('TMPDIR/')]
    if unknown := [name for name in hidden if '.tmp-' not in name]:
        wrong.append(f'left {", ".join(unknown)}, which no one knows for a temporary file')
    wrong += _judge_end(fault, ended, outputs)
    return Verdict(outputs, leftovers, wrong)


def _judge_outputs(
    case: fault_cases.Case, place: pathlib.Path, expected: Contents
) -> tuple[str, list[str]]:
    """Returns which outputs are there, and which are no more than half."""
    if not case.outputs:
        return NONE, []
    try:
        found = read_outputs(case, place)
    except errors.InputError as error:
        return SOME, [f'half an output: {error}']
    wrong = []
    for flag, contents in found.items():
        path = case.output(place, flag)
        differs = [name for name, digest in contents.items() if expected[flag].get(name) != digest]
        missing = [] if case.goes_on else expected[flag].keys() - contents.keys()
        if differs or missing:
            wrong.append(f'half an output: {path.name} without {sorted([*differs, *missing])[:3]}')
        elif path.is_dir() and (damage := output_checks.damage(path)):
            wrong.append(f'half an output: {damage}')
    return WHOLE if found == expected else SOME if found else ABSENT, wrong


def describe_difference(found: Contents, expected: Contents) -> str:
    """Returns the names of some files that differ."""
    return str(
        [
            f'{flag}: {name}'
            for flag, contents in expected.items()
            for name, digest in contents.items()
            if found.get(flag, {}).get(name) != digest
        ][:3]
    )


def find_leftovers(case: fault_cases.Case, place: pathlib.Path) -> list[str]:
    """Returns what is left beside outputs and checkpoints, and hidden in what grows."""
    wanted = {case.output(place, flag).name for flag in case.outputs}
    wanted |= {f'{name}.meta.json' for name in wanted}
    found = [path.name for path in (place / 'outputs').iterdir() if path.name not in wanted]
    points = (place / 'checkpoints').glob('*')
    found += [path.name for path in points if not _CHECKPOINT.fullmatch(path.name)]
    if case.goes_on:
        files = [path for path in (place / 'outputs').rglob('.*') if path.parent.name in wanted]
        found += [path.name for path in files]
    found += [f'TMPDIR/{path.name}' for path in (place / 'scratch').iterdir()]
    return sorted({_shorten(name) for name in found})


def _is_hidden(name: str) -> bool:
    return any(_HIDDEN.fullmatch(part) for part in pathlib.PurePath(name).parts)


def _shorten(name: str) -> str:
    if match := _HIDDEN.fullmatch(name):
        return f'.{match["name"]}.tmp-…'
    return _NUMBERS.sub('…', name)


def _judge_end(fault: str, ended: faulty_runs.Ended, outputs: str) -> list[str]:
    """Returns what is wrong with the exit status or the last line."""
    last = ended.lines[-1] if ended.lines else ''
    said = f'status {ended.status}, {last!r}'
    if 'Traceback (most recent call last):' in ended.lines:
        return [f'printed a traceback: {said}']
    if ended.status == 0 or not ended.struck:
        return [] if ended.status == 0 and outputs in (WHOLE, NONE) else [f'ended with {said}']
    if fault == SIGKILL:
        return [] if ended.status == -signal.SIGKILL else [f'ended with {said}']
    if fault == SIGTERM:
        early = ended.status == -signal.SIGTERM and not ended.lines
        clear = ended.status == 128 + signal.SIGTERM and last.endswith(_TERMINATED)
        return [] if early or clear else [f'ended with {said}']
    clear = 'error: ' in last and 'unexpected' not in last and 'room' in last
    return [] if ended.status == 1 and clear else [f'ended with {said}']
