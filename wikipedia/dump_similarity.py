"""Shows the articles that are most similar to given articles.

Articles are given by title, in any case, or by address. Without --article the most frequent titles
of the dictionary are shown.

Reads:  --input_file, CooccurrenceRow records of make_similarity; --title_dictionary
Writes: stdout, text or JSON lines: each article with those that are most similar to it, how
        similar, and in how many documents each is the subject or linked to
Next:   wikipedia/recommend_articles.py

Example:
  python -m wikipedia.dump_similarity --input_file=data/similarity \\
    --title_dictionary=data/title.tstat.pb.b64.bz2 --article="Jane Austen" --top_k=10
"""

import sys

from absl import flags
from absl import logging

from common import cli
from common import errors
from common import record_flags

_INPUT_FILE = flags.DEFINE_string(
    'input_file', None, 'CooccurrenceRow records: a file, directory or glob.', required=True
)
_TITLE_DICTIONARY = flags.DEFINE_string(
    'title_dictionary', None, 'The dictionary that the links were looked up in.', required=True
)
_ARTICLE = flags.DEFINE_multi_string(
    'article', [], 'Title or address; may be repeated. - reads one a line from stdin.'
)
_TOP_K = flags.DEFINE_integer('top_k', 20, 'Similar articles of each.', lower_bound=1)
_MAX_ROWS = flags.DEFINE_integer(
    'max_rows', 20, 'Articles to show without --article.', lower_bound=1
)
_FORMAT = flags.DEFINE_enum('format', 'text', ['text', 'jsonl'], 'Form of the output.')
_STDIN = '-'


def main(argv: list[str]) -> None:
    """Reads the graph and shows the neighbours."""
    cli.refuse_arguments(argv)

    from wikipedia import article_graph
    from wikipedia import article_names
    from wikipedia import similarity_text

    wanted = _read_names()
    graph = article_graph.load(
        _INPUT_FILE.value, _TITLE_DICTIONARY.value, record_flags.read_options()
    )
    names = article_names.ArticleNames(graph.titles.tokens)
    wanted = wanted or graph.titles.tokens[: _MAX_ROWS.value]
    results = [similarity_text.find(name, graph, names, _TOP_K.value) for name in wanted]
    unknown = [result for result in results if result.url is None]
    if results and len(unknown) == len(results):
        suggested = ', '.join(dict.fromkeys(title for r in unknown for title in r.suggestions))
        raise errors.InputError(
            f'{unknown[0].name!r}{" and all others are" if len(unknown) > 1 else " is"} not in '
            f'{_TITLE_DICTIONARY.value}; '
            + (f'there is {suggested}' if suggested else 'try others')
        )
    if _FORMAT.value == 'text':
        blocks = [similarity_text.to_text(result) for result in results]
    else:
        blocks = [similarity_text.to_json(result, graph.measure) for result in results]
    sys.stdout.buffer.write('\n'.join([*blocks, '']).encode('utf-8', 'replace'))
    logging.info('Done: %d articles, %d of them unknown', len(results), len(unknown))


def _read_names() -> list[str]:
    """Returns the names that are asked for.

    Raises:
        InputError: when standard input holds none or is not UTF-8.
        UsageError: when a name is empty.
    """
    from wikipedia import article_names

    lines = list(_ARTICLE.value)
    if _STDIN not in lines:
        if lines and not all(map(str.strip, lines)):
            raise errors.UsageError('--article is empty; give a title')
        return article_names.parse(lines)
    try:
        lines = sys.stdin.buffer.read().decode('utf-8').split('\n')
    except UnicodeDecodeError as error:
        raise errors.InputError(f'titles on standard input are not UTF-8: {error}') from error
    found = article_names.parse(lines)
    if not found:
        raise errors.InputError('standard input holds no title; give one a line')
    return found


if __name__ == '__main__':
    cli.run(main)
