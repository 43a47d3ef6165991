"""Turns a corpus of your own into documents, for every program after tokenize_pages.

A document may be words of a text or any things that go together: the items of a basket, the songs
of a playlist. Things come as lists in JSON (--input_format=jsonl --tokens_field=items), or between
white space (--tokenizer=whitespace).

Reads:  --input_file, plain text or JSON lines, also as .gz or .bz2; - for standard input
Writes: --output_file/part-NNNNN.bz2, TextDocument records
Next:   wikipedia/make_dictionary.py

Example:
  python -m wikipedia.text_to_documents --input_file=baskets.jsonl --input_format=jsonl \\
    --id_field=basket --tokens_field=items --output_file=data/docs
"""

import codecs
import collections
from collections.abc import Iterator

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import datasets
from common import errors
from common import output_flags
from common import record_flags
from common import records
from common import tokenizers
from common.pb import nlp_pb2
from wikipedia import corpora

_INPUT_FILE = flags.DEFINE_string(
    'input_file', None, 'Text: a file, directory, glob, or - for standard input.', required=True
)
_OUTPUT_FILE = flags.DEFINE_string('output_file', None, 'Directory of part files.', required=True)
_INPUT_FORMAT = flags.DEFINE_enum(
    'input_format',
    'lines',
    corpora.FORMATS,
    'A document is a line, a whole file, or the JSON object of a line.',
)
_TOKENIZER = flags.DEFINE_enum(
    'tokenizer',
    'unicode',
    tokenizers.NAMES,
    'Words by UAX #29, by the split characters of the book, or by white space, case kept.',
)
_TEXT_FIELD = flags.DEFINE_string('text_field', 'text', 'Field of the text in jsonl.')
_TOKENS_FIELD = flags.DEFINE_string(
    'tokens_field', '', 'Field of a list of things to take instead of text in jsonl.'
)
_ID_FIELD = flags.DEFINE_string(
    'id_field', '', 'Field of the identifier in jsonl; without it, documents are FILE:LINE.'
)
_LINKS_FIELD = flags.DEFINE_string(
    'links_field', '', 'Field of the list of identifiers that a document links to in jsonl.'
)
_URL_PREFIX = flags.DEFINE_string(
    'url_prefix', '', 'Stands before each identifier; then it is an address.'
)
_ENCODING = flags.DEFINE_string('encoding', 'utf-8', 'Encoding of the text.')
_RECORDS_PER_PART = flags.DEFINE_integer(
    'records_per_part', 1000, 'Documents in a part file.', lower_bound=1
)


@flags.validator('encoding', message='not a known encoding with a line feed of one byte')
def _is_encoding(name: str) -> bool:
    try:
        return codecs.encode('\n', name) == b'\n'
    except (LookupError, TypeError, ValueError):
        return False


def main(argv: list[str]) -> None:
    """Reads the corpus and writes the documents."""
    cli.refuse_arguments(argv)
    options = corpora.Options(
        format=_INPUT_FORMAT.value,
        tokenizer=_TOKENIZER.value,
        url_prefix=_URL_PREFIX.value,
        text_field=_TEXT_FIELD.value,
        tokens_field=_TOKENS_FIELD.value,
        id_field=_ID_FIELD.value,
        links_field=_LINKS_FIELD.value,
        encoding=_ENCODING.value,
    )
    atomic.refuse_existing(
        _OUTPUT_FILE.value, output_flags.overwrite(), [_INPUT_FILE.value], directory=True
    )
    paths = corpora.find_files(_INPUT_FILE.value)
    bad = datasets.BadRecords(record_flags.read_options().max_bad_records)
    totals: collections.Counter[str] = collections.Counter()
    documents = corpora.read_documents(paths, options, totals, bad)
    meta = records.write_parts(
        _OUTPUT_FILE.value,
        (document.SerializeToString() for document in _require_one(documents)),
        proto=nlp_pb2.TextDocument,
        records_per_part=_RECORDS_PER_PART.value,
        totals=totals,
        overwrite=output_flags.overwrite(),
        num_workers=2,
    )
    skipped = totals[corpora.NO_WORDS]
    logging.info(
        'Read %d files; wrote %d documents to %s; skipped %d without words; bad: %s',
        len(paths), meta.records, _OUTPUT_FILE.value, skipped, bad.summary() or 'none',
    )  # fmt: skip


def _require_one(documents: Iterator[nlp_pb2.TextDocument]) -> Iterator[nlp_pb2.TextDocument]:
    """Yields all documents.

    Raises:
        InputError: when there is none.
    """
    empty = True
    for document in documents:
        empty = False
        yield document
    if empty:
        raise errors.InputError(
            f'{_INPUT_FILE.value} holds no words; look at --input_format, --tokenizer and fields'
        )


if __name__ == '__main__':
    cli.run(main)
