"""Results of searching and recommending articles, as text and as JSON lines."""

import dataclasses
import itertools
import json
from collections.abc import Mapping
from typing import Any

from wikipedia import article_parts
from wikipedia import article_queries
from wikipedia import neighbors
from wikipedia import titles


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a part placed an article: its rank from 1, its score there, and the title of another
    article that speaks most for it, or ''.
    """

    rank: int
    score: float
    reason: str = ''


@dataclasses.dataclass(frozen=True)
class Row:
    """An article that was found.

    Attributes:
        url: its address.
        title: its title.
        score: what ranks it.
        share: of the best score, above the least one where that is below 0; 0 to 1.
        reason: title of another article that speaks most for it, or ''.
        places: by the name of each part that found it.
    """

    url: str
    title: str
    score: float
    share: float
    reason: str
    places: Mapping[str, Place]


@dataclasses.dataclass(frozen=True)
class Result:
    """What was found for what a user asked.

    Attributes:
        asked: that.
        found: the final ranking.
        by_part: what each part found by its name, in the order of the parts.
        anchors: titles of the articles where the graph was entered for a text.
    """

    asked: article_queries.Asked
    found: article_parts.Found = dataclasses.field(default_factory=article_parts.Found)
    by_part: Mapping[str, article_parts.Found] = dataclasses.field(default_factory=dict)
    anchors: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """What was asked, as a reader calls it."""
        return article_queries.shorten(self.asked.title or self.asked.text)

    @property
    def rows(self) -> list[Row]:
        """The articles of the final ranking, with where each part placed them."""
        places = {name: _places(found) for name, found in self.by_part.items()}
        return _rows(self.found, places)

    @property
    def lists(self) -> dict[str, list[Row]]:
        """The best that each part found, as many as are in the final ranking; by part."""
        length = len(self.found.urls)
        return {name: _rows(found, {}, length) for name, found in self.by_part.items()}


def to_text(result: Result) -> str:
    """Returns a result as a paragraph for a terminal."""
    show = neighbors.show
    lines = [show(result.heading)]
    if result.asked.note:
        lines.append(f'  {show(result.asked.note)}')
    if result.anchors:
        lines.append(f'  Anchors: {show(", ".join(result.anchors))}')
    rows = result.rows
    width = max((len(show(row.title)) for row in rows), default=0)
    for rank, row in enumerate(rows, start=1):
        line = f'  {rank:3}  {show(row.title):<{width}}  {row.score:9.4g}'
        parts = [_describe(name, place) for name, place in row.places.items()]
        lines.append(f'{line}  {"; ".join(parts)}'.rstrip())
    if result.asked.query is not None and not rows:
        lines.append('  Nothing was found.')
    return '\n'.join(lines) + '\n'


def to_json(result: Result) -> str:
    """Returns a result as one line of JSON without a line feed."""
    query = result.asked.query
    fields: dict[str, Any] = {
        'query': result.asked.text,
        'article': query.article if query else '',
        'title': result.asked.title,
        'note': result.asked.note,
        'articles': [_row_fields(row, bool(result.by_part)) for row in result.rows],
    }
    if result.by_part:
        fields['anchors'] = list(result.anchors)
    return json.dumps(fields, ensure_ascii=False)


def _row_fields(row: Row, with_parts: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {'url': row.url, 'title': row.title, 'score': _short(row.score)}
    if with_parts:
        fields['reason'] = row.reason
        fields['parts'] = {
            name: {**dataclasses.asdict(place), 'score': _short(place.score)}
            for name, place in row.places.items()
        }
    return fields


def _rows(
    found: article_parts.Found,
    places: Mapping[str, Mapping[str, Place]],
    length: int | None = None,
) -> list[Row]:
    """Returns the first articles of a ranking, with their places by part."""
    reasons = found.reasons or ('',) * len(found.urls)
    least = min((0.0, *found.scores))
    span = max((0.0, *found.scores)) - least
    triples = zip(found.urls, found.scores, reasons, strict=True)
    return [
        Row(
            url,
            titles.of_url(url),
            score,
            (score - least) / span if span > 0 else 1.0,
            _other(reason, url),
            {name: placed[url] for name, placed in places.items() if url in placed},
        )
        for url, score, reason in itertools.islice(triples, length)
    ]


def _places(found: article_parts.Found) -> dict[str, Place]:
    reasons = found.reasons or ('',) * len(found.urls)
    rows = zip(found.urls, found.scores, reasons, strict=True)
    return {
        url: Place(rank, score, _other(reason, url))
        for rank, (url, score, reason) in enumerate(rows, start=1)
    }


def _other(reason: str, url: str) -> str:
    """Returns the title of a reason, but that of an article which speaks for itself."""
    return titles.of_url(reason) if reason != url else ''


def _describe(name: str, place: Place) -> str:
    reason = f' by {neighbors.show(place.reason)}' if place.reason else ''
    return f'{name} {place.rank}{reason}'


def _short(score: float) -> float:
    """Returns a number to nine digits, which give a 32-bit number back exactly."""
    return float(f'{score:.9g}')
