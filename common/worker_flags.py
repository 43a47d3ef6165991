"""The flag of every program that starts processes. Read it through the function, in main."""

import os

from absl import flags

_NUM_WORKERS = flags.DEFINE_integer(
    'num_workers',
    os.cpu_count() or 1,
    'Cores to use; what is written does not depend on it.',
    lower_bound=1,
    upper_bound=256,
)


def num_workers() -> int:
    """Returns how many cores to use."""
    return _NUM_WORKERS.value
