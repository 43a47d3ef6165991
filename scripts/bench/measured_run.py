"""Runs a command and says how long it took and how much memory all its processes held at once.

python scripts/bench/measured_run.py RESULTS.jsonl NAME COMMAND…

Memory is the sum of the proportional set sizes of the command's process group, looked at ten times
a second, so that pages that processes share count once. A line of JSON is appended to RESULTS.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

_SECONDS = 0.1
_PSS = re.compile(rb'^Pss:\s+(\d+) kB', re.MULTILINE)


def main() -> None:
    """Runs, prints and appends."""
    results, name, *command = sys.argv[1:]
    began = time.monotonic()
    process = subprocess.Popen(command, start_new_session=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _session_bytes(process.pid))
        time.sleep(_SECONDS)
    seconds = time.monotonic() - began
    if process.returncode:
        sys.exit(process.returncode)
    print(f'{name}: {seconds:.1f} s, at most {peak / 1e9:.2f} GB', flush=True)
    line = {'name': name, 'seconds': round(seconds, 2), 'peak_bytes': peak, 'cores': os.cpu_count()}
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
