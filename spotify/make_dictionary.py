"""Makes the dictionaries of tracks, artists and albums.

Entries are ordered by falling frequency (entries of playlists, repeated ones too), ties by URI, and
their index follows that order from 0. doc_frequency is the number of playlists.

Reads:  --playlists, slices of the Million Playlist Dataset or lists of your own
Writes: --output/{track,artist,album}.tstat.pb.b64.bz2, TokenStat records, with metadata beside
Next:   spotify/make_training.py

Lists of your own, plain or gzipped, by extension or --playlists_format:
  .csv    a header, then a row an entry: playlist, track, and optionally artist, album,
          track_name, artist_name, album_name, duration_ms, playlist_name, modified_at
  .jsonl  such an entry a line, or a playlist a line: {"playlist": …, "name": …, "tracks": […]}
  .txt    a playlist a file, a track a line; the file's name is the playlist's

What is broken is left out and counted, up to --max_bad_records: a playlist, a row, or a file that
cannot be read at all. A playlist with the identifier of one before is left out too. Empty playlists
and a wrong num_tracks are only counted. Give --id_field, --id_pattern and --one_edition here as to
make_training.

Example:
  python -m spotify.make_dictionary --playlists='data/mpd.slice.*.json' --output=data/dictionaries
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags
from spotify import playlist_flags

_OUTPUT = flags.DEFINE_string('output', None, 'Directory for the dictionaries.', required=True)
_MIN_TRACK_COUNT = flags.DEFINE_integer(
    'min_track_count', 1, 'Playlists that a track must be in.', lower_bound=1
)
_MIN_ARTIST_COUNT = flags.DEFINE_integer(
    'min_artist_count', 1, 'Playlists that an artist must be in.', lower_bound=1
)
_MIN_ALBUM_COUNT = flags.DEFINE_integer(
    'min_album_count', 1, 'Playlists that an album must be in.', lower_bound=1
)


def main(argv: list[str]) -> None:
    """Counts, and writes the dictionaries."""
    cli.refuse_arguments(argv)
    atomic.refuse_existing(
        _OUTPUT.value, output_flags.overwrite(), playlist_flags.inputs(), directory=True
    )
    from common import dictionary
    from spotify import dictionary_files
    from spotify import dictionary_job
    from spotify import playlist_files

    id_pattern = playlist_flags.id_pattern()
    reader = playlist_flags.reader()
    min_counts = {
        dictionary_files.TRACK: _MIN_TRACK_COUNT.value,
        dictionary_files.ARTIST: _MIN_ARTIST_COUNT.value,
        dictionary_files.ALBUM: _MIN_ALBUM_COUNT.value,
    }
    with atomic.output_directory(_OUTPUT.value, output_flags.overwrite()) as folder:
        dictionaries = dictionary_job.count(
            reader, min_counts, id_pattern=id_pattern, one_edition=playlist_flags.one_edition()
        )
        if not dictionaries[dictionary_files.TRACK]:
            raise errors.InputError(
                f'{playlist_flags.pattern()}: no track is in {_MIN_TRACK_COUNT.value} playlists '
                f'or more (read {reader.summary()}); give other files or a lower --min_track_count'
            )
        source = {
            'path': playlist_flags.pattern(),
            'records': reader.totals[playlist_files.PLAYLISTS],
            'content_hash': None,
        }
        for kind, stats in dictionaries.items():
            dictionary.save(dictionary_files.path(folder, kind), stats, inputs=[source])
    sizes = ', '.join(f'{len(stats)} {kind}s' for kind, stats in dictionaries.items())
    logging.info('wrote %s to %s; read %s', sizes, _OUTPUT.value, reader.summary())


if __name__ == '__main__':
    cli.run(main)
