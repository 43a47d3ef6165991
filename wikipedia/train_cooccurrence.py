r"""Trains GloVe word vectors from co-occurrence counts.

The default solver, alternating least squares (als), wants few epochs and no learning rate; adagrad
and adam take gradient steps. With checkpoints, an interrupted training that is resumed ends with
the same bits as one that ran through.

Reads:  --train_input_pattern, CooccurrenceRow records, and --token_dictionary, their TokenStat
Writes: --model_dir: parameters, dictionary, config.json, metrics.jsonl, README.md
        --checkpoint_dir/checkpoint-NNNNN.msgpack, if wanted
Next:   wikipedia/find_neighbors.py, evaluate_embeddings.py, export_embeddings.py

Example:
  python -m wikipedia.train_cooccurrence --train_input_pattern=data/cooccur \
    --token_dictionary=data/token.tstat.pb.b64.bz2 --model_dir=data/glove
"""

import dataclasses
import os
import time

from absl import flags
from absl import logging

from common import atomic
from common import checkpoint_flags
from common import cli
from common import flag_settings
from common import output_flags
from common import record_flags
from common import size_flags
from wikipedia import glove_settings

_TRAIN_INPUT_PATTERN = flags.DEFINE_string(
    'train_input_pattern', None, 'Co-occurrence: file, directory or glob.', required=True
)
_TOKEN_DICTIONARY = flags.DEFINE_string(
    'token_dictionary', None, 'Dictionary that the pairs were counted with.', required=True
)
_MODEL_DIR = flags.DEFINE_string(
    'model_dir', None, 'Directory of the finished model.', required=True
)
_SOLVER = flags.DEFINE_enum('solver', 'als', glove_settings.SOLVERS, 'How the loss is minimised.')
flags.DEFINE_integer(
    'embedding_dim', 64, 'Dimension of the vectors.', lower_bound=1, upper_bound=1024
)
flags.DEFINE_integer(
    'num_epochs', None, 'Passes over the pairs; by default 6 for als, else 25.', lower_bound=1
)
flags.DEFINE_integer(
    'batch_size', 2048, 'adagrad, adam: pairs in a step.', lower_bound=1, upper_bound=1 << 20
)
flags.DEFINE_float(
    'learning_rate',
    None,
    'adagrad, adam: step size, by default 0.05 and 0.001.',
    lower_bound=0.0,
)
flags.DEFINE_float(
    'x_max', 10.0, 'Count, in sums of 1/distance, from which a pair weighs 1.', lower_bound=1e-6
)
flags.DEFINE_float(
    'alpha', 0.75, 'Exponent of the weight of rarer pairs.', lower_bound=0.0, upper_bound=2.0
)
flags.DEFINE_float(
    'ridge', 4.0, 'als: penalty on the squared length of a vector.', lower_bound=1e-4
)
flags.DEFINE_float('bias_ridge', 0.01, 'als: penalty on a squared bias.', lower_bound=1e-6)
flags.DEFINE_boolean(
    'center', True, 'Put the origin of the vectors amid the common words: changes no prediction.'
)
flags.DEFINE_integer(
    'seed',
    1701,
    'Of the first vectors and the order.',
    lower_bound=0,
    upper_bound=(1 << 31) - 1,
)
flags.DEFINE_list(
    'terms',
    'news,apple,computer,physics,neural,democracy,singapore,livermore',
    'Words whose neighbors are logged after each epoch, separated by commas.',
)
flags.DEFINE_integer('max_terms', 10, 'Neighbors to log.', lower_bound=1)
_MAX_MEMORY = size_flags.DEFINE_size(
    'max_memory', None, 'Refuse to train when more is needed; no limit when not given.'
)

for _name in ('x_max', 'alpha', 'ridge', 'bias_ridge', 'learning_rate'):
    flags.register_validator(
        _name, lambda value: value is None or 0 <= value < 1e30, 'must be from 0 to below 1e30'
    )


def main(argv: list[str]) -> None:
    """Reads flags and input, trains, and writes the model."""
    cli.refuse_arguments(argv)
    # The solver's threads share the cores; those that BLAS starts for each product would wait for
    # each other. It must be said before NumPy is imported.
    os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
    inputs = [_TRAIN_INPUT_PATTERN.value, _TOKEN_DICTIONARY.value]
    atomic.refuse_existing(_MODEL_DIR.value, output_flags.overwrite(), inputs, directory=True)
    checkpoint_flags.check(inputs)
    from wikipedia import glove_program
    from wikipedia import glove_training

    began = time.monotonic()
    result, num_pairs = glove_program.run(
        _config(),
        glove_program.Files(
            _TRAIN_INPUT_PATTERN.value, _TOKEN_DICTIONARY.value, os.path.normpath(_MODEL_DIR.value)
        ),
        record_flags.read_options(),
        max_memory=_MAX_MEMORY.value,
        overwrite=output_flags.overwrite(),
    )
    rows, dim = glove_training.table_shape(result)
    logging.info(
        'Trained %d x %d vectors from %d pairs in %d epochs (%.0f s), loss %.6f: %s',
        rows,
        dim,
        num_pairs,
        result.epochs,
        time.monotonic() - began,
        result.loss,
        _MODEL_DIR.value,
    )


def _config() -> glove_settings.TrainingConfig:
    solver = _SOLVER.value
    start = glove_settings.TrainingConfig(
        num_epochs=glove_settings.DEFAULT_EPOCHS[solver],
        learning_rate=glove_settings.DEFAULT_LEARNING_RATES[solver],
    )
    config = flag_settings.given(start)
    return dataclasses.replace(config, terms=tuple(term for term in config.terms if term))


if __name__ == '__main__':
    cli.run(main)
