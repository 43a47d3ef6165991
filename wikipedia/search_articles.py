"""Finds articles by BM25: by the words of a text, or more that are like an article.

A text is searched by its words; --article is searched by its most telling ones. Nothing that is
typed is read as a query language. What k1 and b are, and the formula: wikipedia/article_search.py.

Reads:  --search_index, a directory of make_search_index; --query, --query_file, --article,
        --article_file
Writes: --output, by --format: text; JSON lines; HTML, where a name that ends in .html is one page
        and any other name a directory of pages with an index; or Recommendation records
Next:   read it; wikipedia/recommend_articles.py

Example:
  python -m wikipedia.search_articles --search_index=data/index --query='steam engine' --top_k=10
"""

from absl import flags
from absl import logging

from common import cli
from wikipedia import query_flags
from wikipedia import result_flags

_SEARCH_INDEX = flags.DEFINE_string('search_index', None, 'Directory of the index.', required=True)
_TOP_K = flags.DEFINE_integer('top_k', 10, 'Articles to find for each query.', lower_bound=1)
_TITLE_BOOST = flags.DEFINE_float(
    'title_boost',
    None,
    'What a word in a title counts, in the unit of one in a text; 2 for texts and 8 for articles '
    'when not given.',
    lower_bound=0.0,
    upper_bound=1e6,
)
_MAX_QUERY_WORDS = flags.DEFINE_integer(
    'max_query_words',
    None,
    'Words that a query is searched by, the most telling ones; 64 for texts and 100 for articles '
    'when not given.',
    lower_bound=1,
)


def main(argv: list[str]) -> None:
    """Searches and writes what was found."""
    cli.refuse_arguments(argv)
    query_flags.refuse_nothing()
    result_flags.refuse_existing([_SEARCH_INDEX.value, *query_flags.files()])
    texts, articles = query_flags.texts(), query_flags.articles()

    from wikipedia import article_output
    from wikipedia import article_queries
    from wikipedia import article_results
    from wikipedia import article_search
    from wikipedia import search_part

    search = article_search.ArticleSearch(_SEARCH_INDEX.value)
    part = search_part.SearchPart(
        search,
        for_text=search_part.FOR_TEXT.changed(_MAX_QUERY_WORDS.value, _TITLE_BOOST.value),
        for_article=search_part.FOR_ARTICLE.changed(_MAX_QUERY_WORDS.value, _TITLE_BOOST.value),
    )
    asked = article_queries.ask(search, texts, articles)
    found = iter(part.find([one.query for one in asked if one.query], _TOP_K.value))
    results = [
        article_results.Result(one, next(found)) if one.query else article_results.Result(one)
        for one in asked
    ]
    result_flags.write(
        results,
        article_output.Heading(
            title='Articles that were found',
            source=f'the index {_SEARCH_INDEX.value}',
            made_by='Made by wikipedia/search_articles',
            language=search.language,
        ),
        [search.describe()],
    )
    logging.info('Done: %s', article_output.totals(results))


if __name__ == '__main__':
    cli.run(main)
