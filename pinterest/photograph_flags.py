"""Flags of programs that decode photographs. Read them through the functions, in main."""

from absl import flags

from common import size_flags

_CACHE_LIMIT = size_flags.DEFINE_size(
    'cache_limit', '2GB', 'Decoded photographs to hold in memory; more are kept on disk.'
)
_CACHE_DIR = flags.DEFINE_string(
    'cache_dir', '', 'Directory that keeps decoded photographs for the next run; none when empty.'
)


def options() -> 'photograph_store.Options':  # noqa: F821
    """Returns how to keep decoded photographs."""
    from pinterest import photograph_store

    return photograph_store.Options(_CACHE_LIMIT.value, _CACHE_DIR.value)
