"""Evaluates word vectors on word similarity and analogies, with gensim's evaluators.

Case is ignored, and words beyond the most frequent --restrict_vocab are left out, as are pairs and
questions with unknown words; the share that remains is reported, and figures of models are only
comparable where it is alike. The default sets, WordSim-353, SimLex-999 and the Google analogies,
come with gensim.

Reads:  --model_dir, a model of train_cooccurrence; --word_pairs; --analogies
Writes: a table (or with --format=json JSON) to stdout; --output, the same as a JSON file
Next:   wikipedia/export_embeddings.py

Example:
  python -m wikipedia.evaluate_embeddings --model_dir=data/glove --output=data/evaluation.json
"""

import os
import pathlib
import sys
from collections.abc import Sequence

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags

_MODEL_DIR = flags.DEFINE_string('model_dir', None, 'Model directory.', required=True)
_WORD_PAIRS = flags.DEFINE_list(
    'word_pairs',
    None,
    'Files of two words and their similarity a line; WordSim-353 and SimLex-999 when not given, '
    'none when empty.',
)
_ANALOGIES = flags.DEFINE_list(
    'analogies',
    None,
    'Files of analogies in the form of questions-words.txt; the Google analogies when not given, '
    'none when empty.',
)
_RESTRICT_VOCAB = flags.DEFINE_integer(
    'restrict_vocab', 50000, 'How many words, most frequent first, to use.', lower_bound=1
)
_FORMAT = flags.DEFINE_enum('format', 'text', ['text', 'json'], 'Form of what stdout gets.')
_OUTPUT = flags.DEFINE_string('output', None, 'JSON file to write as well.')


def main(argv: list[str]) -> None:
    """Evaluates and prints."""
    cli.refuse_arguments(argv)
    if _WORD_PAIRS.value == [] and _ANALOGIES.value == []:
        raise errors.UsageError('--word_pairs and --analogies are both empty: nothing to evaluate')
    if _OUTPUT.value:
        atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), directory=False)

    # A question is one vector times a table: too little for several threads, which only wait for
    # each other. It must be said before NumPy is imported.
    os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
    from common import models

    model = models.load_embeddings(_MODEL_DIR.value)
    tokens = model.dictionary.tokens
    if not tokens:
        raise errors.InputError(f'{_MODEL_DIR.value} has an empty dictionary')

    from wikipedia import embedding_evaluation as evaluation
    from wikipedia import evaluation_report

    pair_files = _files(_WORD_PAIRS.value, evaluation.DEFAULT_WORD_PAIRS)
    analogy_files = _files(_ANALOGIES.value, evaluation.DEFAULT_ANALOGIES)
    vocabulary = min(_RESTRICT_VOCAB.value, len(tokens))
    keyed = evaluation.keyed_vectors(tokens, model.embeddings[1 : 1 + len(tokens)])
    names = ', '.join(map(os.path.basename, [*pair_files, *analogy_files]))
    logging.info('Evaluating %s on %d words; a thousand analogies take seconds', names, vocabulary)
    pairs = [evaluation.evaluate_word_pairs(keyed, path, vocabulary) for path in pair_files]
    analogies = [evaluation.evaluate_analogies(keyed, path, vocabulary) for path in analogy_files]
    as_json = evaluation_report.to_json(
        pairs, analogies, model_dir=_MODEL_DIR.value, vocabulary=vocabulary
    )
    if _OUTPUT.value:
        with atomic.output_file(_OUTPUT.value, output_flags.overwrite()) as temporary:
            pathlib.Path(temporary).write_text(as_json, encoding='utf-8')
    text = as_json if _FORMAT.value == 'json' else evaluation_report.to_text(pairs, analogies)
    sys.stdout.write(text)
    _warn(pairs, analogies)
    logging.info('Done: %d sets, %d words', len(pairs) + len(analogies), vocabulary)


def _files(given: list[str] | None, defaults: Sequence[str]) -> list[str]:
    from wikipedia import embedding_evaluation

    if given is not None:
        return given
    return [embedding_evaluation.default_path(name) for name in defaults]


def _warn(pairs: list, analogies: list) -> None:
    for name, covered in [(result.name, result.covered) for result in pairs] + [
        (result.name, result.total.covered) for result in analogies
    ]:
        if covered < 2:
            logging.warning('%s: too few of its words in the dictionary to say anything', name)


if __name__ == '__main__':
    cli.run(main)
