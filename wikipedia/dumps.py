"""Reads dumps as a stream of serialized Page messages, on several cores and in dump order."""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterator

from absl import logging

from common import datasets
from common import errors
from common import parallel
from wikipedia import dump_chunks
from wikipedia import dump_header
from wikipedia import dump_stream
from wikipedia import pages
from wikipedia.siteinfo import SiteInfo

# Starting a process costs as much as parsing this many bytes of compressed dump.
_SMALL_DUMP_BYTES = 8 << 20
_SHOWN_SCHEMAS = '0.3 to 0.11'
_OLDEST_SCHEMA, _NEWEST_SCHEMA = (0, 3), (0, 11)


@dataclasses.dataclass(frozen=True)
class _Begin:
    """A file begins."""

    path: str
    site: SiteInfo


@dataclasses.dataclass(frozen=True)
class _End:
    """A file ends."""

    ending: dump_chunks.Ending
    problem: str | None


@dataclasses.dataclass(frozen=True)
class _Work:
    block: dump_chunks.Block
    site: SiteInfo


def _parse(item: _Begin | _End | _Work) -> _Begin | _End | pages.ParsedBlock:
    """Runs in a worker; begin and end of files pass through, to stay in order."""
    return pages.parse_block(item.block, item.site) if isinstance(item, _Work) else item


class DumpReader:
    """Reads one wiki's dumps, once.

    Attributes:
        site: the wiki; known when the first page was read.
        bad: counts the pages that were left out.
        totals: pages, redirects and revisions read, and files kept in part.
    """

    def __init__(
        self,
        paths: list[str],
        *,
        num_workers: int = 1,
        allow_truncated: bool = False,
        max_bad_records: int = 0,
        progress: Callable[[int, int], None] = lambda position, pages: None,
    ) -> None:
        """Prepares to read.

        Args:
            paths: the dumps, in order.
            num_workers: cores to use; the pages and their order do not depend on it.
            allow_truncated: whether to keep the whole pages of a dump that is damaged or cut off.
            max_bad_records: how many pages may be left out, each for itself, before it fails.
            progress: called now and then with the bytes of the files and the pages read so far.
        """
        self.site: SiteInfo | None = None
        self.bad = datasets.BadRecords(max_bad_records)
        self.totals = {'pages': 0, 'redirects': 0, 'revisions': 0, 'truncated_files': 0}
        self._paths = paths
        self._num_workers = num_workers
        self._allow_truncated = allow_truncated
        self._progress = progress
        self._position = 0
        self._path = ''
        self._last = ''
        self._stopped = False

    def read_payloads(self) -> Iterator[bytes]:
        """Yields the serialized Page messages.

        Raises:
            InputError: when a file is no dump, is of another wiki than the first, or is damaged
                beyond what is allowed; says after which page and at which byte.
        """
        size = dump_stream.total_size(self._paths)
        small = self._num_workers == 1 or 0 < size < _SMALL_DUMP_BYTES
        processes = 0 if small else (self._num_workers + 1) // 2
        for result in parallel.ordered_map(_parse, self._items(), processes):
            if isinstance(result, _Begin):
                self._begin(result)
            elif isinstance(result, _End):
                self._end(result)
            elif not self._stopped:
                yield from self._count(result)
                self._progress(self._position, self.totals['pages'])
        if not self.totals['pages']:
            raise errors.InputError(f'{self._paths[0]} has no whole <page>; download it again')

    def _items(self) -> Iterator[_Begin | _End | _Work]:
        """Reads and cuts the files; runs in a thread of its own when there are processes."""
        done = 0
        for path in self._paths:
            with dump_stream.open_dump(path, self._num_workers) as stream:
                dump = dump_chunks.ChunkedDump(path, stream.chunks)
                site = self._read_site(path, dump)
                yield _Begin(path, site)
                for block in dump.blocks():
                    self._position = done + stream.position
                    yield _Work(block, site)
                yield _End(dump.ending(), _find_problem(dump.ending()))
                done += stream.size

    def _read_site(self, path: str, dump: dump_chunks.ChunkedDump) -> SiteInfo:
        if not dump.header and dump.ending().damage:
            raise errors.InputError(
                f'{path} cannot be read: {dump.ending().damage}; download it again'
            )
        return dump_header.parse(path, dump.header)

    def _begin(self, begin: _Begin) -> None:
        self._path, self._last, self._stopped = begin.path, '', False
        if self.site is None:
            self.site = begin.site
        ours, theirs = self.site, begin.site
        for name in ('dbname', 'base', 'language'):
            first, other = getattr(ours, name), getattr(theirs, name)
            if first and other and first != other:
                raise errors.InputError(
                    f'{begin.path} is of another wiki ({name} {other}) than {self._paths[0]} '
                    f'({first}); convert each wiki to a directory of its own'
                )
        version = pages.schema_version(begin.site)
        if not _OLDEST_SCHEMA <= version <= _NEWEST_SCHEMA:
            logging.warning(
                '%s is of export schema %s; %s are known, and what is new in it is left out',
                begin.path,
                begin.site.schema or '(none)',
                _SHOWN_SCHEMAS,
            )

    def _count(self, parsed: pages.ParsedBlock) -> Iterator[bytes]:
        """Yields the good pages of a block, and deals with the bad ones in their place."""
        start = 0
        for fault in parsed.faults:
            yield from self._pages(parsed, start, fault.index)
            start = fault.index
            self._last = fault.after or self._last
            if fault.malformed and self._allow_truncated and self._bad_limit_reached():
                self._truncate(fault.byte, fault.reason)
                return
            self.bad.add(self._path, self._place(fault.byte), fault.reason)
        yield from self._pages(parsed, start, len(parsed.payloads))
        self.totals['redirects'] += parsed.redirects
        self.totals['revisions'] += parsed.revisions
        self._last = parsed.last or self._last

    def _pages(self, parsed: pages.ParsedBlock, start: int, stop: int) -> Iterator[bytes]:
        self.totals['pages'] += stop - start
        yield from parsed.payloads[start:stop]

    def _bad_limit_reached(self) -> bool:
        return self.bad.total() >= self.bad.limit

    def _place(self, byte: int) -> str:
        after = f'after page {self._last}' if self._last else 'before its first whole page'
        return f'at byte {byte} of the XML, {after}'

    def _end(self, end: _End) -> None:
        if self._stopped or end.problem is None:
            return
        if not self._allow_truncated:
            raise errors.InputError(
                f'{self._path} is truncated or damaged {self._place(end.ending.stop)}: '
                f'{end.problem}; download it again, or keep its {self.totals["pages"]} whole pages '
                'with --allow_truncated'
            )
        self._truncate(end.ending.stop, end.problem)

    def _truncate(self, byte: int, problem: str) -> None:
        self._stopped = True
        self.totals['truncated_files'] += 1
        logging.warning(
            '%s is truncated or damaged %s: %s; kept the %d whole pages read until there',
            self._path,
            self._place(byte),
            problem,
            self.totals['pages'],
        )


def _find_problem(ending: dump_chunks.Ending) -> str | None:
    """Returns what is wrong with the end of a dump, or None."""
    if ending.complete:
        return None
    if ending.damage:
        return ending.damage
    rest = ending.rest.rstrip()
    if not rest.endswith(dump_chunks.DUMP_END):
        return 'it ends without </mediawiki>'
    # Log entries may follow the pages; anything else is not a dump's.
    byte, reason = pages.explain(rest.removesuffix(dump_chunks.DUMP_END), '')
    return None if not byte and reason.endswith('()') else reason
