"""Runs the programs as a user would: as subprocesses."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(
    program: str, *flags: str, stdin: bytes | None = None, cwd: pathlib.Path | str = ROOT
) -> subprocess.CompletedProcess:
    """Runs a program such as 'wikipedia.make_dictionary'; output and errors are bytes."""
    path = str(ROOT / (program.replace('.', '/') + '.py'))
    start = ['-m', program] if cwd == ROOT else [path]
    return subprocess.run(
        [sys.executable, *start, *flags],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        timeout=300,
        env={**_environment(), 'PYTHONPATH': str(ROOT)},
        check=False,
    )


def succeed(program: str, *flags: str, **options) -> subprocess.CompletedProcess:
    """Runs a program that must exit 0."""
    result = run(program, *flags, **options)
    assert result.returncode == 0, (program, flags, result.stderr.decode()[-3000:])
    return result


def fail(program: str, *flags: str, status: int = 1, **options) -> str:
    """Runs a program that must exit with status and no traceback; returns its last line."""
    result = run(program, *flags, **options)
    errors = result.stderr.decode()
    assert result.returncode == status, (program, flags, result.returncode, errors[-3000:])
    assert 'Traceback' not in errors, errors[-3000:]
    last = errors.strip().splitlines()[-1]
    assert 'error: ' in last and 'unexpected' not in last, errors[-3000:]
    return last


def _environment() -> dict[str, str]:

    return {name: value for name, value in os.environ.items() if name != 'SPARK_HOME'}
