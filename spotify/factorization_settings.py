"""Settings of a matrix factorisation; imports nothing heavy, so that flags can be checked first."""

import dataclasses

from common import run_settings

NAME = 'matrix_factorization'  # What config.json calls a system of this kind.
METRICS = ('r_precision', 'ndcg', 'recall')


@dataclasses.dataclass(frozen=True)
class ColumnConfig:
    """What playlists are observed to have.

    Attributes:
        artist_weight: strength of a track as an observation of its artist; 0 for none.
        album_weight: the same for its album.
    """

    artist_weight: float = 0.3
    album_weight: float = 0.0


@dataclasses.dataclass(frozen=True)
class AlsConfig:
    """Settings of the solver; see implicit_als.

    Attributes:
        alpha: weight of an observation of strength 1, beyond that of what is not observed; > 0.
        unobserved_weight: weight w of everything else.
        ridge: the ridge, but for the frequency of a row; > 0.
        frequency_exponent: how the ridge grows with the frequency: 0 for not at all.
        cg_steps: steps of conjugate gradients for a row in a sweep.
    """

    alpha: float = 10.0
    unobserved_weight: float = 1.0
    ridge: float = 1.0
    frequency_exponent: float = 0.0
    cg_steps: int = 2


@dataclasses.dataclass(frozen=True)
class TrainingConfig(run_settings.RunSettings):
    """Settings of a training, beside those that all have.

    Attributes:
        columns: what is observed.
        als: how it is factorised.
        embedding_dim: dimension D of the vectors.
        init_scale: length of a vector before training, about.
        num_epochs: sweeps, at most.
        seed: of the first vectors, and of the choice of validation playlists.
        metric: what early stopping looks at, one of METRICS, on the validation split.
        patience: epochs without a better metric after which training stops; 0 for never.
        validation_playlists: how many playlists of the validation split are looked at.
    """

    columns: ColumnConfig = ColumnConfig()
    als: AlsConfig = AlsConfig()
    embedding_dim: int = 64
    init_scale: float = 0.1
    num_epochs: int = 16
    seed: int = 1701
    metric: str = 'ndcg'
    patience: int = 3
    validation_playlists: int = 1000
