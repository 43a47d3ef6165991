"""Flags of every program that reads records. Read them through the function, in main."""

from absl import flags

from common import datasets

_MAX_BAD_RECORDS = flags.DEFINE_integer(
    'max_bad_records',
    0,
    'How many corrupt or missing records to skip before giving up.',
    lower_bound=0,
)
_PROTO = flags.DEFINE_string(
    'proto',
    '',
    'Message in input files that have no _meta.json, such as TextDocument; the programs of the '
    'book write such files.',
)
_ALLOW_INCOMPLETE = flags.DEFINE_boolean(
    'allow_incomplete',
    False,
    'Read a directory that has no _SUCCESS, and parts that differ from _meta.json.',
)


def read_options() -> datasets.ReadOptions:
    """Returns what the flags say about reading."""
    return datasets.ReadOptions(
        max_bad_records=_MAX_BAD_RECORDS.value,
        proto=_PROTO.value,
        allow_incomplete=_ALLOW_INCOMPLETE.value,
    )
