"""Finds, for every article, the articles that are linked together with it most.

A set is the links of an article, and with --include_article the article itself, as in the book's
make_dice. The counts are exact: of distinct sets with both articles, for all pairs of every set.
Sets are sent to the workers by ranges of articles, and the pairs of a few articles are counted at
a time, so that memory follows from --pairs_per_part, neither from the length of a list of links
nor from how many link to an article. Time grows with the sum of the squares of the lengths:
--max_links_per_doc bounds it. Dice is 2 n_ab / (n_a + n_b), as Dice 1945 has it; the factor 2 is
missing in the book's dump. The records do not depend on the number of cores or parts of the input.

Reads:  --input_file, the links of articles: output_url2url of make_sparse_doc
Writes: --output_file, a directory of CooccurrenceRow records: a row for each article that has a
        similar one, by rising index, 1 + that of its title; count is the similarity, falling
Next:   wikipedia/dump_similarity.py, wikipedia/recommend_articles.py

Example:
  scripts/spark_submit.sh wikipedia/make_similarity.py --input_file=data/url2url \\
    --similarity=dice --output_file=data/similarity
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import hadoop_files
from common import output_flags
from common import path_flags
from common import record_flags
from common import records
from common.pb import nlp_pb2

_INPUT_FILE = path_flags.DEFINE_path(
    'input_file', None, 'SparseDocument records: a file, directory or glob.', required=True
)
_OUTPUT_FILE = path_flags.DEFINE_path('output_file', None, 'Directory to make.', required=True)
_SIMILARITY = flags.DEFINE_enum(
    'similarity',
    'dice',
    ['dice', 'jaccard', 'cosine', 'pmi', 'npmi', 'hellinger', 'conditional'],
    'How alike two articles are, from the sets n of each and of both, of n in all: '
    'dice 2 n_ab / (n_a + n_b), jaccard n_ab / (n_a + n_b - n_ab), cosine n_ab / sqrt(n_a n_b), '
    'pmi ln(n_ab n / (n_a n_b)) where above 0, npmi pmi / -ln(n_ab / n) where above 0, '
    'hellinger 1 - sqrt(1 - cosine), conditional n_ab / n_a, a that of the row.',
)
_MIN_JOINT_COUNT = flags.DEFINE_integer(
    'min_joint_count', 1, 'Sets that two articles must share.', lower_bound=1
)
_TOP_K = flags.DEFINE_integer(
    'top_k',
    200,
    'How many similar articles to keep of each; equals in a fixed shuffled order.',
    lower_bound=1,
)
_INCLUDE_ARTICLE = flags.DEFINE_boolean(
    'include_article', True, 'Whether an article belongs to the set of its links.'
)
_MAX_LINKS_PER_DOC = flags.DEFINE_integer(
    'max_links_per_doc',
    0,
    'How many links of an article to draw when it has more; 0 takes all.',
    lower_bound=0,
)
_SEED = flags.DEFINE_integer(
    'seed', 1, 'Of the draw of links.', lower_bound=0, upper_bound=2**63 - 1
)
_PAIRS_PER_PART = flags.DEFINE_integer(
    'pairs_per_part',
    100_000_000,
    'How many pairs of articles of a set to count for a part of the output. The sets that a worker '
    'holds take at most 4 bytes for each, mostly far less.',
    lower_bound=1000,
)


def main(argv: list[str]) -> None:
    """Counts, and writes the rows."""
    cli.refuse_arguments(argv)
    hadoop_files.enable()
    overwrite = output_flags.overwrite()
    atomic.refuse_existing(_OUTPUT_FILE.value, overwrite, [_INPUT_FILE.value], directory=True)
    data = records.open_dataset(
        _INPUT_FILE.value, nlp_pb2.SparseDocument, record_flags.read_options()
    )
    from common import set_pairs
    from common import spark
    from common import spark_output
    from wikipedia import link_sets
    from wikipedia import similarity_job

    sets = link_sets.Options(_INCLUDE_ARTICLE.value, _MAX_LINKS_PER_DOC.value, _SEED.value)
    options = set_pairs.Options(_SIMILARITY.value, _MIN_JOINT_COUNT.value, _TOP_K.value)
    with spark.context('make_similarity', data.parts, [_OUTPUT_FILE.value]) as sc:
        source = similarity_job.open_source(sc, data)
        similar = similarity_job.find_similar(source, sets, _PAIRS_PER_PART.value, options)
        metas = spark_output.write_tagged(
            similar.rows,
            _OUTPUT_FILE.value,
            {'': nlp_pb2.CooccurrenceRow},
            inputs=[data.describe(), *(data.meta.inputs if data.meta else ())],
            site=data.meta.site if data.meta else None,
            totals=lambda: similar.totals | source.totals(),
            overwrite=overwrite,
        )
    logging.info(
        'Done: wrote %d rows to %s; %s',
        metas[''].records,
        _OUTPUT_FILE.value,
        ', '.join(f'{what} {count}' for what, count in metas[''].totals.items()),
    )
    if not metas[''].records:
        logging.warning('No two articles are linked together in %s', data.pattern)


if __name__ == '__main__':
    cli.run(main)
