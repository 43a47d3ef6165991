"""The flags of train_shop_the_look that make its settings. Read them through the functions."""

from absl import flags

from common import errors
from common import flag_settings
from pinterest import look_settings

_DEFAULTS = look_settings.TrainingConfig()

flags.DEFINE_enum(
    'scene_view',
    _DEFAULTS.scene_view,
    ('full', 'mask', 'crop'),
    'What is seen of a scene: all; all but the product and decoys; a part without the product.',
)
flags.DEFINE_enum(
    'negatives', _DEFAULTS.negatives, look_settings.NEGATIVES, 'What a product competes with.'
)
flags.DEFINE_integer(
    'num_neg', _DEFAULTS.num_neg, 'random, same_category: negatives of a pair.', lower_bound=1
)
flags.DEFINE_float(
    'margin', _DEFAULTS.margin, 'By how much a positive is to be ahead.', lower_bound=0.0
)
flags.DEFINE_float(
    'regularization',
    _DEFAULTS.regularization,
    'Weight of the penalty on vectors that are longer than 1.',
    lower_bound=0.0,
)
flags.DEFINE_float('learning_rate', _DEFAULTS.learning_rate, 'Highest step size.', lower_bound=0.0)
flags.DEFINE_float(
    'warmup_share',
    _DEFAULTS.warmup_share,
    'Share of the steps in which it rises; then it falls along a cosine.',
    lower_bound=0.0,
    upper_bound=1.0,
)
flags.DEFINE_float('weight_decay', _DEFAULTS.weight_decay, 'Of AdamW.', lower_bound=0.0)
flags.DEFINE_integer(
    'output_size', _DEFAULTS.output_size, 'Dimension of a vector.', lower_bound=1, upper_bound=4096
)
flags.DEFINE_string(
    'filters',
    _DEFAULTS.filters,
    f'Filters of each block of a tower: 1 to {look_settings.MAX_BLOCKS} numbers from 1 to '
    f'{look_settings.MAX_FILTERS}. A block divides the size by four.',
)
flags.DEFINE_float(
    'attention_weight',
    _DEFAULTS.attention_weight,
    'Full view and slots: weight of the loss that has slots of a product look at its box.',
    lower_bound=0.0,
)
flags.DEFINE_enum(
    'pooling',
    _DEFAULTS.pooling,
    ('mean', 'slots'),
    'Vector of a photograph: from its mean, as in the book; or a histogram for each of six slots.',
)
flags.DEFINE_integer(
    'image_size',
    _DEFAULTS.image_size,
    'Pixels on a side of a photograph as the model sees it.',
    lower_bound=16,
    upper_bound=1024,
)
flags.DEFINE_integer(
    'batch_size', _DEFAULTS.batch_size, 'Pairs in a step.', lower_bound=2, upper_bound=1 << 16
)
flags.DEFINE_integer('num_epochs', _DEFAULTS.num_epochs, 'Passes over the pairs.', lower_bound=1)
flags.DEFINE_integer(
    'max_steps', _DEFAULTS.max_steps, 'Steps after which to end; 0 for no limit.', lower_bound=0
)
flags.DEFINE_float(
    'min_extent',
    _DEFAULTS.min_extent,
    'Augmentation: smallest part of the side of a scene; 1 for the whole.',
    lower_bound=0.1,
    upper_bound=1.0,
)
flags.DEFINE_float(
    'colour_strength',
    _DEFAULTS.colour_strength,
    'Augmentation: change of brightness, contrast and saturation; 0 for none.',
    lower_bound=0.0,
    upper_bound=2.0,
)
flags.DEFINE_integer(
    'patience',
    _DEFAULTS.patience,
    'Stop after so many epochs without a better metric; 0 for never.',
    lower_bound=0,
)
flags.DEFINE_float('validation_share', 0.1, 'Share of the pairs.', lower_bound=0.0, upper_bound=0.9)
flags.DEFINE_float(
    'test_share', 0.2, 'Share of the pairs that is left out.', lower_bound=0.0, upper_bound=0.9
)
flags.DEFINE_integer('split_seed', 0, 'Of the split.', lower_bound=0)
flags.DEFINE_boolean(
    'exclude_test_products', False, 'Leave products of the test scenes out of training.'
)
flags.DEFINE_integer(
    'seed',
    _DEFAULTS.seed,
    'Of the first parameters, the order and all that is drawn.',
    lower_bound=0,
    upper_bound=(1 << 31) - 1,
)

for _name in ('margin', 'regularization', 'learning_rate', 'weight_decay'):
    flags.register_validator(_name, lambda value: value < 1e30, 'must be below 1e30')


@flags.validator('filters')
def _are_filters(text: str) -> bool:
    try:
        return bool(look_settings.parse_filters(text))
    except ValueError as error:
        raise flags.ValidationError(str(error)) from error


def config() -> look_settings.TrainingConfig:
    """Returns the settings of a training.

    Raises:
        UsageError: for flags that do not fit together.
    """
    if flags.FLAGS.negatives == look_settings.SAME_CATEGORY and not flags.FLAGS.categories:
        raise errors.UsageError('--negatives=same_category wants --categories')
    least = look_settings.MIN_SLOTS_SIZE
    if flags.FLAGS.pooling == look_settings.SLOTS and flags.FLAGS.output_size < least:
        raise errors.UsageError(
            f'--output_size={flags.FLAGS.output_size}: --pooling=slots wants {least} or more, '
            '--pooling=mean takes less'
        )
    return flag_settings.given(_DEFAULTS)


def split() -> 'splits.Settings':  # noqa: F821
    """Returns how to split the pairs."""
    from pinterest import splits

    values = flags.FLAGS
    return splits.Settings(
        values.validation_share,
        values.test_share,
        values.split_seed,
        values.exclude_test_products,
    )
