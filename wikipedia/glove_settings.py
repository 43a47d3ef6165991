"""Settings of a GloVe training; imports nothing heavy, so that flags can be checked first."""

import dataclasses

from common import run_settings

ALS, ADAGRAD, ADAM = 'als', 'adagrad', 'adam'
SOLVERS = (ALS, ADAGRAD, ADAM)
DEFAULT_EPOCHS = {ALS: 6, ADAGRAD: 25, ADAM: 25}
DEFAULT_LEARNING_RATES = {ALS: 0.0, ADAGRAD: 0.05, ADAM: 0.001}


@dataclasses.dataclass(frozen=True)
class TrainingConfig(run_settings.RunSettings):
    """Settings of a training, beside those that all have.

    Attributes:
        solver: als, adagrad or adam.
        embedding_dim: dimension D of the vectors.
        num_epochs: passes over the pairs.
        seed: of the first vectors and of the order.
        x_max: count from which a pair weighs 1, in sums of 1/distance.
        alpha: exponent of the weight.
        ridge: als: penalty on the squared length of a vector.
        bias_ridge: als: the same for a bias.
        center: whether the origin of the finished vectors is put at their mean over the text.
        learning_rate: adagrad and adam: step size.
        batch_size: adagrad and adam: pairs in a step.
        terms: words whose neighbours are logged after each epoch.
        max_terms: how many neighbours.
    """

    solver: str = ALS
    embedding_dim: int = 64
    num_epochs: int = 6
    seed: int = 1701
    x_max: float = 10.0
    alpha: float = 0.75
    ridge: float = 4.0
    bias_ridge: float = 0.01
    center: bool = True
    learning_rate: float = 0.05
    batch_size: int = 2048
    terms: tuple[str, ...] = ()
    max_terms: int = 10
