"""Flags of every program that reads records. Read them through the function, in main."""

from absl import flags

from common import bad_record_flags
from common import datasets

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
        max_bad_records=bad_record_flags.max_bad_records(),
        proto=_PROTO.value,
        allow_incomplete=_ALLOW_INCOMPLETE.value,
    )
