r"""Evaluates a shop-the-look model: how well it finds the products of pairs it has not seen.

A query is a pair of a scene and a product; its product is looked for among the products of all
pairs that are asked about and, beside it, among all products. Reported are recall@1, 5, 10 and 50,
MRR, AUC and binary accuracy (how often the product is ranked above another one of its category,
drawn by lot), in all and by category, with bootstrap intervals over scenes and paired tests,
against chance, the most popular products where products repeat, and a baseline that knows only the
geometry of box and photograph. Other products of the same scene compete unless told otherwise, and
the best that is then possible is reported too.

Reads:  --input_file, pairs; --categories; --model_dir, a model of train_shop_the_look, which says
        which scenes it has not seen; --embeddings, or --image_dir to embed and for the geometry
Writes: tables to stdout; --output: results.json, queries.jsonl (what every system scored on every
        pair) and index.html
Next:   pinterest/make_recommendations.py

Example:
  python -m pinterest.evaluate_recommendations --model_dir=data/look --input_file=fashion.json \
    --categories=fashion-cat.json --image_dir=images --output=data/evaluation
"""

import os
import sys

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags
from common import record_flags

_INPUT_FILE = flags.DEFINE_string('input_file', None, 'Pairs.', required=True)
_CATEGORIES = flags.DEFINE_string('categories', None, 'Categories of products.', required=True)
_MODEL_DIR = flags.DEFINE_string('model_dir', '', 'Model directory.')
_EMBEDDINGS = flags.DEFINE_string('embeddings', '', 'Embedding records that it made.')
_IMAGE_DIR = flags.DEFINE_string('image_dir', '', 'Directory of photographs.')
_SPLIT = flags.DEFINE_enum(
    'split', 'test', ['test', 'validation', 'train', 'all'], 'Which pairs to ask about.'
)
_OTHERS_COMPETE = flags.DEFINE_boolean(
    'others_compete', True, 'Rank other products of the same scene against that of the pair.'
)
_RESAMPLES = flags.DEFINE_integer(
    'resamples', 10_000, 'Of each interval and test.', lower_bound=100, upper_bound=1_000_000
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of intervals and tests.', lower_bound=0)
_OUTPUT = flags.DEFINE_string('output', '', 'Directory to write.')


def main(argv: list[str]) -> None:
    """Evaluates, prints and writes."""
    cli.refuse_arguments(argv)
    _check()

    from pinterest import pair_evaluation_report as report
    from pinterest import pair_evaluation_run as run

    found = run.run(
        run.Files(
            _INPUT_FILE.value,
            _CATEGORIES.value,
            _MODEL_DIR.value,
            _EMBEDDINGS.value,
            _IMAGE_DIR.value,
        ),
        split=_SPLIT.value,
        others_compete=_OTHERS_COMPETE.value,
        options=record_flags.read_options(),
        threads=os.cpu_count() or 1,
    )
    logging.info('Resampling %d queries', len(found.pairs))
    summaries = found.summarise(_RESAMPLES.value, _SEED.value)
    if _OUTPUT.value:
        settings = {
            'split': _SPLIT.value,
            'others_compete': _OTHERS_COMPETE.value,
            'resamples': _RESAMPLES.value,
            'seed': _SEED.value,
        }
        with atomic.output_directory(_OUTPUT.value, output_flags.overwrite()) as folder:
            report.write(folder, found, summaries, settings)
    sys.stdout.buffer.write(report.to_text(found, summaries).encode('utf-8', 'replace'))
    logging.info('Done: %d pairs, %d scenes', len(found.pairs), summaries[0].subjects)


def _check() -> None:
    """Raises an error for flags that do not fit together, or an output that cannot be written."""
    if not _EMBEDDINGS.value and not (_MODEL_DIR.value and _IMAGE_DIR.value):
        raise errors.UsageError('give --embeddings, or --model_dir and --image_dir to make them')
    if _SPLIT.value != 'all' and not _MODEL_DIR.value:
        raise errors.UsageError(
            f'--split={_SPLIT.value} wants --model_dir, which says what it is; or say --split=all'
        )
    if _OUTPUT.value:
        read = (_INPUT_FILE, _CATEGORIES, _MODEL_DIR, _EMBEDDINGS, _IMAGE_DIR)
        inputs = [flag.value for flag in read if flag.value]
        atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), inputs, directory=True)


if __name__ == '__main__':
    cli.run(main)
