"""Runs a program, strikes it at a moment, and says how it and all that it started ended."""

import contextlib
import dataclasses
import os
import pathlib
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from collections.abc import Sequence
from typing import BinaryIO

_MARK = 'RECSYS_FAULTS_RUN'  # Whatever a run starts inherits the variable, in any session.
_GRACE_SECONDS = 15.0
_LOOK_SECONDS = 0.05


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        status: of the program; below 0 when a signal ended it.
        lines: of its standard error.
        stdout: what it wrote there.
        seconds: that it took.
        struck: whether it still ran at the moment.
        afterwards: seconds from the strike to the end of the last of its processes.
        survivors: command lines of processes that had to be killed.
    """

    status: int
    lines: list[str]
    stdout: bytes
    seconds: float
    struck: bool
    afterwards: float
    survivors: list[str]


@dataclasses.dataclass(frozen=True)
class Run:
    """What to run: a command, the folder where it begins, and one for its temporary files."""

    command: Sequence[str | os.PathLike[str]]
    folder: pathlib.Path
    scratch: pathlib.Path
    timeout: float


def run(what: Run, strike: Callable[[int], None] | None = None, moment: float = 0.0) -> Ended:
    """Runs a command to its end.

    Args:
        what: to run.
        strike: does the harm; takes the process id, which leads a process group.
        moment: seconds after the start.
    """
    mark = secrets.token_hex(8)
    began = time.monotonic()
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            what.command,
            cwd=what.folder,
            env=_environment(what.scratch, mark),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            hit = _strike_and_wait(process, strike, moment, what.timeout)
        except BaseException:  # Such as a signal to this program.
            kill_group(process.pid)
            _await_all(mark)
            raise
        ended = time.monotonic()
        survivors = _await_all(mark)
        written = [_read(file) for file in (stdout, stderr)]
    return Ended(
        status=process.returncode,
        lines=written[1].decode(errors='replace').strip().splitlines(),
        stdout=written[0],
        seconds=ended - began,
        struck=hit is not None,
        afterwards=time.monotonic() - (hit or ended),
        survivors=survivors,
    )


def _strike_and_wait(
    process: subprocess.Popen, strike: Callable[[int], None] | None, moment: float, timeout: float
) -> float | None:
    """Waits for a process to end, or kills it; returns when it was struck, None when it was not."""
    hit = None
    if strike is not None and not _ends_within(process, moment):
        strike(process.pid)
        hit = time.monotonic()
    if not _ends_within(process, timeout):
        process.kill()
        process.wait()
    return hit


def _read(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def kill_group(pid: int) -> None:
    """Kills a process and what it leads, as the end of a container or of a job does."""
    os.killpg(pid, signal.SIGKILL)


def _environment(scratch: pathlib.Path, mark: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != 'SPARK_HOME'}
    root = str(pathlib.Path(__file__).resolve().parents[2])
    own = {'TMPDIR': str(scratch), 'SPARK_LOCAL_DIRS': str(scratch), 'PYTHONPATH': root}
    return {**kept, **own, _MARK: mark}


def _ends_within(process: subprocess.Popen, seconds: float) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.poll() is not None


def _await_all(mark: str) -> list[str]:
    """Waits for the processes of a run to end, and kills those that do not; returns those."""
    deadline = time.monotonic() + _GRACE_SECONDS
    while (left := _marked(mark)) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return list(left.values())


def _marked(mark: str) -> dict[int, str]:
    """Returns the processes of a run: their command lines by id, without those that are dead."""
    wanted = f'{_MARK}={mark}'.encode()
    found = {}
    for folder in pathlib.Path('/proc').iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                if wanted in (folder / 'environ').read_bytes():
                    words = (folder / 'cmdline').read_bytes().replace(b'\0', b' ')
                    found[int(folder.name)] = words.decode(errors='replace').strip()
    return found
