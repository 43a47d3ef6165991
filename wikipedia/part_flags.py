"""Flags that name what articles are found by. Read them through the functions, in main."""

from absl import flags

from common import errors
from wikipedia import part_paths

_SEARCH_INDEX = flags.DEFINE_string(
    'search_index', None, 'Index of make_search_index; its articles are those that can be found.'
)
_GRAPH = flags.DEFINE_string(
    'graph', None, 'CooccurrenceRow records of make_similarity, the graph of articles.'
)
_TITLE_DICTIONARY = flags.DEFINE_string(
    'title_dictionary', None, 'The dictionary of titles that --graph was made with.'
)
_TXT2URL_MODEL = flags.DEFINE_string('txt2url_model', None, 'Model directory of train_txt2url.')
_RANKER = flags.DEFINE_string(
    'ranker', None, 'Model directory of train_article_ranker; else reciprocal rank fusion ranks.'
)


def paths() -> part_paths.PartPaths:
    """Returns what the flags name.

    Raises:
        UsageError: when they name too little.
    """
    if not _SEARCH_INDEX.value:
        raise errors.UsageError('--search_index is needed: it holds the articles')
    if _GRAPH.value and not _TITLE_DICTIONARY.value:
        raise errors.UsageError('--graph needs the --title_dictionary that it was made with')
    return part_paths.PartPaths(
        search_index=_SEARCH_INDEX.value,
        graph=_GRAPH.value or '',
        title_dictionary=_TITLE_DICTIONARY.value or '',
        txt2url_model=_TXT2URL_MODEL.value or '',
        ranker=_RANKER.value or '',
    )
