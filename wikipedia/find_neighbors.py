"""Finds the words nearest to given words in a model of word vectors.

A word outside the dictionary is represented by its min-hash bucket where the model has buckets,
and the output says so. The mask, the buckets and the word itself are never among the results.

Reads:  --model_dir, a model of train_cooccurrence; --terms
Writes: --output: text, JSON lines, or HTML. For HTML a name that ends in .html is one page, and any
        other name a directory of pages with an index
Next:   read it; wikipedia/evaluate_embeddings.py

Example:
  python -m wikipedia.find_neighbors --model_dir=data/glove --terms=physics,apple --max_terms=10
"""

import sys
from collections.abc import Iterable

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags

_MODEL_DIR = flags.DEFINE_string('model_dir', None, 'Model directory.', required=True)
_TERMS = flags.DEFINE_string(
    'terms', None, 'Words, separated by commas; - reads one a line from stdin.', required=True
)
_MAX_TERMS = flags.DEFINE_integer('max_terms', 20, 'Neighbours of each word.', lower_bound=1)
_SIMILARITY = flags.DEFINE_enum(
    'similarity', 'cosine', ['cosine', 'dot'], 'Cosine, or dot product, which favours long vectors.'
)
_FORMAT = flags.DEFINE_enum('format', 'text', ['text', 'jsonl', 'html'], 'Form of the output.')
_OUTPUT = flags.DEFINE_string('output', '-', 'File (or directory) to write; - is stdout.')
_TERMS_PER_PAGE = flags.DEFINE_integer(
    'terms_per_page', 100, 'Words on a page of a directory of HTML.', lower_bound=1
)
_STDOUT = '-'


def main(argv: list[str]) -> None:
    """Looks the words up and writes what is near them."""
    cli.refuse_arguments(argv)
    if _OUTPUT.value != _STDOUT:
        atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), [_MODEL_DIR.value])

    from common import models
    from wikipedia import neighbors
    from wikipedia import terms

    wanted = terms.parse(_TERMS.value)
    model = models.load_embeddings(_MODEL_DIR.value)
    queries = terms.look_up(wanted, model.dictionary)
    results = neighbors.Finder(model).find(queries, _MAX_TERMS.value, _SIMILARITY.value)
    sources = [result.source for result in results]
    unknown = [result.query.term for result in results if result.source == neighbors.UNKNOWN]
    if len(unknown) == len(results):
        raise errors.InputError(
            f'none of the {len(unknown)} terms is in the dictionary of {_MODEL_DIR.value} '
            f'({", ".join(unknown[:5])}); choose others'
        )
    _write(results)
    logging.info(
        'Done: %d terms; %d in the dictionary, %d by their bucket, %d unknown',
        len(results),
        sources.count(neighbors.DICTIONARY),
        sources.count(neighbors.BUCKET),
        len(unknown),
    )


def _write(results: Iterable['neighbors.Result']) -> None:  # noqa: F821
    from wikipedia import neighbors

    if _FORMAT.value == 'html':
        from wikipedia import neighbors_page

        neighbors_page.write(
            _OUTPUT.value,
            results,
            similarity=_SIMILARITY.value,
            model_dir=_MODEL_DIR.value,
            terms_per_page=_TERMS_PER_PAGE.value,
            overwrite=output_flags.overwrite(),
        )
        return
    if _FORMAT.value == 'text':
        blocks = '\n'.join(neighbors.to_text(result) for result in results)
    else:
        blocks = ''.join(neighbors.to_json(result, _SIMILARITY.value) + '\n' for result in results)
    if _OUTPUT.value == _STDOUT:
        sys.stdout.buffer.write(blocks.encode('utf-8', 'replace'))
        return
    with (
        atomic.output_file(_OUTPUT.value, output_flags.overwrite()) as temporary,
        open(temporary, 'w', encoding='utf-8', errors='replace') as file,
    ):
        file.write(blocks)


if __name__ == '__main__':
    cli.run(main)
