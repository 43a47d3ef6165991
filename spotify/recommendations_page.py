"""Recommendations as HTML: a card for each playlist."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from common import html_report
from common import html_text
from spotify import catalogue
from spotify import recommendations

_TEMPLATE = 'recommendations.html'
_TITLE = 'The next tracks'
_MAX_ONE_PAGE = 100
_MAX_NAME = 200  # Characters of a name that are shown.


@dataclasses.dataclass(frozen=True)
class Track:
    """A track as a page shows it; '' where a name is unknown."""

    name: str
    artist: str
    album: str


@dataclasses.dataclass(frozen=True)
class Row:
    """A track that is recommended, its score, the share of the best score that this is, and the
    known track that speaks most for it.
    """

    track: Track
    score: float
    share: float
    reason: Track | None


@dataclasses.dataclass(frozen=True)
class Card:
    """A playlist, with what is known of it and what is recommended to it."""

    title: str
    id: str
    context: Sequence[Track]
    unknown: Sequence[str]
    rows: Sequence[Row]

    @property
    def has_reasons(self) -> bool:
        """Whether any track has a reason."""
        return any(row.reason for row in self.rows)


def write(
    path: str,
    results: Iterable[recommendations.Recommended],
    tracks: catalogue.Catalogue,
    *,
    num_playlists: int,
    system: str,
    source: str,
    playlists_per_page: int,
    overwrite: bool = False,
) -> None:
    """Writes one page to a path that ends in .html or is '-', or pages with an index to another.

    Args:
        path: where to.
        results: what to show; read as it is written.
        tracks: what they mean.
        num_playlists: how many results there are.
        system: what recommends, in words.
        source: where the playlists come from.
        playlists_per_page: cards on a page of a directory.
        overwrite: whether path may be replaced.

    Raises:
        InputError: when path exists and may not be replaced, or one page would be too long.
    """
    number = f'{num_playlists:,} playlists' if num_playlists != 1 else 'One playlist'
    context = {
        'title': _TITLE,
        'summary': html_text.sentence(f'{number} from {{}}, continued by {{}}', source, system),
        'made_by': 'Made by spotify/make_recommendations',
    }
    html_report.write_items(
        path,
        _TEMPLATE,
        _cards(results, tracks),
        count=num_playlists,
        unit='playlists',
        max_on_page=_MAX_ONE_PAGE,
        label=lambda card: card.title,
        items_per_page=playlists_per_page,
        overwrite=overwrite,
        **context,
    )


def _cards(
    results: Iterable[recommendations.Recommended], tracks: catalogue.Catalogue
) -> Iterator[Card]:
    for result in results:
        query = result.query
        yield Card(
            _cut(query.name or query.id or 'Untitled'),
            _cut(query.id) if query.name else '',
            [_track(track, tracks) for track in query.context.tolist()],
            [_cut(uri) for uri in query.unknown],
            list(_rows(result, tracks)),
        )


def _rows(result: recommendations.Recommended, tracks: catalogue.Catalogue) -> Iterator[Row]:
    scores = result.scores.tolist()
    lowest = min([0.0, *scores])
    span = max([0.0, *scores]) - lowest
    for track, score, reason in zip(
        result.tracks.tolist(), scores, result.reasons.tolist(), strict=True
    ):
        yield Row(
            _track(track, tracks),
            score,
            (score - lowest) / span if span > 0 else 1.0,
            _track(reason, tracks) if reason >= 0 else None,
        )


def _track(track: int, tracks: catalogue.Catalogue) -> Track:
    return Track(
        _cut(tracks.names[track] or tracks.uris[track]),
        _cut(tracks.artist_names[tracks.artists[track]]),
        _cut(tracks.album_names[tracks.albums[track]]),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_NAME else f'{text[:_MAX_NAME]}…'
