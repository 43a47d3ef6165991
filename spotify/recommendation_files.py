"""Recommendations in each form in which they are written."""

import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import TextIO

from common import atomic
from common import records
from common.pb import recsys_pb2
from spotify import catalogue
from spotify import recommendations
from spotify import recommendations_page
from spotify import submission

STDOUT = '-'

TEXT, JSON_LINES, RECORDS, HTML, CSV = 'text', 'jsonl', 'records', 'html', 'csv'


@dataclasses.dataclass(frozen=True)
class Output:
    """Where recommendations go, and in which form.

    Attributes:
        path: a file or directory; '-' is standard output.
        form: one of FORMS.
        overwrite: whether path may be replaced.
        system: what recommends, in words.
        source: where the playlists come from, in words.
        inputs: what the recommendations were made from, for metadata.
        playlists_per_page: cards on a page of a directory of HTML.
        team: name and address for a submission.
    """

    path: str
    form: str
    overwrite: bool = False
    system: str = ''
    source: str = ''
    inputs: Sequence[Mapping[str, Any]] = ()
    playlists_per_page: int = 20
    team: tuple[str, str] = ('', '')


def write(
    output: Output,
    results: Iterable[recommendations.Recommended],
    tracks: catalogue.Catalogue,
    num_playlists: int,
) -> None:
    """Writes recommendations; a file or directory appears when it is whole.

    Args:
        output: where and how.
        results: what to write; read as it is written.
        tracks: what they mean.
        num_playlists: how many results there are.

    Raises:
        InputError: when the path exists and may not be replaced, or results do not suit the form.
    """
    if output.form == HTML:
        recommendations_page.write(
            output.path,
            results,
            tracks,
            num_playlists=num_playlists,
            system=output.system,
            source=output.source,
            playlists_per_page=output.playlists_per_page,
            overwrite=output.overwrite,
        )
    elif output.form == CSV:
        submission.write(output.path, results, tracks, output.team, output.overwrite)
    elif output.form == RECORDS:
        records.write_parts(
            output.path,
            (to_record(result, tracks).SerializeToString() for result in results),
            proto=recsys_pb2.Recommendation,
            inputs=output.inputs,
            overwrite=output.overwrite,
        )
    else:
        form = to_text if output.form == TEXT else to_json
        with _open(output.path, output.overwrite) as file:
            for result in results:
                file.write(form(result, tracks))


@contextlib.contextmanager
def _open(path: str, overwrite: bool) -> Iterator[TextIO]:
    if path == STDOUT:
        sys.stdout.reconfigure(encoding='utf-8', errors='replace')
        yield sys.stdout
        return
    with (
        atomic.output_file(path, overwrite) as temporary,
        open(temporary, 'w', encoding='utf-8', errors='replace') as file,
    ):
        yield file


def to_record(
    result: recommendations.Recommended, tracks: catalogue.Catalogue
) -> recsys_pb2.Recommendation:
    """Returns the record of a result: URIs, scores, and URIs of reasons, '' for none."""
    reasons = result.reasons.tolist()
    return recsys_pb2.Recommendation(
        query=result.query.id,
        item=[tracks.uris[track] for track in result.tracks.tolist()],
        score=result.scores.tolist(),
        reason=[tracks.uris[reason] if reason >= 0 else '' for reason in reasons]
        if any(reason >= 0 for reason in reasons)
        else [],
    )


def to_json(result: recommendations.Recommended, tracks: catalogue.Catalogue) -> str:
    """Returns a result as one line of JSON."""
    query = result.query
    fields: dict[str, Any] = {
        'playlist': query.id,
        'name': query.name,
        'context': [tracks.uris[track] for track in query.context.tolist()],
        'unknown': list(query.unknown),
        'recommended': [
            {**_describe(track, tracks), 'score': _exact(score), 'reason': _reason(reason, tracks)}
            for track, score, reason in _rows(result)
        ],
    }
    return json.dumps(fields, ensure_ascii=False) + '\n'


def to_text(result: recommendations.Recommended, tracks: catalogue.Catalogue) -> str:
    """Returns a result as a paragraph for a terminal."""
    query = result.query
    heading = show(query.name or query.id)
    if query.name and query.id:
        heading += f' ({show(query.id)})'
    known = len(query.context)
    lines = [f'{heading}, from {known:,} known {"track" if known == 1 else "tracks"}']
    if query.unknown:
        lines[0] += f' and {len(query.unknown):,} unknown'
    for place, (track, score, reason) in enumerate(_rows(result), start=1):
        line = f'  {place:>3}  {score:<9.4g}  {title(track, tracks)}'
        lines.append(line + (f'  <- {title(reason, tracks)}' if reason >= 0 else ''))
    return '\n'.join(lines) + '\n'


def title(track: int, tracks: catalogue.Catalogue) -> str:
    """Returns name and artist of a track for a terminal; its URI where it has no name."""
    name, artist = tracks.names[track], tracks.artist_names[tracks.artists[track]]
    return show(f'{name} · {artist}' if name and artist else name or tracks.uris[track])


def show(text: str) -> str:
    """Returns text without characters that would act on a terminal."""
    return ''.join(c if c.isprintable() else '\ufffd' for c in text)


def _rows(result: recommendations.Recommended) -> Iterable[tuple[int, float, int]]:
    return zip(result.tracks.tolist(), result.scores.tolist(), result.reasons.tolist(), strict=True)


def _describe(track: int, tracks: catalogue.Catalogue) -> dict[str, str]:
    return {
        'track': tracks.uris[track],
        'name': tracks.names[track],
        'artist': tracks.artist_names[tracks.artists[track]],
        'album': tracks.album_names[tracks.albums[track]],
    }


def _reason(reason: int, tracks: catalogue.Catalogue) -> str:
    return tracks.uris[reason] if reason != recommendations.NO_REASON else ''


def _exact(score: float) -> float:
    """Returns a float32 with the nine digits that give it back exactly."""
    return float(f'{score:.9g}')
