"""A page of every kind, whose titles, ids and addresses are as bad as they come."""

import pathlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from common import comparison_page
from common import comparison_summary
from common import comparisons
from common import contents_page
from common import html_report
from pinterest import catalogue_page
from pinterest import page_looks
from pinterest import pairs
from pinterest import recommendations
from pinterest import recommendations_page
from pinterest import sweep_page
from pinterest import sweeps
from pinterest import trials
from spotify import catalogue
from spotify import playlist_queries
from spotify import recommendations as track_recommendations
from spotify import recommendations_page as tracks_page
from wikipedia import article_output
from wikipedia import article_parts
from wikipedia import article_queries
from wikipedia import article_results
from wikipedia import neighbors
from wikipedia import neighbors_page
from wikipedia import terms

# Two letters from right to left, which would turn around what follows them.
RTL = '\u05d0\u05d1'
# Markup, quotes, controls, a mark that overrides directions, and more than fits in a line.
EVIL = f'<script>alert(1)</script>&"\'\x00\x1b\u202e\u2066{RTL} (7)' + 'x_' * 40
EVIL_URL = f'https://en.wikipedia.org/wiki/"><script>{RTL}'
_SWEEP = """
program: pinterest/train_shop_the_look.py
method: random
metric: {name: score, goal: maximize}
parameters:
  rate: {distribution: log_uniform_values, min: 0.001, max: 0.1}
  kind: {values: [a, "<script>\u05d0\u05d1"]}
  a_setting_with_a_long_name: {min: 3, max: 5}
  epochs: {value: 7}
"""


def write(folder: pathlib.Path) -> list[pathlib.Path]:
    """Writes pages of every kind into a folder, and returns their paths."""
    for make in (_neighbors, _articles, _tracks, _looks, _catalogue):
        make(folder)
    for name, html in (
        ('sweep', _sweep(folder)),
        ('comparison', _comparison()),
        ('contents', _contents()),
    ):
        (folder / f'{name}.html').write_text(html, encoding='utf-8')
    return sorted(folder.rglob('*.html'))


def _neighbors(folder: pathlib.Path) -> None:
    found = tuple(neighbors.Neighbor(f'{EVIL}{n}', 0.9 - n / 4, 10**n) for n in range(5))
    results = [
        neighbors.Result(
            terms.Term(term, term, 1, None, 1234), 'dictionary', found if term != 'c' else ()
        )
        for term in (EVIL, 'b', 'c')
    ]
    options = {'similarity': 'cosine', 'model_dir': EVIL, 'terms_per_page': 2}
    neighbors_page.write(str(folder / 'neighbors.html'), results, **options)
    neighbors_page.write(str(folder / 'neighbors'), results, **options)


def _articles(folder: pathlib.Path) -> None:
    urls = (EVIL_URL, 'javascript:alert(1)', f'https://en.wikipedia.org/wiki/{RTL}')
    found = article_parts.Found(urls, (12.5, 3.25, -0.125), urls)
    results = [
        article_results.Result(
            article_queries.Asked(EVIL, article_parts.Query(article=EVIL_URL), EVIL, EVIL),
            found,
            {'search': found, 'graph': found},
            (EVIL, RTL),
        ),
        article_results.Result(article_queries.Asked(EVIL, None, note=EVIL)),
    ]
    heading = article_output.Heading('Articles', EVIL, 'Made by a test', 'he')
    article_output.write(
        results, str(folder / 'articles.html'), article_output.HTML, heading, per_page=5
    )


def _tracks(folder: pathlib.Path) -> None:
    names = [EVIL, RTL, '']
    zeros = np.zeros(3, np.int32)
    tracks = catalogue.Catalogue(
        [EVIL] * 3, names, zeros, zeros, zeros, [EVIL], [EVIL], [EVIL], [RTL]
    )
    query = playlist_queries.Query(EVIL, RTL, np.array([0, 1], np.int32), (EVIL,))
    found = track_recommendations.Recommended(
        query,
        np.array([2, 1], np.int32),
        np.array([0.58, 0.0123], np.float32),
        np.array([0, track_recommendations.NO_REASON], np.int32),
    )
    empty = track_recommendations.Recommended(
        playlist_queries.Query('', EVIL, zeros[:0]), zeros[:0], zeros[:0], zeros[:0]
    )
    tracks_page.write(
        str(folder / 'tracks.html'),
        [found, empty],
        tracks,
        num_playlists=2,
        system=EVIL,
        source=RTL,
        playlists_per_page=5,
    )


