"""The flags of train_spotify that make its TrainingConfig. Read them through config(), in main."""

import dataclasses

from absl import flags

from common import errors
from common import flag_settings
from spotify import training_settings

_FINITE = ('album_boost', 'artist_boost', 'margin', 'regularization', 'learning_rate', 'init_scale')

# The model.
flags.DEFINE_integer(
    'feature_size', 32, 'Dimension of each embedding.', lower_bound=1, upper_bound=1024
)
flags.DEFINE_enum(
    'affinity',
    None,
    training_settings.AFFINITIES,
    "How the affinities to the context's tracks become one; by default mean (book: max).",
)
flags.DEFINE_float(
    'album_boost',
    None,
    'Added for an album in the context, before training; by default 2 (book: 0.1).',
)
flags.DEFINE_float(
    'artist_boost',
    None,
    'Added for an artist in the context, before training; by default 2 (book: 0.1).',
)
flags.DEFINE_boolean(
    'learn_boosts', None, 'Learn the boosts, from those values on; by default yes (book: no).'
)
flags.DEFINE_integer(
    'max_albums',
    0,
    'Hash albums into so many rows, 100000 in the book; 0 for a row each.',
    lower_bound=0,
)
flags.DEFINE_boolean(
    'track_embedding', None, 'Give tracks an embedding too; by default yes (book: no).'
)
flags.DEFINE_integer(
    'duration_buckets',
    0,
    'Rows of an embedding of durations, by quantile, 2 or more; 0 for none.',
    lower_bound=0,
    upper_bound=1000,
)
flags.DEFINE_float(
    'init_scale', None, 'Standard deviation of the first embeddings.', lower_bound=0.0
)

# What is minimised, and how.
flags.DEFINE_enum(
    'loss',
    training_settings.SOFTMAX,
    training_settings.LOSSES,
    'What is minimised: softmax, cross-entropy of the next tracks among drawn ones; bpr, of pairs; '
    "warp and k_order, of pairs weighted by an estimate of the rank; book, the book's triplets.",
)
flags.DEFINE_float('margin', 1.0, 'book, warp, k_order: margin of affinities.', lower_bound=0.0)
flags.DEFINE_integer(
    'k', None, 'k_order: which of the drawn next tracks learns, from 1, the best.', lower_bound=1
)
flags.DEFINE_integer('num_drawn', 5, 'k_order: next tracks that are drawn.', lower_bound=1)
flags.DEFINE_float(
    'regularization', 10.0, "Length of a track's vector from which it costs.", lower_bound=0.0
)
flags.DEFINE_enum('optimizer', 'adagrad', training_settings.OPTIMIZERS, 'Rule of a step.')
flags.DEFINE_float(
    'learning_rate',
    None,
    'Step size; by default 0.05 for adagrad, 0.01 for adam, 0.3 for sgd.',
    lower_bound=0.0,
)

# What a step sees.
flags.DEFINE_enum(
    'sampler',
    None,
    training_settings.SAMPLERS,
    'Where negatives come from: all tracks, tracks by popularity, or next tracks of the batch; by '
    'default popularity for softmax, else uniform.',
)
flags.DEFINE_integer(
    'num_negatives',
    None,
    'Negatives that the playlists of a batch share; by default 1024 for softmax, 64 for book, else '
    '256.',
    lower_bound=1,
    upper_bound=1 << 20,
)
flags.DEFINE_integer('batch_size', 32, 'Playlists in a step.', lower_bound=1, upper_bound=1 << 16)
flags.DEFINE_integer(
    'context_size',
    None,
    'First tracks of a playlist that are its context; 0 for a random number of random tracks, anew '
    'in each epoch. By default 0 (book: 5).',
    lower_bound=0,
)
flags.DEFINE_integer(
    'max_tracks',
    256,
    'Of a longer playlist so many random tracks are used in an epoch.',
    lower_bound=2,
    upper_bound=4096,
)
flags.DEFINE_integer('num_epochs', None, 'Passes over the playlists, at most.', lower_bound=1)
flags.DEFINE_integer(
    'seed',
    1701,
    'Of the first embeddings, order, contexts and negatives.',
    lower_bound=0,
    upper_bound=(1 << 31) - 1,
)

# Validation.
flags.DEFINE_enum(
    'metric', 'ndcg', training_settings.METRICS, 'What early stopping looks at, of 500 tracks.'
)
flags.DEFINE_integer(
    'patience',
    5,
    'Stop after so many epochs without a better metric; 0 for never.',
    lower_bound=0,
)
flags.DEFINE_integer(
    'validation_playlists', 1000, 'How many of the validation split are looked at.', lower_bound=1
)

for _name in _FINITE:
    flags.register_validator(
        _name, lambda value: value is None or abs(value) < 1e30, 'must be between -1e30 and 1e30'
    )


def config() -> training_settings.TrainingConfig:
    """Returns what the flags say, and for those not given what suits --loss.

    Raises:
        UsageError: for flags that do not fit together.
    """
    values = flags.FLAGS
    if values.duration_buckets == 1:
        raise errors.UsageError(
            '--duration_buckets=1 tells no durations apart; say 0, or 2 or more'
        )
    if values.k is not None and values.k > values.num_drawn:
        raise errors.UsageError(f'--k={values.k} is past --num_drawn={values.num_drawn}')
    start = training_settings.defaults(values.loss, values.optimizer)
    return dataclasses.replace(
        flag_settings.given(start),
        model=flag_settings.given(start.model),
        objective=flag_settings.given(start.objective),
    )
