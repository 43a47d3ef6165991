"""From training data to a model directory: what train_spotify does between its flags."""

from collections.abc import Mapping
from typing import Any

import jax

from common import models
from common import tracking
from common import training_loop
from spotify import embedding_system
from spotify import spotify_model
from spotify import spotify_training
from spotify import system_training
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
    tracks, train, validation = system_training.load(source)
    return spotify_training.Data(spotify_model.make_features(tracks, config), train, validation)


def _describe(
    config: training_settings.TrainingConfig,
    source: training_data.TrainingData,
    data: spotify_training.Data,
) -> dict[str, Any]:
    """Returns what config.json is to hold, but for results."""
    fingerprint = spotify_training.fingerprint(config, data)
    return {
        **system_training.describe(training_settings.EMBEDDING, source, config, fingerprint),
        'embeddings': [name for name, _ in data.features.sizes],
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
    about = f"""Ranks {details['num_tracks']} tracks for a playlist to be continued, by the
{config.model.affinity} of the dot products between a track's vector and those of the playlist's
tracks. A vector joins these embeddings, of {config.model.feature_size} dimensions each:

{tables}

A track whose album is in the playlist gets {boosts[0]:.3f} more, one whose artist is gets
{boosts[1]:.3f} more.

Loss {config.objective.loss}, {config.sampler} negatives, {config.objective.optimizer}, seed
{config.seed}"""
    return system_training.card('Playlist model', about, result, details)
