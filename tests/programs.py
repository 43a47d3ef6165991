"""Runs the programs as a user would: in processes of their own.

These are forked from a server that has loaded the heavy libraries, which takes longer than most
programs run. `--help` of every program, and whatever a test starts by itself, is really started
anew.
"""

import dataclasses
import io
import multiprocessing
import os
import pathlib
import runpy
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The variable that names a folder of the session's, for tests.program_inputs.
SHARED_FOLDER = 'RECSYS_TEST_PROGRAMS'
_TIMEOUT_S = 300
_LOADED = [
    'absl.app',
    'flax.linen',
    'gensim.models',
    'google.protobuf.message',
    'lxml.etree',
    'numpy',
    'optax',
    'PIL.Image',
    'pyspark',
    'tantivy',
]


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a program ended: its exit status and what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes


def run(
    program: str, *flags: str, stdin: bytes | None = None, cwd: pathlib.Path | str = ROOT
) -> Ended:
    """Runs a program such as 'wikipedia.make_dictionary'; output and errors are bytes."""
    environment = {name: value for name, value in os.environ.items() if name != 'SPARK_HOME'}
    with tempfile.TemporaryDirectory() as folder:
        streams = [os.path.join(folder, name) for name in ('stdin', 'stdout', 'stderr')]
        pathlib.Path(streams[0]).write_bytes(stdin or b'')
        status = run_with(program, list(map(str, flags)), streams, str(cwd), environment)
        written = (pathlib.Path(stream).read_bytes() for stream in streams[1:])
        return Ended(status, *written)


def run_with(
    program: str, words: list[str], streams: list[str], cwd: str, environment: dict[str, str]
) -> int:
    """Runs a program in a folder and an environment; returns its exit status.

    Args:
        program: such as 'wikipedia.make_dictionary'.
        words: of its command line.
        streams: paths of what it has for stdin, stdout and stderr.
        cwd: the folder.
        environment: all variables.
    """
    path = str(ROOT / (program.replace('.', '/') + '.py'))
    process = _server().Process(
        target=_run_forked, args=([path, *words], streams, cwd, environment)
    )
    process.start()
    process.join(_TIMEOUT_S)
    if process.exitcode is None:
        process.kill()
        process.join()
    return process.exitcode


def succeed(program: str, *flags: str, **options) -> Ended:
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


def submit(program: str, *flags: str, cwd: pathlib.Path) -> None:
    """Runs a program by scripts/spark_submit.sh where tests run in the environment it sets up."""
    if pathlib.Path(sys.prefix) != ROOT / '.venv':
        succeed(program.removesuffix('.py').replace('/', '.'), *flags, cwd=cwd)
        return
    # As on a machine without Java: what is on PATH does not count, only JAVA_HOME would.
    environment = {name: value for name, value in os.environ.items() if name != 'JAVA_HOME'}
    script = str(ROOT / 'scripts' / 'spark_submit.sh')
    result = subprocess.run(
        [script, '--master', 'local[2]', program, *flags],
        capture_output=True,
        cwd=cwd,
        env=environment,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, (program, result.stderr.decode()[-3000:])


def _server():
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(_LOADED)
    return context


def _run_forked(argv: list[str], streams: list[str], cwd: str, environment: dict[str, str]) -> None:
    """Becomes the program: its words, streams, folder and environment."""
    for number, (stream, how) in enumerate(zip(streams, ('rb', 'wb', 'wb'), strict=True)):
        with open(stream, how) as file:
            os.dup2(file.fileno(), number)
    # Those of the server remember whether its own files could seek.
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, 'w', closefd=False)))
    os.environ.clear()
    os.environ.update(environment, PYTHONPATH=str(ROOT))
    os.chdir(cwd)
    sys.argv[:] = argv
    sys.path[:] = [os.path.dirname(argv[0]), str(ROOT), *(p for p in sys.path if p)]
    runpy.run_path(argv[0], run_name='__main__')
