"""Recommends products to scenes, as records and as pages with photographs.

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
from pinterest import photograph_urls

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
_MAX_PRODUCTS = flags.DEFINE_integer(
    'max_products', 10, 'Products recommended to a scene.', lower_bound=1, upper_bound=10_000
)
_SIMILARITY = flags.DEFINE_enum(
    'similarity', 'dot', ['dot', 'cosine'], 'Dot product, as models are trained, or cosine.'
)
_INDEX = flags.DEFINE_enum(
    'index', 'exact', ['exact', 'hnsw'], 'Search all products, or a graph of near neighbours.'
)
_EF_SEARCH = flags.DEFINE_integer(
    'ef_search', 128, 'hnsw: candidates kept; more find more, slower.', lower_bound=1
)
_INDEX_THREADS = flags.DEFINE_integer(
    'index_threads', 1, 'hnsw: more are faster, but results may then differ.', lower_bound=1
)
_DIVERSITY = flags.DEFINE_float(
    'diversity', 0.0, 'Weight of novelty, from 0 to 1.', lower_bound=0.0, upper_bound=1.0
)
_MAX_PER_PRODUCT = flags.DEFINE_integer(
    'max_per_product', None, 'How many scenes one product is recommended to at most.', lower_bound=1
)
_NUM_CANDIDATES = flags.DEFINE_integer(
    'num_candidates', 100, 'Nearest products to choose from with the two above.', lower_bound=1
)
_OUTPUT = flags.DEFINE_string('output', '', 'Directory of records to write.')
_HTML_DIR = flags.DEFINE_string('html_dir', '', 'Directory of pages to write.')
_IMAGE_DIR = flags.DEFINE_string('image_dir', '', 'Directory of photographs, for the pages.')
_SCENE_IMAGE_DIR = flags.DEFINE_string(
    'scene_image_dir', '', 'Directory of those of scenes, when they are not in --image_dir.'
)
_PHOTOGRAPHS = flags.DEFINE_enum(
    'photographs',
    'small',
    ['small', 'copy', 'link', 'url', 'none'],
    'Small or whole copies beside the pages, symbolic links there, addresses by --url_template, '
    'which the pages then load from, or none.',
)
_URL_TEMPLATE = flags.DEFINE_string(
    'url_template', photograph_urls.PINIMG, 'Address of a photograph, with {id} or {id[0:2]}.'
)
_SMALL_SIZE = flags.DEFINE_integer(
    'small_size', 480, 'Longer side of a small copy in pixels.', lower_bound=16, upper_bound=4096
)
_LOCAL = ('small', 'copy', 'link')
_SCENES_PER_PAGE = flags.DEFINE_integer(
    'scenes_per_page', 48, 'Scenes on a page of the index.', lower_bound=1, upper_bound=1000
)


def main(argv: list[str]) -> None:
    """Reads, recommends and writes."""
    cli.refuse_arguments(argv)
    _check()
    from pinterest import recommendation_run as run
    from pinterest import recommendations

    threads = os.cpu_count() or 1
    settings = recommendations.Settings(
        _MAX_PRODUCTS.value,
        _SIMILARITY.value,
        _NUM_CANDIDATES.value,
        _DIVERSITY.value,
        _MAX_PER_PRODUCT.value,
    )
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
        inputs.scenes, inputs.products, inputs.groups, settings, _method()
    )
    notes = run.describe(inputs, found, settings)
    if _INDEX.value == 'hnsw':
        notes.append(run.describe_recall(inputs, found, settings.similarity))
    if _OUTPUT.value:
        run.write_records(
            _OUTPUT.value,
            inputs,
            found,
            overwrite=output_flags.overwrite(),
            num_workers=threads,
        )
    if _HTML_DIR.value:
        _write_pages(run.page_content(inputs, found, settings, notes))
    logging.info(
        'Done: %d scenes, %d products. %s',
        len(inputs.queries),
        len(inputs.product_ids),
        ' '.join(notes),
    )


def _check() -> None:
    """Raises an error for flags that do not fit together, or outputs that cannot be written."""
    if not _OUTPUT.value and not _HTML_DIR.value:
        raise errors.UsageError('nothing to write: give --output, --html_dir or both')
    if _CATEGORY.value and not _CATEGORIES.value:
        raise errors.UsageError('--category wants --categories')
    if _SAME_CATEGORY.value and not (_CATEGORIES.value and _INPUT_FILE.value):
        raise errors.UsageError('--same_category wants --categories and --input_file')
    if _SPLIT.value != 'all' and not (_MODEL_DIR.value and _INPUT_FILE.value):
        raise errors.UsageError(f'--split={_SPLIT.value} wants --model_dir and --input_file')
    if _HTML_DIR.value and _PHOTOGRAPHS.value in _LOCAL and not _IMAGE_DIR.value:
        raise errors.UsageError(
            f'--photographs={_PHOTOGRAPHS.value} wants --image_dir; or say --photographs=none'
        )
    _template()
    records_read = (_EMBEDDINGS, _SCENE_EMBEDDINGS, _INPUT_FILE, _CATEGORIES, _MODEL_DIR)
    read = (*records_read, _IMAGE_DIR, _SCENE_IMAGE_DIR)
    inputs = [flag.value for flag in read if flag.value]
    outputs = [os.path.realpath(path) for path in (_OUTPUT.value, _HTML_DIR.value) if path]
    if len(outputs) == 2 and os.path.commonpath(outputs) in outputs:
        raise errors.UsageError('--output and --html_dir are in each other; name two directories')
    for path in filter(None, (_OUTPUT.value, _HTML_DIR.value)):
        atomic.refuse_existing(path, output_flags.overwrite(), inputs, directory=True)


def _method() -> 'search.Method':  # noqa: F821
    from pinterest import search

    if _INDEX.value == 'exact':
        return search.exact(_SIMILARITY.value)
    return search.hnsw(
        _SIMILARITY.value, ef_search=_EF_SEARCH.value, num_threads=_INDEX_THREADS.value
    )


def _template() -> photograph_urls.Template | None:
    if _PHOTOGRAPHS.value != 'url':
        return None
    return photograph_urls.Template(_URL_TEMPLATE.value)


def _write_pages(content: 'recommendations_page.Content') -> None:  # noqa: F821
    from pinterest import recommendations_page

    recommendations_page.write(
        _HTML_DIR.value,
        content,
        recommendations_page.Photographs(
            _PHOTOGRAPHS.value,
            _SCENE_IMAGE_DIR.value or _IMAGE_DIR.value,
            _IMAGE_DIR.value,
            _SMALL_SIZE.value,
            _template(),
        ),
        scenes_per_page=_SCENES_PER_PAGE.value,
        overwrite=output_flags.overwrite(),
    )


if __name__ == '__main__':
    cli.run(main)
