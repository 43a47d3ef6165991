"""Hostile input for property tests: damaged bytes, odd texts, JSON of all kinds; always the same.

Tests hand it to what reads files, where nothing but InputError may be raised.
"""

import json
import math
import pathlib

import hypothesis
import numpy as np
from hypothesis import strategies

from common import datasets
from common import errors
from common import parameters

ODD_TEXTS = (
    '', ' ', '\x00', '\t', '\r\n', '\x1b[31m', '\u202e', '\u2028', '\ufeff', '\ufffe', '\ud800',
    '<script>alert(1)</script>', '"\'><b>', '&amp;lt;', '../../etc/passwd', '=1+1', '-1', '+1',
    '@SUM(A1)', 'é' * 300, 'NaN', '-0', '1e999', '٣', '%00', '{{', ']]>', 'a\nb', 'null',
)  # fmt: skip
ODD_NUMBERS = (
    0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e308, math.nan, math.inf,
    -math.inf,
)  # fmt: skip
ODD_VALUES = (None, True, False, *ODD_NUMBERS, *ODD_TEXTS, [], {}, [[]], {'': None}, [0] * 5)

ODD_LEAVES = (
    'x', 3, 1.5, {}, {'a': 'b'}, np.float32(2), np.zeros(0, np.float32),
    np.zeros((0, 4), np.float32), np.full((2, 2), np.nan, np.float32),
    np.full(3, 2**31 - 1, np.int32), np.full(3, -1, np.int32),
)  # fmt: skip

texts = strategies.sampled_from(ODD_TEXTS) | strategies.text(max_size=20)
scalars = strategies.sampled_from((None, True, *ODD_NUMBERS)) | texts
values = strategies.recursive(
    scalars,
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(texts, inner),
    max_leaves=8,
)


def settings(max_examples=150):
    """Returns settings for examples that are the same each time, and kept nowhere."""
    return hypothesis.settings(
        max_examples=max_examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


@strategies.composite
def damaged(draw, samples):
    """Draws a sample with bits flipped, bytes put in, taken out or repeated, or its end cut off."""
    data = bytearray(draw(strategies.sampled_from(samples)))
    for _ in range(draw(strategies.integers(0, 4))):
        place = draw(strategies.integers(0, len(data)))
        size = draw(strategies.sampled_from((1, 2, 4, 16)))
        kind = draw(strategies.sampled_from(('flip', 'put', 'take', 'repeat', 'cut')))
        if kind == 'flip' and place < len(data):
            data[place] ^= 1 << draw(strategies.integers(0, 7))
        elif kind == 'put':
            data[place:place] = draw(strategies.binary(max_size=size))
        elif kind == 'take':
            del data[place : place + size]
        elif kind == 'repeat':
            data[place:place] = data[place : place + size] * draw(strategies.integers(1, 50))
        elif kind == 'cut':
            del data[place:]
    return bytes(data)


@strategies.composite
def changed(draw, sample):
    """Draws a JSON value like the sample, but for one thing in it that is another, or missing."""
    copy = json.loads(json.dumps(sample))
    parent, key = None, None
    value = copy
    while (
        isinstance(value, dict | list) and value and (parent is None or draw(strategies.booleans()))
    ):
        parent = value
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw(strategies.sampled_from(keys))
        value = value[key]
    if draw(strategies.integers(0, 9)):
        parent[key] = draw(values)
    else:
        del parent[key]
    return copy


def _leaves(tree, path=()):
    if not isinstance(tree, dict):
        return [path]
    return [leaf for key, value in tree.items() for leaf in _leaves(value, (*path, key))]


@strategies.composite
def changed_tree(draw, tree):
    """Draws parameters like a tree, but for one leaf that is another, of another shape, or gone."""
    tree = parameters.decode(parameters.encode(tree), 'memory')
    *parents, key = draw(strategies.sampled_from(_leaves(tree)))
    parent = tree
    for name in parents:
        parent = parent[name]
    leaf = np.asarray(parent[key])
    kinds = ('gone', 'odd', 'shape', 'cut', 'type', 'number')
    kind = draw(strategies.sampled_from(kinds if leaf.dtype.kind in 'fiub' else kinds[:2]))
    if kind == 'gone':
        del parent[key]
    elif kind == 'odd':
        parent[key] = draw(strategies.sampled_from(ODD_LEAVES))
    elif kind == 'shape':
        parent[key] = leaf.reshape(
            draw(strategies.sampled_from(((-1,), (1, -1), (-1, 1), (1, 1, -1))))
        )
    elif kind == 'cut':
        parent[key] = np.atleast_1d(leaf)[: draw(strategies.integers(0, 2))]
    elif kind == 'type':
        parent[key] = leaf.astype(
            draw(strategies.sampled_from(('f8', 'f2', 'i4', 'i8', 'u1', '?')))
        )
    else:
        flat = leaf.reshape(-1).copy()
        odd = (-1, 2**31 - 1) if leaf.dtype.kind == 'i' else (-1.0, 1e30, math.nan)
        flat[-1:] = draw(strategies.sampled_from(odd))
        parent[key] = flat.reshape(leaf.shape)
    return tree


def damage_model(folder, use, max_examples=100):
    """Changes the configuration and the parameters of a model in many ways, and lets it be used.

    Args:
        folder: the model, which is as it was in the end.
        use: takes the folder; may raise nothing but InputError.
        max_examples: how many ways.
    """
    places = [pathlib.Path(folder, name) for name in ('config.json', 'parameters.msgpack')]
    contents = [place.read_bytes() for place in places]
    config = json.loads(contents[0])
    tree = parameters.decode(contents[1], 'memory')
    configs = changed(config).map(lambda fields: json.dumps(fields).encode())
    trees = changed_tree(tree).map(parameters.encode)

    @settings(max_examples)
    @hypothesis.given(strategies.data())
    def run(data):
        place = data.draw(strategies.integers(0, 1))
        better = trees if place else configs
        places[place].write_bytes(data.draw(better | better | damaged([contents[place]])))
        try:
            accepted(use, folder)
        finally:
            places[place].write_bytes(contents[place])

    run()


def tolerant():
    """Returns a count of bad records without a limit, which logs nothing."""
    bad = datasets.BadRecords(1 << 60)
    bad._named = 1 << 60
    return bad


def accepted(function, *arguments, **options):
    """Returns whether a function took its arguments: False when they were refused, with reasons."""
    try:
        function(*arguments, **options)
    except errors.InputError as error:
        assert str(error), 'an InputError that says nothing'
        return False
    return True
