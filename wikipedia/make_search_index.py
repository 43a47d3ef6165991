"""Makes an index of articles for search by BM25, over titles and texts.

The words are those of the documents, and those of each title, from its address, are split in the
same way. The documents themselves are kept in the index, compressed, so that search_articles and
recommend_articles need nothing but the index. Links that lead to a redirect lead to its target
there, and an article is found by the titles that redirect to it when it is asked for by name; these
titles are held in memory. What is found does not depend on --buffer_limit.

Reads:  --input_file, TextDocument records of tokenize_pages or hold_out, and --redirects
Writes: --output_file, a directory: config.json, catalogue.jsonl (the addresses), tantivy/
Next:   wikipedia/search_articles.py, wikipedia/recommend_articles.py

Example:
  python -m wikipedia.make_search_index --input_file=data/docs --output_file=data/index
"""

from collections.abc import Iterator

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags
from common import record_flags
from common import records
from common import size_flags
from common import tokenizers
from common.pb import nlp_pb2
from wikipedia import redirect_flags

_INPUT_FILE = flags.DEFINE_string(
    'input_file', None, 'TextDocument records: a file, directory, glob or -.', required=True
)
_OUTPUT_FILE = flags.DEFINE_string('output_file', None, 'Directory to make.', required=True)
_TOKENIZER = flags.DEFINE_enum(
    'tokenizer',
    None,
    tokenizers.NAMES,
    'How titles and queries are split; as the documents were when not given, and unicode where '
    'they do not say.',
)
_BUFFER_LIMIT = size_flags.DEFINE_size(
    'buffer_limit',
    '256MB',
    'Words to hold in memory before they are written.',
    lower_bound=15_000_000,  # The index takes no less.
    upper_bound=4_000_000_000,
)


def main(argv: list[str]) -> None:
    """Reads the documents and writes the index."""
    cli.refuse_arguments(argv)
    atomic.refuse_existing(
        _OUTPUT_FILE.value, output_flags.overwrite(), [_INPUT_FILE.value], directory=True
    )
    read_options = record_flags.read_options()
    data = records.open_dataset(_INPUT_FILE.value, nlp_pb2.TextDocument, read_options)
    redirects_data = redirect_flags.open_redirects(_INPUT_FILE.value, read_options)

    from wikipedia import redirect_resolution
    from wikipedia import search_index

    source = search_index.Source(
        tokenizer=_TOKENIZER.value or search_index.tokenizer_of(data),
        site=data.meta.site if data.meta else None,
        inputs=tuple(found.describe() for found in (data, redirects_data) if found),
    )
    redirects = redirect_resolution.load(redirects_data)
    names = records.read(redirects_data) if redirects_data else ()
    with atomic.output_directory(_OUTPUT_FILE.value, output_flags.overwrite()) as folder:
        counts = search_index.write(
            folder,
            _read(data),
            source,
            redirects=redirects,
            other_names=search_index.names_by_target(names, redirects),
            buffer_bytes=_BUFFER_LIMIT.value,
        )
        if not counts[search_index.ARTICLES]:
            raise errors.InputError(f'{data.pattern} holds not one article; give other documents')
    logging.info(
        'Done: %s; bad: %s',
        ', '.join(f'{what} {count}' for what, count in counts.items()),
        data.bad.summary() or 'none',
    )


def _read(data: records.Dataset) -> Iterator[nlp_pb2.TextDocument]:
    """Yields the documents and shows how far they are, when it is known how many there are."""
    from common import progress

    if not data.records:
        yield from records.read(data, threads=2)
        return
    with progress.Progress(data.records, 'articles') as shown:
        for document in records.read(data, threads=2):
            yield document
            shown.add(1)


if __name__ == '__main__':
    cli.run(main)
