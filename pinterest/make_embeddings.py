r"""Turns photographs of scenes and products into vectors, by a trained model.

What to embed is said by --input_file, --categories or neither: the scenes and products of pairs;
the products of a catalogue (with --kind=scene, scenes of that list); every photograph in
--image_dir, which is then of the --kind given. So photographs of your own need no pairs file. None
is dropped but those that are missing or cannot be decoded, which are named and counted. A model
that does not look at the product (--scene_view=mask or crop in training) sees a scene once for each
of its products: such an embedding has the id SCENE/PRODUCT.

Vectors are computed in batches of one size; which other photographs are in a batch changes a
vector by no more than 1e-5 of its length.

Reads:  --model_dir, a model of train_shop_the_look; --image_dir; --input_file and --categories
Writes: --output, Embedding records: scenes, then products, each by id
Next:   pinterest/make_recommendations.py, pinterest/evaluate_recommendations.py

Example:
  python -m pinterest.make_embeddings --model_dir=data/look --input_file=fashion.json \
    --categories=fashion-cat.json --image_dir=images --output=data/embeddings
"""

import os

from absl import flags
from absl import logging

from common import atomic
from common import bad_record_flags
from common import cli
from common import errors
from common import output_flags
from pinterest import photograph_flags

_MODEL_DIR = flags.DEFINE_string('model_dir', None, 'Model directory.', required=True)
_IMAGE_DIR = flags.DEFINE_string('image_dir', None, 'Directory of photographs.', required=True)
_INPUT_FILE = flags.DEFINE_string('input_file', '', 'Pairs of scenes and products.')
_CATEGORIES = flags.DEFINE_string(
    'categories', '', 'Products and their categories: JSON, or CSV of id and, if known, category.'
)
_KIND = flags.DEFINE_enum(
    'kind', None, ['scene', 'product'], 'What the photographs show, when there are no pairs.'
)
_OUTPUT = flags.DEFINE_string('output', None, 'Directory of records to write.', required=True)


def main(argv: list[str]) -> None:
    """Embeds and writes."""
    cli.refuse_arguments(argv)
    _check()

    from common import datasets
    from pinterest import embedding_run as run
    from pinterest import embeddings
    from pinterest import trained_model

    bad = datasets.BadRecords(bad_record_flags.max_bad_records())
    model = trained_model.load(_MODEL_DIR.value)
    request, inputs = run.make_request(
        _INPUT_FILE.value,
        _CATEGORIES.value,
        _IMAGE_DIR.value,
        _KIND.value or embeddings.PRODUCT,
        bad,
        needs_boxes=model.needs_boxes,
    )
    options = photograph_flags.options()
    totals: dict[str, int] = {}
    embeddings.write(
        _OUTPUT.value,
        run.counted(run.embed(model, _IMAGE_DIR.value, request, bad, options), totals, bad),
        model.model_hash,
        inputs=[{'path': _MODEL_DIR.value, 'model_hash': model.model_hash}, *inputs],
        totals=totals,
        overwrite=output_flags.overwrite(),
        num_workers=os.cpu_count() or 1,
    )
    logging.info('Done: %s', ', '.join(f'{count} {what}' for what, count in totals.items()))


def _check() -> None:
    """Raises an error for flags that cannot be, or an output that cannot be written."""
    read = (_MODEL_DIR, _IMAGE_DIR, _INPUT_FILE, _CATEGORIES)
    inputs = [flag.value for flag in read if flag.value]
    atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), inputs, directory=True)
    if _KIND.value and _INPUT_FILE.value:
        raise errors.UsageError('--kind is for photographs without pairs; leave it out')
    if not (_KIND.value or _INPUT_FILE.value or _CATEGORIES.value):
        raise errors.UsageError('say what the photographs show by --kind, or give --input_file')


if __name__ == '__main__':
    cli.run(main)
