"""Turns pages into documents: the words of each article, and the articles that it links to.

Redirects become records of their own, in the subdirectory redirects of the output. Pages of other
namespaces, empty pages and pages that are not wikitext are left out and counted.

Reads:  --input_file, Page records of xml2proto
Writes: --output_file, a directory of TextDocument records, a part for each part of the input;
        --output_file/redirects, Redirect records
Next:   wikipedia/make_dictionary.py

Example:
  scripts/spark_submit.sh wikipedia/tokenize_pages.py --input_file=data/pages \\
    --output_file=data/docs
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
from common import tokenizers
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from common.pb import wikipedia_pb2

_INPUT_FILE = path_flags.DEFINE_path(
    'input_file', None, 'Page records: a file, directory or glob.', required=True
)
_OUTPUT_FILE = path_flags.DEFINE_path('output_file', None, 'Directory to make.', required=True)
_MARKUP = flags.DEFINE_enum(
    'markup',
    'strip',
    ['strip', 'raw'],
    'Tokenize the text that a reader sees, or the text with all its markup.',
)
_TOKENIZER = flags.DEFINE_enum(
    'tokenizer',
    'unicode',
    tokenizers.NAMES,
    'Words by UAX #29, by the split characters of the book, or by white space, case kept.',
)
_NAMESPACES = flags.DEFINE_list(
    'namespaces', ['0'], 'Numbers of the namespaces to keep; 0 holds the articles.'
)
_LANGUAGE = flags.DEFINE_string(
    'language',
    '',
    'Code of the Wikipedia that the pages come from, such as en, when the input does not say.',
)


def main(argv: list[str]) -> None:
    """Tokenizes, and writes the documents and redirects."""
    cli.refuse_arguments(argv)
    hadoop_files.enable()
    atomic.refuse_existing(
        _OUTPUT_FILE.value, output_flags.overwrite(), [_INPUT_FILE.value], directory=True
    )
    namespaces = _parse_namespaces(_NAMESPACES.value)
    data = records.open_dataset(_INPUT_FILE.value, wikipedia_pb2.Page, record_flags.read_options())

    from common import spark
    from common import spark_output
    from wikipedia import siteinfo
    from wikipedia import text_documents

    fields = data.meta.site if data.meta else None
    if fields is None and not _LANGUAGE.value:
        raise errors.InputError(
            f'{data.pattern} does not say which wiki it comes from; add --language=en, for example'
        )
    site = siteinfo.complete(
        siteinfo.from_dict(fields) if fields else siteinfo.SiteInfo(language=_LANGUAGE.value)
    )
    options = text_documents.Options(_MARKUP.value, _TOKENIZER.value, namespaces)
    with spark.context('tokenize_pages', data.parts, [_OUTPUT_FILE.value]) as sc:
        source = spark.Input(sc, data)
        tagged = source.map_parts(text_documents.part_function(site, options))
        spark_output.write_tagged(
            tagged,
            _OUTPUT_FILE.value,
            {'': nlp_pb2.TextDocument, 'redirects': recsys_pb2.Redirect},
            numbers=source.numbers,
            inputs=[data.describe()],
            site=site.to_dict(),
            totals=source.totals,
            overwrite=output_flags.overwrite(),
        )
        totals = source.totals()
    logging.info('Done: %s', ', '.join(f'{what} {count}' for what, count in totals.items()))
    if not totals.get(text_documents.DOCUMENTS):
        logging.warning('There is not one document in %s', _OUTPUT_FILE.value)


def _parse_namespaces(names: list[str]) -> frozenset[int]:
    try:
        return frozenset(int(name) for name in names)
    except ValueError as error:
        raise errors.UsageError(
            f'--namespaces takes numbers such as 0,14, not {",".join(names)!r}'
        ) from error


if __name__ == '__main__':
    cli.run(main)
