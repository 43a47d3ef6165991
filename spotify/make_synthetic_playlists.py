"""Generates playlists in the schema of the Million Playlist Dataset, whose right answers are known.

Tracks belong to artists and artists to latent themes, each with Zipf's law; a playlist has a theme,
and takes most of its tracks from it. Lengths are as in the Million Playlist Dataset: 5 to 250, 66
on average. Names are made up.

Reads:  nothing
Writes: --output/mpd.slice.N-M.json, a thousand playlists each;
        _track_themes.csv and _playlist_themes.csv, the theme of each;
        _truth.json, the settings, and what an oracle reaches that knows the theme of a playlist and
        the probability of each track given the theme: the most that any system can expect
Next:   spotify/make_dictionary.py

Example:
  python -m spotify.make_synthetic_playlists --output=data/playlists --num_playlists=10000
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags
from common import worker_flags

_OUTPUT = flags.DEFINE_string('output', None, 'Directory for the slices.', required=True)
_NUM_PLAYLISTS = flags.DEFINE_integer('num_playlists', 10_000, 'Playlists.', lower_bound=1)
_NUM_TRACKS = flags.DEFINE_integer(
    'num_tracks', 20_000, 'Tracks in the world.', lower_bound=20, upper_bound=10_000_000
)
_NUM_ARTISTS = flags.DEFINE_integer('num_artists', 2_000, 'Artists in the world.', lower_bound=1)
_NUM_THEMES = flags.DEFINE_integer(
    'num_themes', 50, 'Themes in the world.', lower_bound=1, upper_bound=10_000
)
_OFF_THEME = flags.DEFINE_float(
    'off_theme',
    0.1,
    'Share of draws that are not from the theme of the playlist.',
    lower_bound=0.01,
    upper_bound=1,
)
_ZIPF_EXPONENT = flags.DEFINE_float(
    'zipf_exponent',
    1.0,
    "Of Zipf's law for artists in a theme and for tracks of an artist; 0 is uniform.",
    lower_bound=0,
    upper_bound=3,
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of everything that is drawn.', lower_bound=0)
_GZIP = flags.DEFINE_boolean('gzip', False, 'Write .json.gz.')


def main(argv: list[str]) -> None:
    """Checks the flags and generates."""
    cli.refuse_arguments(argv)
    if not _NUM_THEMES.value <= _NUM_ARTISTS.value <= _NUM_TRACKS.value:
        raise errors.UsageError(
            f'--num_themes={_NUM_THEMES.value} must not exceed --num_artists={_NUM_ARTISTS.value}, '
            f'nor that --num_tracks={_NUM_TRACKS.value}'
        )
    atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), directory=True)
    from spotify import synthetic
    from spotify import synthetic_slices

    options = synthetic.Options(
        num_tracks=_NUM_TRACKS.value,
        num_artists=_NUM_ARTISTS.value,
        num_themes=_NUM_THEMES.value,
        off_theme=_OFF_THEME.value,
        zipf_exponent=_ZIPF_EXPONENT.value,
        seed=_SEED.value,
    )
    summary = synthetic_slices.write(
        _OUTPUT.value,
        _NUM_PLAYLISTS.value,
        options,
        zipped=_GZIP.value,
        num_workers=worker_flags.num_workers(),
        overwrite=output_flags.overwrite(),
    )
    logging.info('%s', summary)


if __name__ == '__main__':
    cli.run(main)
