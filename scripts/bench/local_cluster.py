"""A cluster of scripts/local_cluster.sh, and the ways to break it."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
_SCRIPT = ROOT / 'scripts' / 'local_cluster.sh'
_WORKERS = (1, 2)


class LocalCluster:
    """Two workers of one core each, as separate processes or in network namespaces of their own.

    Attributes:
        master: URL for spark_submit.sh --master.
        folder: where the processes keep their files.
    """

    def __init__(self, folder: pathlib.Path, hosts: bool) -> None:
        self.folder = folder
        self._hosts = hosts
        started = self._call('start', '--memory=2g', *(['--hosts'] if hosts else []))
        self.master = started.strip().splitlines()[-1]

    def _call(self, *words: str) -> str:
        return subprocess.run(
            [_SCRIPT, *words],
            env={**os.environ, 'CLUSTER_DIR': str(self.folder)},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout

    def stop(self) -> None:
        """Ends all processes."""
        self._call('stop')

    def stop_worker(self, number: int) -> None:
        """Ends a worker with all that it started."""
        self._call('stop_worker', str(number))

    def kill_worker(self, number: int) -> None:
        """Kills a worker and its executors, at once."""
        os.killpg(int((self.folder / f'worker-{number}.pid').read_text()), signal.SIGKILL)

    def start_worker(self, number: int) -> None:
        """Brings a worker back."""
        self._call('start_worker', str(number))

    def stop_workers(self) -> None:
        """Ends both workers."""
        for number in _WORKERS:
            self.stop_worker(number)

    def start_workers(self) -> None:
        """Brings both workers back."""
        for number in _WORKERS:
            self.start_worker(number)

    def restart_workers(self) -> None:
        """Ends both workers and brings them back."""
        self.stop_workers()
        self.start_workers()

    def scratch(self, number: int) -> pathlib.Path:
        """Returns the folder that a worker's executors write shuffled blocks to."""
        return self.folder / f'worker-{number}' / 'scratch'

    def executors(self, number: int) -> list[int]:
        """Returns the process ids of a worker's executors."""
        worker = int((self.folder / f'worker-{number}.pid').read_text())
        return [
            pid
            for pid, (parent, words) in _processes().items()
            if parent == worker and 'CoarseGrainedExecutorBackend' in words
        ]

    def kill_executor(self, number: int) -> None:
        """Kills a worker's executors as the kernel does when memory is short."""
        for pid in self.executors(number):
            os.kill(pid, signal.SIGKILL)

    def kill_python(self, number: int) -> None:
        """Kills the Python processes that a worker's executors run."""
        processes = _processes()
        executors = set(self.executors(number))
        daemons = {pid for pid, (parent, _) in processes.items() if parent in executors}
        for pid, (parent, words) in processes.items():
            if parent in daemons and 'pyspark' in words:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def set_network(self, number: int, state: str) -> None:
        """Cuts a worker's network ('down') or mends it ('up')."""
        name = f'recsys-worker{number}'
        _run('ip', '-n', name, 'link', 'set', 'eth0', state)
        if state == 'up':
            _run('ip', '-n', name, 'route', 'replace', 'default', 'via', '10.77.0.1')


def _processes() -> dict[int, tuple[int, str]]:
    """Returns parent and command line of every process by its id."""
    found = {}
    for folder in pathlib.Path('/proc').iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                stat = (folder / 'stat').read_text().rpartition(')')[2].split()
                words = (folder / 'cmdline').read_bytes().replace(b'\0', b' ').decode()
                found[int(folder.name)] = int(stat[1]), words
    return found


def _run(*words: str) -> None:
    subprocess.run(words, check=True)


def fill_disk(folder: pathlib.Path) -> pathlib.Path:
    """Fills the disk of a folder; returns the file that does it."""
    path = folder / '.filler'
    with open(path, 'wb', buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    return path


@contextlib.contextmanager
def small_disk(folder: pathlib.Path, megabytes: int) -> Iterator[None]:
    """Puts a small disk over a folder while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    _run('mount', '-t', 'tmpfs', '-o', f'size={megabytes}m', 'tmpfs', str(folder))
    try:
        yield
    finally:
        for _ in range(50):  # A process that is about to end may still stand in it.
            if subprocess.run(['umount', str(folder)], stderr=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(0.5)
