"""Runs a command and says how long it took and how much memory all its processes held at once.

python scripts/bench/measured_run.py RESULTS.jsonl NAME COMMAND…

Memory is the sum of the proportional set sizes of the command's process group, looked at ten times
a second, so that pages that processes share count once. A line of JSON is appended to RESULTS.
"""

import dataclasses
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time
from collections.abc import Sequence

_SECONDS = 0.1
_PSS = re.compile(rb'^Pss:\s+(\d+) kB', re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Measured:
    """A run: seconds of the clock and of all processors, and the most bytes of memory."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(command: Sequence[str]) -> Measured:
    """Runs a command; ends this program when it fails."""
    before = _children_seconds()
    began = time.monotonic()
    process = subprocess.Popen(command, start_new_session=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _session_bytes(process.pid))
        time.sleep(_SECONDS)
    seconds = time.monotonic() - began
    if process.returncode:
        sys.exit(process.returncode)
    return Measured(seconds, _children_seconds() - before, peak)


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


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


def _session_bytes(session: int) -> int:
    """Returns the memory of all processes of a session."""
    total = 0
    for folder in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            if os.getsid(int(folder.name)) == session:
                total += 1024 * int(_PSS.search((folder / 'smaps_rollup').read_bytes())[1])
        except (OSError, TypeError):  # It has ended meanwhile.
            continue
    return total


if __name__ == '__main__':
    main()
