"""Categories of products: one JSON object, from product to category, or CSV.

A category is a path of names, such as 'Apparel & Accessories|Clothing|Pants'. CSV begins with the
line id,category; in it a category may be empty, for one that is not known.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from common import datasets
from common import errors
from pinterest import identifiers
from pinterest import json_files

SEPARATOR = '|'
_CSV_HEADER = re.compile(
    rb'(\xef\xbb\xbf)?"?id"?\s*(,\s*"?category"?\s*)?(\r|\n|\Z)', re.IGNORECASE
)


def read_categories(path: str, bad: datasets.BadRecords) -> dict[str, str]:
    """Returns the category of each product, in the order of the file.

    Args:
        path: a file of one JSON object, or CSV, plain or gzip.
        bad: counts entries whose identifier or category cannot be used, and all but the first
            of an identifier that has several categories.

    Raises:
        InputError: when it is no such file, or too much in it is bad.
    """
    content = json_files.read_whole(path)
    is_csv = _CSV_HEADER.match(content) is not None
    entries = _read_csv(content, path) if is_csv else _read_json(content, path)
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


def _read_json(content: bytes, path: str) -> Iterator[tuple[str, str | None]]:
    """Yields the entries, None for a category that is no text."""
    try:
        entries = json.loads(content, object_pairs_hook=_Entries)
    except (ValueError, RecursionError) as error:
        raise errors.InputError(
            f'{path} is not JSON ({error}); one object from product to category is wanted, or CSV '
            'that begins with the line id,category'
        ) from error
    if not isinstance(entries, _Entries):
        raise errors.InputError(
            f'{path} holds something else; one object from product to category is wanted'
        )
    for product, category in entries:
        yield product, category if isinstance(category, str) and category.strip() else None


def _read_csv(content: bytes, path: str) -> Iterator[tuple[str, str | None]]:
    """Yields the rows below the first, None for a category in a row of more than two cells."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode('utf-8-sig'), newline='')))
    except (ValueError, csv.Error) as error:
        raise errors.InputError(
            f'{path} is no CSV in UTF-8 ({error}); save it as such, with the line id,category first'
        ) from error
    for cells in rows[1:]:
        if any(cells):
            product, category, *more = (cell.strip() for cell in [*cells, ''])
            yield product, None if any(more) else category


class _Entries(list[tuple[str, Any]]):
    """The entries of a JSON object, those that a dict would drop included."""


def _fault(categories: dict[str, str], product: str, category: Any) -> str:
    """Returns what is wrong with an entry, empty when nothing is."""
    if not identifiers.is_valid(product):
        return identifiers.FAULT
    if not isinstance(category, str):
        return 'a category that is no text'
    if categories.get(product, category) != category:
        return 'a product with several categories'
    return ''
