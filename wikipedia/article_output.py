"""Writes results of searching and recommending articles: text, JSON lines, HTML or records."""

import dataclasses
import pathlib
import re
import sys
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from common import atomic
from common import html_report
from common import html_text
from common import records
from common.pb import recsys_pb2
from wikipedia import article_results

TEXT, JSON_LINES, HTML, RECORDS = FORMATS = ('text', 'jsonl', 'html', 'records')
_TEMPLATE = 'articles.html'
_STDOUT = '-'
_MAX_ONE_PAGE = 200
_LANGUAGE = re.compile(r'[a-z]{2,3}(-[a-z0-9]{1,8})*')


@dataclasses.dataclass(frozen=True)
class Heading:
    """What a page says of itself.

    Attributes:
        title: of the page.
        source: where what was found comes from, in words.
        made_by: the program, in words.
        language: code of the language of titles, or ''.
    """

    title: str
    source: str
    made_by: str
    language: str = ''


def write(
    results: Sequence[article_results.Result],
    path: str,
    form: str,
    heading: Heading,
    *,
    per_page: int,
    inputs: Iterable[Mapping[str, Any]] = (),
    overwrite: bool = False,
) -> None:
    """Writes results.

    Args:
        results: what to write, in order.
        path: a file, or '-' for standard output; for HTML also a directory to make.
        form: one of FORMATS.
        heading: of HTML.
        per_page: results on a page of a directory of HTML.
        inputs: what they were made from, for the metadata of records.
        overwrite: whether path may be replaced.

    Raises:
        InputError: when path exists and may not be replaced, or one page would be too long.
    """
    if form == HTML:
        _write_html(results, path, heading, per_page, overwrite)
        return
    if form == RECORDS:
        records.write_file(
            path,
            (_to_record(result).SerializeToString() for result in results),
            proto=recsys_pb2.Recommendation,
            inputs=inputs,
            overwrite=overwrite,
        )
        return
    if form == TEXT:
        text = '\n'.join(map(article_results.to_text, results))
    else:
        text = ''.join(article_results.to_json(result) + '\n' for result in results)
    data = text.encode('utf-8', 'replace')
    if path == _STDOUT:
        sys.stdout.buffer.write(data)
        return
    with atomic.output_file(path, overwrite) as temporary:
        pathlib.Path(temporary).write_bytes(data)


def totals(results: Sequence[article_results.Result]) -> str:
    """Returns how many queries found something, found nothing, or meant nothing, in words."""
    unknown = sum(result.asked.query is None for result in results)
    found = sum(bool(result.found.urls) for result in results)
    articles = sum(len(result.found.urls) for result in results)
    return (
        f'{len(results)} queries; {found} found {articles} articles, '
        f'{len(results) - found - unknown} found none, {unknown} could not be understood'
    )


def _to_record(result: article_results.Result) -> recsys_pb2.Recommendation:
    query, found = result.asked.query, result.found
    return recsys_pb2.Recommendation(
        query=query.article if query and query.article else result.asked.text,
        item=found.urls,
        score=found.scores,
        reason=found.reasons,
    )


def _write_html(
    results: Sequence[article_results.Result],
    path: str,
    heading: Heading,
    per_page: int,
    overwrite: bool,
) -> None:
    number = f'{len(results):,} queries' if len(results) != 1 else 'One query'
    context = {
        'title': heading.title,
        'summary': html_text.sentence(f'{number}, answered from {{}}', heading.source),
        'made_by': heading.made_by,
        'language': heading.language if _LANGUAGE.fullmatch(heading.language) else '',
    }
    html_report.write_items(
        path,
        _TEMPLATE,
        results,
        count=len(results),
        unit='queries',
        max_on_page=_MAX_ONE_PAGE,
        label=lambda result: result.heading,
        items_per_page=per_page,
        overwrite=overwrite,
        **context,
    )
