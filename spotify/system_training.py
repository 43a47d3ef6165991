"""What trainings of systems share: what they read, and what they say of the model they leave."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from absl import logging

from common import models
from common import provenance
from common import run_settings
from common import training_loop
from spotify import catalogue
from spotify import playlists
from spotify import training_data


def load(
    source: training_data.TrainingData,
) -> tuple[catalogue.Catalogue, playlists.Playlists, playlists.Playlists]:
    """Returns the tracks, the playlists to train on, and those to validate with."""
    tracks = source.catalogue()
    train, validation = (
        source.playlists(split) for split in (training_data.TRAIN, training_data.VALIDATION)
    )
    logging.info(
        'Read %d playlists to train on and %d to validate with, of %d tracks',
        len(train),
        len(validation),
        len(tracks),
    )
    return tracks, train, validation


def describe(
    system: str,
    source: training_data.TrainingData,
    config: run_settings.RunSettings,
    fingerprint: Mapping[str, Any],
) -> dict[str, Any]:
    """Returns what config.json is to hold, but for results.

    Args:
        system: what it calls a system of this kind.
        source: what the system learns from.
        config: settings.
        fingerprint: what must be the same for a training to be resumed.
    """
    return {
        **provenance.describe_run(),
        'system': system,
        'track_hash': source.track_hash,
        'num_tracks': len(source.catalogue()),
        'training': dataclasses.asdict(config),
        'versions': models.library_versions(),
        'inputs': [source.describe()],
        'bad_records': source.bad.total(),
        'fingerprint': fingerprint,
    }


def card(title: str, about: str, result: training_loop.Result, details: Mapping[str, Any]) -> str:
    """Returns the text of README.md.

    Args:
        title: of the page.
        about: what the model does, and how it was trained, up to the number of epochs.
        result: of the training.
        details: what config.json holds.
    """
    found = '\n'.join(f'- {name}: {value}' for name, value in result.metrics.items())
    source = details['inputs'][0]
    return f"""# {title}

{about}; {result.epochs} epochs, of which number {result.best_epoch} is kept:

{found}

The metrics are means over playlists of the validation split (first 500 tracks), which also chose
the epoch: judge the model by the test split, with `evaluate_recommendations`.

## Made from

- `{source['path']}`: {source['records']} records

## Files

- `{models.PARAMETERS_NAME}`: the arrays, in the form of flax.serialization (msgpack)
- `{models.CONFIG_NAME}`: flags, seed, library versions, input with record count and hash
- `{models.METRICS_NAME}`: a line for each epoch

## Use

Give the directory as a system to `make_recommendations` and `evaluate_recommendations`. The model
carries the tastes of those who made the playlists. A playlist without any track gets the tracks
that are in most playlists.
"""
