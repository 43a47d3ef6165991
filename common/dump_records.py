"""Shows the records of any data set as text or JSON lines.

What the records are is taken from _meta.json, else from --proto, else guessed from the path. In
text, long strings and lists are cut, with a comment that says so; JSON is whole by default.

Reads:  --input_file
Writes: stdout: records in protobuf's text format, a block each, or JSON, a line each;
        stderr: what the data set is
Next:   less, jq, pandas.read_json(lines=True)

Example:
  python -m common.dump_records --input_file=data/pages --limit=3
  python -m common.dump_records --input_file=data/docs --format=json | jq -r .primary
"""

import dataclasses
import sys
from collections.abc import Iterator

from absl import flags
from absl import logging

from common import cli
from common import datasets
from common import errors
from common import record_flags

_INPUT_FILE = flags.DEFINE_string(
    'input_file', None, 'Records: a file, directory or glob; - is stdin.', required=True
)
_LIMIT = flags.DEFINE_integer('limit', 0, 'Records to show; 0 shows all.', lower_bound=0)
_FORMAT = flags.DEFINE_enum('format', 'text', ['text', 'json'], 'Form of the output.')
_MAX_FIELD_CHARS = flags.DEFINE_integer(
    'max_field_chars',
    None,
    'Characters of a string to show; 0 shows all. Default: 500 in text, all in JSON.',
    lower_bound=0,
)
_MAX_ITEMS = flags.DEFINE_integer(
    'max_items',
    None,
    'Items of a list to show; 0 shows all. Default: 20 in text, all in JSON.',
    lower_bound=0,
)
_TEXT_FIELD_CHARS, _TEXT_ITEMS = 500, 20


def main(argv: list[str]) -> None:
    """Opens the data set and shows it."""
    cli.refuse_arguments(argv)
    from common import records

    data = _open()
    _describe(data)
    shown = 0
    for text in _texts(records.read(data)):
        sys.stdout.write(text)
        shown += 1
        if shown == _LIMIT.value:
            break
    sys.stdout.flush()
    bad = data.bad.summary()
    logging.info('Done: showed %d records%s', shown, f'; bad: {bad}' if bad else '')


def _open() -> datasets.Dataset:
    from common import record_text
    from common import records
    from common import schemas

    path, options = _INPUT_FILE.value, record_flags.read_options()
    name = _name_in_metadata(path, options)
    if not name and not options.proto:
        name = record_text.guess_message(path) if path != datasets.STDIN else ''
        if not name:
            known = ', '.join(full.rsplit('.', 1)[1] for full in schemas.message_names())
            raise errors.InputError(
                f'nothing says what {path} holds; say --proto=NAME, one of {known}'
            )
        logging.warning('%s has no _meta.json; from its name it holds %s records', path, name)
        options = dataclasses.replace(options, proto=name)
    elif name and options.proto and options.proto not in (name, name.rsplit('.', 1)[1]):
        logging.warning('--proto=%s is for files without _meta.json; not used', options.proto)
    return records.open_dataset(path, schemas.message_class(name or options.proto), options)


def _name_in_metadata(path: str, options: datasets.ReadOptions) -> str:
    """Returns the message of the first part that says it; --proto is for the others."""
    if path == datasets.STDIN:
        return ''
    _, metas = datasets.find_parts(path, options)
    return next((meta.proto for meta in metas.values() if meta is not None), '')


def _describe(data: datasets.Dataset) -> None:
    count = '' if data.records is None else f'{data.records:,} '
    logging.info(
        '%s: %s%s records in %d files',
        data.pattern,
        count,
        data.message.DESCRIPTOR.name,
        len(data.parts),
    )
    if data.meta is None:
        return
    if data.meta.site:
        known = {key: value for key, value in data.meta.site.items() if isinstance(value, str)}
        logging.info('site: %s', ', '.join(f'{key} {value}' for key, value in known.items()))
    if data.meta.made_by:
        logging.info('made by: %s', data.meta.made_by.get('program', '?'))
    if data.meta.totals:
        totals = ', '.join(f'{what} {count}' for what, count in data.meta.totals.items())
        logging.info('totals: %s', totals)


def _texts(messages: Iterator) -> Iterator[str]:
    from common import record_text

    as_json = _FORMAT.value == 'json'
    chars, items = _MAX_FIELD_CHARS.value, _MAX_ITEMS.value
    chars = (0 if as_json else _TEXT_FIELD_CHARS) if chars is None else chars
    items = (0 if as_json else _TEXT_ITEMS) if items is None else items
    for number, message in enumerate(messages, start=1):
        if as_json:
            yield record_text.to_json(message, chars, items) + '\n'
        else:
            yield f'# record {number}\n{record_text.to_text(message, chars, items)}\n'


if __name__ == '__main__':
    cli.run(main)
