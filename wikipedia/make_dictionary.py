"""Makes the dictionaries of tokens and of titles.

Entries are ordered by falling frequency, ties by token, and their index follows that order from 0.
A title counts where a document is about it and where one links to it, also by way of a redirect.

Reads:  --input_file, TextDocument records, and its redirects
Writes: --token_output and --title_output, one file of TokenStat records each
Next:   wikipedia/make_cooccurrence.py, wikipedia/make_sparse_doc.py

Example:
  scripts/spark_submit.sh wikipedia/make_dictionary.py --input_file=data/docs \\
    --token_output=data/token.tstat.pb.b64.bz2 --title_output=data/title.tstat.pb.b64.bz2
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import file_systems
from common import hadoop_files
from common import metadata
from common import output_flags
from common import path_flags
from common import record_flags
from common import records
from common.pb import nlp_pb2
from wikipedia import redirect_flags

_INPUT_FILE = path_flags.DEFINE_path(
    'input_file', None, 'TextDocument records: a file, directory or glob.', required=True
)
_TOKEN_OUTPUT = path_flags.DEFINE_path('token_output', None, 'File for the token dictionary.')
_TITLE_OUTPUT = path_flags.DEFINE_path(
    'title_output', None, 'File for the title dictionary: what documents are about and link to.'
)
_MIN_TOKEN_FREQUENCY = flags.DEFINE_integer(
    'min_token_frequency', 20, 'Occurrences that a token needs.', lower_bound=1
)
_MAX_TOKEN_DICTIONARY_SIZE = flags.DEFINE_integer(
    'max_token_dictionary_size', 500_000, 'Most tokens to keep.', lower_bound=1
)
_MIN_TITLE_FREQUENCY = flags.DEFINE_integer(
    'min_title_frequency', 5, 'Occurrences that a title needs, its own article one.', lower_bound=1
)
_MAX_TITLE_DICTIONARY_SIZE = flags.DEFINE_integer(
    'max_title_dictionary_size', 500_000, 'Most titles to keep.', lower_bound=1
)
_ONLY_ARTICLES = flags.DEFINE_boolean(
    'only_articles',
    False,
    'Keep only titles that a document is about, which leaves out links to what is not there.',
)


def main(argv: list[str]) -> None:
    """Counts, and writes the dictionaries."""
    cli.refuse_arguments(argv)
    hadoop_files.enable()
    _check_outputs()
    options = record_flags.read_options()
    data = records.open_dataset(_INPUT_FILE.value, nlp_pb2.TextDocument, options)
    redirects_data = None
    if _TITLE_OUTPUT.value:
        redirects_data = redirect_flags.open_redirects(_INPUT_FILE.value, options)

    from common import dictionary
    from common import spark
    from wikipedia import dictionary_job
    from wikipedia import redirect_resolution

    limits = {
        dictionary_job.TOKENS: (_MIN_TOKEN_FREQUENCY.value, _MAX_TOKEN_DICTIONARY_SIZE.value),
        dictionary_job.TITLES: (_MIN_TITLE_FREQUENCY.value, _MAX_TITLE_DICTIONARY_SIZE.value),
    }
    paths = {dictionary_job.TOKENS: _TOKEN_OUTPUT.value, dictionary_job.TITLES: _TITLE_OUTPUT.value}
    wanted = {kind: limit for kind, limit in limits.items() if paths[kind]}
    with spark.context('make_dictionary', data.parts) as sc:
        source = spark.Input(sc, data)
        redirects = redirect_resolution.load(redirects_data)
        dictionaries = dictionary_job.count(source, wanted, redirects, _ONLY_ARTICLES.value)
        totals = source.totals()
    site = data.meta.site if data.meta else None
    titles_from = [redirects_data.describe()] if redirects_data else []
    for kind, stats in dictionaries.items():
        dictionary.save(
            paths[kind],
            stats,
            inputs=[data.describe(), *(titles_from if kind == dictionary_job.TITLES else ())],
            site=site,
            overwrite=output_flags.overwrite(),
        )
        logging.info('Wrote %d %s to %s', len(stats), kind, paths[kind])
    logging.info('Done: %s', ', '.join(f'{what} {count}' for what, count in totals.items()))


def _check_outputs() -> None:
    """Raises UsageError or InputError unless there are outputs that can be written."""
    outputs = [path for path in (_TOKEN_OUTPUT.value, _TITLE_OUTPUT.value) if path]
    if not outputs:
        raise errors.UsageError('name --token_output, --title_output or both')
    if len(outputs) > 1 and _are_mixed(*outputs):
        raise errors.UsageError('--token_output and --title_output are one file or in one another')
    for path in outputs:
        atomic.refuse_existing(path, output_flags.overwrite(), [_INPUT_FILE.value], directory=False)


def _are_mixed(one: str, other: str) -> bool:
    """Returns whether two files would be one, or one the other's folder or metadata."""
    pairs = ((one, other), (metadata.sidecar(one), other), (one, metadata.sidecar(other)))
    return any(file_systems.overlap(*pair) for pair in pairs)


if __name__ == '__main__':
    cli.run(main)
