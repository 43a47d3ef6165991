"""Turns documents into numbers: words and links by place in the dictionaries.

token_index holds the embedding indices of the words in their order (1 + index in the dictionary of
words, then the min-hash buckets), token_tfidf what each says about the document: its frequency in
the document times ln((1 + n) / (1 + df)) + 1, of n documents df with the word, the vector of the
distinct words scaled to length 1, as scikit-learn's TfidfTransformer has it. primary_index and
secondary_index are indices in the dictionary of titles, from 0. Links that lead to a redirect lead
to its target. Documents and links whose title is not in the dictionary are dropped and counted, as
are documents without words from the one output, and without links from the other.

Reads:  --input_file, TextDocument records, and its redirects; --title_dictionary;
        --token_dictionary
Writes: --output_txt2url, SparseDocument records with the words of each article;
        --output_url2url, SparseDocument records with the links of each
Next:   wikipedia/make_similarity.py, wikipedia/train_txt2url.py

Example:
  scripts/spark_submit.sh wikipedia/make_sparse_doc.py --input_file=data/docs \\
    --token_dictionary=data/token.tstat.pb.b64.bz2 --title_dictionary=data/title.tstat.pb.b64.bz2 \\
    --output_txt2url=data/txt2url --output_url2url=data/url2url
"""

import functools

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
from wikipedia import redirect_flags

_INPUT_FILE = path_flags.DEFINE_path(
    'input_file', None, 'TextDocument records: a file, directory or glob.', required=True
)
_TOKEN_DICTIONARY = path_flags.DEFINE_path(
    'token_dictionary', None, 'Token dictionary of make_dictionary; --output_txt2url needs it.'
)
_TITLE_DICTIONARY = path_flags.DEFINE_path(
    'title_dictionary', None, 'Title dictionary of make_dictionary.', required=True
)
_OUTPUT_TXT2URL = path_flags.DEFINE_path('output_txt2url', None, 'Directory to make, of words.')
_OUTPUT_URL2URL = path_flags.DEFINE_path('output_url2url', None, 'Directory to make, of links.')
_OOV = flags.DEFINE_enum(
    'oov',
    'drop',
    ['drop', 'minhash'],
    'Words outside the dictionary: drop them, or put their min-hash buckets in their place.',
)


def main(argv: list[str]) -> None:
    """Looks everything up, and writes the records."""
    cli.refuse_arguments(argv)
    hadoop_files.enable()
    outputs = _check_outputs()
    options = record_flags.read_options()
    data = records.open_dataset(_INPUT_FILE.value, nlp_pb2.TextDocument, options)
    redirects_data = redirect_flags.open_redirects(_INPUT_FILE.value, options)
    titles_data, titles = _load(_TITLE_DICTIONARY.value, options)
    words_data, tokens = None, None
    if _OUTPUT_TXT2URL.value:
        words_data, tokens = _load(_TOKEN_DICTIONARY.value, options)
    used = [data, redirects_data, titles_data, words_data]

    from common import spark
    from common import spark_output
    from wikipedia import redirect_resolution
    from wikipedia import sparse_documents
    from wikipedia import sparse_documents_job

    with spark.context('make_sparse_doc', data.parts, [*outputs.values()]) as sc:
        source = spark.Input(sc, data)
        words = None
        if tokens is not None:
            words = sparse_documents_job.prepare_words(
                source, words_data, tokens, _OOV.value == 'minhash'
            )
        encoder = sparse_documents.Encoder(
            {title: index for index, title in enumerate(titles.tokens)},
            words,
            sparse_documents.URL2URL in outputs,
            redirect_resolution.load(redirects_data),
        )
        spark_output.write_separate(
            sparse_documents_job.encode(source, encoder),
            outputs,
            dict.fromkeys(outputs, nlp_pb2.SparseDocument),
            numbers=source.numbers,
            inputs=[found.describe() for found in used if found],
            site=data.meta.site if data.meta else None,
            totals=functools.partial(sparse_documents_job.totals, source, titles_data),
            overwrite=output_flags.overwrite(),
        )
        totals = source.totals()
    logging.info('Done: %s', ', '.join(f'{what} {count}' for what, count in totals.items()))


def _check_outputs() -> dict[str, str]:
    """Returns the outputs by tag.

    Raises:
        UsageError: when there is none, one is in the other, or a flag is missing.
        InputError: when one exists.
    """
    named = {'txt2url': _OUTPUT_TXT2URL.value, 'url2url': _OUTPUT_URL2URL.value}
    outputs = {tag: path for tag, path in named.items() if path}
    if not outputs:
        raise errors.UsageError('name --output_txt2url, --output_url2url or both')
    if len(outputs) == len(named) and file_systems.overlap(*outputs.values()):
        raise errors.UsageError('--output_txt2url and --output_url2url are in one another')
    if _OUTPUT_TXT2URL.value and not _TOKEN_DICTIONARY.value:
        raise errors.UsageError('--output_txt2url needs --token_dictionary')
    inputs = [_INPUT_FILE.value, _TITLE_DICTIONARY.value, _TOKEN_DICTIONARY.value]
    for path in outputs.values():
        atomic.refuse_existing(
            path, output_flags.overwrite(), [source for source in inputs if source], directory=True
        )
    return outputs


def _load(
    path: str, options: records.ReadOptions
) -> tuple[records.Dataset, dictionary.TokenDictionary]:
    data = records.open_dataset(path, nlp_pb2.TokenStat, options.of_dictionary())
    loaded = dictionary.TokenDictionary(records.read(data), path)
    if not len(loaded):
        raise errors.InputError(f'{path} is empty; make it again with a lower minimum frequency')
    return data, loaded


if __name__ == '__main__':
    cli.run(main)
