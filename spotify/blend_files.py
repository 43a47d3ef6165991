"""Blends as directories: weights and the systems that they belong to."""

import dataclasses
import json
import os
import typing
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from common import errors
from common import models
from common import provenance
from spotify import blend_training
from spotify import blending
from spotify import catalogue_match
from spotify import system_loading
from spotify import systems

if typing.TYPE_CHECKING:
    from spotify import training_data

LEARNED = 'learned'
CONTEXT_SIZES = (0, 1, 5, 25)


@dataclasses.dataclass(frozen=True)
class Made:
    """A blend, and how it came about.

    Attributes:
        paths: S systems: directories, or names of those that need no training.
        members: the same, loaded.
        weights: float32[B, S].
        context_sizes: B sizes of contexts, rising from 0.
        depth: how many of a system's best tracks have a say.
        learned: how good it is on the validation playlists; None for weights that were given.
        data: the training data.
    """

    paths: Sequence[str]
    members: Sequence[systems.System]
    weights: np.ndarray
    context_sizes: Sequence[int]
    depth: int
    learned: blend_training.Learned | None
    data: 'training_data.TrainingData'

    def system(self) -> blending.Blend:
        """Returns the blend."""
        return blending.Blend(self.members, self.weights, self.context_sizes, self.depth)

    def describe(self) -> Iterator[str]:
        """Yields a line on the weights for each size of the context."""
        for place, size in enumerate(self.context_sizes):
            shares = self.weights[place] / self.weights[place].sum()
            pairs = zip(shares.tolist(), self.paths, strict=True)
            line = ', '.join(f'{share:.3f} {path}' for share, path in pairs)
            if self.learned is not None:
                line += f'; {_gain(self.learned, place)}'
            yield f'Contexts from {size} tracks: {line}'

    def metrics(self) -> Iterator[dict[str, Any]]:
        """Yields a line of metrics.jsonl for each size of the context."""
        for place, size in enumerate(self.context_sizes if self.learned else ()):
            yield {
                'context_size': size,
                'queries': self.learned.num_queries[place],
                'ndcg': float(self.learned.ndcg[place]),
                'ndcg_alone': self.learned.single_ndcg[place].tolist(),
            }


def _gain(learned: blend_training.Learned, place: int) -> str:
    if not learned.num_queries[place]:
        return 'no playlist of the validation split is that long'
    return (
        f'NDCG on {learned.num_queries[place]} validation playlists {learned.ndcg[place]:.4f}, of '
        f'the best system alone {learned.single_ndcg[place].max():.4f}'
    )


def make(
    data: 'training_data.TrainingData',
    paths: Sequence[str],
    weights: Sequence[str],
    *,
    context_sizes: Sequence[int] = CONTEXT_SIZES,
    depth: int = blending.DEPTH,
    max_playlists: int = 200,
    seed: int = 0,
) -> Made:
    """Loads systems and finds their weights.

    Args:
        data: training data.
        paths: of systems.
        weights: the words of --weights: numbers, or the one word learned.
        context_sizes: for learned weights, sizes of contexts, rising.
        depth: how many of a system's best tracks have a say.
        max_playlists: for learned weights, how many playlists to learn from.
        seed: of the choice of these.

    Raises:
        InputError: when a system cannot be loaded, or there is nothing to learn from.
        UsageError: for weights that are wrong.
    """
    if list(weights) != [LEARNED]:
        given = parse_weights(weights, len(paths))
        return Made(paths, system_loading.load_all(paths, data), given, [0], depth, None, data)
    members = system_loading.load_all(paths, data)
    system_loading.refuse_other_training(paths, data)
    known = data.playlists('validation')
    try:
        learned = blend_training.learn(
            members,
            known,
            context_sizes,
            data.train_counts() > 0,
            depth=depth,
            max_playlists=max_playlists,
            seed=seed,
        )
    except blend_training.NothingToLearnError as error:
        raise errors.InputError(
            f'cannot learn weights from the {len(known)} validation playlists of {data.path}: '
            f'{error}; give --weights, or make data with another --validation_fold'
        ) from error
    # The smallest size serves all that are smaller.
    sizes = [0, *context_sizes[1:]]
    return Made(paths, members, learned.weights, sizes, depth, learned, data)


