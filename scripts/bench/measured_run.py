"""Runs a command and says how long it took and how much memory all its processes held at once.

python scripts/bench/measured_run.py RESULTS.jsonl NAME COMMAND…

Memory is the sum of the proportional set sizes of the command's session, looked at ten times a
second or less often where looking is slow, so that pages that processes share count once. A line of
JSON is appended to RESULTS.
"""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Sequence

_SECONDS = 0.1
_PATIENCE = 30  # Times as long as a look takes is waited before the next, lest it slow the command.
_TICKS = os.sysconf('SC_CLK_TCK')
_PSS = re.compile(rb'^Pss:\s+(\d+) kB', re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Measured:
    """A run: seconds of the clock and of all processors, and the most bytes of memory.

    Of the time of processors, what a process spends after the last look at it is missed.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(command: Sequence[str]) -> Measured:
    """Runs a command; ends this program when it fails."""
    began = time.monotonic()
    process = subprocess.Popen(command, start_new_session=True)
    peak = 0
    spent: dict[int, float] = {}
    while process.poll() is None:
        looked = time.monotonic()
        peak = max(peak, _look(process.pid, spent))
        time.sleep(max(_SECONDS, _PATIENCE * (time.monotonic() - looked)))
    seconds = time.monotonic() - began
    if process.returncode:
        sys.exit(process.returncode)
    return Measured(seconds, sum(spent.values()), peak)


def main() -> None:
    """Runs, prints and appends."""
    results, name, *command = sys.argv[1:]
    found = run(command)
    print(f'{name}: {found.seconds:.1f} s, at most {found.peak_bytes / 1e9:.2f} GB', flush=True)
    append(results, {'name': name, **to_json(found)})


def to_json(measured: Measured) -> dict[str, float]:
    """Returns what a line of results says of a run."""
    return {
        'seconds': round(measured.seconds, 2),
        'cpu_seconds': round(measured.cpu_seconds, 2),
        'peak_bytes': measured.peak_bytes,
        'cores': os.cpu_count(),
    }


def append(results: str, line: dict[str, object]) -> None:
    """Appends a line of JSON."""
    with open(results, 'a', encoding='utf-8') as file:
        file.write(json.dumps(line) + '\n')


def _look(session: int, spent: dict[int, float]) -> int:
    """Returns the bytes of all processes of a session; notes the seconds that each has spent."""
    total = 0
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            if os.getsid(int(folder.name)) != session:
                continue
            ticks = (folder / 'stat').read_bytes().rpartition(b')')[2].split()[11:13]
            spent[int(folder.name)] = sum(map(int, ticks)) / _TICKS
            total += 1024 * int(_PSS.search((folder / 'smaps_rollup').read_bytes())[1])
        except (OSError, TypeError, ValueError):  # It has ended meanwhile.
            continue
    return total


if __name__ == '__main__':
    main()
