"""From pairs and photographs to a model directory: what train_shop_the_look does between flags."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from absl import logging

from common import datasets
from common import errors
from common import models as model_directories
from common import provenance
from common import tracking
from pinterest import categories as category_files
from pinterest import look_batches
from pinterest import look_epochs
from pinterest import look_settings
from pinterest import pairs as pair_files
from pinterest import photograph_store
from pinterest import splits
from pinterest import trained_model


@dataclasses.dataclass(frozen=True)
class Files:
    """Paths: of the pairs, of the categories ('' for none), of the photographs, of the model."""

    input_file: str
    categories: str
    image_dir: str
    model_dir: str


def run(
    config: look_settings.TrainingConfig,
    files: Files,
    split: splits.Settings,
    options: photograph_store.Options,
    bad: datasets.BadRecords,
    *,
    overwrite: bool = False,
) -> look_epochs.Result:
    """Trains and writes the model.

    Args:
        config: settings of the training.
        files: paths.
        split: how to split the pairs by scene; the test pairs are not looked at.
        options: how to keep photographs.
        bad: counts what cannot be used.
        overwrite: whether the model may be replaced.

    Returns:
        What was trained.

    Raises:
        InputError: for unusable input, divergence, or a model that exists.
    """
    jax.config.update('jax_logging_level', 'WARNING')  # It reports every backend that is absent.
    data, sides = _load(config, files, split, options, bad)
    details = {
        **_describe(config, data),
        'split': {**dataclasses.asdict(split), 'scene_hash': sides.scene_hash()},
        'inputs': _describe_inputs(files, data, sides),
        'bad_records': bad.total(),
    }
    with tracking.of_training('shop-the-look', details, config) as tracker:
        result = look_epochs.train_and_evaluate(config, data, tracker)
        details['best'] = result.metrics
        model_directories.save_model(
            files.model_dir,
            trained_model.to_tree(result.variables, result.decoys),
            {},
            details,
            metrics=tracker.text,
            card=_card(result, details, config, data),
            overwrite=overwrite,
        )
        tracker.log_model('shop-the-look', files.model_dir)
    return result


def _load(
    config: look_settings.TrainingConfig,
    files: Files,
    split: splits.Settings,
    options: photograph_store.Options,
    bad: datasets.BadRecords,
) -> tuple[look_batches.LookData, splits.Split]:
    """Returns what to train on, and how all pairs were split."""
    known = category_files.read_categories(files.categories, bad) if files.categories else {}
    all_pairs = pair_files.read_pairs(files.input_file, bad, known or None)
    sides = splits.split_pairs(all_pairs, known, split)
    used = sides.train + sides.validation
    store = photograph_store.open_store(
        files.image_dir,
        used,
        bad,
        scene_size=config.image_size,
        product_size=config.image_size,
        options=options,
    )
    row_of = {pair: row for row, pair in enumerate(store.pairs)}
    train = _rows(sides.train, row_of, 'training', files)
    validation = _rows(sides.validation, row_of, 'validation', files)
    names = {name: number for number, name in enumerate(sorted(set(known.values())))}
    categories = [names.get(known.get(product, ''), -1) for product in store.products.ids]
    logging.info(
        '%d pairs for training, %d for validation, %d for a test, %d with products of the test '
        'left out%s',
        len(train),
        len(validation),
        len(sides.test),
        sides.num_excluded,
        f'; skipped {bad.summary()}' if bad.total() else '',
    )
    return look_batches.LookData(store, train, validation, np.int32(categories)), sides


def _rows(
    side: Sequence[pair_files.Pair], row_of: Mapping[pair_files.Pair, int], name: str, files: Files
) -> np.ndarray:
    """Returns int32[N], the rows of those pairs of a side that have photographs.

    Raises:
        InputError: when no pair of the side has.
    """
    rows = [row_of[pair] for pair in side if pair in row_of]
    if side and not rows:
        raise errors.InputError(
            f'{files.image_dir} has no usable photographs of any {name} pair of '
            f'{files.input_file}; fetch more first'
        )
    return np.array(rows, np.int32)


def _describe(config: look_settings.TrainingConfig, data: look_batches.LookData) -> dict[str, Any]:
    """Returns what config.json says of the model."""
    return {
        **provenance.describe_run(),
        'model': trained_model.MODEL_NAME,
        'image_size': config.image_size,
        'output_size': config.output_size,
        'filters': config.filters,
        'pooling': config.pooling,
        'scene_view': config.scene_view,
        'training': dataclasses.asdict(config),
        'versions': model_directories.library_versions(),
        'fingerprint': look_epochs.fingerprint(config, data),
    }


def _describe_inputs(
    files: Files, data: look_batches.LookData, sides: splits.Split
) -> list[dict[str, Any]]:
    return [
        {
            'path': files.input_file,
            'records': len(sides.train) + len(sides.validation) + len(sides.test),
            'train': len(data.train),
            'validation': len(data.validation),
            'test': len(sides.test),
            'excluded': sides.num_excluded,
        },
        {'path': files.categories, 'records': int(data.categories.max()) + 1},
        {
            'path': files.image_dir,
            'records': len(data.store.scenes.ids) + len(data.store.products.ids),
        },
    ]


def _card(
    result: look_epochs.Result,
    details: Mapping[str, Any],
    config: look_settings.TrainingConfig,
    data: look_batches.LookData,
) -> str:
    """Returns the text of README.md."""
    measures = '\n'.join(f'- {name}: {value:.4f}' for name, value in result.metrics.items())
    split = details['split']
    return f"""# Shop the look

Vectors of {config.output_size} dimensions for scenes and products; the higher the dot product, the
better a product goes with a scene. Two convolutional towers over squares of {config.image_size}
pixels, trained on {len(data.train)} pairs of {len(data.store.scenes.ids)} scenes and
{len(data.store.products.ids)} products, validation included.

View of the scene: {config.scene_view}. Pooling: {config.pooling}. Filters: {config.filters}.
Negatives: {config.negatives}.
Margin {config.margin}, regularization {config.regularization}, learning rate
{config.learning_rate}, batches of {config.batch_size} pairs, seed {config.seed}. {result.epochs}
epochs; the best by validation is kept:

{measures}

## Made from

- `{details['inputs'][0]['path']}`: the pairs
- `{details['inputs'][1]['path']}`: the categories
- `{details['inputs'][2]['path']}`: the photographs

Scenes were split with seed {split['seed']}: {split['validation_share']:.0%} of the pairs for
validation, {split['test_share']:.0%} for a test, which training has not seen.

## Files

- `{model_directories.PARAMETERS_NAME}`: the arrays, in the form of flax.serialization (msgpack)
- `{model_directories.CONFIG_NAME}`: flags, seeds, split, library versions, inputs
- `{model_directories.METRICS_NAME}`: a line for each epoch

## Use

`make_embeddings` turns photographs into vectors with this model, `evaluate_recommendations`
measures it on the scenes of the test. It carries the taste and the biases of the photographs that
it was trained on, and knows no others.
"""
