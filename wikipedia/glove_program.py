"""From files of pairs to a model directory: what train_cooccurrence does between its flags."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import jax
from absl import logging

from common import dictionary
from common import models
from common import provenance
from common import records
from common import tracking
from common.pb import nlp_pb2
from wikipedia import cooccurrence_reader
from wikipedia import glove_memory
from wikipedia import glove_settings
from wikipedia import glove_training


@dataclasses.dataclass(frozen=True)
class Files:
    """Paths: of the pairs, of their dictionary, and of the model to make."""

    train_input_pattern: str
    token_dictionary: str
    model_dir: str


def run(
    config: glove_settings.TrainingConfig,
    files: Files,
    options: records.ReadOptions,
    *,
    max_memory: int | None = None,
    overwrite: bool = False,
) -> tuple[glove_training.Result, int]:
    """Trains and writes the model.

    Args:
        config: settings.
        files: paths.
        options: how strict to read.
        max_memory: bytes; refuse to need more; None for no limit.
        overwrite: whether the model may be replaced.

    Returns:
        What was trained and the number of pairs.

    Raises:
        InputError: for unusable input, too little memory, divergence, or a model that exists.
    """
    jax.config.update('jax_logging_level', 'WARNING')  # It reports every backend that is absent.
    words, data, pairs, num_embeddings = _load(config, files, options, max_memory)
    marks = glove_training.fingerprint(config, pairs, words, num_embeddings)
    details = _describe(config, data, files, len(words), marks)
    with tracking.of_training('glove', details, config) as tracker:
        result = glove_training.train_and_evaluate(config, pairs, words, num_embeddings, tracker)
        models.save_model(
            files.model_dir,
            result.parameters,
            {models.TOKEN_DICTIONARY: words},
            details,
            metrics=tracker.text,
            card=_card(result, details, config),
            overwrite=overwrite,
        )
        tracker.log_model('glove', files.model_dir)
    return result, len(pairs)


def _describe(
    config: glove_settings.TrainingConfig,
    data: records.Dataset,
    files: Files,
    num_words: int,
    marks: Mapping[str, Any],
) -> dict[str, Any]:
    """Returns what config.json is to hold."""
    dictionary_input = {
        'path': files.token_dictionary,
        'records': num_words,
        'tokens_sha256': marks['dictionary_sha256'],
    }
    return {
        **provenance.describe_run(),
        'model': 'glove',
        'training': dataclasses.asdict(config),
        'versions': models.library_versions(),
        'inputs': [data.describe(), dictionary_input],
        'bad_records': data.bad.total(),
        'fingerprint': dict(marks),
    }


def _load(
    config: glove_settings.TrainingConfig,
    files: Files,
    options: records.ReadOptions,
    max_memory: int | None,
) -> tuple[dictionary.TokenDictionary, records.Dataset, cooccurrence_reader.Pairs, int]:
    """Returns dictionary, data set, pairs and number of rows of the table."""
    words_data = records.open_dataset(
        files.token_dictionary, nlp_pb2.TokenStat, options.of_dictionary()
    )
    data = records.open_dataset(files.train_input_pattern, nlp_pb2.CooccurrenceRow, options)
    records.refuse_unrelated(data, words_data)
    words = dictionary.TokenDictionary(records.read(words_data), files.token_dictionary)

    def check_size(pairs: int, rows: int = 1 + len(words)) -> None:
        needed = glove_memory.needed_bytes(config.solver, pairs, rows, config.embedding_dim)
        glove_memory.check(needed, max_memory)

    check_size(0)
    pairs = cooccurrence_reader.read_pairs(
        data, words.embedding_size(), check_size, threads=os.cpu_count() or 1
    )
    has_buckets = int(pairs.rows.max()) > len(words)
    num_embeddings = words.embedding_size() if has_buckets else 1 + len(words)
    check_size(len(pairs), num_embeddings)
    skipped = f'; skipped {data.bad.summary()}' if data.bad.total() else ''
    logging.info('Read %d pairs of %d words%s', len(pairs), len(words), skipped)
    return words, data, pairs, num_embeddings


def _card(
    result: glove_training.Result,
    details: dict[str, Any],
    config: glove_settings.TrainingConfig,
) -> str:
    """Returns the text of README.md."""
    rows, dim = glove_training.table_shape(result)
    pairs = details['fingerprint']['num_pairs']
    origin = 'amid the common words' if config.center else 'where training left it'
    inputs = '\n'.join(
        f'- `{entry["path"]}`: {entry["records"]} records' for entry in details['inputs']
    )
    return f"""# GloVe word vectors

{rows} vectors of {dim} dimensions (the mask, the words of the dictionary, then min-hash buckets if
there are any), one shared embedding with a bias, trained on {pairs} pairs of words.

Solver {config.solver}, {result.epochs} epochs, x_max {config.x_max}, alpha {config.alpha}, seed
{config.seed}. Loss after the last epoch {result.loss:.6f} (mean weighted squared error of natural
log counts). The origin is {origin}.

## Made from

{inputs}

## Files

- `{models.PARAMETERS_NAME}`: the arrays, in the form of flax.serialization (msgpack)
- `token.tstat.pb.b64.bz2`: the dictionary
- `{models.CONFIG_NAME}`: flags, seed, library versions, inputs with record counts and hashes
- `{models.METRICS_NAME}`: a line for each epoch

## Use

The vectors carry the language and the biases of the texts they were trained on. Compare them by
cosine with `find_neighbors`, measure them with `evaluate_embeddings`, and hand them on with
`export_embeddings`, each with `--model_dir`.
"""
