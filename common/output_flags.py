"""The flag of every program that writes an output. Read it through the function, in main."""

from absl import flags

_OVERWRITE = flags.DEFINE_boolean('overwrite', False, 'Replace outputs that exist.')


def overwrite() -> bool:
    """Returns whether existing outputs may be replaced."""
    return _OVERWRITE.value
