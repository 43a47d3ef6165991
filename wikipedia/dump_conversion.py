"""Converts dumps to a data set of Page records, with the site's information beside them."""

import dataclasses
import sys
import time
from collections.abc import Iterator
from typing import Any

import tqdm
from absl import logging

from common import records
from common.pb import wikipedia_pb2
from wikipedia import dump_stream
from wikipedia import dumps
from wikipedia import siteinfo

_LOG_SECONDS = 5.0


@dataclasses.dataclass(frozen=True)
class Options:
    """How to convert; see the flags of xml2proto."""

    pages_per_part: int = 1000
    num_workers: int = 1
    allow_truncated: bool = False
    max_bad_records: int = 0
    overwrite: bool = False


def convert(pattern: str, output: str, options: Options) -> str:
    """Writes the pages of dumps; nothing is left of the output when that fails.

    Args:
        pattern: which dumps, as dump_stream.find_dumps takes it.
        output: directory to make.
        options: how.

    Returns:
        A line of totals.

    Raises:
        InputError: when a dump cannot be used, or the output exists.
    """
    paths = dump_stream.find_dumps(pattern)
    late = _Late({}, {}, {})
    with _Progress(dump_stream.total_size(paths)) as progress:
        reader = dumps.DumpReader(
            paths,
            num_workers=options.num_workers,
            allow_truncated=options.allow_truncated,
            max_bad_records=options.max_bad_records,
            progress=progress.show,
        )
        meta = records.write_parts(
            output,
            _read(reader, late),
            proto=wikipedia_pb2.Page,
            records_per_part=options.pages_per_part,
            site=late.site,
            inputs=[{'path': path} for path in paths],
            totals=late.totals,
            side_files=late.side_files,
            overwrite=options.overwrite,
            num_workers=options.num_workers,
        )
    return _summarize(reader, output, len(meta.parts))


@dataclasses.dataclass(frozen=True)
class _Late:
    """What the metadata takes when all pages were written, and is known only then."""

    site: dict[str, Any]
    totals: dict[str, int]
    side_files: dict[str, str]


def _read(reader: dumps.DumpReader, late: _Late) -> Iterator[bytes]:
    yield from reader.read_payloads()
    late.site.update(reader.site.to_dict())
    late.totals.update(reader.totals, bad_pages=reader.bad.total())
    late.side_files[siteinfo.FILE_NAME] = reader.site.to_json()


def _summarize(reader: dumps.DumpReader, output: str, parts: int) -> str:
    totals = reader.totals
    left_out = f'{reader.bad.total()} bad pages left out'
    if reader.bad.total():
        left_out += f' ({reader.bad.summary()})'
    if totals['truncated_files']:
        left_out += f'; {totals["truncated_files"]} truncated dumps kept in part'
    return (
        f'wrote {totals["pages"]} pages ({totals["redirects"]} redirects, '
        f'{totals["revisions"]} revisions) in {parts} parts to {output}; {left_out}'
    )


class _Progress:
    """A bar on a terminal, a log line now and then elsewhere."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._started = self._logged = time.monotonic()
        self._bar = tqdm.tqdm(
            total=size or None, unit='B', unit_scale=True, disable=not sys.stderr.isatty()
        )

    def __enter__(self) -> '_Progress':
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def show(self, position: int, pages: int) -> None:
        """Shows how many bytes of the files and how many pages were read."""
        self._bar.update(position - self._bar.n)
        self._bar.set_postfix_str(f'{pages} pages', refresh=False)
        now = time.monotonic()
        if self._bar.disable and now - self._logged >= _LOG_SECONDS:
            self._logged = now
            logging.info('%s', self._line(position, pages, now - self._started))

    def _line(self, position: int, pages: int, seconds: float) -> str:
        rate = position / seconds
        line = f'{pages} pages, {position / 1e6:.1f} MB read, {rate / 1e6:.1f} MB/s'
        if self._size and rate:
            left = (self._size - position) / rate
            line += f', {100 * position / self._size:.0f} %, about {left:.0f} s left'
        return line
