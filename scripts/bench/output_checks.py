"""What scripts/bench/cluster_faults.py asks of an output that a run left."""

import pathlib

from common import errors
from common import metadata
from common import records
from common import schemas


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
