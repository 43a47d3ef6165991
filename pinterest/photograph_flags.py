"""Flags of programs that decode photographs. Read them through the functions, in main."""

from absl import flags

from common import errors
from common import sizes

_CACHE_LIMIT = flags.DEFINE_string(
    'cache_limit', '2GB', 'Decoded photographs to hold in memory; more are kept on disk.'
)
_CACHE_DIR = flags.DEFINE_string(
    'cache_dir', '', 'Directory that keeps decoded photographs for the next run; none when empty.'
)


def check() -> None:
    """Raises UsageError for a limit that is no size."""
    _cache_limit()


def options() -> 'photograph_store.Options':  # noqa: F821
    """Returns how to keep decoded photographs."""
    from pinterest import photograph_store

    return photograph_store.Options(_cache_limit(), _CACHE_DIR.value)


def _cache_limit() -> int:
    try:
        return sizes.parse(_CACHE_LIMIT.value)
    except ValueError as error:
        raise errors.UsageError(f'--cache_limit: {error}') from error
