"""Counts how often words occur near one another.

A pair of words d places apart weighs 1/d, up to --context_window places to either side, never
across documents. Each unordered pair stands once, in the row of the larger embedding index. The
records do not depend on the number of cores or parts of the input. What disk and memory that will
take is said first, and compared with what there is.

Reads:  --input_file, TextDocument records; --token_dictionary
Writes: --output_file, a directory of CooccurrenceRow records, by rising row and column
Next:   wikipedia/train_cooccurrence.py, wikipedia/dump_cooccurrence.py

Example:
  scripts/spark_submit.sh wikipedia/make_cooccurrence.py --input_file=data/docs \\
    --token_dictionary=data/token.tstat.pb.b64.bz2 --output_file=data/cooccur
"""

import os
from typing import TYPE_CHECKING

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import dictionary
from common import errors
from common import file_systems
from common import hadoop_files
from common import output_flags
from common import path_flags
from common import record_flags
from common import records
from common.pb import nlp_pb2

if TYPE_CHECKING:
    import pyspark

_INPUT_FILE = path_flags.DEFINE_path(
    'input_file', None, 'TextDocument records: a file, directory or glob.', required=True
)
_OUTPUT_FILE = path_flags.DEFINE_path('output_file', None, 'Directory to make.', required=True)
_TOKEN_DICTIONARY = path_flags.DEFINE_path(
    'token_dictionary', None, 'Token dictionary of make_dictionary.', required=True
)
_CONTEXT_WINDOW = flags.DEFINE_integer(
    'context_window',
    10,
    'Words to either side that belong to the context.',
    lower_bound=1,
    upper_bound=20,
)
_OOV = flags.DEFINE_enum(
    'oov',
    'drop',
    ['drop', 'minhash'],
    'Words outside the dictionary: drop them, closing the gap, or count their min-hash buckets.',
)
_MAX_ROW_SIZE = flags.DEFINE_integer(
    'max_row_size', 1000, 'Cells in one record; longer rows are split.', lower_bound=1
)
_CELLS_PER_PART = flags.DEFINE_integer(
    'cells_per_part',
    2_000_000,
    'About how many cells a part of the output holds; memory of a worker grows with it.',
    lower_bound=1000,
)
_CHECK_ROOM = flags.DEFINE_boolean(
    'check_room',
    True,
    'Do not begin where disks or memory have less room than counting is estimated to take.',
)


def main(argv: list[str]) -> None:
    """Counts, and writes the rows."""
    cli.refuse_arguments(argv)
    hadoop_files.enable()
    inputs = [_INPUT_FILE.value, _TOKEN_DICTIONARY.value]
    atomic.refuse_existing(_OUTPUT_FILE.value, output_flags.overwrite(), inputs, directory=True)
    options = record_flags.read_options()
    data = records.open_dataset(_INPUT_FILE.value, nlp_pb2.TextDocument, options)
    words_data, words = _read_words(options)
    from common import spark
    from common import spark_output
    from wikipedia import cooccurrence_job

    job_options = cooccurrence_job.Options(
        window=_CONTEXT_WINDOW.value,
        hash_unknown=_OOV.value == 'minhash',
        max_row_size=_MAX_ROW_SIZE.value,
        cells_per_part=_CELLS_PER_PART.value,
    )
    with spark.context('make_cooccurrence', data.parts, [_OUTPUT_FILE.value]) as sc:
        num_ranges = len(cooccurrence_job.row_boundaries(words, job_options))
        _check_room(sc, data, num_tasks=max(len(data.parts), num_ranges))
        source = spark.Input(sc, data)
        metas = spark_output.write_tagged(
            cooccurrence_job.count(source, words, job_options),
            _OUTPUT_FILE.value,
            {'': nlp_pb2.CooccurrenceRow},
            inputs=[data.describe(), words_data.describe()],
            site=data.meta.site if data.meta else None,
            totals=source.totals,
            overwrite=output_flags.overwrite(),
        )
        totals = source.totals()
    logging.info(
        'Done: wrote %d rows to %s; %s',
        metas[''].records,
        _OUTPUT_FILE.value,
        ', '.join(f'{what} {count}' for what, count in totals.items()),
    )


def _read_words(
    options: records.ReadOptions,
) -> tuple[records.Dataset, dictionary.TokenDictionary]:
    """Returns the data set of the dictionary, and its words."""
    path = _TOKEN_DICTIONARY.value
    data = records.open_dataset(path, nlp_pb2.TokenStat, options.of_dictionary())
    words = dictionary.TokenDictionary(records.read(data), path)
    if not len(words):
        remedy = 'make it again with a lower --min_token_frequency'
        raise errors.InputError(f'{path} is empty; {remedy}')
    return data, words


def _check_room(sc: 'pyspark.SparkContext', data: records.Dataset, num_tasks: int) -> None:
    """Says what counting takes, and ends where there is less; of remote input nothing is known."""
    from common import job_needs
    from wikipedia import cooccurrence_needs

    if not any(map(file_systems.is_remote, data.parts)):
        needs = cooccurrence_needs.estimate(
            sum(map(os.path.getsize, data.parts)),
            _CONTEXT_WINDOW.value,
            _CELLS_PER_PART.value,
            min(sc.defaultParallelism, num_tasks),
        )
        job_needs.check(sc, needs, _OUTPUT_FILE.value, stop=_CHECK_ROOM.value)


if __name__ == '__main__':
    cli.run(main)