def load_or_make(
    data: 'training_data.TrainingData', paths: Sequence[str], weights: Sequence[str] | None
) -> systems.System:
    """Loads the only system, or blends several, and logs how.

    Args:
        data: training data.
        paths: of systems.
        weights: None for one system, and the words of --weights for several.

    Raises:
        InputError: as make.
        UsageError: as make.
    """
    if weights is None:
        return system_loading.load(paths[0], data)
    blend = make(data, paths, weights)
    for line in blend.describe():
        logging.info('%s', line)
    return blend.system()


def parse_weights(text: Sequence[str], num_systems: int) -> np.ndarray:
    """Returns float32[1, S] from the words of --weights.

    Raises:
        UsageError: when they are not one number for each system, at least 0 and one above.
    """
    try:
        weights = np.array([float(word) for word in text], np.float32)
    except ValueError as error:
        raise errors.UsageError(
            f'--weights={",".join(text)}: want numbers, or the word learned ({error})'
        ) from error
    if len(weights) != num_systems:
        raise errors.UsageError(f'{len(weights)} --weights for {num_systems} --systems')
    if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.any()):
        raise errors.UsageError(
            f'--weights={",".join(text)}: want numbers of at least 0, and one above'
        )
    return weights[None]


def save(model_dir: str, blend: Made, *, overwrite: bool = False) -> None:
    """Writes a blend as a directory.

    Raises:
        InputError: when model_dir exists and may not be replaced.
    """
    config = {
        'system': blending.NAME,
        'track_hash': blend.data.track_hash,
        'num_tracks': blend.members[0].num_tracks,
        'members': describe_members(blend.paths, model_dir),
        'context_sizes': list(blend.context_sizes),
        'depth': blend.depth,
        'inputs': [blend.data.describe()],
        'versions': models.library_versions(),
        **provenance.describe_run(),
    }
    lines = [json.dumps(metrics) + '\n' for metrics in blend.metrics()]
    models.save_model(
        model_dir,
        {'weights': blend.weights},
        {},
        config,
        metrics=''.join(lines),
        card=_card(blend),
        overwrite=overwrite,
    )


def _card(blend: Made) -> str:
    """Returns the text of README.md."""
    lines = '\n'.join(f'- {line}' for line in blend.describe())
    return (
        f'# A blend of {len(blend.paths)} systems that recommend tracks\n\n'
        f'{lines}\n\n'
        f'Of each system the best {blend.depth} tracks for a playlist have a say. Made with '
        f'{blend.data.path} by spotify/train_blend.py; `config.json` says where the systems stand '
        'and how their parameters hashed, and the blend is refused when one of them was made again.'
        '\n'
    )


def describe_members(paths: Sequence[str], model_dir: str) -> list[dict[str, str]]:
    """Returns the entry `members` in the config.json of a blend that will stand at model_dir.

    Paths in it lead from there, so that a blend may be moved together with its members.
    """
    return [
        {
            'path': path
            if path in catalogue_match.NAMES
            else os.path.relpath(os.path.realpath(path), os.path.realpath(model_dir)),
            'fingerprint': system_loading.fingerprint(path),
        }
        for path in paths
    ]


def load(path: str, data: 'training_data.TrainingData') -> blending.Blend:
    """Loads what train_blend wrote, and the systems that it names.

    Raises:
        InputError: when it is damaged, or a system is missing or was made again since.
    """
    config = models.load_config(path)
    weights = models.load_parameters(path).get('weights')
    try:
        members = [(str(entry['path']), str(entry['fingerprint'])) for entry in config['members']]
        sizes, depth = [int(size) for size in config['context_sizes']], int(config['depth'])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise errors.InputError(
            f'{os.path.join(path, models.CONFIG_NAME)} is damaged ({type(error).__name__}: '
            f'{error}); make the blend again'
        ) from error
    loaded = [_load_member(path, place, wanted, data) for place, wanted in members]
    try:
        return blending.Blend(loaded, weights, sizes, depth)
    except (TypeError, ValueError) as error:
        raise errors.InputError(f'{path} is damaged ({error}); make the blend again') from error


def _load_member(
    path: str, place: str, fingerprint: str, data: 'training_data.TrainingData'
) -> systems.System:
    if place not in catalogue_match.NAMES:
        place = os.path.normpath(os.path.join(os.path.realpath(path), place))
    try:
        found = system_loading.fingerprint(place)
    except errors.InputError as error:
        raise errors.InputError(f'a system of the blend {path} is missing: {error}') from error
    if found != fingerprint:
        raise errors.InputError(
            f'{place} was made again since the blend {path} was; make the blend again'
        )
    return system_loading.load(place, data)
