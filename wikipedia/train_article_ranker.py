"""Learns to order what search, graph and embedding find, from links and leads that were held out.

For each article that was held out for validation the parts are asked twice: for the links that it
lacks, given the article; and for the article, given its first paragraph. What they find is ranked
by a linear score of where each part places an article, how popular the article is, and whether its
title stands in the text (--features); queries that are articles and those that are texts have
weights of their own. The weights are those with the least cross-entropy between the softmax of the
scores and what is relevant, drawn to those of reciprocal rank fusion (--ridge), which remains where
little was held out. The loss is convex and is followed to its minimum, so that nothing is random.

Reads:  --validation, TextDocument records of hold_out; the parts: --search_index, --graph and
        --title_dictionary, --txt2url_model, all made from the documents beside --validation
Writes: --model_dir, a model: parameters.msgpack, config.json, metrics.jsonl, README.md. It orders
        what the same kinds of parts find, made of the same articles
Next:   wikipedia/evaluate_articles.py, wikipedia/recommend_articles.py

Example:
  python -m wikipedia.train_article_ranker --validation=data/held_out/validation \\
    --search_index=data/index --graph=data/similarity \\
    --title_dictionary=data/title.tstat.pb.b64.bz2 --txt2url_model=data/txt2url \\
    --model_dir=data/ranker
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags
from common import record_flags
from common import records
from common.pb import nlp_pb2
from wikipedia import part_flags
from wikipedia import part_paths

_VALIDATION = flags.DEFINE_string(
    'validation', None, 'What hold_out held out for validation.', required=True
)
_MODEL_DIR = flags.DEFINE_string(
    'model_dir', None, 'Directory of the finished model.', required=True
)
_FEATURES = flags.DEFINE_list(
    'features',
    ['ranks', 'popularity', 'titles'],
    'What to go by: ranks (and scores) of the parts, popularity, titles that stand in the text.',
)
_DEPTH = flags.DEFINE_integer(
    'depth', 200, 'Articles to rank of each part.', lower_bound=1, upper_bound=100_000
)
_ANCHORS = flags.DEFINE_integer(
    'anchors',
    10,
    'Articles that search finds for a text where the graph is entered.',
    lower_bound=1,
)
_RIDGE = flags.DEFINE_float(
    'ridge',
    1.0,
    'How strongly weights are drawn to those of fusion, in the unit of one query.',
    lower_bound=1e-6,
    upper_bound=1e9,
)
_MAX_ARTICLES = flags.DEFINE_integer(
    'max_articles', 2000, 'Articles to learn from at most, drawn by hash.', lower_bound=1
)


def main(argv: list[str]) -> None:
    """Asks the parts, learns, and writes the ranker."""
    cli.refuse_arguments(argv)
    paths = _paths()
    atomic.refuse_existing(
        _MODEL_DIR.value,
        output_flags.overwrite(),
        [_VALIDATION.value, *paths.inputs],
        directory=True,
    )
    options = record_flags.read_options()
    data = records.open_dataset(_VALIDATION.value, nlp_pb2.TextDocument, options)

    from wikipedia import article_ranker
    from wikipedia import ranker_files

    groups = ranker_files.parse_groups(_FEATURES.value)
    learned = ranker_files.make(
        data,
        paths,
        options,
        depth=_DEPTH.value,
        num_anchors=_ANCHORS.value,
        groups=groups,
        ridge=_RIDGE.value,
        max_articles=_MAX_ARTICLES.value,
    )
    article_ranker.save(
        _MODEL_DIR.value,
        learned.weights,
        learned.config,
        metrics=learned.lines,
        card=learned.card,
        overwrite=output_flags.overwrite(),
    )
    for line in learned.describe():
        logging.info('%s', line)
    queries = sum(line['queries'] for line in learned.lines)
    logging.info('Done: learned from %d queries: %s', queries, _MODEL_DIR.value)


def _paths() -> part_paths.PartPaths:
    """Returns the paths of the parts, or raises UsageError."""
    paths = part_flags.paths()
    if paths.ranker:
        raise errors.UsageError('--ranker is of no use here; name the new one by --model_dir')
    return paths


if __name__ == '__main__':
    cli.run(main)
