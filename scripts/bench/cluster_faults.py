"""Breaks a cluster of this machine while programs run on it, and says what comes out.

For each fault, tokenize_pages or make_cooccurrence runs on a standalone cluster of two workers.
When it has come to a certain point, an executor, a Python process or a worker is killed, a network
is cut, or a disk is filled. The run has to end with the records of an undisturbed local run, and no
other file, or with one message that says what was wrong, and no output. A table goes to standard
output; the exit status is 1 when any run did neither.

Networks are cut, and workers have addresses of their own, with --hosts, which wants root and
iproute2; disks that can be filled want root too, and 5 GB of memory at most.

Reads:  --pages, Page records of xml2proto
Writes: --scratch, what local runs make of them, which later runs take from there; logs

Example:
  scripts/bench/cluster_faults.sh --pages=data/pages --hosts --parts=4
"""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from absl import flags

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import cluster_fault_table
import local_cluster
import output_checks
import small_disks

from common import cli
from common import errors

_PAGES = flags.DEFINE_string('pages', None, 'Page records: a directory.', required=True)
_SCRATCH = flags.DEFINE_string('scratch', 'out/cluster_faults', 'Folder to work in.')
_HOSTS = flags.DEFINE_boolean('hosts', False, 'Each worker in a network namespace of its own.')
_PARTS = flags.DEFINE_integer('parts', 13, 'Use so many parts of the pages.', lower_bound=2)
_FAULTS = flags.DEFINE_list('faults', [], 'Only these faults.')
_SECONDS = flags.DEFINE_float('timeout', 900.0, 'Seconds that a run may take.', lower_bound=1.0)

# An executor that says nothing is given up after so long; Spark's own default is 120 s.
_QUICK = tuple(
    f'--conf=spark.{setting}'
    for setting in (
        'network.timeout=40s',
        'network.timeoutInterval=10s',
        'executor.heartbeatInterval=5s',
    )
)
_SUBMIT = local_cluster.ROOT / 'scripts' / 'spark_submit.sh'


