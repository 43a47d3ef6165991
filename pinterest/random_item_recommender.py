"""Shows random products of a catalogue: what every recommender must beat.

Without --image_dir and --url_template the page has no photographs; only with the latter does it
request any from elsewhere, when it is looked at.

Reads:  --input_file, JSON from product to category, plain or .gz; --image_dir
Writes: --output_html, one page; - for stdout
Next:   pinterest/train_shop_the_look.py

Example:
  python -m pinterest.random_item_recommender --input_file=fashion-cat.json \\
    --output_html=random.html --url_template=pinimg
"""

import os

from absl import flags
from absl import logging

from common import atomic
from common import bad_record_flags
from common import cli
from common import datasets
from common import errors
from common import output_flags
from pinterest import photograph_urls

_INPUT_FILE = flags.DEFINE_string('input_file', None, 'File of categories.', required=True)
_OUTPUT_HTML = flags.DEFINE_string('output_html', None, 'Page to write.', required=True)
_NUM_ITEMS = flags.DEFINE_integer(
    'num_items', 10, 'Products to show.', lower_bound=1, upper_bound=10000
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of the draw of products.', lower_bound=0)
_IMAGE_DIR = flags.DEFINE_string(
    'image_dir', '', 'Directory of photographs; the page refers to them where they are.'
)
_URL_TEMPLATE = flags.DEFINE_string(
    'url_template',
    '',
    'Address of a photograph elsewhere, with {id} or {id[0:2]}; or the word pinimg.',
)
_STDOUT = '-'


def main(argv: list[str]) -> None:
    """Draws the products and writes the page."""
    cli.refuse_arguments(argv)
    template = _check()

    from pinterest import catalogue_page
    from pinterest import categories

    bad = datasets.BadRecords(bad_record_flags.max_bad_records())
    catalogue = categories.read_categories(_INPUT_FILE.value, bad)
    if not catalogue:
        raise errors.InputError(f'{_INPUT_FILE.value} holds no product')
    products = catalogue_page.draw(catalogue, _NUM_ITEMS.value, _SEED.value)
    if template:
        addresses = {product: template.url(product) for product in products}
    elif _IMAGE_DIR.value:
        addresses = catalogue_page.local_addresses(_IMAGE_DIR.value, products, _OUTPUT_HTML.value)
    else:
        addresses = {}
    catalogue_page.write(
        _OUTPUT_HTML.value,
        catalogue_page.make_items(products, catalogue, addresses),
        source=os.path.basename(_INPUT_FILE.value),
        num_products=len(catalogue),
        seed=_SEED.value,
        template=template,
        overwrite=output_flags.overwrite(),
    )
    logging.info(
        'Done: %d of %d products, %d with photographs; bad: %s',
        len(products), len(catalogue), len(addresses), bad.summary() or 'none',
    )  # fmt: skip


def _check() -> photograph_urls.Template | None:
    """Returns how addresses are made, if they are; raises an error for flags that cannot be."""
    if _IMAGE_DIR.value and _URL_TEMPLATE.value:
        raise errors.UsageError('--image_dir and --url_template both say where photographs are')
    if _OUTPUT_HTML.value != _STDOUT:
        inputs = [_INPUT_FILE.value]
        atomic.refuse_existing(
            _OUTPUT_HTML.value, output_flags.overwrite(), inputs, directory=False
        )
        if _IMAGE_DIR.value and os.path.isfile(_OUTPUT_HTML.value):
            folder, page = map(os.path.realpath, (_IMAGE_DIR.value, _OUTPUT_HTML.value))
            if page.startswith(os.path.join(folder, '')) and not page.endswith('.html'):
                raise errors.InputError(
                    f'{_OUTPUT_HTML.value} is a file of --image_dir; it is not replaced: name '
                    'another'
                )
    return photograph_urls.Template(_URL_TEMPLATE.value) if _URL_TEMPLATE.value else None


if __name__ == '__main__':
    cli.run(main)
