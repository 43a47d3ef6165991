"""From playlists to the next track."""
