"""Trains the shop-the-look model: which products go with the photograph of a scene.

Pairs are split by scene; the test scenes stay out of training, and evaluate_recommendations finds
them again. Photographs are decoded once. With checkpoints, an interrupted training that is resumed
ends with the same bits as one that ran through.

Reads:  --input_file, JSON lines of pairs; --categories, a JSON object; --image_dir, photographs
Writes: --model_dir: parameters, config.json, metrics.jsonl, README.md
        --checkpoint_dir/checkpoint-NNNNN.msgpack, if wanted
Next:   pinterest/make_embeddings.py, pinterest/evaluate_recommendations.py
Example: python -m pinterest.train_shop_the_look --input_file=fashion.json
         --categories=fashion-cat.json --image_dir=images --model_dir=model
"""

import os
import time

from absl import flags
from absl import logging

from common import atomic
from common import bad_record_flags
from common import checkpoints
from common import cli
from common import errors
from common import output_flags
from common import sizes
from pinterest import look_settings

_DEFAULTS = look_settings.TrainingConfig()
_INPUT_FILE = flags.DEFINE_string(
    'input_file', None, 'Pairs of scene and product, JSON lines.', required=True
)
_CATEGORIES = flags.DEFINE_string(
    'categories', '', 'Categories of the products, JSON; without them all are alike.'
)
_IMAGE_DIR = flags.DEFINE_string('image_dir', None, 'Directory of the photographs.', required=True)
_MODEL_DIR = flags.DEFINE_string(
    'model_dir', None, 'Directory of the finished model.', required=True
)
_SCENE_VIEW = flags.DEFINE_enum(
    'scene_view',
    _DEFAULTS.scene_view,
    ('full', 'mask', 'crop'),
    'What is seen of a scene: all; all but the product and decoys; a part without the product.',
)
_NEGATIVES = flags.DEFINE_enum(
    'negatives', _DEFAULTS.negatives, look_settings.NEGATIVES, 'What a product competes with.'
)
_NUM_NEG = flags.DEFINE_integer(
    'num_neg', _DEFAULTS.num_neg, 'random, same_category: negatives of a pair.', lower_bound=1
)
_MARGIN = flags.DEFINE_float(
    'margin', _DEFAULTS.margin, 'By how much a positive is to be ahead.', lower_bound=0.0
)
_REGULARIZATION = flags.DEFINE_float(
    'regularization',
    _DEFAULTS.regularization,
    'Weight of the penalty on vectors that are longer than 1.',
    lower_bound=0.0,
)
_LEARNING_RATE = flags.DEFINE_float(
    'learning_rate', _DEFAULTS.learning_rate, 'Highest step size.', lower_bound=0.0
)
_WARMUP_SHARE = flags.DEFINE_float(
    'warmup_share',
    _DEFAULTS.warmup_share,
    'Share of the steps in which it rises; then it falls along a cosine.',
    lower_bound=0.0,
    upper_bound=1.0,
)
_WEIGHT_DECAY = flags.DEFINE_float(
    'weight_decay', _DEFAULTS.weight_decay, 'Of AdamW.', lower_bound=0.0
)
_OUTPUT_SIZE = flags.DEFINE_integer(
    'output_size', _DEFAULTS.output_size, 'Dimension of a vector.', lower_bound=1, upper_bound=4096
)
_IMAGE_SIZE = flags.DEFINE_integer(
    'image_size',
    _DEFAULTS.image_size,
    'Pixels on a side of a photograph as the model sees it.',
    lower_bound=16,
    upper_bound=1024,
)
_BATCH_SIZE = flags.DEFINE_integer(
    'batch_size', _DEFAULTS.batch_size, 'Pairs in a step.', lower_bound=2, upper_bound=1 << 16
)
_NUM_EPOCHS = flags.DEFINE_integer(
    'num_epochs', _DEFAULTS.num_epochs, 'Passes over the pairs.', lower_bound=1
)
_MAX_STEPS = flags.DEFINE_integer(
    'max_steps', _DEFAULTS.max_steps, 'Steps after which to end; 0 for no limit.', lower_bound=0
)
_MIN_EXTENT = flags.DEFINE_float(
    'min_extent',
    _DEFAULTS.min_extent,
    'Augmentation: smallest part of the side of a scene; 1 for the whole.',
    lower_bound=0.1,
    upper_bound=1.0,
)
_COLOUR_STRENGTH = flags.DEFINE_float(
    'colour_strength',
    _DEFAULTS.colour_strength,
    'Augmentation: change of brightness, contrast and saturation; 0 for none.',
    lower_bound=0.0,
    upper_bound=2.0,
)
_PATIENCE = flags.DEFINE_integer(
    'patience',
    _DEFAULTS.patience,
    'Epochs without a better validation after which to end; 0 for never.',
    lower_bound=0,
)
_VALIDATION_SHARE = flags.DEFINE_float(
    'validation_share', 0.1, 'Share of the pairs.', lower_bound=0.0, upper_bound=0.9
)
_TEST_SHARE = flags.DEFINE_float(
    'test_share', 0.2, 'Share of the pairs that is left out.', lower_bound=0.0, upper_bound=0.9
)
_SPLIT_SEED = flags.DEFINE_integer('split_seed', 0, 'Seed of the split.', lower_bound=0)
_EXCLUDE_TEST_PRODUCTS = flags.DEFINE_boolean(
    'exclude_test_products', False, 'Leave products of the test scenes out of training.'
)
_SEED = flags.DEFINE_integer(
    'seed',
    _DEFAULTS.seed,
    'Seed of the first parameters, the order and all that is drawn.',
    lower_bound=0,
    upper_bound=(1 << 31) - 1,
)
_CACHE_LIMIT = flags.DEFINE_string(
    'cache_limit', '2GB', 'Decoded photographs to hold in memory; more are kept on disk.'
)
_CACHE_DIR = flags.DEFINE_string(
    'cache_dir', '', 'Keeps decoded photographs for the next run; empty for none.'
)
_CHECKPOINT_DIR = flags.DEFINE_string(
    'checkpoint_dir', '', 'Directory of checkpoints; none are written when empty.'
)
_CHECKPOINT_EVERY_EPOCHS = flags.DEFINE_integer(
    'checkpoint_every_epochs',
    1,
    'Epochs between checkpoints; the last epoch has one in any case.',
    lower_bound=1,
)
_RESUME_CHECKPOINT = flags.DEFINE_string(
    'resume_checkpoint', '', 'Checkpoint file to go on from, or latest, in --checkpoint_dir.'
)
_WANDB_MODE = flags.DEFINE_enum(
    'wandb_mode', 'disabled', ('disabled', 'offline', 'online'), 'Weights & Biases.'
)

