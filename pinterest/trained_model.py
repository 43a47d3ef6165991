"""A shop-the-look model for use: photographs to vectors, in batches of one size, none dropped.

The directory of a model is that of common/models.py; its parameters are a tree of 'params' and
'batch_stats' of models.ShopTheLook and 'decoys', the boxes that scene_views blanks beside the
product's.
"""

import dataclasses
import functools
import hashlib
import os
import pathlib
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from common import errors
from common import models as model_directories
from pinterest import image_sampling
from pinterest import models
from pinterest import scene_views

MODEL_NAME = 'shop_the_look'
BATCH_SIZE = 64
_MAX_SIZE = 1024  # Pixels on a side, as many as --image_size allows.
# What a vector may differ by, between batches of other photographs, relative to its length.
TOLERANCE = 1e-5
_VIEW_SEED = 0


@dataclasses.dataclass(frozen=True)
class TrainedModel:
    """A model for use.

    Attributes:
        variables: 'params' and 'batch_stats' of models.ShopTheLook.
        decoys: float32[M, 4], see scene_views.
        config: what config.json says; of it 'image_size', 'scene_view' and what
            models.of_settings wants are used here.
        model_hash: SHA-256 of the parameters' file, in hexadecimal digits; '' while training.
    """

    variables: Mapping[str, Any]
    decoys: np.ndarray
    config: Mapping[str, Any]
    model_hash: str = ''

    @property
    def needs_boxes(self) -> bool:
        """Whether a scene's vector depends on the product that is looked for."""
        return self.config['scene_view'] != scene_views.FULL

    def embed_scenes(
        self,
        images: np.ndarray,
        boxes: np.ndarray | None = None,
        frames: np.ndarray | None = None,
    ) -> np.ndarray:
        """Returns float32[N, D]; equal for any batches that N photographs are handed over in.

        Args:
            images: uint8[N, S, S, 3], as photographs.load makes them.
            boxes: float32[N, 4], of the products in the squares; wanted by views mask and crop.
            frames: float32[N, 4], where photographs lie in the squares; wanted by view crop.

        Raises:
            ValueError: when the shapes do not fit, or what the view wants is missing.
        """
        self._check(images)
        view = self.config['scene_view']
        if (boxes is None and self.needs_boxes) or (frames is None and view == scene_views.CROP):
            raise ValueError(f'scenes of view {view} want boxes, and those of crop want frames')
        whole = np.tile(np.float32(image_sampling.WHOLE), (len(images), 1))
        rectangles = [whole if value is None else np.float32(value) for value in (boxes, frames)]
        for value in rectangles:
            if value.shape != whole.shape:
                raise ValueError(f'want {len(images)} x 4 numbers, got {value.shape}')
        embed = functools.partial(_embed_scenes, self.variables, self.decoys, view=view)
        return self._run(embed, images, *rectangles)

    def seen_rectangles(self, boxes: np.ndarray, frames: np.ndarray) -> np.ndarray:
        """Returns float32[N, R, 4], what a look at the views of N scenes shows of the boxes.

        Those that are blanked, the smallest first, by view mask; the part that is kept, by view
        crop. A baseline that is given them by size finds more than one that is given them by place.

        Args:
            boxes: float32[N, 4].
            frames: float32[N, 4].

        Raises:
            ValueError: for view full, which shows nothing.
        """
        view, size = self.config['scene_view'], self.config['image_size']
        boxes, frames = jnp.asarray(boxes), jnp.asarray(frames)
        if view == scene_views.CROP:
            return np.asarray(scene_views.crop_regions(boxes, frames, size))[:, None]
        if view != scene_views.MASK:
            raise ValueError(f'view {view} shows nothing of boxes')
        key = jax.random.key(_VIEW_SEED)
        found = np.asarray(scene_views.mask_rectangles(key, boxes, self.decoys, size))
        order = np.argsort(np.prod(found[..., 2:] - found[..., :2], axis=-1), axis=1)
        return np.take_along_axis(found, order[:, :, None], axis=1)

    def embed_products(self, images: np.ndarray) -> np.ndarray:
        """Returns float32[N, D]; equal for any batches that N photographs are handed over in.

        Args:
            images: uint8[N, S, S, 3], as photographs.load makes them.

        Raises:
            ValueError: when the shape does not fit.
        """
        self._check(images)
        return self._run(functools.partial(_embed_products, self.variables), images)

    def _check(self, images: np.ndarray) -> None:
        size = self.config['image_size']
        if images.dtype != np.uint8 or images.shape[1:] != (size, size, 3):
            raise ValueError(
                f'want images uint8[N, {size}, {size}, 3], got {images.dtype}{images.shape}'
            )

    def _run(self, embed: Callable[..., jax.Array], *arrays: np.ndarray) -> np.ndarray:
        """Calls embed on batches of one shape, so that it is compiled once."""
        network = models.of_settings(self.config)
        vectors = np.empty((len(arrays[0]), network.output_size), np.float32)
        for start in range(0, len(vectors), BATCH_SIZE):
            parts = [array[start : start + BATCH_SIZE] for array in arrays]
            missing = BATCH_SIZE - len(parts[0])
            padded = [np.pad(part, [(0, missing)] + [(0, 0)] * (part.ndim - 1)) for part in parts]
            found = embed(*padded, network=network)
            vectors[start : start + BATCH_SIZE] = found[: len(parts[0])]
        return vectors


