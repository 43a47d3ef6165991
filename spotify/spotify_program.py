"""From training data to a model directory: what train_spotify does between its flags."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
from absl import logging

from common import models
from common import provenance
from common import tracking
from common import training_loop
from spotify import embedding_system
from spotify import spotify_model
from spotify import spotify_training
from spotify import training_data
from spotify import training_settings


def run(
    config: training_settings.TrainingConfig,
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
        InputError: for unusable input, divergence, or a model that exists.
    """
    jax.config.update('jax_logging_level', 'WARNING')  # It reports every backend that is absent.
    source = training_data.open_data(data_dir, max_bad_records)
    data = _load(source, config.model)
    details = _describe(config, source, data)
    with tracking.of_training('spotify', details, config) as tracker:
        result = spotify_training.train_and_evaluate(config, data, tracker)
        details |= {'best_epoch': result.best_epoch, 'metrics': result.metrics}
        features = data.features
        models.save_model(
            model_dir,
            embedding_system.parameters_tree(
                result.best,
                features.rows,
                features.albums,
                features.artists,
                data.popularity(),
            ),
            {},
            details,
            metrics=tracker.text,
            card=_card(result, details, config),
            overwrite=overwrite,
        )
        tracker.log_model('spotify', model_dir)
    return result


def _load(
    source: training_data.TrainingData, config: training_settings.ModelConfig
) -> spotify_training.Data:
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
    features = spotify_model.make_features(tracks, config)
    return spotify_training.Data(features, train, validation)


def _describe(
    config: training_settings.TrainingConfig,
    source: training_data.TrainingData,
    data: spotify_training.Data,
) -> dict[str, Any]:
    """Returns what config.json is to hold, but for results."""
    return {
        **provenance.describe_run(),
        'system': training_settings.EMBEDDING,
        'track_hash': source.track_hash,
        'num_tracks': len(data.features),
        'embeddings': [name for name, _ in data.features.sizes],
        'training': dataclasses.asdict(config),
        'versions': models.library_versions(),
        'inputs': [source.describe()],
        'bad_records': source.bad.total(),
        'fingerprint': spotify_training.fingerprint(config, data),
    }


def _card(
    result: training_loop.Result,
    details: Mapping[str, Any],
    config: training_settings.TrainingConfig,
) -> str:
    """Returns the text of README.md."""
    tables = '\n'.join(
        f'- {name}: {size} rows' for name, size in details['fingerprint']['embeddings']
    )
    boosts = result.best['boosts']
    found = '\n'.join(f'- {name}: {value}' for name, value in result.metrics.items())
    source = details['inputs'][0]
    return f"""# Playlist model

Ranks {details['num_tracks']} tracks for a playlist to be continued, by the
{config.model.affinity} of the dot products between a track's vector and those of the playlist's
tracks. A vector joins these embeddings, of {config.model.feature_size} dimensions each:

{tables}

A track whose album is in the playlist gets {boosts[0]:.3f} more, one whose artist is gets
{boosts[1]:.3f} more.

Loss {config.objective.loss}, {config.sampler} negatives, {config.objective.optimizer}, seed
{config.seed}; {result.epochs} epochs, of which number {result.best_epoch} is kept:

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
