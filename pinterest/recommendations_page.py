"""Recommendations as HTML: pages of scenes, and a page for each scene."""

import dataclasses
import pathlib
from collections.abc import Iterator
from collections.abc import Sequence

from common import atomic
from common import html_report
from pinterest import embeddings
from pinterest import identifiers
from pinterest import page_looks
from pinterest import page_photographs
from pinterest import photograph_urls

_INDEX_TEMPLATE, _SCENE_TEMPLATE = 'looks.html', 'look.html'
_STRIP = 4  # Products shown beside a scene in the index.
_EAGER = 8  # Photographs that load without waiting for the reader to scroll.
_NEIGHBORS = 2  # Page numbers shown on either side of a page's own.


@dataclasses.dataclass(frozen=True)
class Photographs:
    """Where photographs come from.

    Attributes:
        mode: one of page_photographs.MODES.
        scene_dir: where those of scenes are.
        product_dir: where those of products are.
        small_size: pixels of the longer side of a small copy.
        template: of their addresses, for URL.
    """

    mode: str
    scene_dir: str = ''
    product_dir: str = ''
    small_size: int = 480
    template: photograph_urls.Template | None = None


def write(
    path: str,
    content: page_looks.Content,
    pictures: Photographs,
    *,
    scenes_per_page: int = 48,
    overwrite: bool = False,
) -> int:
    """Writes the pages; the directory appears when it is whole.

    Args:
        path: directory to make: index.html, page-00002.html, …, scene-00001.html, …, images/.
        content: what to show.
        pictures: where photographs come from.
        scenes_per_page: in the index.
        overwrite: whether path may be replaced.

    Returns:
        The number of pages of the index.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    with atomic.output_directory(path, overwrite) as folder:
        addresses = _place_photographs(folder, content, pictures)
        maker = _Maker(content, addresses, scenes_per_page, pictures.template)
        for name, html in maker.pages():
            pathlib.Path(folder, name).write_text(html, encoding='utf-8')
    return maker.num_pages


def _place_photographs(
    folder: str, content: page_looks.Content, pictures: Photographs
) -> page_looks.Addresses:
    found = content.found.places
    products = {content.product_ids[place] for place in found[found >= 0].tolist()}
    products |= {pair.product for query in content.queries for pair in query.true_pairs}
    scenes = {query.scene for query in content.queries}

    def place(kind: str, ids: set[str], image_dir: str) -> dict[str, str]:
        names = sorted(ids)
        if pictures.template is not None:
            url = pictures.template.url
            return {name: url(name) for name in names if identifiers.is_valid(name)}
        if pictures.mode not in page_photographs.LOCAL_MODES:
            return {}
        return page_photographs.place(
            pictures.mode, kind, names, image_dir, folder, small_size=pictures.small_size
        )

    return page_looks.Addresses(
        place(embeddings.SCENE, scenes, pictures.scene_dir),
        place(embeddings.PRODUCT, products, pictures.product_dir),
    )


class _Maker:
    """Makes the pages one by one."""

    def __init__(
        self,
        content: page_looks.Content,
        addresses: page_looks.Addresses,
        per_page: int,
        template: photograph_urls.Template | None,
    ) -> None:
        self._content, self._per_page = content, per_page
        self._looks = page_looks.Looks(content, addresses)
        self._common = {
            'made_by': 'Made by pinterest/make_recommendations',
            'image_host': template.origin if template else '',
        }
        self.num_pages = max(1, -(-len(content.queries) // per_page))

    def pages(self) -> Iterator[tuple[str, str]]:
        """Yields name and text of each page."""
        for number in range(1, self.num_pages + 1):
            first = (number - 1) * self._per_page
            last = min(first + self._per_page, len(self._content.queries))
            looks = [
                self._looks.look(row, _scene_name(row), eager=row - first < _EAGER)
                for row in range(first, last)
            ]
            yield _page_name(number), self._index(number, looks)
            for row, look in enumerate(looks, start=first):
                yield look.href, self._scene(row, look, number)

    def _index(self, number: int, looks: Sequence[page_looks.Look]) -> str:
        previous = _page_name(number - 1) if number > 1 else ''
        following = _page_name(number + 1) if number < self.num_pages else ''
        paged = self.num_pages > 1
        return html_report.render(
            _INDEX_TEMPLATE,
            title='Shop the look',
            summary=self._content.summary,
            notes=self._content.notes if number == 1 else (),
            items=looks,
            strip=_STRIP,
            pages=_numbers(number, self.num_pages),
            paging=html_report.Paging(number, previous, following) if paged else None,
            **self._common,
        )

    def _scene(self, row: int, look: page_looks.Look, number: int) -> str:
        home = 'Shop the look' if self.num_pages == 1 else f'Shop the look, page {number}'
        crumbs = [html_report.Crumb(home, _page_name(number)), html_report.Crumb(look.scene)]
        content = self._content
        return html_report.render(
            _SCENE_TEMPLATE,
            title=f'Scene {look.scene}',
            breadcrumbs=crumbs,
            look=look,
            previous=_scene_name(row - 1) if row else '',
            following=_scene_name(row + 1) if row + 1 < len(content.queries) else '',
            similarity=content.similarity,
            score='marginal relevance' if content.shows_similarity else content.similarity,
            **self._common,
        )


def _page_name(number: int) -> str:
    return html_report.INDEX_NAME if number == 1 else html_report.page_name(number)


def _scene_name(row: int) -> str:
    return f'scene-{row + 1:05d}.html'


def _numbers(number: int, count: int) -> list[dict[str, object]]:
    """Returns the pages to link to: first, last, those around, and number 0 where some lack."""
    shown = {1, count, *range(number - _NEIGHBORS, number + _NEIGHBORS + 1)}
    numbers: list[int] = []
    for page in sorted(page for page in shown if 1 <= page <= count):
        if numbers and page > numbers[-1] + 1:
            numbers.append(0)
        numbers.append(page)
    return [{'number': page, 'href': _page_name(page)} for page in numbers]
