"""Settings of a training of the playlist model; imports nothing heavy, so that flags come first."""

import dataclasses
from typing import TypeVar

from common import run_settings

AFFINITIES = ('max', 'mean')
BOOK, BPR, WARP, K_ORDER, SOFTMAX = 'book', 'bpr', 'warp', 'k_order', 'softmax'
LOSSES = (BOOK, BPR, WARP, K_ORDER, SOFTMAX)
UNIFORM, POPULARITY, IN_BATCH = 'uniform', 'popularity', 'in_batch'
SAMPLERS = (UNIFORM, POPULARITY, IN_BATCH)
OPTIMIZERS = ('adagrad', 'adam', 'sgd')
METRICS = ('r_precision', 'ndcg', 'recall')
EMBEDDING = 'embedding'  # What config.json calls a system of this kind.


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """What the model is made of; hashable, since code is compiled for each.

    Attributes:
        feature_size: dimension F of each embedding; a track's vector joins two or more.
        affinity: how a track's affinities to the context's tracks become one: max or mean.
        album_boost: added when the context has a track of the same album, before training.
        artist_boost: the same for the artist.
        learn_boosts: whether the two are learned too.
        max_albums: albums are hashed into so many rows; 0 gives each its own.
        track_embedding: whether tracks have an embedding of their own.
        duration_buckets: rows of an embedding of durations, by quantile; 0 for none.
        init_scale: standard deviation of the embeddings before training.
    """

    feature_size: int = 32
    affinity: str = 'mean'
    album_boost: float = 2.0
    artist_boost: float = 2.0
    learn_boosts: bool = True
    max_albums: int = 0
    track_embedding: bool = True
    duration_buckets: int = 0
    init_scale: float = 0.1


@dataclasses.dataclass(frozen=True)
class ObjectiveConfig:
    """What a step minimises, and how; hashable, since code is compiled for each.

    Attributes:
        loss: one of LOSSES.
        margin: of the triplets (book) and of warp and k_order, in the unit of affinities.
        k: k_order: which of the drawn positives learns, 1 for the best.
        num_drawn: k_order: positives that are drawn.
        regularization: length of a track's vector from which it costs.
        optimizer: one of OPTIMIZERS.
        learning_rate: step size.
    """

    loss: str = SOFTMAX
    margin: float = 1.0
    k: int = 1
    num_drawn: int = 5
    regularization: float = 10.0
    optimizer: str = 'adagrad'
    learning_rate: float = 0.05


@dataclasses.dataclass(frozen=True)
class TrainingConfig(run_settings.RunSettings):
    """Settings of a training, beside those that all have.

    Attributes:
        model: what is trained.
        objective: what is minimised.
        sampler: where negatives come from, one of SAMPLERS.
        num_negatives: N, drawn for each batch and shared by its playlists.
        batch_size: B, playlists in a step.
        context_size: first tracks of a playlist that are its context; 0 for a random number of
            random ones.
        max_tracks: of a longer playlist so many tracks are used in an epoch.
        num_epochs: passes over the playlists, at most.
        seed: of the first embeddings, order, contexts and negatives.
        metric: what early stopping looks at, one of METRICS, on the validation split.
        patience: epochs without a better metric after which training stops; 0 for never.
        validation_playlists: how many playlists of the validation split are looked at.
    """

    model: ModelConfig = ModelConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    sampler: str = POPULARITY
    num_negatives: int = 1024
    batch_size: int = 32
    context_size: int = 0
    max_tracks: int = 256
    num_epochs: int = 30
    seed: int = 1701
    metric: str = 'ndcg'
    patience: int = 5
    validation_playlists: int = 1000


Settings = TypeVar('Settings', ModelConfig, ObjectiveConfig, TrainingConfig)
_LEARNING_RATES = {'adagrad': 0.05, 'adam': 0.01, 'sgd': 0.3}


def defaults(loss: str, optimizer: str = 'adagrad') -> TrainingConfig:
    """Returns the settings that suit a loss: the book's for its own, else what was found best."""
    objective = ObjectiveConfig(loss, optimizer=optimizer, learning_rate=_LEARNING_RATES[optimizer])
    if loss == SOFTMAX:
        return TrainingConfig(objective=objective)
    if loss != BOOK:
        return TrainingConfig(objective=objective, sampler=UNIFORM, num_negatives=256)
    model = ModelConfig(
        affinity='max',
        album_boost=0.1,
        artist_boost=0.1,
        learn_boosts=False,
        track_embedding=False,
    )
    return TrainingConfig(model, objective, UNIFORM, num_negatives=64, context_size=5)
