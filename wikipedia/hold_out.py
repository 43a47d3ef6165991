"""Holds out links and first paragraphs of some articles, to test recommendations of articles.

Redirects are resolved first, so that no link that is held out remains by way of one. Of the
articles, a share is drawn for validation and a share for the test. Of each, a share of the links
that lead to an article with a document is held out, at least one and not all; and its first
paragraph, which is removed from its text wherever it stands. What is drawn follows from addresses
and --seed alone. Whatever is made from the output, dictionaries, indices and models, cannot have
seen what it is tested on.

Reads:  --input_file, TextDocument records, and its redirects
Writes: --output_file, a directory of TextDocument records: all documents, links resolved, without
        what is held out; --output_file/validation and --output_file/test, TextDocument records of
        what is: secondary, the links; lead_tokens, the words of the first paragraph
Next:   wikipedia/make_dictionary.py, wikipedia/make_sparse_doc.py

Example:
  scripts/spark_submit.sh wikipedia/hold_out.py --input_file=data/docs --output_file=data/held_out
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import hadoop_files
from common import output_flags
from common import path_flags
from common import record_flags
from common import records
from common.pb import nlp_pb2
from wikipedia import redirect_flags

_INPUT_FILE = path_flags.DEFINE_path(
    'input_file', None, 'TextDocument records: a file, directory or glob.', required=True
)
_OUTPUT_FILE = path_flags.DEFINE_path('output_file', None, 'Directory to make.', required=True)
_VALIDATION_SHARE = flags.DEFINE_float(
    'validation_share', 0.1, 'Share of the articles.', lower_bound=0.0, upper_bound=1.0
)
_TEST_SHARE = flags.DEFINE_float(
    'test_share', 0.1, 'Share of the articles.', lower_bound=0.0, upper_bound=1.0
)
_LINK_SHARE = flags.DEFINE_float(
    'link_share',
    0.3,
    'Share of the links of each of those that lead to an article; 0 holds out no links.',
    lower_bound=0.0,
    upper_bound=1.0,
)
_MIN_LEAD_TOKENS = flags.DEFINE_integer(
    'min_lead_tokens',
    5,
    'Words that the first paragraph of such an article must have: shorter ones say little.',
    lower_bound=1,
)
_SEED = flags.DEFINE_integer(
    'seed', 1, 'Of the draw of articles and links.', lower_bound=0, upper_bound=2**64 - 1
)


def main(argv: list[str]) -> None:
    """Splits the documents, and writes the parts."""
    cli.refuse_arguments(argv)
    hadoop_files.enable()
    if _VALIDATION_SHARE.value + _TEST_SHARE.value > 1.0:
        raise errors.UsageError('--validation_share and --test_share are more than 1 together')
    overwrite = output_flags.overwrite()
    atomic.refuse_existing(_OUTPUT_FILE.value, overwrite, [_INPUT_FILE.value], directory=True)
    read_options = record_flags.read_options()
    data = records.open_dataset(_INPUT_FILE.value, nlp_pb2.TextDocument, read_options)
    redirects_data = redirect_flags.open_redirects(_INPUT_FILE.value, read_options)

    from common import spark
    from common import spark_output
    from wikipedia import held_out
    from wikipedia import redirect_resolution

    options = held_out.Options(
        _VALIDATION_SHARE.value,
        _TEST_SHARE.value,
        _LINK_SHARE.value,
        _MIN_LEAD_TOKENS.value,
        _SEED.value,
    )
    with spark.context('hold_out', data.parts, [_OUTPUT_FILE.value]) as sc:
        source = spark.Input(sc, data)
        metas = spark_output.write_tagged(
            held_out.hold_out(source, redirect_resolution.load(redirects_data), options),
            _OUTPUT_FILE.value,
            dict.fromkeys(('', *held_out.SPLITS), nlp_pb2.TextDocument),
            numbers=source.numbers,
            inputs=[found.describe() for found in (data, redirects_data) if found],
            site=data.meta.site if data.meta else None,
            totals=source.totals,
            overwrite=overwrite,
        )
        totals = source.totals()
    logging.info('Done: %s', ', '.join(f'{what} {count}' for what, count in totals.items()))
    for split in held_out.SPLITS:
        if not metas[split].records:
            logging.warning('Nothing is held out for %s: there are too few articles', split)


if __name__ == '__main__':
    cli.run(main)
