"""Products of a catalogue, drawn by lot, as a page."""

import dataclasses
import os
import random
import urllib.parse
from collections.abc import Mapping
from collections.abc import Sequence

from absl import logging

from common import html_report
from common import html_text
from pinterest import categories as categories_lib
from pinterest import photograph_urls
from pinterest import photographs

_TEMPLATE = 'catalogue.html'
_STEP = ' › '


@dataclasses.dataclass(frozen=True)
class Item:
    """A product as the page shows it.

    Attributes:
        id: identifier.
        name: the last name of its category.
        path: the names of its category before that.
        address: of its photograph; '' when there is none.
    """

    id: str
    name: str
    path: str
    address: str


def draw(categories: Mapping[str, str], num_items: int, seed: int) -> list[str]:
    """Returns products drawn by lot, none twice, the same for the same catalogue and seed."""
    products = sorted(categories)
    return random.Random(seed).sample(products, min(num_items, len(products)))


def make_items(
    products: Sequence[str], categories: Mapping[str, str], addresses: Mapping[str, str]
) -> list[Item]:
    """Returns what the page shows of products."""
    items = []
    for product in products:
        *path, name = categories[product].split(categories_lib.SEPARATOR)
        items.append(Item(product, name, _STEP.join(path), addresses.get(product, '')))
    return items


def local_addresses(image_dir: str, products: Sequence[str], page: str) -> dict[str, str]:
    """Returns the addresses of photographs, relative to a page.

    Args:
        image_dir: directory of the photographs.
        products: identifiers; those without a photograph that can be shown get no address, which
            is logged where it is damaged.
        page: file of the page, or '-' for one in the working directory.
    """
    folder = '.' if page == html_report.STDOUT else os.path.dirname(os.path.abspath(page))
    addresses = {}
    for product, path in photographs.find(image_dir, products).items():
        try:
            photographs.check_shown(path)
        except photographs.PhotographError as error:
            logging.warning('%s', error)
        else:
            addresses[product] = urllib.parse.quote(os.path.relpath(path, folder))
    return addresses


def write(
    path: str,
    items: Sequence[Item],
    *,
    source: str,
    num_products: int,
    seed: int,
    template: photograph_urls.Template | None = None,
    overwrite: bool = False,
) -> None:
    """Writes the page.

    Args:
        path: file, or '-' for standard output.
        items: what it shows.
        source: where the catalogue comes from.
        num_products: in the catalogue.
        seed: of the lot.
        template: of the addresses of photographs, when they are not local.
        overwrite: whether path may be replaced.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    html = html_report.render(
        _TEMPLATE,
        title='Random products',
        items=items,
        summary=html_text.sentence(
            '{:,} of the {:,} products in {}, drawn by lot with seed {}',
            len(items),
            num_products,
            source,
            seed,
        ),
        image_host=template.origin if template else '',
        made_by='Made by pinterest/random_item_recommender',
    )
    html_report.write_page(path, html, overwrite)
