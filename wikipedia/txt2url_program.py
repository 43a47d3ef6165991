"""From files of texts and links to a model directory: what train_txt2url does between its flags."""

import dataclasses
from typing import Any

import jax

from common import models
from common import provenance
from common import records
from common import tracking
from common import training_loop
from wikipedia import txt2url_card
from wikipedia import txt2url_input
from wikipedia import txt2url_settings
from wikipedia import txt2url_training


def run(
    config: txt2url_settings.TrainingConfig,
    files: txt2url_input.Files,
    model_dir: str,
    options: records.ReadOptions,
    *,
    overwrite: bool = False,
) -> training_loop.Result:
    """Trains and writes the model.

    Args:
        config: settings.
        files: paths of the input.
        model_dir: directory to make.
        options: how strict to read.
        overwrite: whether the model may be replaced.

    Raises:
        InputError: for unusable input, divergence, or a model that exists.
    """
    jax.config.update('jax_logging_level', 'WARNING')  # It reports every backend that is absent.
    source = txt2url_input.load(config, files, options)
    details = _describe(config, source)
    with tracking.of_training(txt2url_settings.NAME, details, config) as tracker:
        result = txt2url_training.train_and_evaluate(config, source.data, tracker)
        details |= {'best_epoch': result.best_epoch, 'metrics': result.metrics}
        models.save_model(
            model_dir,
            result.best,
            source.dictionaries,
            details,
            metrics=tracker.text,
            card=txt2url_card.write(config, result, details),
            overwrite=overwrite,
        )
        tracker.log_model(txt2url_settings.NAME, model_dir)
    return result


def _describe(
    config: txt2url_settings.TrainingConfig, source: txt2url_input.Input
) -> dict[str, Any]:
    """Returns what config.json is to hold, but for results."""
    data = source.data
    return {
        **provenance.describe_run(),
        'model': txt2url_settings.NAME,
        'encoder': config.model.encoder,
        'num_articles': len(data.texts),
        'num_texts': int((data.texts.sizes > 0).sum()),
        'num_words': data.num_words,
        'training': dataclasses.asdict(config),
        'versions': models.library_versions(),
        'inputs': source.entries,
        'bad_records': source.bad_records,
        'fingerprint': txt2url_training.fingerprint(config, data),
    }
