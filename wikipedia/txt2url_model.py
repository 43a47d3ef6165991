"""A trained text-to-article model: vectors of articles, and of texts and articles as queries."""

import dataclasses
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from common import dictionary
from common import errors
from common import models
from wikipedia import txt2url_settings
from wikipedia import txt2url_vocabulary

TITLE_DICTIONARY = 'title'
_LEAVES = {'words': 2, 'articles': 2, 'scales': 1}  # Arrays at the top of the tree; their axes.


@dataclasses.dataclass(frozen=True)
class Txt2UrlModel:
    """A model. How well a query suits an article is the dot product of their vectors.

    Attributes:
        config: what the model is made of.
        tree: the parameters, as txt2url_tree has them.
        vocabulary: the words it knows.
        titles: addresses of the articles, by index.
    """

    config: txt2url_settings.ModelConfig
    tree: Mapping[str, Any]
    vocabulary: txt2url_vocabulary.Vocabulary
    titles: dictionary.TokenDictionary

    @property
    def articles(self) -> np.ndarray:
        """float32[T, D + E + 1], vectors of articles; zeros for one of which nothing is known."""
        return self.tree['articles']

    def ask_texts(self, texts: Sequence[Sequence[str]]) -> np.ndarray:
        """Returns float32[Q, D + E + 1], queries; zeros for a text without a known word.

        Args:
            texts: tokens in order, lower-cased; of a longer text the first 512 known ones count.
        """
        from wikipedia import txt2url_tree  # Imports JAX, without which articles can be asked.

        encoded = [self.vocabulary.encode(tokens) for tokens in texts]
        return txt2url_tree.encode_texts(self.tree, encoded, self.config)

    def ask_articles(self, articles: np.ndarray) -> np.ndarray:
        """Returns float32[Q, D + E + 1], queries, for int[Q] indices of articles."""
        return ask_articles(self.tree, articles, self.config)


def ask_articles(
    tree: Mapping[str, Any], articles: np.ndarray, config: txt2url_settings.ModelConfig
) -> np.ndarray:
    """Returns float32[Q, D + E + 1], articles as queries: what txt2url_step.join makes of them.

    Args:
        tree: the parameters.
        articles: int[Q], indices.
        config: settings.
    """
    queries = tree['articles'][articles]
    queries[:, : config.embedding_dim] *= np.exp(tree['scales'][1])
    queries[:, -1] = 1.0
    return queries


def load(path: str) -> Txt2UrlModel:
    """Loads what train_txt2url wrote.

    Raises:
        InputError: when path is no such model, is damaged, or its parts do not fit together.
    """
    config = models.load_config(path)
    if config.get('model') != txt2url_settings.NAME:
        raise errors.InputError(f'{path} is no model of train_txt2url; give its --model_dir')
    settings = _settings(config, path)
    tree = models.load_parameters(path)
    name = os.path.join(path, models.PARAMETERS_NAME)
    for leaf, axes in _LEAVES.items():
        array = tree.get(leaf)
        if not isinstance(array, np.ndarray) or array.ndim != axes or array.dtype != np.float32:
            raise errors.InputError(f'{name} has no float32 {leaf}; train the model again')
        if not np.isfinite(array).all():
            raise errors.InputError(f'{name}: {leaf} holds numbers that are not finite')
    if len(tree['scales']) < 2:
        raise errors.InputError(f'{name} has {len(tree["scales"])} scales; train the model again')
    words, titles = (
        dictionary.TokenDictionary.load(models.dictionary_path(path, kind))
        for kind in (models.TOKEN_DICTIONARY, TITLE_DICTIONARY)
    )
    rows, width = len(tree['words']), settings.embedding_dim + settings.link_dim + 1
    if tree['articles'].shape != (len(titles), width):
        raise errors.InputError(
            f'{name}: articles of shape {tree["articles"].shape}, and {len(titles)} titles of '
            f'{width} dimensions are wanted; train the model again'
        )
    vocabulary = txt2url_vocabulary.Vocabulary(words, rows == words.embedding_size())
    if rows != len(vocabulary):
        raise errors.InputError(
            f'{name} has {rows} vectors of words, and its dictionary of {len(words)} words wants '
            f'{len(vocabulary)}, or {words.embedding_size()} with buckets; train the model again'
        )
    return Txt2UrlModel(settings, tree, vocabulary, titles)


def _settings(config: Mapping[str, Any], path: str) -> txt2url_settings.ModelConfig:
    try:
        settings = msgspec.convert(config['training']['model'], txt2url_settings.ModelConfig)
        if min(settings.embedding_dim, settings.link_dim, settings.num_heads) < 0:
            raise ValueError('a dimension below 0')
    except (KeyError, TypeError, ValueError) as error:
        raise errors.InputError(
            f'{os.path.join(path, models.CONFIG_NAME)} does not say what the model is made of '
            f'({type(error).__name__}: {error}); train it again'
        ) from error
    if settings.encoder not in txt2url_settings.ENCODERS:
        raise errors.InputError(f'{path} has an encoder {settings.encoder!r}; train it again')
    return settings
