"""Counts tracks, artists and albums over files of playlists."""

import collections
import functools
import itertools
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from common.pb import nlp_pb2
from spotify import dictionary_files
from spotify import playlist_editions
from spotify import playlist_files
from spotify import playlist_formats

# Of one kind: distinct addresses, how often each occurs, in how many playlists.
Counts = tuple[list[str], list[int], list[int]]


def count_file(
    id_pattern: str,
    playlists: Sequence[playlist_formats.RawPlaylist],
    faults: playlist_formats.Faults,
) -> tuple[Counts, Counts, Counts]:
    """Returns the counts of tracks, artists and albums in one file; runs in a worker."""
    rows = [p.entries for p, _ in playlist_editions.split_ids(id_pattern, playlists, faults)]
    return (
        _count([[entry.track_uri for entry in entries] for entries in rows]),
        _count([[entry.artist_uri for entry in entries] for entries in rows]),
        _count([[entry.album_uri for entry in entries] for entries in rows]),
    )


def _count(rows: Sequence[Sequence[str | None]]) -> Counts:
    frequencies = collections.Counter(itertools.chain.from_iterable(rows))
    documents = collections.Counter(itertools.chain.from_iterable(map(frozenset, rows)))
    uris = [uri for uri in frequencies if uri]  # An own list need not name artists.
    return uris, [frequencies[uri] for uri in uris], [documents[uri] for uri in uris]


def count(
    reader: playlist_files.PlaylistReader,
    min_counts: Mapping[str, int],
    *,
    id_pattern: str = '',
    one_edition: bool = False,
) -> dict[str, list[nlp_pb2.TokenStat]]:
    """Returns the entries of each dictionary, by falling frequency, then by address.

    Args:
        reader: of the playlists.
        min_counts: by kind, in how many playlists an entry must occur.
        id_pattern: see playlist_editions.split_ids.
        one_edition: count the latest playlist of each split id only.

    Raises:
        InputError: when the playlists cannot be used.
    """
    sums = {kind: _Sum() for kind in dictionary_files.KINDS}
    old = playlist_editions.find_old(reader, id_pattern) if one_edition else {}
    for counts in reader.map(functools.partial(count_file, id_pattern), old):
        for kind, block in zip(dictionary_files.KINDS, counts, strict=True):
            sums[kind].add(block)
    return {kind: list(sums[kind].stats(min_counts[kind])) for kind in dictionary_files.KINDS}


class _Sum:
    """Adds up the counts of one kind."""

    def __init__(self) -> None:
        self._frequencies: dict[str, int] = {}
        self._documents: dict[str, int] = {}

    def add(self, counts: Counts) -> None:
        for uri, frequency, documents in zip(*counts, strict=True):
            self._frequencies[uri] = self._frequencies.get(uri, 0) + frequency
            self._documents[uri] = self._documents.get(uri, 0) + documents

    def stats(self, min_count: int) -> Iterator[nlp_pb2.TokenStat]:
        kept = [item for item in self._frequencies.items() if self._documents[item[0]] >= min_count]
        kept.sort(key=lambda item: (-item[1], item[0]))
        for index, (uri, frequency) in enumerate(kept):
            yield nlp_pb2.TokenStat(
                token=uri, frequency=frequency, doc_frequency=self._documents[uri], index=index
            )
