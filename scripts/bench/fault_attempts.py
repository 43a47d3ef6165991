"""Undisturbed runs, and attempts: a run that is struck, and a second one."""

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
from collections.abc import Iterator

import fault_cases
import fault_verdicts
import faulty_runs
import small_disks

from common import errors

_DISK_MB = 300  # Spark wants 100 to begin.
_ALWAYS = ('outputs', 'scratch')


@dataclasses.dataclass(frozen=True)
class Plan:
    """An attempt to be made: a program, a fault, and which of its moments, counted from 0."""

    case: fault_cases.Case
    fault: str
    number: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What the attempt is known by."""
        return self.case.name, self.fault, self.number

    @property
    def share(self) -> float:
        """Of the seconds of an undisturbed run, how many pass first: by lot, from 0 to 1."""
        return random.Random(repr(self.key)).random()

    @property
    def by_script(self) -> bool:
        """Whether spark_submit.sh starts the program."""
        return self.case.uses_spark and self.number % 2 == 1


@dataclasses.dataclass(frozen=True)
class Attempt:
    """What came of an attempt.

    Attributes:
        program: its name.
        fault: that struck.
        number: of the moment.
        moment: seconds after the start.
        struck: whether the program still ran.
        outputs: whether they were whole or absent.
        leftovers: what else was left.
        afterwards: seconds until all processes had ended.
        again: whether there was a second run.
        resumed: whether the second run went on from a checkpoint.
        named: whether the second run said what was left.
        wrong: promises that were broken.
    """

    program: str
    fault: str
    number: int
    moment: float
    struck: bool
    outputs: str
    leftovers: list[str]
    afterwards: float
    again: bool
    resumed: bool
    named: bool
    wrong: list[str]

    @property
    def key(self) -> tuple[str, str, int]:
        """What it is known by, as its plan was."""
        return self.program, self.fault, self.number


@dataclasses.dataclass(frozen=True)
class Reference:
    """What an undisturbed run took, in seconds, and made; stdout counts where nothing is made."""

    seconds: float
    contents: dict[str, dict[str, str]]
    stdout: str


class Bench:
    """Runs programs in a folder of its own."""

    def __init__(self, folder: pathlib.Path, timeout: float, *, skip_clean: bool) -> None:
        """Takes a folder, the seconds that a run may take, and whether a run that left nothing at
        all, as if it had never been, is not followed by a second one.
        """
        self._references = folder / 'references'
        self._place = folder / 'runs' / str(os.getpid())
        self._timeout = timeout
        self._skip_clean = skip_clean
        self._references.mkdir(parents=True, exist_ok=True)

    def reference(self, case: fault_cases.Case) -> Reference:
        """Returns what an undisturbed run makes, which is made once.

        Raises:
            InputError: when it fails.
        """
        words = ' '.join(case.command(pathlib.Path()))
        digest = hashlib.sha256(words.encode()).hexdigest()
        path = self._references / f'{case.name}-{digest[:8]}.json'
        if path.exists():
            return Reference(**json.loads(path.read_text()))
        if case.resumes:  # What XLA compiles is kept: the second run and all later ones are faster.
            with self._fresh(on_disk=False):
                faulty_runs.run(self._run(case))
        with self._fresh(on_disk=False), fault_cases.serving(case) as words:
            ended = faulty_runs.run(self._run(case, *words))
            contents = fault_verdicts.read_outputs(case, self._place)
            left = fault_verdicts.find_leftovers(case, self._place)
        if ended.status or ended.survivors or left:
            raise errors.InputError(
                f'an undisturbed run of {case.name} ended with status {ended.status}, left {left} '
                f'and {ended.survivors}: {ended.lines[-3:]}'
            )
        found = Reference(ended.seconds, contents, hashlib.sha256(ended.stdout).hexdigest())
        path.write_text(json.dumps(dataclasses.asdict(found)))
        return found

    def attempt(self, plan: Plan) -> Attempt:
        """Strikes a run, looks at what it left, and runs the program once more."""
        try:
            known = self.reference(plan.case)
        except errors.InputError as error:
            return Attempt(*plan.key, 0.0, False, '', [], 0.0, False, False, False, [str(error)])
        return self._attempt(plan, known)

    def _attempt(self, plan: Plan, known: Reference) -> Attempt:
        case = plan.case
        moment = plan.share * known.seconds
        on_disk = plan.fault == fault_verdicts.FULL_DISK
        with self._fresh(on_disk), fault_cases.serving(case) as words:
            run = self._run(case, *words, submit=plan.by_script)
            ended = faulty_runs.run(run, lambda pid: self._strike(plan, pid), moment)
            if on_disk:
                (self._place / fault_verdicts.FILLER).unlink(missing_ok=True)
            verdict = fault_verdicts.judge(case, self._place, known.contents, plan.fault, ended)
            resumed = any((self._place / 'checkpoints').glob('checkpoint-*.msgpack'))
            again = not (self._skip_clean and self._is_clean())
            wrong, lines = [], []
            if again:
                wrong, lines = self._run_again(case, known, words, resumed)
        return Attempt(
            *plan.key,
            moment=round(moment, 3),
            struck=ended.struck,
            outputs=verdict.outputs,
            leftovers=verdict.leftovers,
            afterwards=round(ended.afterwards, 3),
            again=again,
            resumed=resumed,
            named=any('.tmp-' in line for line in lines),
            wrong=verdict.wrong + wrong,
        )

    def _run_again(
        self, case: fault_cases.Case, known: Reference, words: tuple[str, ...], resumed: bool
    ) -> tuple[list[str], list[str]]:
        """Returns which promises the second run broke, and what it said."""
        there = any(case.output(self._place, flag).exists() for flag in case.outputs)
        more = ['--overwrite'] if there and not case.goes_on else []
        more += ['--resume_checkpoint=latest'] if resumed else []
        ended = faulty_runs.run(self._run(case, *words, *more))
        if ended.status or ended.survivors:
            last = ended.lines[-1] if ended.lines else ''
            return [f'second run: status {ended.status}, {last!r} {ended.survivors}'], ended.lines
        try:
            found = fault_verdicts.read_outputs(case, self._place)
        except errors.InputError as error:
            return [f'second run: {error}'], ended.lines
        stdout = hashlib.sha256(ended.stdout).hexdigest()
        if found != known.contents or (not case.outputs and stdout != known.stdout):
            differs = fault_verdicts.describe_difference(found, known.contents)
            return [f'second run: made something else: {differs}'], ended.lines
        return [], ended.lines

    def _is_clean(self) -> bool:
        """Returns whether a run left nothing at all."""
        return not any(path.name not in _ALWAYS for path in self._place.rglob('*'))

    def _strike(self, plan: Plan, pid: int) -> None:
        if plan.fault == fault_verdicts.FULL_DISK:
            small_disks.fill(self._place)
        elif plan.fault == fault_verdicts.SIGKILL and plan.by_script:
            faulty_runs.kill_group(pid)
        else:
            os.kill(pid, signal.Signals[plan.fault])

    def _run(self, case: fault_cases.Case, *words: str, submit: bool = False) -> faulty_runs.Run:
        command = case.command(self._place, *words, submit=submit)
        return faulty_runs.Run(command, case.folder, self._place / 'scratch', self._timeout)

    @contextlib.contextmanager
    def _fresh(self, on_disk: bool) -> Iterator[None]:
        """Makes the folder of a run, empty, for the time of the block."""
        self._place.mkdir(parents=True, exist_ok=True)
        try:
            if on_disk:
                small_disks.mount(self._place, _DISK_MB)
            for name in _ALWAYS:
                (self._place / name).mkdir()
            yield
        finally:
            if on_disk:
                small_disks.unmount(self._place)
            shutil.rmtree(self._place)
