"""Which pairs a model was trained on, and which it has not seen."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from common import errors
from common import models
from pinterest import pairs
from pinterest import splits

ALL = 'all'


def choose(
    model_dir: str,
    true_pairs: Sequence[pairs.Pair],
    category_of: Mapping[str, str],
    split: str,
) -> tuple[Sequence[pairs.Pair], Sequence[pairs.Pair]]:
    """Returns the pairs that a model was trained on, and those of a split.

    Args:
        model_dir: the model, which says how its pairs were split.
        true_pairs: all pairs, those for training included.
        category_of: of products.
        split: one of splits.NAMES, or ALL, where nothing counts as training.

    Raises:
        InputError: when the pairs are not those of the model, or it has no such split.
    """
    if split == ALL:
        return [], true_pairs
    sides = _split_again(model_dir, true_pairs, category_of, models.load_config(model_dir))
    chosen = getattr(sides, split)
    if not chosen:
        raise errors.InputError(
            f'{model_dir} was trained without a {split} split; choose another --split'
        )
    return sides.train, chosen


def _split_again(
    model_dir: str,
    true_pairs: Sequence[pairs.Pair],
    category_of: Mapping[str, str],
    config: Mapping[str, Any],
) -> splits.Split:
    """Splits pairs as they were for a training, which may not have known the categories."""
    try:
        fields = dict(config['split'])
        wanted = fields.pop('scene_hash')
        settings = splits.Settings(**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise errors.InputError(
            f'{model_dir} does not say how its pairs were split ({error}); say --split=all'
        ) from error
    known = [pair for pair in true_pairs if pair.product in category_of]
    for candidates, categories_then in ((known, category_of), (true_pairs, {})):
        if candidates:
            sides = splits.split_pairs(candidates, categories_then, settings)
            if sides.scene_hash() == wanted:
                return sides
    raise errors.InputError(
        f'the pairs and categories are not those that {model_dir} was trained with, so which '
        'scenes it has seen is not known; give those, or say --split=all'
    )