def to_tree(variables: Mapping[str, Any], decoys: np.ndarray) -> dict[str, Any]:
    """Returns what parameters.msgpack is to hold."""
    return {**jax.tree.map(np.asarray, dict(variables)), 'decoys': decoys}


def load(model_dir: str) -> TrainedModel:
    """Loads a model.

    Raises:
        InputError: when model_dir is no model of this kind, or is damaged.
    """
    jax.config.update('jax_logging_level', 'WARNING')  # It reports every backend that is absent.
    config = model_directories.load_config(model_dir)
    if config.get('model') != MODEL_NAME:
        raise errors.InputError(
            f'{model_dir} holds a model of kind {config.get("model")!r}, and {MODEL_NAME!r} is '
            'wanted; name one that train_shop_the_look made'
        )
    tree = model_directories.load_parameters(model_dir)
    path = os.path.join(model_dir, model_directories.PARAMETERS_NAME)
    _check_tree(tree, config, path)
    digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    decoys = tree.pop('decoys')
    return TrainedModel(tree, decoys, config, digest)


def _check_tree(tree: dict[str, Any], config: Mapping[str, Any], path: str) -> None:
    """Raises InputError unless the tree is that of the model that config speaks of."""
    try:
        size, network = config['image_size'], models.of_settings(config)
        if not (type(size) is int and 0 < size <= _MAX_SIZE):
            raise ValueError(f'image_size {size!r}')
        if tree['decoys'].ndim != 2 or tree['decoys'].shape[1] != 4:
            raise ValueError(f'decoys {tree["decoys"].shape}')
        images = jax.ShapeDtypeStruct((1, size, size, 3), jnp.float32)
        wanted = jax.eval_shape(
            lambda: network.init(
                jax.random.key(0), jnp.zeros(images.shape), jnp.zeros(images.shape), train=False
            )
        )
        wanted = {**wanted, 'decoys': jax.ShapeDtypeStruct(tree['decoys'].shape, jnp.float32)}
        fits = _are_alike(tree, wanted) and config['scene_view'] in scene_views.VIEWS
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise errors.InputError(
            f'{path} and its {model_directories.CONFIG_NAME} do not fit together ({error}); train '
            'the model again'
        ) from error
    if not fits:
        raise errors.InputError(
            f'{path} does not hold the arrays that its {model_directories.CONFIG_NAME} speaks of; '
            'train the model again'
        )
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(tree)):
        raise errors.InputError(f'{path} holds numbers that are not finite; train the model again')


def _are_alike(tree: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Returns whether a tree has arrays of the names, shapes and types that are wanted."""
    if jax.tree.structure(tree) != jax.tree.structure(wanted):
        return False
    same = jax.tree.map(
        lambda leaf, want: leaf.shape == want.shape and leaf.dtype == want.dtype, tree, wanted
    )
    return jax.tree.all(same)


@functools.partial(jax.jit, static_argnames=('view', 'network'))
def _embed_scenes(
    variables: Mapping[str, Any],
    decoys: jax.Array,
    images: jax.Array,
    boxes: jax.Array,
    frames: jax.Array,
    *,
    view: str,
    network: models.ShopTheLook,
) -> jax.Array:
    pixels = models.normalize(images)
    key = jax.random.key(_VIEW_SEED)
    pixels, regions = scene_views.apply(view, key, pixels, boxes, frames, decoys)
    if view == scene_views.CROP:
        pixels = image_sampling.resample(pixels, regions)
    return network.apply(variables, pixels, False, method='scene_embedding')


@functools.partial(jax.jit, static_argnames='network')
def _embed_products(
    variables: Mapping[str, Any], images: jax.Array, *, network: models.ShopTheLook
) -> jax.Array:
    return network.apply(variables, models.normalize(images), False, method='product_embedding')
