"""What came of the attempts of scripts/bench/faults.py, as lines and as a table."""

import collections
from collections.abc import Iterable
from collections.abc import Sequence

import fault_attempts
import fault_verdicts

_HEADINGS = (
    'program',
    'fault',
    'moments',
    'still ran',
    'whole',
    'absent',
    'of several',
    'all ended within',
    'left behind (times)',
    'second run the same',
    'of which resumed',
    'broken promises',
)


def describe(attempt: fault_attempts.Attempt) -> str:
    """Returns a line on an attempt."""
    end = '; '.join(attempt.wrong) or 'as promised'
    left = f', left {", ".join(attempt.leftovers)}' if attempt.leftovers else ''
    resumed = ', resumed' if attempt.resumed else ''
    return (
        f'{attempt.program} {attempt.fault} {attempt.number} after {attempt.moment:.1f} s: '
        f'{attempt.outputs}{left}{resumed}: {end}'
    )


def table(attempts: Iterable[fault_attempts.Attempt]) -> str:
    """Returns a table in Markdown, a row for each program and fault."""
    groups: dict[tuple[str, str], list[fault_attempts.Attempt]] = collections.defaultdict(list)
    for attempt in attempts:
        groups[attempt.program, attempt.fault].append(attempt)
    rows = [_HEADINGS, ('---',) * len(_HEADINGS), *map(_row, groups.values())]
    return '\n'.join(f'| {" | ".join(row)} |' for row in rows)


def _row(group: Sequence[fault_attempts.Attempt]) -> tuple[str, ...]:
    left = collections.Counter(name for attempt in group for name in attempt.leftovers)
    states = collections.Counter(attempt.outputs for attempt in group)
    again = [attempt for attempt in group if attempt.again]
    same = [attempt for attempt in again if 'second run' not in str(attempt.wrong)]
    struck = [attempt.afterwards for attempt in group if attempt.struck]
    return (
        f'`{group[0].program}`',
        group[0].fault,
        str(len(group)),
        str(len(struck)),
        *(str(states[state]) for state in fault_verdicts.STATES),
        f'{max(struck, default=0.0):.1f} s',
        ', '.join(f'`{name}` ({count})' for name, count in sorted(left.items())) or 'nothing',
        f'{len(same)} of {len(again)}',
        str(sum(attempt.resumed for attempt in same)),
        str(sum(bool(attempt.wrong) for attempt in group)),
    )
