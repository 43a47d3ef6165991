r"""Recommends products to scenes, as records and as pages with photographs.

Each scene gets the products nearest to it, of equals the first by id. --diversity trades nearness
for products that are unlike those above them (maximal marginal relevance), and --max_per_product
limits how many scenes may get one product: in each round every scene gets one, and a product that
too many want goes to those that it suits best while the others ask for their next best.

Reads:  --embeddings, Embedding records of scenes and products, or of products, with scenes in
        --scene_embeddings; --input_file, pairs, and --categories, of products, if wanted; with
        --html_dir photographs in --image_dir
Writes: --output, Recommendation records; --html_dir, pages
Next:   open HTML_DIR/index.html; common/dump_records.py

Example:
  python -m pinterest.make_recommendations --embeddings=data/embeddings --input_file=fashion.json \
    --categories=fashion-cat.json --image_dir=images --html_dir=data/looks
"""

import os

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags
from common import record_flags
from pinterest import page_flags
from pinterest import search_flags

_EMBEDDINGS = flags.DEFINE_string('embeddings', None, 'Embedding records.', required=True)
_SCENE_EMBEDDINGS = flags.DEFINE_string(
    'scene_embeddings', '', 'Embedding records of scenes, when they are not in --embeddings.'
)
_INPUT_FILE = flags.DEFINE_string(
    'input_file', '', 'Pairs: which products are in which scenes. Pages show them.'
)
_CATEGORIES = flags.DEFINE_string(
    'categories', '', 'Categories of products: JSON, or CSV of id and category.'
)
_SPLIT = flags.DEFINE_enum(
    'split',
    'all',
    ['test', 'validation', 'train', 'all'],
    'Which scenes of the pairs get products, as they were split for --model_dir.',
)
_MODEL_DIR = flags.DEFINE_string('model_dir', '', 'Model that says what --split is.')
_CATEGORY = flags.DEFINE_multi_string(
    'category', [], 'Recommend only products of this category, or below it. May be repeated.'
)
_SAME_CATEGORY = flags.DEFINE_boolean(
    'same_category', False, 'Recommend only products of the categories of those in the scene.'
)
_OUTPUT = flags.DEFINE_string('output', '', 'Directory of records to write.')


def main(argv: list[str]) -> None:
    """Reads, recommends and writes."""
    cli.refuse_arguments(argv)
    _check()
    from pinterest import recommendation_run as run
    from pinterest import recommendations

    threads = os.cpu_count() or 1
    settings = search_flags.settings()
    inputs = run.load(
        run.Files(
            _EMBEDDINGS.value,
            _SCENE_EMBEDDINGS.value,
            _INPUT_FILE.value,
            _CATEGORIES.value,
            _MODEL_DIR.value,
        ),
        run.Filter(_SPLIT.value, _CATEGORY.value, _SAME_CATEGORY.value),
        record_flags.read_options(),
        threads=threads,
    )
    found = recommendations.recommend(
        inputs.scenes, inputs.products, inputs.groups, settings, search_flags.method()
    )
    notes = run.describe(inputs, found, settings)
    if search_flags.is_approximate():
        notes.append(run.describe_recall(inputs, found, settings.similarity))
    overwrite = output_flags.overwrite()
    if _OUTPUT.value:
        run.write_records(_OUTPUT.value, inputs, found, overwrite=overwrite, num_workers=threads)
    if page_flags.html_dir():
        page_flags.write(run.page_content(inputs, found, settings, notes), overwrite=overwrite)
    logging.info(
        'Done: %d scenes, %d products. %s',
        len(inputs.queries), len(inputs.product_ids), ' '.join(notes),
    )  # fmt: skip


def _check() -> None:
    """Raises an error for flags that do not fit together, or outputs that cannot be written."""
    written = [path for path in (_OUTPUT.value, page_flags.html_dir()) if path]
    if not written:
        raise errors.UsageError('nothing to write: give --output, --html_dir or both')
    if _CATEGORY.value and not _CATEGORIES.value:
        raise errors.UsageError('--category wants --categories')
    if _SAME_CATEGORY.value and not (_CATEGORIES.value and _INPUT_FILE.value):
        raise errors.UsageError('--same_category wants --categories and --input_file')
    if _SPLIT.value != 'all' and not (_MODEL_DIR.value and _INPUT_FILE.value):
        raise errors.UsageError(f'--split={_SPLIT.value} wants --model_dir and --input_file')
    page_flags.check()
    read = (_EMBEDDINGS, _SCENE_EMBEDDINGS, _INPUT_FILE, _CATEGORIES, _MODEL_DIR)
    inputs = [flag.value for flag in read if flag.value] + page_flags.image_dirs()
    places = [os.path.realpath(path) for path in written]
    if len(places) == 2 and os.path.commonpath(places) in places:
        raise errors.UsageError('--output and --html_dir are in each other; name two directories')
    for path in written:
        atomic.refuse_existing(path, output_flags.overwrite(), inputs, directory=True)


if __name__ == '__main__':
    cli.run(main)
