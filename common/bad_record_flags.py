"""The flag of every program that counts bad input. Read it through the function, in main."""

from absl import flags

_MAX_BAD_RECORDS = flags.DEFINE_integer(
    'max_bad_records',
    0,
    'How many corrupt or missing records to skip before giving up.',
    lower_bound=0,
)


def max_bad_records() -> int:
    """Returns how many bad records may be skipped."""
    return _MAX_BAD_RECORDS.value
