"""From training data to a model directory: what train_matrix_factorization does with its flags."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax

from common import models
from common import tracking
from common import training_loop
from spotify import factorization_settings
from spotify import factorization_training
from spotify import implicit_als
from spotify import matrix_factorization
from spotify import observations
from spotify import system_training
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
    tracks, train, validation = system_training.load(source)
    columns = observations.Columns(tracks.artists, tracks.albums, config.columns)
    data = factorization_training.Data(columns, train, validation)
    fingerprint = factorization_training.fingerprint(config, data)
    details = system_training.describe(factorization_settings.NAME, source, config, fingerprint)
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


def _card(
    result: training_loop.Result,
    details: Mapping[str, Any],
    config: factorization_settings.TrainingConfig,
) -> str:
    """Returns the text of README.md."""
    num_vectors = len(result.best['columns'])
    als = '\n'.join(f'- {name}: {value}' for name, value in dataclasses.asdict(config.als).items())
    about = f"""Ranks {details['num_tracks']} tracks for a playlist to be continued: {num_vectors}
vectors of {config.embedding_dim} dimensions, of tracks and of what else is observed (a track
observes its artist with strength {config.columns.artist_weight} and its album with
{config.columns.album_weight}), by alternating least squares with these settings:

{als}

Seed {config.seed}"""
    return system_training.card('Matrix factorisation of playlists', about, result, details)
