"""Nearest neighbours as HTML."""

from collections.abc import Sequence

from common import html_report
from common import html_text
from wikipedia import neighbors

_TEMPLATE = 'neighbors.html'
_TITLE = 'Nearest words'
_MAX_ONE_PAGE = 500


def write(
    path: str,
    results: Sequence[neighbors.Result],
    *,
    similarity: str,
    model_dir: str,
    terms_per_page: int,
    overwrite: bool = False,
) -> None:
    """Writes one page to a path that ends in .html or is '-', or pages with an index to another.

    Raises:
        InputError: when path exists and may not be replaced, or one page would be too long.
    """
    context = {
        'title': _TITLE,
        'similarity': {'cosine': 'Cosine', 'dot': 'Dot product'}[similarity],
        'summary': html_text.sentence(
            '{:,} words in the model {}, by {} similarity', len(results), model_dir, similarity
        ),
        'made_by': 'Made by wikipedia/find_neighbors',
    }
    html_report.write_items(
        path,
        _TEMPLATE,
        results,
        count=len(results),
        unit='terms',
        max_on_page=_MAX_ONE_PAGE,
        label=lambda result: result.query.term,
        items_per_page=terms_per_page,
        overwrite=overwrite,
        **context,
    )
