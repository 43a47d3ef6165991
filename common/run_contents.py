"""What programs left in a folder: pages, tables, models and records, told by what marks each."""

import html
import json
import os
import re
import urllib.parse
from collections.abc import Iterator
from collections.abc import Sequence

from common import contents_page
from common import errors
from common import html_report
from common import html_text
from common import metadata
from common import sizes

PAGES, TABLES, MODELS, RECORDS, OTHERS = KINDS = (
    'Pages',
    'Tables and figures',
    'Models',
    'Records',
    'Other files',
)
_CONFIG, _CARD, _METRICS = 'config.json', 'README.md', 'metrics.jsonl'
_MORE = {
    _CARD: 'model card',
    _CONFIG: 'settings',
    _METRICS: 'metrics',
    metadata.META_NAME: 'metadata',
    'results.json': 'results as JSON',
    'results.jsonl': 'results as JSON lines',
    'queries.jsonl': 'every query as JSON lines',
}
_TABLES = {
    '.txt': 'text',
    '.json': 'JSON',
    '.jsonl': 'JSON lines',
    '.csv': 'comma-separated values',
    '.tsv': 'tab-separated values',
    '.gz': 'compressed',
}
_TITLE = re.compile(r'<title>(.*?)</title>', re.DOTALL)
_HEAD_BYTES = 65_536  # Of a page or a card, in which its title stands; style comes after it.
_MAX_TITLE = 200
_MAX_TABLES = 30  # In a folder; more are not named one by one.


def find(folder: str, page: str) -> list[contents_page.Section]:
    """Returns what is in a folder, by kind.

    Args:
        folder: where to look. Hidden files, links to elsewhere, and what belongs to something that
            is listed are passed over.
        page: the page that will link all this; it is not listed.

    Raises:
        InputError: when metadata or settings are damaged.
    """
    found: dict[str, list[contents_page.Entry]] = {kind: [] for kind in KINDS}
    finder = _Finder(os.path.abspath(folder), os.path.abspath(page))
    for kind, entry in finder.entries('', known_only=False):
        found[kind].append(entry)
    return [contents_page.Section(kind, entries) for kind, entries in found.items()]


class _Finder:
    """Walks a folder; paths are relative to it."""

    def __init__(self, folder: str, page: str) -> None:
        self._folder, self._page = folder, page

    def entries(
        self, inside: str, *, known_only: bool
    ) -> Iterator[tuple[str, contents_page.Entry]]:
        """Yields kind and entry of what is inside, in the order of names.

        Args:
            inside: a folder.
            known_only: whether its files belong to something that is listed already, so that only
                folders that are something by themselves are.
        """
        names, num_others = sorted(os.listdir(self._path(inside))), 0
        many = sum(os.path.splitext(name)[1] in _TABLES for name in names) > _MAX_TABLES
        for name in names:
            relative = os.path.join(inside, name)
            path = self._path(relative)
            if name.startswith('.') or os.path.islink(path) or path == self._page:
                continue
            if os.path.isdir(path):
                entry = self._folder_entry(relative)
                if entry:
                    yield entry
                yield from self.entries(relative, known_only=entry is not None or known_only)
            elif not known_only and not name.endswith('.meta.json'):
                # To look into a named pipe would be to wait for ever.
                entry = self._file_entry(relative) if os.path.isfile(path) else None
                if entry is None or (many and entry[0] == TABLES):
                    num_others += 1
                else:
                    yield entry
        if num_others:
            files = 'file' if num_others == 1 else 'files'
            name = os.path.join(inside, '') or os.curdir
            yield OTHERS, self._entry(name, f'{num_others:,} {files}', '')

    def _folder_entry(self, relative: str) -> tuple[str, contents_page.Entry] | None:
        """Returns what a folder is, None when nothing says so."""
        names = set(os.listdir(self._path(relative)))
        more = [
            (text, os.path.join(relative, name)) for name, text in _MORE.items() if name in names
        ]
        name = os.path.join(relative, '')
        meta = metadata.load(self._path(os.path.join(relative, metadata.META_NAME)))
        if meta is not None:
            return RECORDS, self._entry(name, *_describe_records(meta), more)
        if _CONFIG in names:
            return MODELS, self._entry(name, *self._describe_model(relative, names), more)
        if html_report.INDEX_NAME in names:
            index = os.path.join(relative, html_report.INDEX_NAME)
            pages = sum(one.endswith('.html') for one in names)
            size = '1 page' if pages == 1 else f'{pages:,} pages'
            return PAGES, self._entry(index, self._title(index), size, more)
        return None

    def _file_entry(self, relative: str) -> tuple[str, contents_page.Entry] | None:
        path = self._path(relative)
        extension = os.path.splitext(relative)[1]
        meta = metadata.load(metadata.sidecar(path))
        if meta is not None:
            more = [('metadata', metadata.sidecar(relative))]
            return RECORDS, self._entry(relative, *_describe_records(meta), more)
        if extension == '.html':
            return PAGES, self._entry(relative, self._title(relative), '1 page')
        if extension in _TABLES:
            size = sizes.show(os.path.getsize(path))
            return TABLES, self._entry(relative, _TABLES[extension], size)
        return None

    def _describe_model(self, relative: str, names: set[str]) -> tuple[str, str]:
        """Returns what a model is, by its card and its settings, and its size."""
        path = self._path(os.path.join(relative, _CONFIG))
        try:
            with open(path, encoding='utf-8') as file:
                program = str(json.load(file).get('program', ''))
        except (ValueError, AttributeError) as error:
            raise errors.InputError(f'{path} is damaged ({error}); make the model again') from error
        what = ''
        if _CARD in names:
            what = self._head(os.path.join(relative, _CARD)).partition('\n')[0].lstrip('# ')
        total = sum(
            entry.stat().st_size for entry in os.scandir(self._path(relative)) if entry.is_file()
        )
        return _made_by(what[:_MAX_TITLE] or 'Model', program), sizes.show(total)

    def _title(self, relative: str) -> str:
        """Returns the title of a page, or of the pages of which it is the first."""
        match = _TITLE.search(self._head(relative))
        title = html.unescape(match[1]).strip() if match else 'Page'
        return title[:_MAX_TITLE].removesuffix(' (page 1)')

    def _head(self, relative: str) -> str:
        with open(self._path(relative), 'rb') as file:
            return file.read(_HEAD_BYTES).decode('utf-8', 'replace')

    def _entry(
        self, relative: str, what: str, size: str, more: Sequence[tuple[str, str]] = ()
    ) -> contents_page.Entry:
        links = [contents_page.Link(text, self._href(target)) for text, target in more]
        return contents_page.Entry(relative, self._href(relative), what, size, links)

    def _href(self, relative: str) -> str:
        """Returns the address of a path, as the page sees it."""
        start = os.path.dirname(self._page)
        path = os.path.relpath(self._path(relative), start)
        address = urllib.parse.quote(os.fsencode(path))
        return f'{address}/' if relative.endswith('/') else address

    def _path(self, relative: str) -> str:
        return os.path.join(self._folder, relative)


def _describe_records(meta: metadata.Meta) -> tuple[str, str]:
    """Returns what records are, and how many."""
    short = meta.proto.rsplit('.', 1)[-1]
    records = 'record' if meta.records == 1 else 'records'
    return _made_by(short, str(meta.made_by.get('program', ''))), f'{meta.records:,} {records}'


def _made_by(what: str, program: str) -> str:
    return html_text.sentence('{}, by {}', what, program) if program else html_text.user(what)
