"""A cluster of scripts/local_cluster.sh, and the ways to break it."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
from collections.abc import Iterator

import small_disks

ROOT = pathlib.Path(__file__).resolve().parents[2]
_SCRIPT = ROOT / 'scripts' / 'local_cluster.sh'
WORKERS = (1, 2)
_SCRATCH_MB, _OUTPUT_MB = 2000, 1000


class LocalCluster:
    """Two workers of one core each, as separate processes or in network namespaces of their own.

    Attributes:
        master: URL for spark_submit.sh --master.
        folder: where the processes keep their files; what was there is removed.
        outputs: where programs are to write.

    As root, the workers' scratch folders and outputs are disks of their own, in memory.
    """

    def __init__(self, folder: pathlib.Path, hosts: bool) -> None:
        self.folder = folder
        self.outputs = folder / 'outputs'
        self._disks = {self.scratch(number): _SCRATCH_MB for number in WORKERS}
        self._disks[self.outputs] = _OUTPUT_MB
        for disk in self._disks:
            small_disks.unmount(disk)
        shutil.rmtree(folder, ignore_errors=True)
        for disk, size in self._disks.items():
            disk.mkdir(parents=True)
            if os.geteuid() == 0:
                small_disks.mount(disk, size)
        try:
            started = self._call('start', '--memory=2g', *(['--hosts'] if hosts else []))
        except subprocess.CalledProcessError:
            self._unmount()
            raise
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
        self._unmount()

    def _unmount(self) -> None:
        for disk in self._disks if os.geteuid() == 0 else ():
            small_disks.unmount(disk)

    def kill_worker(self, number: int) -> None:
        """Kills a worker and its executors, at once."""
        os.killpg(int((self.folder / f'worker-{number}.pid').read_text()), signal.SIGKILL)

    def start_worker(self, number: int) -> None:
        """Brings a worker back."""
        self._call('start_worker', str(number))

    def restart_worker(self, number: int) -> None:
        """Ends a worker, and all that it started, and brings it back."""
        self._call('stop_worker', str(number))
        self.start_worker(number)

    def scratch(self, number: int) -> pathlib.Path:
        """Returns the folder that a worker's executors write shuffled blocks to."""
        return self.folder / f'worker-{number}' / 'scratch'

    def shuffled(self) -> Iterator[pathlib.Path]:
        """Yields the blocks that were shuffled."""
        for number in WORKERS:
            yield from self.scratch(number).rglob('shuffle_*.data')

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
