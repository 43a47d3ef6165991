"""Pages of results: self-contained HTML with inline CSS, no script and no remote request.

Templates stand in common/templates and extend page.html. Every expression in them is escaped, and
characters that would break or reorder a page are replaced; text that comes from data goes through
the filters `user` or `name`, addresses through `link`, and the origin of pictures through `origin`,
all in common/html_text.py. A table that may be wider than a phone stands in the macro `scroll` of
parts.html.
"""

import dataclasses
import functools
import itertools
import os
import pathlib
import sys
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

import jinja2

from common import atomic
from common import errors
from common import html_text

STDOUT = '-'
INDEX_NAME = 'index.html'
_TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'templates')


@dataclasses.dataclass(frozen=True)
class Crumb:
    """A step of the way to a page; without href it is the page itself."""

    text: str
    href: str = ''


@dataclasses.dataclass(frozen=True)
class Paging:
    """Where a page stands among the pages of a list; number counts from 1."""

    number: int
    previous: str
    next: str


@dataclasses.dataclass(frozen=True)
class IndexEntry:
    """A page in the index: labels of its first and last item, and how many there are."""

    number: int
    href: str
    first: str
    last: str
    size: int


def render(template_name: str, **context: Any) -> str:
    """Returns a page.

    Args:
        template_name: file in common/templates.
        **context: what the template wants; a missing name is an error.
    """
    return _environment().get_template(template_name).render(context)


def write_page(path: str, html: str, overwrite: bool = False) -> None:
    """Writes one page to a file, atomically, or to standard output when path is '-'.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    if path == STDOUT:
        sys.stdout.buffer.write(html.encode('utf-8'))
        return
    with atomic.output_file(path, overwrite) as temporary:
        pathlib.Path(temporary).write_text(html, encoding='utf-8')


def write_items(
    path: str,
    template_name: str,
    items: Iterable[Any],
    *,
    count: int,
    unit: str,
    max_on_page: int,
    label: Callable[[Any], str],
    items_per_page: int,
    overwrite: bool = False,
    **context: Any,
) -> None:
    """Writes one page to a path that ends in .html or is '-', or pages with an index to another.

    Args:
        path: where to.
        template_name: template of a page; it gets items, and the context.
        items: what to show; read as it is written.
        count: how many there are.
        unit: what errors call them, such as terms.
        max_on_page: how many the one page takes.
        label: returns how the index names an item.
        items_per_page: on a page of a directory.
        overwrite: whether path may be replaced.
        **context: passed to the templates; see write_listing.

    Raises:
        InputError: when path exists and may not be replaced, or the one page would be too long.
    """
    if path != STDOUT and not path.endswith('.html'):
        write_listing(
            path,
            template_name,
            items,
            label=label,
            items_per_page=items_per_page,
            overwrite=overwrite,
            **context,
        )
        return
    if count > max_on_page:
        raise errors.InputError(
            f'{count} {unit} are too many for the one page {path}; --output=NAME without .html '
            'makes a directory of pages'
        )
    write_page(path, render(template_name, items=list(items), **context), overwrite)


def write_listing(
    path: str,
    template_name: str,
    items: Iterable[Any],
    *,
    label: Callable[[Any], str],
    title: str,
    items_per_page: int = 50,
    overwrite: bool = False,
    **context: Any,
) -> int:
    """Writes a list as a directory of pages with an index; it appears when it is whole.

    Args:
        path: directory to make: index.html, page-00001.html, …
        template_name: template of one page; it gets items, paging, breadcrumbs and the context.
        items: what to list, in order; one page of it is in memory at a time.
        label: returns how the index names an item.
        title: of every page.
        items_per_page: how many.
        overwrite: whether path may be replaced.
        **context: passed to both templates; the index shows `summary` and `made_by`.

    Returns:
        The number of pages without the index.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    context = {'title': title, **context}
    with atomic.output_directory(path, overwrite) as folder:
        batches = _batches(items, items_per_page)
        entries = list(_write_pages(folder, template_name, batches, label, context))
        total = sum(entry.size for entry in entries)
        html = render('index.html', **context, pages=entries, total=total)
        pathlib.Path(folder, INDEX_NAME).write_text(html, encoding='utf-8')
    return len(entries)


def _write_pages(
    folder: str,
    template_name: str,
    batches: Iterable[list[Any]],
    label: Callable[[Any], str],
    context: dict[str, Any],
) -> Iterable[IndexEntry]:
    """Writes a page for each batch, and yields what the index says of it."""
    for number, (batch, is_last) in enumerate(_look_ahead(batches), start=1):
        previous = page_name(number - 1) if number > 1 else ''
        paging = Paging(number, previous, '' if is_last else page_name(number + 1))
        crumbs = [Crumb('Index', INDEX_NAME), Crumb(f'Page {number}')]
        html = render(template_name, **context, items=batch, paging=paging, breadcrumbs=crumbs)
        name = page_name(number)
        pathlib.Path(folder, name).write_text(html, encoding='utf-8')
        yield IndexEntry(number, name, label(batch[0]), label(batch[-1]), len(batch))


def page_name(number: int) -> str:
    """Returns the file name of a page of a list: page-00007.html."""
    return f'page-{number:05d}.html'


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=_Undefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
    environment.filters |= html_text.FILTERS
    return environment


class _Undefined(jinja2.StrictUndefined):
    """A missing name is an error where it is shown, and false where it is asked for."""

    def __bool__(self) -> bool:
        return False


def _finalize(value: Any) -> Any:
    """Cleans what an expression gives; jinja escapes it afterwards."""
    return html_text.clean(value) if type(value) is str else value


def _batches(items: Iterable[Any], size: int) -> Iterable[list[Any]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def _look_ahead(batches: Iterable[Any]) -> Iterable[tuple[Any, bool]]:
    """Yields each element with whether it is the last."""
    iterator = iter(batches)
    for batch in iterator:
        for following in iterator:
            yield batch, False
            batch = following
        yield batch, True
