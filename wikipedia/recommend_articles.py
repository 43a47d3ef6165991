"""Recommends articles for an article or for a text.

Up to three parts find articles. Search (--search_index) finds those with the words of the text, or
with the most telling words of the article. The graph (--graph, --title_dictionary) is entered
at the article and what it links to, or for a text at the anchors, the first that search finds; it
finds what is linked together with these. The embedding (--txt2url_model) finds the articles whose
vectors are nearest to that of the text. --ranker orders the union; without it, reciprocal rank
fusion does. The plan (search finds anchors, the graph extends them, a ranker orders the union)
follows chapter 12 of Bischof and Yee, Building Recommendation Systems in Python and JAX; how each
step is done, and all settings, are this project's own.

An article is given by title, in any case, by address, or by a title that redirects to it. Texts
are answered first, then articles.

Reads:  --search_index, which also holds the documents, and what else is given of the above;
        --article, --article_file, --query, --query_file
Writes: --output, by --format:
          text, jsonl  what is recommended, and which part found it, in which place
          html         the same; a name that ends in .html is one page, and any other name a
                       directory of pages with an index
          records      Recommendation records; the query is the address of an article, or the text
Next:   read it; wikipedia/evaluate_articles.py

Example:
  python -m wikipedia.recommend_articles --search_index=data/index --graph=data/similarity \\
    --title_dictionary=data/title.tstat.pb.b64.bz2 --article='Jane Austen' --format=html \\
    --output=data/austen.html
"""

from absl import flags
from absl import logging

from common import cli
from common import record_flags
from wikipedia import part_flags
from wikipedia import query_flags
from wikipedia import result_flags

_TOP_K = flags.DEFINE_integer(
    'top_k', 10, 'Articles to recommend for each query.', lower_bound=1, upper_bound=10_000
)
_DEPTH = flags.DEFINE_integer(
    'depth', 200, 'Articles to take from each part, without --ranker, which says it.', lower_bound=1
)
_ANCHORS = flags.DEFINE_integer(
    'anchors',
    10,
    'Articles that search finds for a text where the graph is entered, without --ranker.',
    lower_bound=1,
)
_EXCLUDE_LINKS = flags.DEFINE_boolean(
    'exclude_links', False, 'Do not recommend what an article links to already.'
)


def main(argv: list[str]) -> None:
    """Loads the parts, asks them, and writes what is recommended."""
    cli.refuse_arguments(argv)
    query_flags.refuse_nothing()
    paths = part_flags.paths()
    result_flags.refuse_existing([*paths.inputs, *query_flags.files()])
    texts, articles = query_flags.texts(), query_flags.articles()

    from wikipedia import article_output
    from wikipedia import article_queries
    from wikipedia import part_loading
    from wikipedia import recommender

    loaded = part_loading.load(paths, record_flags.read_options())
    asked = article_queries.ask(loaded.search, texts, articles, exclude_links=_EXCLUDE_LINKS.value)
    ranking = recommender.Ranking(max(_DEPTH.value, _TOP_K.value), _ANCHORS.value)
    if paths.ranker:
        ranking = recommender.learned(paths.ranker, loaded)
    results = list(recommender.recommend(asked, loaded.parts, ranking, _TOP_K.value))
    names = ', '.join(part.name for part in loaded.parts)
    result_flags.write(
        results,
        article_output.Heading(
            title='Recommended articles',
            source=f'{names}, {ranking.description}',
            made_by='Made by wikipedia/recommend_articles',
            language=loaded.search.language,
        ),
        loaded.inputs.values(),
    )
    logging.info('Done: %s', article_output.totals(results))


if __name__ == '__main__':
    cli.run(main)