for _name in ('margin', 'regularization', 'learning_rate', 'weight_decay'):
    flags.register_validator(_name, lambda value: value < 1e30, 'must be below 1e30')


def main(argv: list[str]) -> None:
    """Reads flags and input, trains, and writes the model."""
    cli.refuse_arguments(argv)
    inputs = [path for path in (_INPUT_FILE.value, _CATEGORIES.value, _IMAGE_DIR.value) if path]
    atomic.refuse_existing(_MODEL_DIR.value, output_flags.overwrite(), inputs, directory=True)
    checkpoints.refuse_folder(_CHECKPOINT_DIR.value, inputs)
    if _RESUME_CHECKPOINT.value == 'latest' and not _CHECKPOINT_DIR.value:
        raise errors.UsageError('--resume_checkpoint=latest wants --checkpoint_dir')
    try:
        cache_limit = sizes.parse(_CACHE_LIMIT.value)
    except ValueError as error:
        raise errors.UsageError(f'--cache_limit: {error}') from error
    if _NEGATIVES.value == look_settings.SAME_CATEGORY and not _CATEGORIES.value:
        raise errors.UsageError('--negatives=same_category wants --categories')
    from common import datasets
    from pinterest import look_program
    from pinterest import photograph_store
    from pinterest import splits

    began = time.monotonic()
    result = look_program.run(
        _config(),
        look_program.Files(
            _INPUT_FILE.value,
            _CATEGORIES.value,
            _IMAGE_DIR.value,
            os.path.normpath(_MODEL_DIR.value),
        ),
        splits.Settings(
            _VALIDATION_SHARE.value,
            _TEST_SHARE.value,
            _SPLIT_SEED.value,
            _EXCLUDE_TEST_PRODUCTS.value,
        ),
        photograph_store.Options(cache_limit, _CACHE_DIR.value),
        datasets.BadRecords(bad_record_flags.max_bad_records()),
        overwrite=output_flags.overwrite(),
    )
    logging.info(
        'Trained %d epochs (%.0f s; %.0f pairs/s in steps, of which %.1f %% waited for input); '
        'best %s: %s',
        result.epochs,
        time.monotonic() - began,
        result.pairs_per_second,
        100 * result.waited_share,
        ', '.join(f'{name} {value:.4g}' for name, value in result.metrics.items()),
        _MODEL_DIR.value,
    )


def _config() -> look_settings.TrainingConfig:
    return look_settings.TrainingConfig(
        output_size=_OUTPUT_SIZE.value,
        image_size=_IMAGE_SIZE.value,
        scene_view=_SCENE_VIEW.value,
        negatives=_NEGATIVES.value,
        num_neg=_NUM_NEG.value,
        margin=_MARGIN.value,
        regularization=_REGULARIZATION.value,
        learning_rate=_LEARNING_RATE.value,
        warmup_share=_WARMUP_SHARE.value,
        weight_decay=_WEIGHT_DECAY.value,
        batch_size=_BATCH_SIZE.value,
        num_epochs=_NUM_EPOCHS.value,
        max_steps=_MAX_STEPS.value,
        min_extent=_MIN_EXTENT.value,
        colour_strength=_COLOUR_STRENGTH.value,
        patience=_PATIENCE.value,
        seed=_SEED.value,
        checkpoint_dir=_CHECKPOINT_DIR.value,
        checkpoint_every_epochs=_CHECKPOINT_EVERY_EPOCHS.value,
        resume_checkpoint=_RESUME_CHECKPOINT.value,
        wandb_mode=_WANDB_MODE.value,
    )


if __name__ == '__main__':
    cli.run(main)
