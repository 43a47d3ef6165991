"""Slices of the Million Playlist Dataset, made by hand."""

import gzip
import json
import pathlib


def entry(track, artist='a', album='l', **fields):
    """Returns an entry whose URIs are the letters after their kinds."""
    return {
        'track_uri': f'spotify:track:{track}',
        'artist_uri': f'spotify:artist:{artist}',
        'album_uri': f'spotify:album:{album}',
        'track_name': f'Track {track}',
        'artist_name': f'Artist {artist}',
        'album_name': f'Album {album}',
        'duration_ms': 1000,
        **fields,
    }


def playlist(pid, tracks, **fields):
    """Returns a playlist of tracks: letters, or entries."""
    entries = [entry(track) if isinstance(track, str) else track for track in tracks]
    return {
        'name': f'List {pid}',
        'pid': pid,
        'num_tracks': len(entries),
        'modified_at': 1_500_000_000,
        'tracks': entries,
        **fields,
    }


def write(folder, name, *playlists):
    """Writes a slice, gzipped when the name says so; returns its path."""
    data = json.dumps({'info': {}, 'playlists': playlists}).encode()
    path = pathlib.Path(folder, name)
    path.write_bytes(gzip.compress(data) if name.endswith('.gz') else data)
    return str(path)
