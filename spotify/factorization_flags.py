"""The flags of train_matrix_factorization that make its settings. Read them through config()."""

import dataclasses

from absl import flags

from common import flag_settings
from spotify import factorization_settings

_DEFAULT = factorization_settings.TrainingConfig()
_ALS, _COLUMNS = _DEFAULT.als, _DEFAULT.columns

flags.DEFINE_integer(
    'embedding_dim',
    _DEFAULT.embedding_dim,
    'Dimension of the vectors.',
    lower_bound=1,
    upper_bound=1024,
)
flags.DEFINE_float(
    'alpha', _ALS.alpha, 'Weight of what is observed, beyond that of all else.', lower_bound=1e-6
)
flags.DEFINE_float(
    'unobserved_weight', _ALS.unobserved_weight, 'Weight of all else.', lower_bound=0.0
)
flags.DEFINE_float(
    'ridge', _ALS.ridge, 'Penalty on the squared length of a vector.', lower_bound=1e-6
)
flags.DEFINE_float(
    'frequency_exponent',
    _ALS.frequency_exponent,
    'How the ridge grows with the frequency of a playlist or track (its observations, and all '
    'others by their weight): 0 not at all, 1 in proportion, which wants a --ridge lower '
    'by orders of magnitude.',
    lower_bound=0.0,
    upper_bound=2.0,
)
flags.DEFINE_integer(
    'cg_steps',
    _ALS.cg_steps,
    'Steps of conjugate gradients for a vector in a sweep; with 20 all but exact.',
    lower_bound=1,
    upper_bound=100,
)
flags.DEFINE_float(
    'artist_weight',
    _COLUMNS.artist_weight,
    'Strength r of a track as an observation of its artist; 0 for none.',
    lower_bound=0.0,
)
flags.DEFINE_float(
    'album_weight', _COLUMNS.album_weight, 'The same for its album.', lower_bound=0.0
)
flags.DEFINE_float(
    'init_scale', _DEFAULT.init_scale, 'Length of vectors before training.', lower_bound=1e-6
)
flags.DEFINE_integer('num_epochs', _DEFAULT.num_epochs, 'Sweeps, at most.', lower_bound=1)
flags.DEFINE_integer('seed', _DEFAULT.seed, 'Of the first vectors.', lower_bound=0)
flags.DEFINE_enum(
    'metric',
    _DEFAULT.metric,
    factorization_settings.METRICS,
    'What early stopping looks at, of 500 tracks.',
)
flags.DEFINE_integer(
    'patience',
    _DEFAULT.patience,
    'Stop after so many epochs without a better metric; 0 for never.',
    lower_bound=0,
)
flags.DEFINE_integer(
    'validation_playlists',
    _DEFAULT.validation_playlists,
    'How many of the validation split are looked at.',
    lower_bound=1,
)

for _name in (
    'alpha',
    'unobserved_weight',
    'ridge',
    'artist_weight',
    'album_weight',
    'init_scale',
):
    flags.register_validator(_name, lambda value: value < 1e15, 'must be below 1e15')


def config() -> factorization_settings.TrainingConfig:
    """Returns what the flags say."""
    return dataclasses.replace(
        flag_settings.given(_DEFAULT),
        als=flag_settings.given(_ALS),
        columns=flag_settings.given(_COLUMNS),
    )