class Bench:
    """Local runs to compare with, and runs on the cluster."""

    def __init__(self, folder: pathlib.Path, pages: str, parts: int) -> None:
        self._folder = folder.resolve()
        self._started: list[subprocess.Popen] = []
        self._local = self._folder / f'local-{parts}'
        self._local.mkdir(parents=True, exist_ok=True)
        self._pages = self._local / 'pages'
        if not self._pages.exists():
            names = sorted(pathlib.Path(pages).resolve().glob('part-*.bz2'))[:parts]
            if not names:
                raise errors.InputError(f'{pages} holds no part-*.bz2; make it with xml2proto')
            self._pages.mkdir()
            for name in names:
                shutil.copy(name, self._pages)
        self._make('docs', cluster_fault_table.TOKENIZE)
        self._make(
            'tokens.bz2', 'make_dictionary', f'--input_file={self._local}/docs', '--token_output='
        )
        self._make('cooccurrence', cluster_fault_table.COUNT)

    def _make(self, name: str, program: str, *words: str) -> None:
        """Makes something by a local run, unless it is there."""
        output = self._local / name
        if output.exists():
            return
        *flags_, last = words or self._flags(program)
        command = [_SUBMIT, f'wikipedia/{program}.py', *flags_, f'{last}{output}']
        result = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if result.returncode:
            raise errors.InputError(f'a local run failed: {result.stderr.splitlines()[-1]}')

    def _flags(self, program: str) -> list[str]:
        """Returns a program's flags; the last wants the output behind it."""
        if program == cluster_fault_table.TOKENIZE:
            source = [f'--input_file={self._pages}', '--allow_incomplete']
            return [*source, '--proto=Page', '--language=en', '--output_file=']
        source = [f'--input_file={self._local}/docs']
        return [*source, f'--token_dictionary={self._local}/tokens.bz2', '--output_file=']

    def _expected(self, program: str) -> dict[str, str]:
        return output_checks.hashes(
            self._local / ('docs' if program == cluster_fault_table.TOKENIZE else 'cooccurrence')
        )

    def start(
        self,
        cluster: local_cluster.LocalCluster,
        program: str,
        output: pathlib.Path,
        log: pathlib.Path,
        *conf: str,
    ) -> subprocess.Popen:
        """Starts a program on the cluster."""
        *words, last = self._flags(program)
        with open(log, 'w', encoding='utf-8') as file:
            process = subprocess.Popen(
                [
                    _SUBMIT,
                    f'--master={cluster.master}',
                    '--executor-memory=1g',
                    *_QUICK,
                    *conf,
                    f'wikipedia/{program}.py',
                    *words,
                    f'{last}{output}',
                ],
                stderr=file,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def end(self) -> None:
        """Ends what still runs."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def run(self, cluster: local_cluster.LocalCluster, fault: cluster_fault_table.Fault) -> str:
        """Runs a program through a fault; returns what came out."""
        output, log = self._places(cluster, fault.name)
        with contextlib.ExitStack() as stack:
            if fault.moment == cluster_fault_table.BEFORE:
                _fill(cluster, fault, stack)
            process = self.start(cluster, fault.program, output, log)
            deadline = time.monotonic() + _SECONDS.value
            struck = fault.moment == cluster_fault_table.BEFORE
            while process.poll() is None and time.monotonic() < deadline and not struck:
                struck = _has_come(fault.moment, cluster, output)
                time.sleep(0.02)
            if struck and fault.moment != cluster_fault_table.BEFORE:
                _fill(cluster, fault, stack)
                fault.strike(cluster)
                _wait(process, min(deadline, time.monotonic() + fault.seconds))
                fault.mend(cluster)
            _wait(process, deadline)
        if fault.hosts:
            time.sleep(5)  # What was given up goes on, and finds itself alone.
        came = self._judge(process, fault.program, output, log)
        if fault.hosts:
            cluster.restart_worker(1)
        return came if struck else f'WRONG: was never {fault.moment}; {came}'

    def _places(
        self, cluster: local_cluster.LocalCluster, name: str
    ) -> tuple[pathlib.Path, pathlib.Path]:
        """Returns where a run writes, which is empty, and where its log goes."""
        place = self._folder / 'logs'
        place.mkdir(exist_ok=True)
        for path in cluster.outputs.iterdir():
            shutil.rmtree(path)
        for path in list(cluster.shuffled()):  # Killed workers leave theirs.
            path.unlink(missing_ok=True)
        return cluster.outputs / 'output', place / name.replace(':', '-')

    def _judge(
        self, process: subprocess.Popen, program: str, output: pathlib.Path, log: pathlib.Path
    ) -> str:
        """Says what came out of a run; it begins with WRONG when it should not have."""
        if process.poll() is None:
            self.end()
            return 'WRONG: did not end'
        if left := sorted(set(os.listdir(output.parent)) - {output.name}):
            return f'WRONG: left {left[:3]}'
        lines = log.read_text(encoding='utf-8').splitlines() or ['']
        if process.returncode == 0:
            if foreign := output_checks.foreign(output):
                return f'WRONG: holds {foreign[:3]}'
            if damage := output_checks.damage(output):
                return f'WRONG: {damage}'
            same = output_checks.hashes(output) == self._expected(program)
            return 'same records' if same else 'WRONG: other records'
        if output.exists():
            return f'WRONG: failed, and left {output}'
        if 'error: ' not in lines[-1] or 'unexpected' in lines[-1] or 'Traceback' in str(lines):
            return f'WRONG: failed without a clear message: {lines[-1]}'
        return f'failed: {lines[-1]}'

    def race(self, cluster: local_cluster.LocalCluster, program: str) -> str:
        """Runs a program twice with one output, at the same time; returns what came out."""
        output, log = self._places(cluster, f'two_runs-{program}')
        logs = [log.with_suffix(suffix) for suffix in ('.1', '.2')]
        half = '--conf=spark.cores.max=1'
        runs = [self.start(cluster, program, output, log, half) for log in logs]
        deadline = time.monotonic() + _SECONDS.value
        for process in runs:
            _wait(process, deadline)
        results = [
            self._judge(process, program, output, log)
            for process, log in zip(runs, logs, strict=True)
            if process.returncode == 0
        ]
        losers = [
            log.read_text(encoding='utf-8').splitlines()[-1]
            for process, log in zip(runs, logs, strict=True)
            if process.returncode
        ]
        known = losers and ('meanwhile' in losers[0] or 'already exists' in losers[0])
        if len(results) != 1 or not known:
            return f'WRONG: {results} {losers}'
        return f'{results[0]}; the other failed: {losers[0]}'


def _fill(
    cluster: local_cluster.LocalCluster,
    fault: cluster_fault_table.Fault,
    stack: contextlib.ExitStack,
) -> None:
    """Fills the disks that a fault wants full, until the stack ends."""
    folders = {
        'output': [cluster.outputs],
        'one scratch': [cluster.scratch(1)],
        'every scratch': [cluster.scratch(number) for number in local_cluster.WORKERS],
    }
    # With nothing left, a worker cannot start an executor; with a little, it can.
    spare = 50 << 20 if fault.moment == cluster_fault_table.BEFORE else 0
    for folder in folders.get(fault.disk, []):
        stack.callback(small_disks.fill(folder, spare).unlink)


def _has_come(moment: str, cluster: local_cluster.LocalCluster, output: pathlib.Path) -> bool:
    try:
        if moment == cluster_fault_table.WRITING:
            return any('part-' in path.name for path in output.parent.rglob('*'))
        return any(
            any(cluster.scratch(number).rglob('shuffle_*.data')) for number in local_cluster.WORKERS
        )
    except FileNotFoundError:  # Folders come and go.
        return False


def _wait(process: subprocess.Popen, deadline: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, deadline - time.monotonic()))


def main(argv: list[str]) -> None:
    """Runs all, and prints the table."""
    cli.refuse_arguments(argv)
    wanted = cluster_fault_table.all_faults(networks=_HOSTS.value, disks=os.geteuid() == 0)
    races = {
        f'two_runs:{program}': program
        for program in (cluster_fault_table.TOKENIZE, cluster_fault_table.COUNT)
    }
    chosen = _FAULTS.value or [*(f.name for f in wanted), *races]
    unknown = set(chosen) - {f.name for f in wanted} - set(races)
    if unknown:
        raise errors.UsageError(f'--faults knows no {sorted(unknown)[0]} here')
    folder = pathlib.Path(_SCRATCH.value)
    bench = Bench(folder, _PAGES.value, _PARTS.value)
    cluster = local_cluster.LocalCluster(folder.resolve() / 'cluster', _HOSTS.value)
    wrong = 0
    try:
        for name in chosen:
            begun = time.monotonic()
            fault = next((f for f in wanted if f.name == name), None)
            came = bench.run(cluster, fault) if fault else bench.race(cluster, races[name])
            wrong += came.startswith('WRONG')
            print(f'{name:45} {time.monotonic() - begun:5.0f} s  {came}', flush=True)
    finally:
        bench.end()
        cluster.stop()
    if wrong:
        raise errors.InputError(f'{wrong} of {len(chosen)} runs came out wrong')


if __name__ == '__main__':
    cli.run(main)
