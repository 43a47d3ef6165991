"""Where the dictionaries of tracks, artists and albums stand in their folder."""

import os

TRACK, ARTIST, ALBUM = 'track', 'artist', 'album'
KINDS = (TRACK, ARTIST, ALBUM)


def path(folder: str, kind: str) -> str:
    """Returns the path of one dictionary."""
    return os.path.join(folder, f'{kind}.tstat.pb.b64.bz2')
