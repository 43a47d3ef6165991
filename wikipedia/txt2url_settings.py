"""Settings of a training of the text-to-article model; imports nothing heavy, for the flags."""

import dataclasses

from common import run_settings

MEAN, LSTM, ATTENTION = 'mean', 'lstm', 'attention'
ENCODERS = (MEAN, LSTM, ATTENTION)
IN_BATCH, SAMPLED = 'in_batch', 'sampled'
NEGATIVES = (IN_BATCH, SAMPLED)
METRICS = ('mrr', 'recall', 'link_recall')
NAME = 'txt2url'  # What config.json calls a model of this kind.


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """What the model is made of; hashable, since code is compiled for each.

    Attributes:
        encoder: how the words of a text become a vector, one of ENCODERS.
        embedding_dim: dimension D of the vectors of texts, and of what articles say.
        link_dim: dimension of the vectors of what articles link to; 0 for none.
        hidden_size: lstm: cells; attention: width of all heads together.
        num_heads: attention: heads.
        train_words: whether the vectors of words are trained too.
        init_scale: standard deviation of the vectors of words and of links before training.
    """

    encoder: str = MEAN
    embedding_dim: int = 256
    link_dim: int = 64
    hidden_size: int = 128
    num_heads: int = 4
    train_words: bool = True
    init_scale: float = 0.1


@dataclasses.dataclass(frozen=True)
class ObjectiveConfig:
    """What a step minimises, and how; hashable, since code is compiled for each.

    Attributes:
        negatives: what the right article is compared with, one of NEGATIVES: the other articles of
            the batch, or articles drawn evenly for it.
        num_negatives: sampled: how many are drawn for a batch.
        link_weight: weight of the links beside the texts; 0 leaves them out.
        learning_rate: step size of the vectors of words.
        link_learning_rate: step size of the vectors of links.
        encoder_learning_rate: step size of everything else.
    """

    negatives: str = IN_BATCH
    num_negatives: int = 256
    link_weight: float = 1.0
    learning_rate: float = 0.005
    link_learning_rate: float = 0.002
    encoder_learning_rate: float = 0.001


@dataclasses.dataclass(frozen=True)
class SamplingConfig:
    """What a step sees.

    Attributes:
        batch_size: B, pieces of text in a step.
        min_words: least words of a piece, where its article has twice as many.
        max_words: most words of a piece.
        article_words: words that stand for an article, drawn from its text without the piece.
        pieces_per_article: pieces drawn from each article in an epoch.
    """

    batch_size: int = 256
    min_words: int = 8
    max_words: int = 64
    article_words: int = 128
    pieces_per_article: int = 2


@dataclasses.dataclass(frozen=True)
class TrainingConfig(run_settings.RunSettings):
    """Settings of a training, beside those that all have.

    Attributes:
        model: what is trained.
        objective: what is minimised.
        sampling: what a step sees.
        validation_articles: without a file for validation, so many articles lose a piece of text,
            which has to find them.
        num_epochs: most epochs.
        seed: of the first parameters, of the order and of all that is drawn.
        metric: what early stopping looks at, one of METRICS.
        patience: epochs without a better metric after which training stops; 0 for never.
    """

    model: ModelConfig = ModelConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    sampling: SamplingConfig = SamplingConfig()
    validation_articles: int = 500
    num_epochs: int = 30
    seed: int = 1701
    metric: str = 'mrr'
    patience: int = 3
