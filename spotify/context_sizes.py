"""What --context_sizes says."""

import re
from collections.abc import Sequence

from common import errors

_PATTERN = re.compile('[0-9]{1,6}')


def parse(words: Sequence[str]) -> list[int]:
    """Returns the sizes, rising, each once.

    Raises:
        UsageError: when there is none, or one is no number from 0 to 999999.
    """
    bad = [word for word in words if not _PATTERN.fullmatch(word)]
    if bad or not words:
        raise errors.UsageError(
            f'--context_sizes has {bad}; give numbers from 0 to 999999, such as 0,1,5'
        )
    return sorted({int(word) for word in words})
