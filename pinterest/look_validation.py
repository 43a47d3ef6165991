"""How well a model finds the products of scenes that it has not seen; quick, once an epoch.

The measures of evaluate_recommendations, as far as early stopping wants them: a query is a pair,
the catalogue is the products of all pairs that are asked about.
"""

import numpy as np

from pinterest import photograph_store
from pinterest import trained_model

K = 10


def validate(
    model: trained_model.TrainedModel,
    store: photograph_store.Store,
    rows: np.ndarray,
    categories: np.ndarray,
) -> dict[str, float]:
    """Returns recall_at_10, binary_accuracy and mean_reciprocal_rank.

    Args:
        model: embeds.
        store: photographs.
        rows: int[V], which pairs of the store to ask about; at least one.
        categories: int[P], of each row of store.products.
    """
    scenes = store.scene_rows[rows]
    catalogue, places = np.unique(store.product_rows[rows], return_inverse=True)
    if model.needs_boxes:
        queries = model.embed_scenes(
            store.scenes.images[scenes], store.boxes[rows], store.scenes.frames[scenes]
        )
    else:
        distinct, where = np.unique(scenes, return_inverse=True)
        queries = model.embed_scenes(store.scenes.images[distinct])[where]
    products = model.embed_products(store.products.images[catalogue])
    return measure(queries @ products.T, places, categories[catalogue])


def measure(scores: np.ndarray, places: np.ndarray, categories: np.ndarray) -> dict[str, float]:
    """Returns the measures of scores; of products with equal scores half count as ahead.

    Binary accuracy is the chance that the product has a higher score than another one of its
    category that is drawn at random; pairs whose product is alone in its category do not count.

    Args:
        scores: float[Q, P].
        places: int[Q], the true product of each query.
        categories: int[P].
    """
    own = np.take_along_axis(scores, places[:, None], axis=1)
    ahead = (scores > own) + 0.5 * (scores == own)
    ahead[np.arange(len(scores)), places] = 0.0
    ranks = 1.0 + ahead.sum(axis=1)
    rivals = categories[places][:, None] == categories
    rivals[np.arange(len(scores)), places] = False
    counts = rivals.sum(axis=1)
    wins = 1.0 - (ahead * rivals).sum(axis=1)[counts > 0] / counts[counts > 0]
    return {
        f'recall_at_{K}': float(np.mean(ranks <= K)),
        'binary_accuracy': float(wins.mean()) if wins.size else 0.5,
        'mean_reciprocal_rank': float(np.mean(1.0 / ranks)),
    }
