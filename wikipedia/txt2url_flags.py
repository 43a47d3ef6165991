"""The flags of train_txt2url that make its TrainingConfig. Read them through config(), in main."""

import dataclasses

from absl import flags

from common import errors
from common import flag_settings
from wikipedia import txt2url_settings

_START = txt2url_settings.TrainingConfig()

# The model.
flags.DEFINE_enum(
    'encoder',
    _START.model.encoder,
    txt2url_settings.ENCODERS,
    'How words become the vector of a text: their weighted mean, or that and what a recurrent '
    'network (book) or attention between them adds.',
)
flags.DEFINE_integer(
    'embedding_dim',
    _START.model.embedding_dim,
    'Dimension of the vectors of texts, and of what articles say.',
    lower_bound=1,
    upper_bound=1024,
)
flags.DEFINE_integer(
    'link_dim',
    _START.model.link_dim,
    'Dimension of the vectors of what articles are linked with.',
    lower_bound=1,
    upper_bound=1024,
)
flags.DEFINE_integer(
    'hidden_size',
    _START.model.hidden_size,
    'lstm: cells; attention: width of all heads together.',
    lower_bound=1,
    upper_bound=1024,
)
flags.DEFINE_integer('num_heads', _START.model.num_heads, 'attention: heads.', lower_bound=1)
flags.DEFINE_boolean(
    'train_words',
    _START.model.train_words,
    'Train the vectors of words too; with --notrain_words those of --glove_model stay.',
)
flags.DEFINE_float(
    'init_scale',
    _START.model.init_scale,
    'Standard deviation of the vectors of words and links before training.',
    lower_bound=1e-6,
    upper_bound=1e6,
)

# What is minimised, and how.
flags.DEFINE_enum(
    'negatives',
    _START.objective.negatives,
    txt2url_settings.NEGATIVES,
    'What the right article is compared with: the others of the batch, or articles drawn evenly.',
)
flags.DEFINE_integer(
    'num_negatives',
    _START.objective.num_negatives,
    'sampled: articles drawn for a batch.',
    lower_bound=1,
    upper_bound=1 << 16,
)
flags.DEFINE_float(
    'link_weight',
    _START.objective.link_weight,
    'Weight of links beside texts.',
    lower_bound=0.0,
    upper_bound=1e6,
)
flags.DEFINE_float(
    'learning_rate',
    _START.objective.learning_rate,
    'Step size of the vectors of words.',
    lower_bound=0.0,
    upper_bound=1e30,
)
flags.DEFINE_float(
    'link_learning_rate',
    _START.objective.link_learning_rate,
    'Step size of the vectors of links.',
    lower_bound=0.0,
    upper_bound=1e30,
)
flags.DEFINE_float(
    'encoder_learning_rate',
    _START.objective.encoder_learning_rate,
    'Step size of everything else.',
    lower_bound=0.0,
    upper_bound=1e30,
)

# What a step sees.
flags.DEFINE_integer(
    'batch_size',
    _START.sampling.batch_size,
    'Pieces of text in a step.',
    lower_bound=2,
    upper_bound=1 << 16,
)
flags.DEFINE_integer(
    'min_words',
    _START.sampling.min_words,
    'Least words of a piece, where its article has twice as many.',
    lower_bound=1,
    upper_bound=4096,
)
flags.DEFINE_integer(
    'max_words',
    _START.sampling.max_words,
    'Most words of a piece.',
    lower_bound=1,
    upper_bound=4096,
)
flags.DEFINE_integer(
    'article_words',
    _START.sampling.article_words,
    'Words that stand for an article in a step, drawn from its text without the piece.',
    lower_bound=1,
    upper_bound=4096,
)
flags.DEFINE_integer(
    'pieces_per_article',
    _START.sampling.pieces_per_article,
    'Pieces drawn from each article in an epoch.',
    lower_bound=1,
    upper_bound=1000,
)
flags.DEFINE_integer('num_epochs', _START.num_epochs, 'Epochs, at most.', lower_bound=1)
flags.DEFINE_integer(
    'seed',
    _START.seed,
    'Of the first parameters and of all that is drawn.',
    lower_bound=0,
    upper_bound=(1 << 31) - 1,
)

# Validation.
flags.DEFINE_enum(
    'metric', _START.metric, txt2url_settings.METRICS, 'What early stopping looks at.'
)
flags.DEFINE_integer(
    'patience',
    _START.patience,
    'Stop after so many epochs without a better metric; 0 for never.',
    lower_bound=0,
)
flags.DEFINE_integer(
    'validation_articles',
    _START.validation_articles,
    'Without --validation: so many articles, at most a fifth, lose a piece of text, which has '
    'to find them; 0 for no validation.',
    lower_bound=0,
)


def config(
    *, has_links: bool, has_vectors: bool, has_validation: bool
) -> txt2url_settings.TrainingConfig:
    """Returns what the flags say.

    Args:
        has_links: whether there are links to learn from.
        has_vectors: whether there are vectors of words to begin with.
        has_validation: whether there is a file to validate with.

    Raises:
        UsageError: for flags that do not fit together.
    """
    values = flags.FLAGS
    if values.min_words > values.max_words:
        raise errors.UsageError(
            f'--min_words={values.min_words} is past --max_words={values.max_words}'
        )
    if values.encoder == txt2url_settings.ATTENTION and values.hidden_size % values.num_heads:
        raise errors.UsageError(
            f'--hidden_size={values.hidden_size} is no multiple of --num_heads={values.num_heads}'
        )
    if not values.train_words and not has_vectors:
        raise errors.UsageError('--notrain_words wants --glove_model')
    if values.metric == 'link_recall' and not has_validation:
        raise errors.UsageError('--metric=link_recall wants --validation')
    if values.metric == 'link_recall' and not has_links:
        raise errors.UsageError('--metric=link_recall wants links, by --url2url or --graph')
    config = flag_settings.given(_START)
    config = dataclasses.replace(
        config,
        model=flag_settings.given(_START.model),
        objective=flag_settings.given(_START.objective),
        sampling=flag_settings.given(_START.sampling),
    )
    if has_links:
        return config
    objective = dataclasses.replace(config.objective, link_weight=0.0)
    return dataclasses.replace(
        config, objective=objective, model=dataclasses.replace(config.model, link_dim=0)
    )
