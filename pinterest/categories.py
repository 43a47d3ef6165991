"""Categories of products: one JSON object, from product to category.

A category is a path of names, such as 'Apparel & Accessories|Clothing|Pants'.
"""

import json
from typing import Any

from common import datasets
from common import errors
from pinterest import identifiers
from pinterest import json_files

SEPARATOR = '|'


def read_categories(path: str, bad: datasets.BadRecords) -> dict[str, str]:
    """Returns the category of each product, in the order of the file.

    Args:
        path: a file of one JSON object, plain or gzip.
        bad: counts entries whose identifier or category cannot be used, and all but the first
            of an identifier that has several categories.

    Raises:
        InputError: when it is no such file, or too much in it is bad.
    """
    try:
        entries = json.loads(json_files.read_whole(path), object_pairs_hook=_Entries)
    except (ValueError, RecursionError) as error:
        raise errors.InputError(
            f'{path} is not JSON ({error}); one object from product to category is wanted'
        ) from error
    if not isinstance(entries, _Entries):
        raise errors.InputError(
            f'{path} holds something else; one object from product to category is wanted'
        )
    categories: dict[str, str] = {}
    for number, (product, category) in enumerate(entries, start=1):
        reason = _fault(categories, product, category)
        if reason:
            bad.add(path, f'entry {number}', reason)
        else:
            categories[product] = category
    return categories


def leaf(category: str) -> str:
    """Returns the last name of a category: Pants."""
    return category.rpartition(SEPARATOR)[2]


class _Entries(list[tuple[str, Any]]):
    """The entries of a JSON object, those that a dict would drop included."""


def _fault(categories: dict[str, str], product: str, category: Any) -> str:
    """Returns what is wrong with an entry, empty when nothing is."""
    if not identifiers.is_valid(product):
        return identifiers.FAULT
    if not isinstance(category, str) or not category.strip():
        return 'a category that is no text'
    if categories.get(product, category) != category:
        return 'a product with several categories'
    return ''
