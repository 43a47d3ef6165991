"""Exports word vectors in the format of word2vec, which gensim and many other tools read.

The words of the dictionary are written, by falling frequency; the mask, the min-hash buckets and
the biases are not. The format cannot hold words with white space: they are refused, or with
--join_spaces written with _ for each such character.

Reads:  --model_dir, a model of train_cooccurrence
Writes: --output_file, compressed when its name ends in .gz; - is stdout
Next:   gensim.models.KeyedVectors.load_word2vec_format(FILE, binary=False)

Example:
  python -m wikipedia.export_embeddings --model_dir=data/glove --output_file=data/glove.txt.gz
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import output_flags

_MODEL_DIR = flags.DEFINE_string('model_dir', None, 'Model directory.', required=True)
_OUTPUT_FILE = flags.DEFINE_string('output_file', None, 'File to write.', required=True)
_FORMAT = flags.DEFINE_enum('format', 'text', ['text', 'binary'], 'Form of the numbers.')
_JOIN_SPACES = flags.DEFINE_boolean(
    'join_spaces', False, 'Write white space inside words as _, instead of refusing such words.'
)


def main(argv: list[str]) -> None:
    """Loads the model and writes its vectors."""
    cli.refuse_arguments(argv)
    if _OUTPUT_FILE.value != '-':
        atomic.refuse_existing(_OUTPUT_FILE.value, output_flags.overwrite(), directory=False)

    from common import models
    from wikipedia import word2vec_format

    model = models.load_embeddings(_MODEL_DIR.value)
    tokens = model.dictionary.tokens
    if _JOIN_SPACES.value:
        tokens = word2vec_format.join_spaces(tokens)
    vectors = model.embeddings[1 : 1 + len(tokens)]
    word2vec_format.write(
        _OUTPUT_FILE.value, tokens, vectors, _FORMAT.value, output_flags.overwrite()
    )
    logging.info('Done: wrote %d vectors of %d numbers to %s', *vectors.shape, _OUTPUT_FILE.value)


if __name__ == '__main__':
    cli.run(main)
