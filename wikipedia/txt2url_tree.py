"""The parameters of a text-to-article model: how they begin, and the vectors they give.

words       float32[V, W + 1], vectors of words; in the last column the log of a word's weight
encoder     parameters of txt2url_encoders.TextEncoder
scales      float32[3], logs of what cosines are multiplied with
articles    float32[T, D + E], vectors of articles: of what they say, and of their links
"""

import functools
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import sparse

from wikipedia import txt2url_encoders
from wikipedia import txt2url_settings
from wikipedia import txt2url_step

_SHORTEST, _LONGEST = 16, 512
_QUERY_BLOCK = 256


def init_links(
    key: jax.Array, is_linked: np.ndarray, config: txt2url_settings.ModelConfig
) -> jax.Array:
    """Returns float[T, E + 1], small random vectors; zeros for articles without links.

    Args:
        key: random key.
        is_linked: bool[T].
        config: settings.
    """
    drawn = config.init_scale * jax.random.normal(key, (len(is_linked), config.link_dim))
    return jnp.pad(jnp.where(is_linked[:, None], drawn, 0.0), ((0, 0), (0, 1)))


def init_words(
    key: jax.Array,
    vectors: np.ndarray | None,
    doc_frequencies: np.ndarray,
    num_documents: int,
    config: txt2url_settings.ModelConfig,
) -> jax.Array:
    """Returns float[V, W + 1], vectors and the logs of weights: inverse document frequencies.

    Vectors that are given are moved so that their mean is zero, and scaled; when they are trained
    and have fewer dimensions than the model, random ones follow. A word that occurs in no document
    begins at zero unless it has a vector.

    Args:
        key: random key.
        vectors: float[V, G], of words that occur together, such as GloVe's; or None.
        doc_frequencies: int[V], how many documents have each word.
        num_documents: how many there are.
        config: settings.

    Source: the weight is scikit-learn's smooth inverse document frequency.
    """
    is_used = (doc_frequencies > 0)[:, None]
    parts = []
    if vectors is not None:
        has_vector = np.any(vectors != 0, axis=1, keepdims=True)
        centred = np.where(has_vector, vectors - vectors[is_used[:, 0]].mean(axis=0), 0.0)
        deviation = max(float(centred[is_used[:, 0]].std()), np.finfo(np.float32).tiny)
        parts.append(jnp.array(centred * (config.init_scale / deviation), jnp.float32))
    missing = config.embedding_dim - (0 if vectors is None else vectors.shape[1])
    if missing > 0 and (vectors is None or config.train_words):
        shape = (len(doc_frequencies), missing)
        drawn = config.init_scale * jax.random.normal(key, shape)
        parts.append(jnp.where(is_used, drawn, 0.0))
    idf = np.log((1 + num_documents) / (1 + doc_frequencies)) + 1
    weights = np.log(idf).astype(np.float32)[:, None]
    return jnp.concatenate([*parts, weights], axis=1)


def dampen(counts: sparse.csr_array) -> sparse.csr_array:
    """Returns 1 + ln of the counts of words in articles: how often each counts for what it says."""
    return sparse.csr_array((1 + np.log(counts.data), counts.indices, counts.indptr), counts.shape)


def make(parts: Mapping[str, Any], says: jax.Array) -> dict[str, Any]:
    """Returns the tree of a model.

    Args:
        parts: 'words', 'links' and 'dense', as txt2url_step.State has them.
        says: float[T, D], what read_articles returned.
    """
    return {
        'words': np.asarray(parts['words']),
        'encoder': parts['dense']['encoder'],
        'scales': np.asarray(parts['dense']['scales']),
        'articles': np.asarray(txt2url_step.join(says, jnp.asarray(parts['links']))),
    }


def read_articles(
    words: jax.Array | np.ndarray,
    encoder: Mapping[str, Any],
    counts: sparse.csr_array,
    config: txt2url_settings.ModelConfig,
) -> jax.Array:
    """Returns float[T, D], what articles say by all of their words.

    Args:
        words: float[V, W + 1].
        encoder: parameters of TextEncoder.
        counts: float32[T, V], how often each word counts for what each article says.
        config: settings.
    """
    words = np.asarray(words)
    weights = np.exp(words[:, -1:])
    sums = counts @ np.concatenate([words[:, :-1] * weights, weights], axis=1)
    means = sums[:, :-1] / np.maximum(sums[:, -1:], np.finfo(np.float32).tiny)
    module = txt2url_encoders.TextEncoder(config)
    return module.apply({'params': encoder}, means, method='project')


def encode_texts(
    tree: Mapping[str, Any], texts: Sequence[np.ndarray], config: txt2url_settings.ModelConfig
) -> np.ndarray:
    """Returns float32[Q, D + E + 1], texts as queries; zeros for one without words.

    Args:
        tree: the parameters.
        texts: int[N] embedding indices each, in order; of a longer one the first 512 count.
        config: settings.
    """
    found = np.zeros((len(texts), tree['articles'].shape[1]), np.float32)
    sizes = np.array([min(len(text), _LONGEST) for text in texts], np.int64)
    shapes = np.maximum(_SHORTEST, 1 << np.ceil(np.log2(np.maximum(sizes, 1))).astype(np.int64))
    words, encoder = jnp.asarray(tree['words']), tree['encoder']
    for length in np.unique(shapes).tolist():
        rows = np.flatnonzero(shapes == length)
        for start in range(0, len(rows), _QUERY_BLOCK):
            block = rows[start : start + _QUERY_BLOCK]
            padded = np.full((_QUERY_BLOCK, length), len(words), np.int32)
            for place, row in enumerate(block):
                padded[place, : sizes[row]] = texts[row][:length]
            vectors = _encode(words, encoder, padded, config)
            found[block, : config.embedding_dim] = np.asarray(vectors)[: len(block)]
    return found * np.exp(tree['scales'][0])


@functools.partial(jax.jit, static_argnames='config')
def _encode(
    words: jax.Array,
    encoder: Mapping[str, Any],
    places: jax.Array,
    config: txt2url_settings.ModelConfig,
) -> jax.Array:
    """Returns float[B, D], from int[B, L] embedding indices; V for padding."""
    module = txt2url_encoders.TextEncoder(config)
    return module.apply({'params': encoder}, *txt2url_step.split(words, places))
