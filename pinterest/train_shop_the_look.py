r"""Trains the shop-the-look model: which products go with the photograph of a scene.

Pairs are split by scene; the test scenes stay out of training, and evaluate_recommendations finds
them again. Photographs are decoded once. With checkpoints, an interrupted training that is resumed
ends with the same bits as one that ran through.

Reads:  --input_file, JSON lines of pairs; --categories, a JSON object; --image_dir, photographs
Writes: --model_dir: parameters, config.json, metrics.jsonl, README.md
        --checkpoint_dir/checkpoint-NNNNN.msgpack, if wanted
Next:   pinterest/make_embeddings.py, pinterest/evaluate_recommendations.py

Example:
  python -m pinterest.train_shop_the_look --input_file=fashion.json --image_dir=images \
    --categories=fashion-cat.json --model_dir=data/look
"""

import os
import time

from absl import flags
from absl import logging

from common import allocator
from common import atomic
from common import bad_record_flags
from common import checkpoint_flags
from common import cli
from common import output_flags
from pinterest import look_flags
from pinterest import photograph_flags

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


def main(argv: list[str]) -> None:
    """Reads flags and input, trains, and writes the model."""
    cli.refuse_arguments(argv)
    inputs = [path for path in (_INPUT_FILE.value, _CATEGORIES.value, _IMAGE_DIR.value) if path]
    atomic.refuse_existing(_MODEL_DIR.value, output_flags.overwrite(), inputs, directory=True)
    checkpoint_flags.check(inputs)
    config = look_flags.config()
    allocator.keep_memory()
    from common import datasets
    from pinterest import look_program

    began = time.monotonic()
    model_dir = os.path.normpath(_MODEL_DIR.value)
    result = look_program.run(
        config,
        look_program.Files(_INPUT_FILE.value, _CATEGORIES.value, _IMAGE_DIR.value, model_dir),
        look_flags.split(),
        photograph_flags.options(),
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


if __name__ == '__main__':
    cli.run(main)
