"""Checkpoints from which training resumes exactly.

A checkpoint is one file, checkpoint-EPOCH.msgpack: a magic word, the SHA-256 of what follows, and a
tree in the form of common/parameters.py with the state (parameters, optimiser), the epochs done,
the metrics so far, and the fingerprint of everything that must not differ when training goes on.
"""

import dataclasses
import glob
import hashlib
import json
import os
import pathlib
import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from absl import logging

from common import atomic
from common import errors
from common import parameters

LATEST = 'latest'
_MAGIC = b'recsys checkpoint 1\n'
_DIGEST_BYTES = hashlib.sha256().digest_size
_NAME = re.compile(r'checkpoint-(\d+)\.msgpack')


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """What training needs to go on.

    Attributes:
        epoch: epochs done.
        state: nested dicts of arrays.
        metrics: text of metrics.jsonl so far.
        fingerprint: settings and input hashes by name, JSON values; resuming wants the same.
    """

    epoch: int
    state: Mapping[str, Any]
    metrics: str
    fingerprint: Mapping[str, Any]


def refuse_folder(folder: str, inputs: Iterable[str]) -> None:
    """Raises an error unless checkpoints may be written into folder; '' writes none.

    Args:
        folder: where they are to stand; may exist, and hold checkpoints.
        inputs: what will be read, and must survive.

    Raises:
        UsageError: when folder is, holds or lies in an input.
        InputError: when it is a file.
    """
    if not folder:
        return
    for source in inputs:
        atomic.refuse_input(folder, source)
    if os.path.isdir(folder):
        atomic.name_leftovers(folder, _NAME.pattern)
    elif os.path.lexists(folder):
        raise errors.InputError(f'{folder} is a file; name a directory for checkpoints')


def checkpoint_path(folder: str, epoch: int) -> str:
    """Returns the path of the checkpoint after so many epochs."""
    return os.path.join(folder, f'checkpoint-{epoch:05d}.msgpack')


def save(folder: str, checkpoint: Checkpoint) -> str:
    """Writes a checkpoint, whole or not at all, and returns its path; replaces one of its name."""
    fields = dataclasses.asdict(checkpoint)
    fields['fingerprint'] = json.dumps(checkpoint.fingerprint, sort_keys=True)
    content = parameters.encode(fields)
    path = checkpoint_path(folder, checkpoint.epoch)
    with atomic.output_file(path, overwrite=True) as temporary, open(temporary, 'wb') as file:
        file.write(_MAGIC + hashlib.sha256(content).digest())
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return path


def load(path: str) -> Checkpoint:
    """Reads a checkpoint.

    Raises:
        InputError: when it is missing, no checkpoint, cut off or damaged.
    """
    try:
        data = pathlib.Path(path).read_bytes()
    except OSError as error:
        raise errors.InputError(f'cannot read checkpoint {path}: {error.strerror}') from error
    start = len(_MAGIC) + _DIGEST_BYTES
    if not data.startswith(_MAGIC):
        raise errors.InputError(f'{path} is not a checkpoint')
    content = memoryview(data)[start:]
    if hashlib.sha256(content).digest() != data[len(_MAGIC) : start]:
        raise errors.InputError(
            f'{path} is damaged or cut off; resume from an older checkpoint, or by '
            f'--resume_checkpoint={LATEST} from the newest whole one'
        )
    fields = parameters.decode(content, path)
    try:
        epoch, state, metrics = fields['epoch'], fields['state'], fields['metrics']
        fingerprint = json.loads(fields['fingerprint'])
        kinds = ((epoch, int), (state, dict), (metrics, str), (fingerprint, dict))
        if not all(isinstance(value, kind) for value, kind in kinds) or epoch < 0:
            raise ValueError('its fields are of other kinds')
        return Checkpoint(epoch, state, metrics, fingerprint)
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise errors.InputError(f'{path} is not a checkpoint of this program: {error}') from error


def load_latest(folder: str) -> Checkpoint:
    """Reads the newest whole checkpoint in a folder, and says so when a newer one is damaged.

    Raises:
        InputError: when there is no whole one.
    """
    names = sorted(glob.glob(os.path.join(glob.escape(folder), 'checkpoint-*.msgpack')))
    paths = {int(match[1]): path for path in names if (match := _NAME.fullmatch(_base(path)))}
    for epoch in sorted(paths, reverse=True):
        try:
            checkpoint = load(paths[epoch])
        except errors.InputError as error:
            logging.warning('%s; trying the one before', error)
            continue
        logging.info('Resuming after epoch %d from %s', checkpoint.epoch, paths[epoch])
        return checkpoint
    damaged = f'; {len(paths)} are damaged' if paths else ''
    raise errors.InputError(
        f'{folder} holds no whole checkpoint to resume from{damaged}; train without '
        '--resume_checkpoint'
    )


def resume(path: str, folder: str, fingerprint: Mapping[str, Any]) -> Checkpoint:
    """Reads the checkpoint that --resume_checkpoint names and checks that it fits this run.

    Args:
        path: a file, or 'latest' for the newest whole one in folder.
        folder: the checkpoints' directory.
        fingerprint: of this run.

    Raises:
        InputError: when it cannot be read, or was made with other settings or input.
    """
    if path == LATEST:
        checkpoint, name = load_latest(folder), f'the latest checkpoint in {folder}'
    else:
        checkpoint, name = load(path), path
    here = json.loads(json.dumps(fingerprint))
    keys = sorted(checkpoint.fingerprint.keys() | here.keys())
    for key in keys:
        there = checkpoint.fingerprint.get(key)
        if there != here.get(key):
            raise errors.InputError(
                f'{name} was made with {key} = {there!r}, and this run has {here.get(key)!r}; '
                'resume with the same settings and input, or train without --resume_checkpoint'
            )
    return checkpoint


def _base(path: str) -> str:
    return os.path.basename(path)
