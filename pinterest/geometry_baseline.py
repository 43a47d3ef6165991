"""What boxes alone give away: a small model from a box to the proportions of its product.

It sees no pixel, only where a box is, how large and of which proportions, and ranks products by
the proportions of their photographs. A model of masked or cropped scenes that is no better has
learned nothing but what the shape of the hole betrays. Give it the exact boxes to see what tight
masks would betray, and the rectangles that a view of the scene really blanks or keeps
(pinterest/scene_views.py) to see what remains of that.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax

_HIDDEN, _DIM = 32, 16
_STEPS, _BATCH, _LEARNING_RATE, _DECAY = 400, 1024, 0.01, 0.001
_MIN_EXTENT = 1e-3

_Parameters = dict[str, list[jax.Array]]


class GeometryBaseline:
    """A two-tower network of a few hundred parameters over rectangles and proportions."""

    def __init__(self, boxes: np.ndarray, aspects: np.ndarray, seed: int = 0) -> None:
        """Fits it to N pairs, every product of a batch a class of a softmax.

        Args:
            boxes: float[N, 4] or float[N, R, 4], of each pair one or R rectangles in the scene:
                left, top, right, bottom, from 0 to 1.
            aspects: float[N], of each pair the width of the product's photograph over its height.
            seed: of the first parameters and the batches.

        Raises:
            ValueError: when the shapes do not fit.
        """
        queries, products = _box_features(boxes), _aspect_features(aspects)
        if len(queries) != len(products):
            raise ValueError(f'{len(queries)} boxes and {len(products)} aspects')
        self._mean, self._scale = queries.mean(axis=0), queries.std(axis=0) + 1e-6
        queries = (queries - self._mean) / self._scale
        self._parameters = _fit(queries, products, seed)

    def score(self, boxes: np.ndarray, aspects: np.ndarray) -> np.ndarray:
        """Returns float32[Q, P], higher for a product that fits a box better.

        Args:
            boxes: float[Q, 4] or float[Q, R, 4], as they were fitted.
            aspects: float[P].
        """
        queries = (_box_features(boxes) - self._mean) / self._scale
        return np.asarray(_logits(self._parameters, queries, _aspect_features(aspects)))


def aspects_of_frames(frames: np.ndarray) -> np.ndarray:
    """Returns float32[N], width over height of photographs that lie in squares at float[N, 4]."""
    extents = frames[:, 2:] - frames[:, :2]
    return (extents[:, 0] / extents[:, 1]).astype(np.float32)


def _box_features(boxes: np.ndarray) -> np.ndarray:
    """Returns float32[N, R * 5]: centre, logarithms of width and height, and of their ratio."""
    if boxes.ndim not in (2, 3) or boxes.shape[-1] != 4:
        raise ValueError(f'want boxes [N, 4] or [N, R, 4], got {boxes.shape}')
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    extents = np.log(np.maximum(boxes[..., 2:] - boxes[..., :2], _MIN_EXTENT))
    ratio = extents[..., :1] - extents[..., 1:]
    features = np.concatenate([centres, extents, ratio], axis=-1)
    return features.reshape(len(boxes), -1).astype(np.float32)


def _aspect_features(aspects: np.ndarray) -> np.ndarray:
    """Returns float32[N, 1]."""
    if aspects.ndim != 1:
        raise ValueError(f'want aspects [N], got {aspects.shape}')
    return np.log(np.maximum(aspects, _MIN_EXTENT)).astype(np.float32)[:, None]


def _tower(layers: list[jax.Array], x: jax.Array) -> jax.Array:
    weights, bias, last = layers
    return jnp.tanh(x @ weights + bias) @ last


def _logits(parameters: _Parameters, queries: jax.Array, products: jax.Array) -> jax.Array:
    return _tower(parameters['query'], queries) @ _tower(parameters['product'], products).T


def _fit(queries: np.ndarray, products: np.ndarray, seed: int) -> _Parameters:
    keys = jax.random.split(jax.random.key(seed), 4)
    parameters = {
        name: [
            jax.random.normal(keys[place], (size, _HIDDEN)) * size**-0.5,
            jnp.linspace(-1.0, 1.0, _HIDDEN),
            jax.random.normal(keys[place + 1], (_HIDDEN, _DIM)) * _HIDDEN**-0.5,
        ]
        for name, place, size in (('query', 0, queries.shape[1]), ('product', 2, 1))
    }
    optimizer = optax.adamw(_LEARNING_RATE, weight_decay=_DECAY)

    @jax.jit
    def step(
        parameters: _Parameters, state: optax.OptState, queries: jax.Array, products: jax.Array
    ) -> tuple[_Parameters, optax.OptState]:
        slopes = jax.grad(_loss)(parameters, queries, products)
        updates, state = optimizer.update(slopes, state, parameters)
        return optax.apply_updates(parameters, updates), state

    state = optimizer.init(parameters)
    rng = np.random.default_rng(seed)
    for _ in range(_STEPS):
        rows = rng.permutation(len(queries))[:_BATCH]
        parameters, state = step(parameters, state, queries[rows], products[rows])
    return parameters


def _loss(parameters: _Parameters, queries: jax.Array, products: jax.Array) -> jax.Array:
    logits = _logits(parameters, queries, products)
    own = jnp.arange(len(queries))
    return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, own))
