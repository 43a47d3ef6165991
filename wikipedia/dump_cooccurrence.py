"""Shows the words that occur most with given words, in a co-occurrence matrix.

Without --terms the most frequent words of the dictionary are shown. A word outside the dictionary
is represented by its min-hash bucket, where those were counted.

Reads:  --input_file, CooccurrenceRow records of make_cooccurrence; --token_dictionary
Writes: stdout, text or JSON lines: the strongest pairs of each word, and how many it has
Next:   wikipedia/train_cooccurrence.py

Example:
  python -m wikipedia.dump_cooccurrence --input_file=data/cooccur \\
    --token_dictionary=data/token.tstat.pb.b64.bz2 --terms=physics,apple --max_terms=10
"""

import sys

from absl import flags
from absl import logging

from common import cli
from common import errors
from common import record_flags

_INPUT_FILE = flags.DEFINE_string(
    'input_file', None, 'CooccurrenceRow records: a file, directory or glob.', required=True
)
_TOKEN_DICTIONARY = flags.DEFINE_string(
    'token_dictionary', None, 'The dictionary that they were counted with.', required=True
)
_TERMS = flags.DEFINE_string(
    'terms', None, 'Words, separated by commas; - reads one a line from stdin.'
)
_MAX_TERMS = flags.DEFINE_integer('max_terms', 20, 'Pairs of each word.', lower_bound=1)
_MAX_ROWS = flags.DEFINE_integer('max_rows', 20, 'Words to show without --terms.', lower_bound=1)
_FORMAT = flags.DEFINE_enum('format', 'text', ['text', 'jsonl'], 'Form of the output.')


def main(argv: list[str]) -> None:
    """Reads the matrix once and shows the pairs."""
    cli.refuse_arguments(argv)

    from common import dictionary
    from common import records
    from common.pb import nlp_pb2
    from wikipedia import cooccurrence_pairs
    from wikipedia import cooccurrence_text
    from wikipedia import terms

    wanted = None if _TERMS.value is None else terms.parse(_TERMS.value)
    options = record_flags.read_options()
    data = records.open_dataset(_INPUT_FILE.value, nlp_pb2.CooccurrenceRow, options)
    words_data = records.open_dataset(
        _TOKEN_DICTIONARY.value, nlp_pb2.TokenStat, options.of_dictionary()
    )
    records.refuse_unrelated(data, words_data)
    words = dictionary.TokenDictionary(records.read(words_data), _TOKEN_DICTIONARY.value)
    queries = terms.look_up(wanted or words.tokens[: _MAX_ROWS.value], words)
    found = cooccurrence_pairs.strongest(
        data, words, list({query.index: None for query in queries}), _MAX_TERMS.value
    )
    by_index = {pairs.index: pairs for pairs in found}
    if wanted and not any(pairs.partners for pairs in found):
        raise errors.InputError(
            f'none of the {len(queries)} terms has a pair in {_INPUT_FILE.value}; choose others'
        )
    as_text = _FORMAT.value == 'text'
    show = cooccurrence_text.to_text if as_text else cooccurrence_text.to_json
    blocks = [show(query, by_index[query.index], words) for query in queries]
    sys.stdout.buffer.write('\n'.join([*blocks, '']).encode('utf-8', 'replace'))
    logging.info('Done: %d terms%s', len(queries), _bad(data.bad.summary()))


def _bad(summary: str) -> str:
    return f'; bad: {summary}' if summary else ''


if __name__ == '__main__':
    cli.run(main)
