"""Generates photographs of scenes and products with a known match, for demonstrations and tests.

Somebody stands in each scene and wears products: tops, pants, skirts, shoes, bags and hats of many
cuts, patterns and colours. Each product is drawn anew for the catalogue, in another pose, size and
light: what it shares with its scene is colour, pattern and shape. The same flags give the same
photographs.

Reads:  nothing
Writes: --output: fashion.json (pairs), fashion-cat.json (categories), images/ID.jpg, and
        _synthetic.json, which says how they were made
Next:   pinterest/train_shop_the_look.py

Example:
  python -m pinterest.make_synthetic_photographs --output=data/looks --num_scenes=600
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import output_flags
from common import worker_flags

_OUTPUT = flags.DEFINE_string('output', None, 'Directory to make.', required=True)
_NUM_SCENES = flags.DEFINE_integer(
    'num_scenes', 600, 'How many scenes.', lower_bound=1, upper_bound=10_000_000
)
_PRODUCTS_PER_SCENE = flags.DEFINE_integer(
    'products_per_scene', 4, 'Products worn in each scene.', lower_bound=1, upper_bound=5
)
_REPEAT_SHARE = flags.DEFINE_float(
    'repeat_share',
    0.1,
    'Share of the products in scenes that were seen before, popular ones more often.',
    lower_bound=0.0,
    upper_bound=1.0,
)
_COORDINATION = flags.DEFINE_float(
    'coordination',
    0.75,
    'Share of the products that have the colours of their scene; 0 leaves colours to chance.',
    lower_bound=0.0,
    upper_bound=1.0,
)
_IMAGE_SIZE = flags.DEFINE_integer(
    'image_size', 320, 'Pixels of the longer side of a scene.', lower_bound=32, upper_bound=2048
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of everything.', lower_bound=0)


def main(argv: list[str]) -> None:
    """Draws and writes."""
    cli.refuse_arguments(argv)
    atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), directory=True)

    from pinterest import synthetic_looks
    from pinterest import synthetic_scenes

    settings = synthetic_looks.Settings(
        num_scenes=_NUM_SCENES.value,
        products_per_scene=_PRODUCTS_PER_SCENE.value,
        repeat_share=_REPEAT_SHARE.value,
        coordination=_COORDINATION.value,
        image_size=_IMAGE_SIZE.value,
        seed=_SEED.value,
    )
    totals = synthetic_scenes.write(
        _OUTPUT.value,
        settings,
        num_workers=worker_flags.num_workers(),
        overwrite=output_flags.overwrite(),
    )
    logging.info(
        'Done: %d scenes and %d products, %d pairs, in %s',
        totals['scenes'], totals['products'], totals['pairs'], _OUTPUT.value,
    )  # fmt: skip


if __name__ == '__main__':
    cli.run(main)
