"""Settings of a training of the shop-the-look model; imports nothing heavy, for flags."""

import dataclasses
import re

from common import run_settings

RANDOM, SAME_CATEGORY, IN_BATCH, SEMI_HARD = 'random', 'same_category', 'in_batch', 'semi_hard'
NEGATIVES = (RANDOM, SAME_CATEGORY, IN_BATCH, SEMI_HARD)
SLOTS, FULL = 'slots', 'full'
FILTERS = '16,32,64,128'  # The book's.
MAX_BLOCKS, MAX_FILTERS = 8, 512  # As many make 75 million parameters.
# A histogram of one bin, for each of six slots, says nothing; see models.
MIN_SLOTS_SIZE = 12
# Those that are drawn for each pair, beside the products of the batch.
DRAWN = (RANDOM, SAME_CATEGORY)


@dataclasses.dataclass(frozen=True)
class TrainingConfig(run_settings.RunSettings):
    """Settings of a training, beside those that all have.

    Attributes:
        output_size: dimension D of the vectors.
        filters: of the blocks of either tower, see parse_filters.
        pooling: mean, as in the book, or slots; see models.
        image_size: pixels S on a side of the squares.
        scene_view: full, mask or crop; see scene_views.
        negatives: random, same_category, in_batch or semi_hard.
        num_neg: random and same_category: how many negatives a pair has.
        margin: of the triplet loss.
        regularization: weight of the unit-ball penalty.
        attention_weight: full view and slots: weight of the loss that has the slots of a product
            look at its box in the scene; 0 for none.
        learning_rate: the highest, after warm-up.
        warmup_share: share of all steps in which it rises; then it falls along a cosine.
        weight_decay: of AdamW.
        batch_size: pairs in a step.
        num_epochs: passes over the pairs.
        max_steps: steps after which to end before that; 0 for no limit.
        min_extent: augmentation takes squares of at least this part of a scene's side.
        colour_strength: of augmentation; 0 for none.
        patience: epochs without a better validation after which training ends; 0 for never.
        seed: of the first parameters, the order and all that is drawn.
    """

    output_size: int = 384
    filters: str = FILTERS
    pooling: str = 'slots'
    image_size: int = 64
    scene_view: str = 'full'
    negatives: str = IN_BATCH
    num_neg: int = 5
    margin: float = 0.2
    regularization: float = 0.1
    attention_weight: float = 0.1
    learning_rate: float = 0.01
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    batch_size: int = 32
    num_epochs: int = 20
    max_steps: int = 0
    min_extent: float = 0.8
    colour_strength: float = 0.0
    patience: int = 0
    seed: int = 0

    @property
    def sees_slots(self) -> bool:
        """Whether slots of a scene are to look at its products."""
        return self.attention_weight > 0 and self.pooling == SLOTS and self.scene_view == FULL


def parse_filters(text: str) -> tuple[int, ...]:
    """Returns how many filters each block of a tower has, from text such as '16,32,64,128'.

    Raises:
        ValueError: when the text says something else, or of more than MAX_BLOCKS or MAX_FILTERS.
    """
    # One text for one network, since checkpoints of other settings are not resumed.
    if re.fullmatch(r'[1-9][0-9]{0,3}(,[1-9][0-9]{0,3})*', text):
        counts = tuple(map(int, text.split(',')))
        if len(counts) <= MAX_BLOCKS and max(counts) <= MAX_FILTERS:
            return counts
    raise ValueError(
        f'filters {text[:40]!r} are not 1 to {MAX_BLOCKS} numbers from 1 to {MAX_FILTERS}, such as '
        f'{FILTERS}'
    )
