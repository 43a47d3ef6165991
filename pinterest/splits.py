"""Splits pairs by scene into training, validation and test.

All pairs of a scene go to one side, so that no scene is seen in training and asked about in a test.
The categories of the products are spread alike over the sides, as by Sechidis et al., On the
Stratification of Multi-Label Data (ECML 2011): scenes with the rarest category come first, and each
goes to the side that lacks most of that category.
"""

import collections
import dataclasses
import hashlib
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from common import errors
from pinterest import pairs

TRAIN, VALIDATION, TEST = range(3)
NAMES = ('train', 'validation', 'test')


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to split.

    Attributes:
        validation_share: share of the pairs for validation, 0 for none.
        test_share: share of the pairs for the test, 0 for none.
        seed: of the order of the scenes.
        exclude_test_products: leave pairs whose product occurs in the test out of training and
            validation.
    """

    validation_share: float = 0.1
    test_share: float = 0.2
    seed: int = 0
    exclude_test_products: bool = False


@dataclasses.dataclass(frozen=True)
class Split:
    """Pairs in the order in which they were given.

    Attributes:
        train: pairs of the scenes for training.
        validation: pairs of the scenes for validation.
        test: pairs of the scenes for the test.
        num_excluded: pairs left out because their product occurs in the test.
    """

    train: list[pairs.Pair]
    validation: list[pairs.Pair]
    test: list[pairs.Pair]
    num_excluded: int = 0

    def scene_hash(self) -> str:
        """Returns a hash of which scene is on which side, to recognise the same split again."""
        digest = hashlib.sha256()
        for name in NAMES:
            scenes = sorted({pair.scene for pair in getattr(self, name)})
            digest.update(f'{name}:{",".join(scenes)}\n'.encode())
        return digest.hexdigest()


def split_pairs(
    all_pairs: Sequence[pairs.Pair],
    categories: Mapping[str, str],
    settings: Settings = Settings(),
) -> Split:
    """Splits pairs by scene, the categories of their products spread alike.

    The same pairs and settings give the same split, in whatever order the pairs come. Split before
    photographs are looked for: then one that is missing moves nothing else.

    Args:
        all_pairs: of any scenes.
        categories: of the products; those without one count as one category.
        settings: how.

    Raises:
        UsageError: when the shares leave nothing for training.
        InputError: when a side that was asked for is empty.
    """
    _check(settings)
    sides = _assign(_count_categories(all_pairs, categories), settings)
    lists: tuple[list[pairs.Pair], ...] = ([], [], [])
    for pair in all_pairs:
        lists[sides[pair.scene]].append(pair)
    train, validation, test = lists
    excluded = 0
    if settings.exclude_test_products:
        tested = {pair.product for pair in test}
        train, validation = (
            [pair for pair in side if pair.product not in tested] for side in (train, validation)
        )
        excluded = len(all_pairs) - len(train) - len(validation) - len(test)
    shares = (1.0, settings.validation_share, settings.test_share)
    for name, side, share in zip(NAMES, (train, validation, test), shares, strict=True):
        if share and not side:
            raise errors.InputError(
                f'{len(sides)} scenes with {len(all_pairs)} pairs leave nothing for {name}; give '
                'more pairs or other shares'
            )
    return Split(train, validation, test, excluded)


def _check(settings: Settings) -> None:
    shares = (settings.validation_share, settings.test_share)
    if min(shares) < 0 or sum(shares) >= 1:
        raise errors.UsageError(
            f'shares of {shares[0]} for validation and {shares[1]} for the test leave nothing for '
            'training; their sum must be less than 1'
        )


def _count_categories(
    all_pairs: Sequence[pairs.Pair], categories: Mapping[str, str]
) -> dict[str, collections.Counter[str]]:
    """Returns of each scene how many pairs it has in each category."""
    scenes: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for pair in all_pairs:
        scenes[pair.scene][categories.get(pair.product, '')] += 1
    return scenes


def _assign(scenes: dict[str, collections.Counter[str]], settings: Settings) -> dict[str, int]:
    """Returns the side of each scene."""
    totals = sum(scenes.values(), collections.Counter())
    shares = np.array([0.0, settings.validation_share, settings.test_share])
    shares[TRAIN] = 1 - shares.sum()
    # What each side still lacks, in pairs: of a category, and of all.
    lacking = {category: shares * count for category, count in totals.items()}
    lacking_all = shares * totals.total()
    sides = {}
    for scene in _ordered(scenes, totals, settings.seed):
        counts = scenes[scene]
        rarest = min(counts, key=lambda category: (totals[category], category))
        side = max(np.flatnonzero(shares), key=lambda s: (lacking[rarest][s], lacking_all[s], -s))
        for category, count in counts.items():
            lacking[category][side] -= count
        lacking_all[side] -= counts.total()
        sides[scene] = int(side)
    return sides


def _ordered(
    scenes: dict[str, collections.Counter[str]], totals: collections.Counter[str], seed: int
) -> list[str]:
    """Returns the scenes, those with the rarest category first, else in a seeded order."""

    def key(scene: str) -> tuple[int, bytes]:
        rarest = min(totals[category] for category in scenes[scene])
        return rarest, hashlib.sha256(f'{seed}/{scene}'.encode()).digest()

    return sorted(scenes, key=key)
