"""Flags of programs that find what is most alike, by the sets it is in. Read them in main."""

import dataclasses

from absl import flags

flags.disclaim_key_flags()  # The flags belong to the programs that call define.

# The measures of common/similarity.py, as --help explains them.
FORMULAS = {
    'dice': '2 n_ab / (n_a + n_b)',
    'jaccard': 'n_ab / (n_a + n_b - n_ab)',
    'cosine': 'n_ab / sqrt(n_a n_b)',
    'pmi': 'ln(n_ab n / (n_a n_b)) where above 0',
    'npmi': 'pmi / -ln(n_ab / n) where above 0',
    'hellinger': '1 - sqrt(1 - cosine)',
    'conditional': 'n_ab / n_a, a that of the row',
}


@dataclasses.dataclass(frozen=True)
class PairFlags:
    """The flags.

    Attributes:
        similarity: a name in FORMULAS.
        min_joint_count: how many sets must hold both.
        top_k: how many similar items to keep of each.
        pairs_per_part: how many pairs to count at most for a part of the output.
    """

    similarity: flags.FlagHolder[str]
    min_joint_count: flags.FlagHolder[int]
    top_k: flags.FlagHolder[int]
    pairs_per_part: flags.FlagHolder[int]

    def options(self) -> 'set_pairs.Options':  # noqa: F821
        """Returns which pairs to keep."""
        from common import set_pairs

        return set_pairs.Options(
            self.similarity.value, self.min_joint_count.value, self.top_k.value
        )


def define(items: str, sets: str, *, similarity: str, top_k: int) -> PairFlags:
    """Defines --similarity, --min_joint_count, --top_k and --pairs_per_part.

    Args:
        items: what is alike, such as tracks.
        sets: what it is in, such as playlists.
        similarity: the measure without the flag.
        top_k: how many similar items are kept of each without the flag.
    """
    formulas = ', '.join(f'{name} {formula}' for name, formula in FORMULAS.items())
    return PairFlags(
        flags.DEFINE_enum(
            'similarity',
            similarity,
            list(FORMULAS),
            f'How alike two {items} a and b are, where n_a of all n {sets} hold a, n_b hold b, and '
            f'n_ab hold both: {formulas}.',
        ),
        flags.DEFINE_integer(
            'min_joint_count', 1, f'How many {sets} must hold both {items}.', lower_bound=1
        ),
        flags.DEFINE_integer(
            'top_k',
            top_k,
            f'How many similar {items} to keep of each; equals in a fixed shuffled order.',
            lower_bound=1,
        ),
        flags.DEFINE_integer(
            'pairs_per_part',
            100_000_000,
            f'How many pairs of {items} to count for a part of the output. The {sets} that a '
            'worker holds take at most 4 bytes for each, mostly far less.',
            lower_bound=1000,
        ),
    )
