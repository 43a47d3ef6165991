"""Trials of a sweep: each a run of a training program, with what came of it in results.jsonl."""

import dataclasses
import fcntl
import json
import math
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from absl import logging

from common import errors
from common import models
from pinterest import sweeps

RESULTS_NAME = 'results.jsonl'
FINISHED, FAILED = 'finished', 'failed'
_ROOT = pathlib.Path(__file__).resolve().parent.parent
_TAIL_BYTES = 4096
_STOP_SECONDS = 10.0


@dataclasses.dataclass(frozen=True)
class Trial:
    """A trial that has ended.

    Attributes:
        number: from 1.
        parameters: its settings.
        status: FINISHED or FAILED.
        value: the metric of the model; None when it failed.
        metrics: all metrics of the model.
        seconds: that it took.
        error: the last line of what a failed one said.
    """

    number: int
    parameters: Mapping[str, sweeps.Value]
    status: str
    value: float | None = None
    metrics: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    error: str = ''

    @property
    def name(self) -> str:
        """The name of its model, and with .log of what it said, in the folder of the sweep."""
        return _name(self.number)


class Results:
    """The file of results; a context manager that keeps other runs out of it.

    Attributes:
        trials: those in the file, the last of each number.
    """

    def __init__(self, folder: str, settings: Mapping[str, Any]) -> None:
        """Opens or makes the file.

        Args:
            folder: of the sweep; made when it is not there.
            settings: what all trials share; results of others are not comparable.

        Raises:
            InputError: when another run is at it, the file is damaged, or settings differ.
        """
        os.makedirs(folder, exist_ok=True)
        self._path = os.path.join(folder, RESULTS_NAME)
        if not os.path.exists(self._path) and os.listdir(folder):
            raise errors.InputError(f'{folder} is not empty, and no sweep; name another --output')
        self._file = open(self._path, 'a+b')  # noqa: SIM115
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise errors.InputError(f'another sweep runs in {folder}; let it end first') from None
        self.trials: dict[int, Trial] = {}
        try:
            self._read(json.loads(json.dumps(dict(settings))))
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> 'Results':
        """Returns the results."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Closes the file."""
        self._file.close()

    def add(self, trial: Trial) -> None:
        """Appends a trial."""
        self.trials[trial.number] = trial
        self._append(dataclasses.asdict(trial))

    def finished(self, number: int, parameters: Mapping[str, sweeps.Value]) -> Trial | None:
        """Returns a trial that need not be run again, or None."""
        trial = self.trials.get(number)
        if trial is None or trial.status != FINISHED or trial.parameters != parameters:
            return None
        return trial

    def _append(self, fields: Mapping[str, Any]) -> None:
        line = json.dumps(fields, ensure_ascii=False, allow_nan=False)
        self._file.write(line.encode('utf-8') + b'\n')
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self, settings: Mapping[str, Any]) -> None:
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b'\n') + 1
        if whole < len(content):  # Of a line that was cut off: its trial is run again.
            self._file.truncate(whole)
        lines = content[:whole].splitlines()
        if not lines:
            self._append({'settings': settings})
            return
        try:
            found = json.loads(lines[0])['settings']
            entries = [Trial(**json.loads(line)) for line in lines[1:]]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise errors.InputError(
                f'{self._path} is damaged ({error}); remove it, or name another --output'
            ) from error
        if found != settings:
            raise errors.InputError(
                f'{self._path} is of trials with {_difference(found, settings)}; name another '
                '--output'
            )
        self.trials = {trial.number: trial for trial in entries}


def run(
    module: str,
    number: int,
    parameters: Mapping[str, sweeps.Value],
    fixed: Sequence[str],
    folder: str,
    sweep: sweeps.Sweep,
) -> Trial:
    """Runs a trial; its model and log are trial-NNNN and trial-NNNN.log in the folder.

    Args:
        module: the program, such as pinterest.train_shop_the_look.
        number: of the trial.
        parameters: its settings.
        fixed: more flags, which win over the settings.
        folder: of the sweep.
        sweep: says what is measured.
    """
    model_dir = os.path.join(folder, _name(number))
    log = f'{model_dir}.log'
    flags = [*(f'--{name}={value}' for name, value in parameters.items()), *fixed]
    began = time.monotonic()
    with open(log, 'wb') as file:
        status = _execute(module, [*flags, f'--model_dir={model_dir}', '--overwrite'], file)
    seconds = round(time.monotonic() - began, 1)
    if status:
        reason = _last_line(log) or f'exit status {status}'
        return Trial(number, parameters, FAILED, seconds=seconds, error=reason)
    metrics = model_metrics(model_dir, sweep.metric)
    return Trial(number, parameters, FINISHED, metrics[sweep.metric], metrics, seconds)


def model_metrics(model_dir: str, metric: str) -> dict[str, Any]:
    """Returns the metrics of a model: those of the epoch that it was taken from.

    Raises:
        InputError: when the wanted one is not among them.
    """
    metrics = models.load_config(model_dir).get('best')
    metrics = metrics if isinstance(metrics, dict) else {}
    value = metrics.get(metric)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise errors.InputError(
            f'{model_dir} has no {metric}; it has {", ".join(metrics) or "nothing"}: name one of '
            'these as the metric of the sweep'
        )
    return metrics


def _name(number: int) -> str:
    return f'trial-{number:04d}'


def rank(trials: Sequence[Trial], goal: str) -> list[Trial]:
    """Returns the finished trials, the best first, of equals the first."""
    sign = -1 if goal == sweeps.MAXIMIZE else 1
    done = [trial for trial in trials if trial.value is not None]
    return sorted(done, key=lambda trial: (sign * trial.value, trial.number))


def _execute(module: str, flags: Sequence[str], file: Any) -> int:
    """Runs a program of this repository in the working directory; it ends when we do."""
    paths = [str(_ROOT), *filter(None, [os.environ.get('PYTHONPATH')])]
    process = subprocess.Popen(
        [sys.executable, '-m', module, *flags],
        stdin=subprocess.DEVNULL,
        stdout=file,
        stderr=subprocess.STDOUT,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(paths)},
    )
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                logging.warning('A trial did not end; it is killed')
                process.kill()
                process.wait()


def _last_line(path: str) -> str:
    with open(path, 'rb') as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - _TAIL_BYTES))
        lines = file.read().decode('utf-8', 'replace').split('\n')
    return next((line.strip() for line in reversed(lines) if line.strip()), '')


def _difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Returns in words what was set otherwise."""
    names = [name for name in wanted if found.get(name) != wanted[name]]
    return ', '.join(f'{name} {found.get(name)!r} and not {wanted[name]!r}' for name in names)
