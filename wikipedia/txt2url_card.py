"""The README.md of a text-to-article model."""

from collections.abc import Mapping
from typing import Any

from common import models
from common import training_loop
from wikipedia import txt2url_settings


def write(
    config: txt2url_settings.TrainingConfig,
    result: training_loop.Result,
    details: Mapping[str, Any],
) -> str:
    """Returns the text.

    Args:
        config: settings.
        result: of the training.
        details: what config.json holds.
    """
    model, objective = config.model, config.objective
    found = '\n'.join(f'- {name}: {value}' for name, value in result.metrics.items())
    inputs = '\n'.join(
        f'- `{entry["path"]}`' + (f': {entry["records"]} records' if entry['records'] else '')
        for entry in details['inputs']
    )
    how = 'trained too' if model.train_words else 'as they were given'
    return f"""# Text to article

Finds articles of {details['num_articles']} from texts and from articles. The vector of an article
has {model.embedding_dim} dimensions of what it says, from its words, and {model.link_dim} of what
it is linked with. A text has a vector of the former, by the encoder `{model.encoder}` over vectors
of words ({how}).

Trained so that a piece of text finds its article, known by the rest of its words, among others
({objective.negatives} negatives), and an article those it is linked with (weight
{objective.link_weight}). Seed {config.seed}; {result.epochs} epochs, of which number
{result.best_epoch} is kept:

{found}

mrr and recall (of the first 10) say how well texts that were held out find their article, and
link_recall (of the first 10) how well articles find those that links which were held out lead to.
They also chose the epoch: judge the model by other texts and links, with `evaluate_articles`.

## Made from

{inputs}

## Files

- `{models.PARAMETERS_NAME}`: the arrays, in the form of flax.serialization (msgpack)
- `token.tstat.pb.b64.bz2`, `title.tstat.pb.b64.bz2`: the dictionaries
- `{models.CONFIG_NAME}`: flags, seed, library versions, inputs with record counts and hashes
- `{models.METRICS_NAME}`: a line for each epoch

## Use

`recommend_articles` with `--txt2url_model`. The model carries the language and the biases of the
texts it was trained on.
"""
