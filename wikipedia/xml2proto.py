"""Converts MediaWiki XML dumps to sharded Page records, in dump order.

Reads:  --input_file, dumps of export schemas 0.3 to 0.11: .xml, .xml.bz2 (multistream or not, the
        index is not needed) or .xml.gz; current pages or whole histories
Writes: --output_file/part-NNNNN.bz2, one base64 Page per line, _meta.json, and _siteinfo.json with
        the wiki's language, addresses and namespaces
Next:   wikipedia/tokenize_pages.py

Example:
  python -m wikipedia.xml2proto --input_file=enwiki-pages-articles.xml.bz2 --output_file=data/pages
"""

from absl import flags
from absl import logging

from common import atomic
from common import bad_record_flags
from common import cli
from common import output_flags
from common import worker_flags

_INPUT_FILE = flags.DEFINE_string(
    'input_file',
    None,
    'MediaWiki XML dump; or several between commas, a glob, a directory, or - for standard input.',
    required=True,
)
_OUTPUT_FILE = flags.DEFINE_string('output_file', None, 'Directory of part files.', required=True)
_PAGES_PER_PART = flags.DEFINE_integer(
    'pages_per_part', 1000, 'Pages in a part file, fewer where they are large.', lower_bound=1
)
_ALLOW_TRUNCATED = flags.DEFINE_boolean(
    'allow_truncated', False, 'Keep the whole pages of a dump that is cut off or damaged.'
)


def main(argv: list[str]) -> None:
    cli.refuse_arguments(argv)
    atomic.refuse_existing(
        _OUTPUT_FILE.value,
        output_flags.overwrite(),
        _INPUT_FILE.value.split(','),
        directory=True,
    )
    from wikipedia import dump_conversion

    summary = dump_conversion.convert(
        _INPUT_FILE.value,
        _OUTPUT_FILE.value,
        dump_conversion.Options(
            pages_per_part=_PAGES_PER_PART.value,
            num_workers=worker_flags.num_workers(),
            allow_truncated=_ALLOW_TRUNCATED.value,
            max_bad_records=bad_record_flags.max_bad_records(),
            overwrite=output_flags.overwrite(),
        ),
    )
    logging.info('%s', summary)


if __name__ == '__main__':
    cli.run(main)
