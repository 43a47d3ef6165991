"""Trains GloVe word vectors from co-occurrence counts.

The default solver, alternating least squares (als), wants few epochs and no learning rate; adagrad
and adam take gradient steps. With checkpoints, an interrupted training that is resumed ends with
the same bits as one that ran through.

Reads:  --train_input_pattern, CooccurrenceRow records, and --token_dictionary, their TokenStat
Writes: --model_dir: parameters, dictionary, config.json, metrics.jsonl, README.md
        --checkpoint_dir/checkpoint-NNNNN.msgpack, if wanted
Next:   wikipedia/find_neighbors.py, evaluate_embeddings.py, export_embeddings.py
"""

import os
import time

from absl import flags
from absl import logging

from common import atomic
from common import checkpoints
from common import cli
from common import errors
from common import output_flags
from common import record_flags
from common import sizes
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
_EMBEDDING_DIM = flags.DEFINE_integer(
    'embedding_dim', 64, 'Dimension of the vectors.', lower_bound=1, upper_bound=1024
)
_NUM_EPOCHS = flags.DEFINE_integer(
    'num_epochs', None, 'Passes over the pairs; by default 6 for als, else 25.', lower_bound=1
)
_BATCH_SIZE = flags.DEFINE_integer(
    'batch_size', 2048, 'adagrad, adam: pairs in a step.', lower_bound=1, upper_bound=1 << 20
)
_LEARNING_RATE = flags.DEFINE_float(
    'learning_rate',
    None,
    'adagrad, adam: step size, by default 0.05 and 0.001.',
    lower_bound=0.0,
)
_X_MAX = flags.DEFINE_float(
    'x_max', 10.0, 'Count, in sums of 1/distance, from which a pair weighs 1.', lower_bound=1e-6
)
_ALPHA = flags.DEFINE_float(
    'alpha', 0.75, 'Exponent of the weight of rarer pairs.', lower_bound=0.0, upper_bound=2.0
)
_RIDGE = flags.DEFINE_float(
    'ridge', 4.0, 'als: penalty on the squared length of a vector.', lower_bound=1e-4
)
_BIAS_RIDGE = flags.DEFINE_float(
    'bias_ridge', 0.01, 'als: penalty on a squared bias.', lower_bound=1e-6
)
_SEED = flags.DEFINE_integer(
    'seed',
    1701,
    'Seed of the first vectors and of the order.',
    lower_bound=0,
    upper_bound=(1 << 31) - 1,
)
_TERMS = flags.DEFINE_list(
    'terms',
    'news,apple,computer,physics,neural,democracy,singapore,livermore',
    'Words whose neighbors are logged after each epoch, separated by commas.',
)
_MAX_TERMS = flags.DEFINE_integer('max_terms', 10, 'Neighbors to log.', lower_bound=1)
_CHECKPOINT_DIR = flags.DEFINE_string(
    'checkpoint_dir', '', 'Directory of checkpoints; none are written when empty.'
)
_CHECKPOINT_EVERY_EPOCHS = flags.DEFINE_integer(
    'checkpoint_every_epochs',
    1,
    'Epochs between checkpoints; the last epoch has one in any case.',
    lower_bound=1,
)
_RESUME_CHECKPOINT = flags.DEFINE_string(
    'resume_checkpoint', '', 'Checkpoint file to go on from, or latest, in --checkpoint_dir.'
)
_MAX_MEMORY = flags.DEFINE_string(
    'max_memory', '', 'Refuse to train when more is needed, such as 4GB; empty for no limit.'
)
_WANDB_MODE = flags.DEFINE_enum(
    'wandb_mode', 'disabled', ('disabled', 'offline', 'online'), 'Weights & Biases.'
)

for _name in ('x_max', 'alpha', 'ridge', 'bias_ridge', 'learning_rate'):
    flags.register_validator(
        _name, lambda value: value is None or 0 <= value < 1e30, 'must be from 0 to below 1e30'
    )


def main(argv: list[str]) -> None:
    """Reads flags and input, trains, and writes the model."""
    cli.refuse_arguments(argv)
    inputs = [_TRAIN_INPUT_PATTERN.value, _TOKEN_DICTIONARY.value]
    atomic.refuse_existing(_MODEL_DIR.value, output_flags.overwrite(), inputs, directory=True)
    checkpoints.refuse_folder(_CHECKPOINT_DIR.value, inputs)
    if _RESUME_CHECKPOINT.value == 'latest' and not _CHECKPOINT_DIR.value:
        raise errors.UsageError('--resume_checkpoint=latest wants --checkpoint_dir')
    try:
        max_memory = sizes.parse(_MAX_MEMORY.value) if _MAX_MEMORY.value else None
    except ValueError as error:
        raise errors.UsageError(f'--max_memory: {error}') from error
    from wikipedia import glove_program
    from wikipedia import glove_training

    began = time.monotonic()
    result, num_pairs = glove_program.run(
        _config(),
        glove_program.Files(
            _TRAIN_INPUT_PATTERN.value, _TOKEN_DICTIONARY.value, os.path.normpath(_MODEL_DIR.value)
        ),
        record_flags.read_options(),
        max_memory=max_memory,
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
    rate = _LEARNING_RATE.value
    return glove_settings.TrainingConfig(
        solver=solver,
        embedding_dim=_EMBEDDING_DIM.value,
        num_epochs=_NUM_EPOCHS.value or glove_settings.DEFAULT_EPOCHS[solver],
        seed=_SEED.value,
        x_max=_X_MAX.value,
        alpha=_ALPHA.value,
        ridge=_RIDGE.value,
        bias_ridge=_BIAS_RIDGE.value,
        learning_rate=glove_settings.DEFAULT_LEARNING_RATES[solver] if rate is None else rate,
        batch_size=_BATCH_SIZE.value,
        checkpoint_dir=_CHECKPOINT_DIR.value,
        checkpoint_every_epochs=_CHECKPOINT_EVERY_EPOCHS.value,
        resume_checkpoint=_RESUME_CHECKPOINT.value,
        terms=tuple(term for term in _TERMS.value if term),
        max_terms=_MAX_TERMS.value,
        wandb_mode=_WANDB_MODE.value,
    )


if __name__ == '__main__':
    cli.run(main)
