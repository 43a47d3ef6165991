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
from common import pair_flags
from common import path_flags
from common import record_flags
from common import records
from common.pb import nlp_pb2

_INPUT_FILE = path_flags.DEFINE_path(
    'input_file', None, 'SparseDocument records: a file, directory or glob.', required=True
)
_OUTPUT_FILE = path_flags.DEFINE_path('output_file', None, 'Directory to make.', required=True)
_PAIRS = pair_flags.define(items='articles', sets='sets of links', similarity='dice', top_k=200)
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


def main(argv: list[str]) -> None:
    """Counts, and writes the rows."""
    cli.refuse_arguments(argv)
    hadoop_files.enable()
    overwrite = output_flags.overwrite()
    atomic.refuse_existing(_OUTPUT_FILE.value, overwrite, [_INPUT_FILE.value], directory=True)
    data = records.open_dataset(
        _INPUT_FILE.value, nlp_pb2.SparseDocument, record_flags.read_options()
    )
    from common import spark
    from common import spark_output
    from wikipedia import link_sets
    from wikipedia import similarity_job

    sets = link_sets.Options(_INCLUDE_ARTICLE.value, _MAX_LINKS_PER_DOC.value, _SEED.value)
    with spark.context('make_similarity', data.parts, [_OUTPUT_FILE.value]) as sc:
        source = similarity_job.open_source(sc, data)
        similar = similarity_job.find_similar(
            source, sets, _PAIRS.pairs_per_part.value, _PAIRS.options()
        )
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
