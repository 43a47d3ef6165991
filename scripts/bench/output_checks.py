"""What the scripts that break things ask of an output that a run left."""

import bz2
import gzip
import hashlib
import json
import pathlib

from common import checkpoints
from common import errors
from common import metadata
from common import models
from common import records
from common import schemas

_UNPACK = {'.bz2': bz2.decompress, '.gz': gzip.decompress}
# Files whose bytes may differ between two runs that are alike: they hold paths, times and versions.
_MADE_BY = frozenset(('program', 'flags'))
_SAID = frozenset((models.CONFIG_NAME, models.CARD_NAME))


def hashes(folder: pathlib.Path) -> dict[str, str]:
    """Returns the hash of each data set in a folder, by its place."""
    found = {}
    for path in folder.rglob(metadata.META_NAME):
        found[str(path.parent.relative_to(folder))] = metadata.load(str(path)).content_hash
    return found


def damage(folder: pathlib.Path) -> str:
    """Returns where an output is not what its metadata says; empty when it is."""
    try:
        for path in folder.rglob(metadata.META_NAME):
            message = schemas.message_class(metadata.load(str(path)).proto)
            for _ in records.read_payloads(records.open_dataset(str(path.parent), message)):
                pass
    except errors.InputError as error:
        return str(error)
    return ''


def foreign(folder: pathlib.Path) -> list[str]:
    """Returns the files of an output that no metadata speaks of."""
    known = set()
    for path in folder.rglob(metadata.META_NAME):
        known |= {path, path.parent / metadata.SUCCESS_NAME}
        known |= {path.parent / name for name in metadata.load(str(path)).by_name}
    return sorted(str(path) for path in folder.rglob('*') if path.is_file() and path not in known)


def contents(path: pathlib.Path) -> dict[str, str]:
    """Returns a digest of each file of an output by its place, the same for runs that are alike.

    Compressed files count by what is in them, metadata by the records that it promises, and an
    index of tantivy, whose files have names by lot, by its documents. A file with metadata beside
    it is read together with that.

    Raises:
        InputError: when metadata, parameters or an archive cannot be read.
    """
    if not path.is_dir():
        sidecar = pathlib.Path(metadata.sidecar(str(path)))
        return {file.name: _digest(file) for file in (path, sidecar) if file.exists()}
    files = [file for file in path.rglob('*') if file.is_file()]
    index = [file for file in files if file.parent.name == 'tantivy']
    found = {str(file.relative_to(path)): _digest(file) for file in files if file not in index}
    for file in index:
        if file.name == 'meta.json':
            segments = json.loads(file.read_text())['segments']
            found['tantivy'] = str(sum(segment['max_doc'] for segment in segments))
    return found


def _digest(path: pathlib.Path) -> str:
    """Returns what a file holds, in short."""
    try:
        if path.name == metadata.META_NAME or path.name.endswith('.meta.json'):
            meta = metadata.load(str(path))
            return f'{meta.proto} {meta.records} {meta.content_hash}'
        if path.name == models.CONFIG_NAME:
            json.loads(path.read_text(encoding='utf-8'))
        if path.name in _SAID:
            return 'there' if path.stat().st_size else 'empty'
        if path.name == models.PARAMETERS_NAME:
            models.load_parameters(str(path.parent))
        if path.name.startswith('checkpoint-'):
            checkpoints.load(str(path))
        if path.name == 'results.json':
            results = json.loads(path.read_text(encoding='utf-8'))
            data = repr({n: value for n, value in results.items() if n not in _MADE_BY}).encode()
        else:
            data = _UNPACK.get(path.suffix, bytes)(path.read_bytes())
    except (OSError, EOFError, ValueError) as error:
        raise errors.InputError(f'{path} cannot be read: {error}') from error
    return hashlib.sha256(data).hexdigest()
