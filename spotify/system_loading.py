"""Finds out what kind of system stands at a path, and loads it.

A system is a directory that most_popular, make_cooccurrence, train_matrix_factorization,
train_spotify or train_blend wrote, or the name of one that needs no training: artist_match and
album_match.
"""

import hashlib
import importlib
import os
import typing
from collections.abc import Sequence

from common import errors
from common import metadata
from common import models
from common.pb import nlp_pb2
from spotify import catalogue_match
from spotify import systems

if typing.TYPE_CHECKING:
    from spotify import training_data

BLEND, ITEM_TO_ITEM = 'blend', 'item_to_item'
# Imported when needed: what ranks by counts need not wait for JAX.
_MODULES = {
    'most_popular': 'spotify.popularity',
    ITEM_TO_ITEM: 'spotify.item_to_item',
    'matrix_factorization': 'spotify.matrix_factorization',
    'embedding': 'spotify.embedding_system',
    BLEND: 'spotify.blend_files',
}


def load(path: str, data: 'training_data.TrainingData') -> systems.System:
    """Loads a system.

    Args:
        path: its directory, or the name of one that needs no training; a directory that has such a
            name is meant by ./NAME.
        data: the training data whose tracks it is to rank.

    Raises:
        InputError: when there is no system at path, or it ranks the tracks of other data.
    """
    if path in catalogue_match.NAMES:
        return catalogue_match.make(path, data)
    kind, hashes = _identify(path)
    if data.track_hash not in hashes:
        raise errors.InputError(
            f'{path} ranks other tracks than those of {data.path}; give the data that it was made '
            'from, or make it again'
        )
    module = importlib.import_module(_MODULES[kind])
    if kind == BLEND:
        return module.load(path, data)
    found = module.load(path, data.bad.limit) if kind == ITEM_TO_ITEM else module.load(path)
    if found.num_tracks != data.num_tracks:
        raise errors.InputError(
            f'{path} ranks {found.num_tracks} tracks, and {data.path} has {data.num_tracks}; make '
            'it again'
        )
    return found


def load_all(paths: Sequence[str], data: 'training_data.TrainingData') -> list[systems.System]:
    """Loads several systems, in order.

    Raises:
        InputError: as load, or when one is named twice.
    """
    seen = set()
    for path in paths:
        place = path if path in catalogue_match.NAMES else os.path.realpath(path)
        if place in seen:
            raise errors.UsageError(f'the system {path} is named twice')
        seen.add(place)
    return [load(path, data) for path in paths]


def refuse_other_training(paths: Sequence[str], data: 'training_data.TrainingData') -> None:
    """Raises InputError for a system that did not learn from the training split of data.

    With other folds it may have learned from the very playlists that it is now to be tried on.
    """
    wanted = data.describe()['content_hash']
    for path in paths:
        if path not in catalogue_match.NAMES and wanted not in _input_hashes(path):
            raise errors.InputError(
                f'{path} was made from other training data than {data.path}, and may have learned '
                f'from the playlists that it is to be tried on; make it from {data.path}'
            )


def _input_hashes(path: str) -> set[str]:
    """Returns the hashes of what a system was made from."""
    meta = metadata.load(os.path.join(path, metadata.META_NAME))
    inputs = meta.inputs if meta is not None else models.load_config(path).get('inputs', ())
    return {str(entry.get('content_hash')) for entry in inputs if isinstance(entry, dict)}


def fingerprint(path: str) -> str:
    """Returns a hash of what a system has learned, which changes when it is made again.

    Raises:
        InputError: when there is no system at path.
    """
    if path in catalogue_match.NAMES:
        return path
    kind, _ = _identify(path)
    if kind == ITEM_TO_ITEM:
        return metadata.load(os.path.join(path, metadata.META_NAME)).content_hash
    with open(os.path.join(path, models.PARAMETERS_NAME), 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def describe(path: str) -> dict[str, object]:
    """Returns the entry for a system in the `inputs` of what is made by it."""
    return {'path': path, 'records': None, 'content_hash': fingerprint(path)}


def _identify(path: str) -> tuple[str, set[str]]:
    """Returns the kind of the system at path, and hashes one of which is that of its tracks."""
    meta = metadata.load(os.path.join(path, metadata.META_NAME))
    if meta is not None:
        if meta.proto != nlp_pb2.CooccurrenceRow.DESCRIPTOR.full_name:
            raise errors.InputError(
                f'{path} holds {meta.proto.rsplit(".", 1)[-1]} records, and a system is wanted'
            )
        return ITEM_TO_ITEM, {str(entry.get('content_hash')) for entry in meta.inputs}
    if not os.path.isdir(path):
        raise errors.InputError(
            f'{path} is neither a directory nor one of {", ".join(catalogue_match.NAMES)}; name a '
            'system'
        )
    if not os.path.isfile(os.path.join(path, models.CONFIG_NAME)):
        raise errors.InputError(
            f'{path} is not a system: it has no {models.CONFIG_NAME}; most_popular, '
            'make_cooccurrence, train_matrix_factorization, train_spotify and train_blend make one'
        )
    config = models.load_config(path)
    kind = config.get('system')
    if not isinstance(kind, str) or kind not in _MODULES:
        raise errors.InputError(
            f'{path} is a model, but of no system that ranks tracks: its {models.CONFIG_NAME} says '
            f'system {kind!r}, want one of {", ".join(_MODULES)}'
        )
    return kind, {str(config.get('track_hash'))}
