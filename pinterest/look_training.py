"""A step of the training of the shop-the-look model; look_epochs takes the steps."""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
import optax

from pinterest import augmentation
from pinterest import image_sampling
from pinterest import look_batches
from pinterest import look_settings
from pinterest import models
from pinterest import scene_views
from pinterest import triplet_loss

# A product fills its photograph; less of it than this is no longer that product.
_MIN_PRODUCT_EXTENT = 0.8


@flax.struct.dataclass
class State:
    """What a step changes.

    Attributes:
        step: int32[], steps done.
        params: of the network.
        batch_stats: running statistics, which the optimiser leaves alone.
        opt_state: of the optimiser.
    """

    step: jax.Array
    params: Mapping[str, Any]
    batch_stats: Mapping[str, Any]
    opt_state: optax.OptState

    @property
    def variables(self) -> dict[str, Any]:
        """What the network is applied with."""
        return {'params': self.params, 'batch_stats': self.batch_stats}


StepFunction = Callable[[State, look_batches.Batch], tuple[State, dict[str, jax.Array]]]


def init_state(
    config: look_settings.TrainingConfig, optimizer: optax.GradientTransformation
) -> State:
    """Returns the state before the first step."""
    images = jnp.zeros((1, config.image_size, config.image_size, 3))
    network = models.of_settings(dataclasses.asdict(config))

    def init(key: jax.Array) -> State:
        variables = network.init(key, images, images, train=False)
        # Towers that start alike give alike vectors to alike colours and patterns from the start.
        tower = variables['params']['scene_tower']
        params = {'scene_tower': tower, 'product_tower': tower}
        return State(jnp.int32(0), params, variables['batch_stats'], optimizer.init(params))

    # To make this fast would take much longer than to run it once, for its random numbers.
    hasty = {'xla_backend_optimization_level': 0}
    return jax.jit(init, compiler_options=hasty)(jax.random.key(config.seed))


def make_optimizer(
    config: look_settings.TrainingConfig, num_steps: int
) -> optax.GradientTransformation:
    """Returns AdamW whose learning rate rises linearly and then falls along a cosine to 0."""
    schedule = optax.warmup_cosine_decay_schedule(
        0.0, config.learning_rate, max(1, int(config.warmup_share * num_steps)), num_steps + 1
    )
    return optax.adamw(schedule, weight_decay=config.weight_decay)


def make_train_step(
    config: look_settings.TrainingConfig,
    optimizer: optax.GradientTransformation,
    decoys: np.ndarray,
) -> StepFunction:
    """Returns the jitted step, a pure function of state and batch that donates the state."""
    network = models.of_settings(dataclasses.asdict(config))

    def train_step(state: State, batch: look_batches.Batch) -> tuple[State, dict[str, jax.Array]]:
        key = jax.random.fold_in(jax.random.key(config.seed), state.step)
        # XLA would sample pixels again for each window of the network that they are in.
        scenes, products, boxes = jax.lax.optimization_barrier(_prepare(config, key, batch, decoys))

        def loss_of(params: Mapping[str, Any]) -> tuple[jax.Array, tuple[Any, dict]]:
            variables = {**state.variables, 'params': params}
            vectors, updated = network.apply(
                variables, scenes, products, True, mutable=['batch_stats', 'intermediates']
            )
            loss, metrics = _loss(config, *vectors, batch['negatives'])
            if config.sees_slots:
                attention = models.attention_of_products(updated['intermediates'])
                looks_at = triplet_loss.attention_loss(attention, boxes)
                loss += config.attention_weight * looks_at
                metrics = {**metrics, 'loss': loss, 'attention_loss': looks_at}
            return loss, (updated['batch_stats'], metrics)

        slopes, (batch_stats, metrics) = jax.grad(loss_of, has_aux=True)(state.params)
        updates, opt_state = optimizer.update(slopes, state.opt_state, state.params)
        params = optax.apply_updates(state.params, updates)
        return State(state.step + 1, params, batch_stats, opt_state), metrics

    return jax.jit(train_step, donate_argnums=0)


def _prepare(
    config: look_settings.TrainingConfig,
    key: jax.Array,
    batch: look_batches.Batch,
    decoys: np.ndarray,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns scenes float32[B, S, S, 3] and products float32[P, S, S, 3], augmented.

    With them float32[B, 4], where the products are in the scenes as they are seen.
    """
    view_key, scene_key, product_key = jax.random.split(key, 3)
    scenes, regions = scene_views.apply(
        config.scene_view,
        view_key,
        models.normalize(batch['scenes']),
        batch['boxes'],
        batch['frames'],
        jnp.asarray(decoys),
    )
    products = models.normalize(batch['products'])
    whole = jnp.broadcast_to(jnp.array(image_sampling.WHOLE), (products.shape[0], 4))
    # Where a scene is seen without its product, no place in it is more than another.
    boxes = batch['boxes']
    if config.scene_view == scene_views.CROP:
        boxes = jnp.full_like(boxes, 0.5)
    augment = functools.partial(augmentation.augment, colour_strength=config.colour_strength)
    scenes, boxes = augment(scene_key, scenes, regions, boxes, min_extent=config.min_extent)
    middles = jnp.full_like(whole, 0.5)
    products, _ = augment(product_key, products, whole, middles, min_extent=_MIN_PRODUCT_EXTENT)
    return scenes, products, boxes


def _loss(
    config: look_settings.TrainingConfig,
    scenes: jax.Array,
    products: jax.Array,
    negatives: jax.Array,
) -> tuple[jax.Array, dict[str, jax.Array]]:
    scores = triplet_loss.score_all(scenes, products)
    if config.negatives == look_settings.SEMI_HARD:
        negatives = triplet_loss.semi_hard_negatives(scores, negatives, config.margin)
    triplets = triplet_loss.triplet_loss(scores, negatives, config.margin)
    penalty = triplet_loss.unit_ball_penalty(scenes) + triplet_loss.unit_ball_penalty(products)
    loss = triplets + config.regularization * penalty
    return loss, {'loss': loss, 'triplet_loss': triplets, 'penalty': penalty}
