"""Metrics of training: always as JSON lines, and on wish in Weights & Biases."""

import json
import math
import os
import pathlib
import types
from collections.abc import Mapping
from typing import Any

from common import atomic
from common import errors
from common import models
from common import run_settings

WANDB_MODES = ('disabled', 'offline', 'online')


class Tracker:
    """Collects metrics. A context manager; wandb is imported only when it is used.

    Attributes:
        text: all lines so far, what metrics.jsonl is to hold.
    """

    def __init__(
        self,
        project: str,
        config: Mapping[str, Any],
        *,
        mode: str = 'disabled',
        path: str | None = None,
        folder: str | None = None,
    ) -> None:
        """Starts tracking.

        Args:
            project: name in Weights & Biases.
            config: settings to show there.
            mode: disabled, offline or online.
            path: a file that is kept equal to text while training runs; None for none.
            folder: where wandb keeps its files; its own default when None.

        Raises:
            InputError: when wandb cannot start, such as without an account.
        """
        if mode not in WANDB_MODES:
            raise ValueError(f'mode {mode!r}, want one of {WANDB_MODES}')
        self.text = ''
        self._path = path
        self._run = None if mode == 'disabled' else _start_wandb(project, config, mode, folder)

    def __enter__(self) -> 'Tracker':
        """Returns the tracker."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        """Finishes the run in wandb, as failed after an error."""
        if self._run is not None:
            self._run.finish(exit_code=int(kind is not None))

    def restore(self, text: str) -> None:
        """Takes over the lines of the run that this one continues, in place of all so far."""
        self.text = text
        self._write()

    def log(self, metrics: Mapping[str, int | float | str]) -> None:
        """Appends a line.

        Raises:
            ValueError: for a number that is not finite, which JSON has no word for.
        """
        for name, value in metrics.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f'{name} is {value}')
        self.text += json.dumps(dict(metrics), ensure_ascii=False) + '\n'
        self._write()
        if self._run is not None:
            self._run.log(dict(metrics))

    def log_model(self, name: str, model_dir: str) -> None:
        """Uploads (or, offline, stores) a model directory as an artifact."""
        if self._run is None:
            return
        import wandb

        artifact = wandb.Artifact(name, type='model')
        artifact.add_dir(model_dir)
        self._run.log_artifact(artifact)

    def _write(self) -> None:
        if self._path is None:
            return
        with atomic.output_file(self._path, overwrite=True) as temporary:
            pathlib.Path(temporary).write_text(self.text, encoding='utf-8')


def of_training(
    name: str, config: Mapping[str, Any], settings: run_settings.RunSettings
) -> Tracker:
    """Returns the tracker of a training, whose lines stand beside its checkpoints, if it has any.

    Args:
        name: of the project in Weights & Biases.
        config: settings to show there.
        settings: of the training.

    Raises:
        InputError: when wandb cannot start, such as without an account.
    """
    folder = settings.checkpoint_dir
    path = os.path.join(folder, models.METRICS_NAME) if folder else None
    return Tracker(name, config, mode=settings.wandb_mode, path=path)


def _start_wandb(project: str, config: Mapping[str, Any], mode: str, folder: str | None) -> Any:
    import wandb

    if folder is not None:
        os.makedirs(folder, exist_ok=True)
    try:
        return wandb.init(project=project, config=dict(config), mode=mode, dir=folder)
    except (wandb.errors.Error, OSError) as error:
        raise errors.InputError(
            f'Weights & Biases does not start ({error}); log in by `wandb login`, or use '
            '--wandb_mode=offline or disabled'
        ) from error
