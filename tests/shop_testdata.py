"""Small catalogues, photographs, embeddings and models of shop the look for tests."""

import dataclasses
import functools
import json
import pathlib

import jax
import numpy as np

from common import models as model_directories
from pinterest import embeddings
from pinterest import models
from pinterest import pairs
from pinterest import splits
from pinterest import trained_model
from tests import look_testdata
from tests import photograph_samples

# As in look_testdata, where 40 pairs train, so that code is compiled once for the tests of both.
IMAGE_SIZE, OUTPUT_SIZE = look_testdata.SIZE, look_testdata.OUTPUT_SIZE
FILTERS = look_testdata.FILTERS
DECOYS = np.tile(np.float32([[0.1, 0.1, 0.2, 0.2], [0.5, 0.7, 0.6, 0.8]]), (20, 1))
HOSTILE_CATEGORY = 'A|<script>alert(1)</script>'


def write_pairs(path, true_pairs):
    """Writes pairs and returns the path."""
    pathlib.Path(path).write_text(''.join(pairs.to_json(pair) + '\n' for pair in true_pairs))
    return str(path)


def write_categories(path, category_of):
    """Writes categories and returns the path."""
    pathlib.Path(path).write_text(json.dumps(category_of))
    return str(path)


def write_photographs(folder, ids, seed=0):
    """Writes a photograph of two colours of its own for each id, and returns the folder."""
    rng = np.random.default_rng(seed)
    contents = {}
    for place, name in enumerate(sorted(ids)):
        left, right = (tuple(map(int, rng.integers(0, 256, 3))) for _ in range(2))
        sides = (24, 32) if place % 2 else (32, 24)
        contents[f'{name}.jpg'] = photograph_samples.jpeg(*sides, left=left, right=right)
    return photograph_samples.write(folder, contents)


def draw_variables(output_size=OUTPUT_SIZE, seed=0):
    """Returns variables of the network, numbers by lot: its own would be compiled for seconds."""
    network = models.of_settings(
        {'output_size': output_size, 'pooling': models.SLOTS, 'filters': FILTERS}
    )
    images = np.zeros((1, IMAGE_SIZE, IMAGE_SIZE, 3), np.float32)
    init = functools.partial(network.init, train=False)
    shapes = jax.eval_shape(init, jax.random.key(seed), images, images)
    rng = np.random.default_rng(seed)
    drawn = jax.tree.map(lambda leaf: rng.normal(0, 0.3, leaf.shape).astype(np.float32), shapes)
    # Variances need be above 0.
    return {**drawn, 'batch_stats': jax.tree.map(np.abs, drawn['batch_stats'])}


def write_model(path, *, view='full', output_size=OUTPUT_SIZE, split=None, sides=None, seed=0):
    """Writes a model that was never trained, and returns its path.

    Args:
        path: directory to make.
        view: what it sees of a scene.
        output_size: dimension of its vectors.
        split: splits.Settings that config.json is to speak of.
        sides: the splits.Split that came of them.
        seed: of the parameters.
    """
    config = {
        'model': trained_model.MODEL_NAME,
        'image_size': IMAGE_SIZE,
        'output_size': output_size,
        'filters': FILTERS,
        'pooling': models.SLOTS,
        'scene_view': view,
    }
    if split is not None:
        config['split'] = {**dataclasses.asdict(split), 'scene_hash': sides.scene_hash()}
    tree = trained_model.to_tree(draw_variables(output_size, seed), DECOYS)
    model_directories.save_model(str(path), tree, {}, config)
    return str(path)


def write_embeddings(path, scenes, products, model_hash='f00'):
    """Writes embeddings, given as dicts from id to numbers, and returns the path."""
    batches = [
        (kind, sorted(vectors), np.array([vectors[name] for name in sorted(vectors)], np.float32))
        for kind, vectors in ((embeddings.SCENE, scenes), (embeddings.PRODUCT, products))
        if vectors
    ]
    embeddings.write(str(path), batches, model_hash)
    return str(path)


def split(true_pairs, category_of, **settings):
    """Returns settings and the split that they make."""
    chosen = splits.Settings(**settings)
    return chosen, splits.split_pairs(true_pairs, category_of, chosen)
