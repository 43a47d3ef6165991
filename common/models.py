"""The directory of a finished model.

    parameters.msgpack   the arrays, in the form of flax.serialization
    NAME.tstat.pb.b64.bz2 and its .meta.json, one pair for each dictionary
    config.json          flags, seeds, library versions, inputs with record counts and hashes
    metrics.jsonl        a line for each epoch
    README.md            what the model is and how it was made

Nothing in it is pickled, and everything that a program needs to use the model is there.
"""

import dataclasses
import importlib.metadata
import json
import os
import pathlib
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

from common import atomic
from common import dictionary
from common import errors
from common import parameters

PARAMETERS_NAME = 'parameters.msgpack'
CONFIG_NAME = 'config.json'
METRICS_NAME = 'metrics.jsonl'
CARD_NAME = 'README.md'
TOKEN_DICTIONARY = 'token'
_LIBRARIES = ('jax', 'jaxlib', 'flax', 'optax', 'numpy')


@dataclasses.dataclass(frozen=True)
class EmbeddingModel:
    """Word vectors and the words they belong to.

    Attributes:
        embeddings: float32[V, D]: the mask, the dictionary's words, then the min-hash buckets of
            all other words if the model has them.
        biases: float32[V].
        dictionary: the words.
        config: what config.json says.
    """

    embeddings: np.ndarray
    biases: np.ndarray
    dictionary: dictionary.TokenDictionary
    config: dict[str, Any]

    @property
    def has_buckets(self) -> bool:
        """Whether words outside the dictionary have vectors, by their min-hash bucket."""
        return len(self.embeddings) == self.dictionary.embedding_size()


def library_versions() -> dict[str, str]:
    """Returns the versions of Python and of the libraries that decide the parameters."""
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {'python': platform.python_version(), **versions}


def dictionary_path(model_dir: str, name: str = TOKEN_DICTIONARY) -> str:
    """Returns where the dictionary called name stands in a model."""
    return os.path.join(model_dir, f'{name}.tstat.pb.b64.bz2')


def save_model(
    model_dir: str,
    tree: Mapping[str, Any],
    dictionaries: Mapping[str, dictionary.TokenDictionary],
    config: Mapping[str, Any],
    *,
    metrics: str = '',
    card: str = '',
    overwrite: bool = False,
) -> None:
    """Writes a model; the directory appears when it is whole.

    Args:
        model_dir: directory to make.
        tree: the parameters, nested dicts of arrays.
        dictionaries: by name, such as 'token'.
        config: goes to config.json as it is.
        metrics: text of metrics.jsonl.
        card: text of README.md.
        overwrite: whether model_dir may be replaced.

    Raises:
        InputError: when model_dir exists and may not be replaced.
    """
    with atomic.output_directory(model_dir, overwrite) as folder:
        pathlib.Path(folder, PARAMETERS_NAME).write_bytes(parameters.encode(tree))
        for name, entries in dictionaries.items():
            dictionary.save(dictionary_path(folder, name), entries.stats())
        texts = {
            CONFIG_NAME: json.dumps(config, ensure_ascii=False, indent=1, sort_keys=True) + '\n',
            METRICS_NAME: metrics,
            CARD_NAME: card,
        }
        for name, text in texts.items():
            pathlib.Path(folder, name).write_text(text, encoding='utf-8')


def load_config(model_dir: str) -> dict[str, Any]:
    """Returns what config.json of a model says.

    Raises:
        InputError: when model_dir is no model or config.json is damaged.
    """
    path = _find(model_dir, CONFIG_NAME)
    try:
        config = json.loads(pathlib.Path(path).read_text(encoding='utf-8'))
        if not isinstance(config, dict):
            raise ValueError('not an object')
    except (ValueError, RecursionError) as error:
        raise errors.InputError(f'{path} is damaged ({error}); train the model again') from error
    return config


def load_parameters(model_dir: str) -> dict[str, Any]:
    """Returns the parameters of a model as nested dicts of NumPy arrays.

    Raises:
        InputError: when model_dir is no model or the parameters are damaged.
    """
    path = _find(model_dir, PARAMETERS_NAME)
    return parameters.decode(pathlib.Path(path).read_bytes(), path)


def load_embeddings(model_dir: str) -> EmbeddingModel:
    """Loads a model of word vectors, such as train_cooccurrence makes.

    Raises:
        InputError: when model_dir is no such model, is damaged, or its parts do not fit together.
    """
    config = load_config(model_dir)
    tree = load_parameters(model_dir)
    embeddings = _leaf(tree, model_dir, 'token_embedding', 'embedding')
    biases = _leaf(tree, model_dir, 'bias', 'embedding')
    words = dictionary.TokenDictionary.load(_find(model_dir, os.path.basename(dictionary_path(''))))
    rows, path = len(embeddings), os.path.join(model_dir, PARAMETERS_NAME)
    if biases.shape != (rows, 1):
        raise errors.InputError(
            f'{path} has {rows} vectors and biases of shape {biases.shape}; train the model again'
        )
    if rows not in (1 + len(words), words.embedding_size()):
        raise errors.InputError(
            f'{path} has {rows} vectors, and its dictionary of {len(words)} words wants '
            f'{1 + len(words)}, or {words.embedding_size()} with buckets; train the model again'
        )
    if not (np.isfinite(embeddings).all() and np.isfinite(biases).all()):
        raise errors.InputError(f'{path} holds numbers that are not finite; train the model again')
    return EmbeddingModel(embeddings, biases.reshape(-1), words, config)


def _leaf(tree: Mapping[str, Any], model_dir: str, *keys: str) -> np.ndarray:
    """Returns the float32 matrix at keys."""
    leaf: Any = tree
    for key in keys:
        leaf = leaf.get(key) if isinstance(leaf, dict) else None
    if not isinstance(leaf, np.ndarray) or leaf.ndim != 2 or leaf.dtype != np.float32:
        raise errors.InputError(
            f'{os.path.join(model_dir, PARAMETERS_NAME)} has no float32 matrix '
            f'{"/".join(keys)}; it is no model of word vectors'
        )
    return leaf


def _find(model_dir: str, name: str) -> str:
    path = os.path.join(model_dir, name)
    remedy = 'name one that a training program made'
    if not os.path.isdir(model_dir):
        raise errors.InputError(f'{model_dir} is not a directory of a model; {remedy}')
    if not os.path.isfile(path):
        raise errors.InputError(f'{model_dir} is not a model: it has no {name}; {remedy}')
    return path
