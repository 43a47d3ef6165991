"""Pairs of a scene and a product in it, as published by Kang et al. (CVPR 2019).

A file has a JSON object a line: {"product": id, "scene": id, "bbox": [left, top, right, bottom]},
the box relative to the photograph of the scene, from its top left corner.
"""

import json
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from common import datasets
from common import errors
from pinterest import identifiers
from pinterest import json_files

# Boxes are published with six digits; what lies outside by no more is rounding.
_TOLERANCE = 1e-3

Box = tuple[float, float, float, float]


class Pair(NamedTuple):
    """A product that can be seen in a scene.

    Attributes:
        scene: identifier.
        product: identifier.
        bbox: where the product is in the scene: left, top, right, bottom, from 0 to 1.
    """

    scene: str
    product: str
    bbox: Box


def read_pairs(
    path: str,
    bad: datasets.BadRecords,
    categories: Mapping[str, str] | None = None,
    max_lines: int | None = None,
) -> list[Pair]:
    """Returns the pairs of a file, in its order, each once.

    Args:
        path: JSON lines, plain or gzip.
        bad: counts lines that are not pairs, with unknown products, or with impossible boxes.
        categories: the known products; None when all are.
        max_lines: how many lines to read at most.

    Raises:
        InputError: when too much is bad, or there is no pair.
    """
    found: dict[Pair, None] = {}
    for number, line in json_files.read_lines(path):
        if max_lines is not None and number > max_lines:
            break
        try:
            pair = _parse(line)
            if categories is not None and pair.product not in categories:
                raise _BadPairError('a product without a category')
        except _BadPairError as error:
            bad.add(path, f'line {number}', str(error))
            continue
        found[pair] = None
    if not found:
        raise errors.InputError(
            f'{path} holds no pair; lines of {{"scene": id, "product": id, "bbox": [left, top, '
            'right, bottom]} are wanted'
        )
    return list(found)


def to_json(pair: Pair) -> str:
    """Returns the line of a pair, without a line feed."""
    return json.dumps({'product': pair.product, 'scene': pair.scene, 'bbox': list(pair.bbox)})


class _BadPairError(ValueError):
    """A line is no pair; the message is the same for the same fault."""


def _parse(line: bytes) -> Pair:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _BadPairError('not JSON') from error
    if not isinstance(fields, dict) or not {'scene', 'product', 'bbox'} <= fields.keys():
        raise _BadPairError('not an object with scene, product and bbox')
    if not identifiers.is_valid(fields['scene']) or not identifiers.is_valid(fields['product']):
        raise _BadPairError(identifiers.FAULT)
    return Pair(fields['scene'], fields['product'], _parse_box(fields['bbox']))


def _parse_box(values: Any) -> Box:
    numbers = values if isinstance(values, list) else []
    if len(numbers) != 4 or not all(type(number) in (int, float) for number in numbers):
        raise _BadPairError('a box that is not four numbers')
    if not all(-_TOLERANCE <= number <= 1 + _TOLERANCE for number in numbers):
        raise _BadPairError('a box outside the photograph')
    left, top, right, bottom = (min(max(float(number), 0.0), 1.0) for number in numbers)
    if left >= right or top >= bottom:
        raise _BadPairError('a box without extent')
    return left, top, right, bottom