def _looks(folder: pathlib.Path) -> None:
    queries = [
        page_looks.Query(f'{EVIL}{n}', EVIL, (pairs.Pair(EVIL, EVIL, (0.1, 0.2, 0.5, 0.9)),))
        for n in range(3)
    ]
    places = np.array([[0, 1, 2], [2, 1, -1], [-1, -1, -1]])
    scores = np.where(places < 0, -np.inf, 0.75).astype(np.float32)
    content = page_looks.Content(
        queries=queries,
        found=recommendations.Recommendations(places, scores, scores, places),
        product_ids=[EVIL, RTL, 'p2'],
        categories={EVIL: f'A|{EVIL}', RTL: RTL},
        similarity='dot product',
        shows_similarity=True,
        summary=EVIL,
        notes=[EVIL],
    )
    pictures = recommendations_page.Photographs('none')
    recommendations_page.write(str(folder / 'looks'), content, pictures, scenes_per_page=2)


def _catalogue(folder: pathlib.Path) -> None:
    Image.new('RGB', (8, 8)).save(folder / 'a.jpg')
    items = [catalogue_page.Item(EVIL, EVIL, RTL, ''), catalogue_page.Item('p', RTL, '', 'a.jpg')]
    catalogue_page.write(str(folder / 'catalogue.html'), items, source=EVIL, num_products=9, seed=0)


def _sweep(folder: pathlib.Path) -> str:
    path = folder / 'sweep.yaml'
    path.write_text(_SWEEP, encoding='utf-8')
    sweep = sweeps.read(str(path))
    settings = zip(range(1, 13), sweep.trials('random', 0), strict=False)
    ended = [trials.Trial(n, found, 'finished', n / 16, {}, 3.0) for n, found in settings]
    ended.append(trials.Trial(13, ended[0].parameters, 'failed', error=EVIL))
    return sweep_page.render(sweep, ended, 'Made by a test')


def _comparison() -> str:
    measures = (
        comparisons.Measure('recall', 'Recall@10', 'Share.'),
        comparisons.Measure('clicks', 'Clicks', 'Refreshes.', comparisons.LOWER, 2, 'refreshes'),
    )
    systems = (EVIL, RTL, *(f'a_system_with_a_long_name_{n}' for n in range(6)))
    rng = np.random.default_rng(0)
    scores = comparisons.Scores(
        tuple(one.name for one in measures),
        systems,
        ('ceiling',),
        [str(n // 2) for n in range(40)],
        ['few', EVIL] * 20,
        {},
        rng.random((40, 9, 2)) + np.arange(9)[:, None] / 8,
    )
    return comparison_page.render(
        comparison_summary.summarise(scores, resamples=100),
        title='Evaluation',
        summary=EVIL,
        subjects='things',
        measures=measures,
        headline=measures,
        references=('ceiling',),
        axes={'by size': {'few': '1', EVIL: EVIL}},
        x_axis='Size (number)',
        use={EVIL: {'coverage': 0.5, 'gini': 0.25}},
        use_definition='Use.',
        notes=[EVIL],
        definitions=[EVIL],
        breadcrumbs=[html_report.Crumb(EVIL, '../index.html'), html_report.Crumb(EVIL)],
    )


def _contents() -> str:
    links = [contents_page.Link('settings', 'a/config.json')]
    entries = [contents_page.Entry(EVIL, EVIL_URL, EVIL, '12 MB', links)] * 2
    sections = [contents_page.Section(title, entries) for title in ('Pages', 'Models')]
    return contents_page.render(sections, title=EVIL, summary=EVIL, made_by='Made by a test')


def templates(folder: pathlib.Path) -> Iterator[str]:
    """Yields the names of the templates that are whole pages."""
    for path in folder.glob('*.html'):
        if "extends 'page.html'" in path.read_text():
            yield path.name
