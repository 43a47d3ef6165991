"""Flags of programs that write lists of articles. Read them through the functions, in main."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from absl import flags

from common import atomic
from common import output_flags

_STDOUT = '-'
_FORMAT = flags.DEFINE_enum(
    'format', 'text', ['text', 'jsonl', 'html', 'records'], 'Form of the output.'
)
_OUTPUT = flags.DEFINE_string('output', _STDOUT, 'File or directory to write; - is stdout.')
_QUERIES_PER_PAGE = flags.DEFINE_integer(
    'queries_per_page', 50, 'Queries on a page of a directory of HTML.', lower_bound=1
)


def refuse_existing(inputs: Sequence[str]) -> None:
    """Raises InputError when the output is there and may not be replaced, or is an input."""
    if _OUTPUT.value != _STDOUT:
        atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), inputs)


def write(
    results: 'Sequence[article_results.Result]',  # noqa: F821
    heading: 'article_output.Heading',  # noqa: F821
    inputs: Iterable[Mapping[str, Any]],
) -> None:
    """Writes what was found as the flags say.

    Args:
        results: what was found, in order.
        heading: of HTML.
        inputs: what it was found in, for the metadata of records.
    """
    from wikipedia import article_output

    article_output.write(
        results,
        _OUTPUT.value,
        _FORMAT.value,
        heading,
        per_page=_QUERIES_PER_PAGE.value,
        inputs=inputs,
        overwrite=output_flags.overwrite(),
    )
