"""From training data to a model directory: what train_matrix_factorization does with its flags."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
from absl import logging

from common import models
from common import provenance
from common import tracking
from common import training_loop
from spotify import factorization_settings
from spotify import factorization_training
from spotify import implicit_als
from spotify import matrix_factorization
from spotify import observations
from spotify import training_data


def run(
    config: factorization_settings.TrainingConfig,
    data_dir: str,
    model_dir: str,
    *,
    max_bad_records: int = 0,
    overwrite: bool = False,
) -> training_loop.Result:
    """Trains and writes the model.

    Args:
        config: settings.
        data_dir: what make_training wrote.
        model_dir: directory to make.
        max_bad_records: damaged records to leave out.
        overwrite: whether the model may be replaced.

    Raises:
        InputError: for unusable input, or a model that exists.
    """
    jax.config.update('jax_logging_level', 'WARNING')  # It reports every backend that is absent.
    implicit_als.prepare()
    source = training_data.open_data(data_dir, max_bad_records)
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
    columns = observations.Columns(tracks.artists, tracks.albums, config.columns)
    data = factorization_training.Data(columns, train, validation)
    details = _describe(config, source, data)
    with tracking.of_training(factorization_settings.NAME, details, config) as tracker:
        result = factorization_training.train_and_evaluate(config, data, tracker)
        details |= {'best_epoch': result.best_epoch, 'metrics': result.metrics}
        models.save_model(
            model_dir,
            matrix_factorization.parameters_tree(
                result.best['columns'], tracks.artists, tracks.albums, data.popularity()
            ),
            {},
            details,
            metrics=tracker.text,
            card=_card(result, details, config),
            overwrite=overwrite,
        )
        tracker.log_model(factorization_settings.NAME, model_dir)
    return result


def _describe(
    config: factorization_settings.TrainingConfig,
    source: training_data.TrainingData,
    data: factorization_training.Data,
) -> dict[str, Any]:
    """Returns what config.json is to hold, but for results."""
    return {
        **provenance.describe_run(),
        'system': factorization_settings.NAME,
        'track_hash': source.track_hash,
        'num_tracks': data.columns.num_tracks,
        'training': dataclasses.asdict(config),
        'versions': models.library_versions(),
        'inputs': [source.describe()],
        'bad_records': source.bad.total(),
        'fingerprint': factorization_training.fingerprint(config, data),
    }


def _card(
    result: training_loop.Result,
    details: Mapping[str, Any],
    config: factorization_settings.TrainingConfig,
) -> str:
    """Returns the text of README.md."""
    found = '\n'.join(f'- {name}: {value}' for name, value in result.metrics.items())
    source, num_vectors = details['inputs'][0], len(result.best['columns'])
    als = '\n'.join(f'- {name}: {value}' for name, value in dataclasses.asdict(config.als).items())
    return f"""# Matrix factorisation of playlists

Ranks {details['num_tracks']} tracks for a playlist to be continued: {num_vectors} vectors
of {config.embedding_dim} dimensions, of tracks and of what else is observed (a track observes its
artist with strength {config.columns.artist_weight} and its album with
{config.columns.album_weight}), by alternating least squares with these settings:

{als}

Seed {config.seed}; {result.epochs} epochs, of which number {result.best_epoch} is kept:

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
