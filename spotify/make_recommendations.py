"""Recommends the tracks that go on with a playlist, never one that is in it already, none twice.

Playlists are those of a split of the training data, of files (--playlists, as those that
spotify/make_dictionary.py reads), or one list of URIs on the command line (--tracks). Several
systems are blended by --weights: numbers, or the word learned for weights that suit the validation
playlists, as spotify/train_blend.py finds and keeps them.

Reads:  --data, the output of make_training; --systems; --split, --playlists or --tracks
Writes: --output, by --format:
          text, jsonl  names, scores, and for each track the known one that speaks most for it
          records      Recommendation records
          html         the same to look at: one page when the name ends in .html, else a directory
                       of pages with an index
          csv          a submission to the RecSys Challenge 2018, checked; gzipped when the name
                       ends in .gz
Next:   read it

Example:
  python -m spotify.make_recommendations --data=data/training --systems=data/blend \\
    --tracks=spotify:track:0UaMYEvWZi0ZqiDOoHU3YI,spotify:track:6I9VzXrHxO9rA9A5euc8Ak
"""

import os

from absl import flags
from absl import logging

from common import atomic
from common import bad_record_flags
from common import cli
from common import errors
from common import output_flags

_DATA = flags.DEFINE_string('data', None, 'Directory of training data.', required=True)
_SYSTEMS = flags.DEFINE_list(
    'systems', None, 'Directories of systems, or artist_match, album_match.', required=True
)
_WEIGHTS = flags.DEFINE_list(
    'weights', None, 'Of several systems: a number for each, or the word learned.'
)
_SPLIT = flags.DEFINE_enum(
    'split', None, ['test', 'validation', 'train'], 'Playlists of the data to continue.'
)
_PLAYLISTS = flags.DEFINE_string('playlists', None, 'Files of playlists to continue.')
_PLAYLISTS_FORMAT = flags.DEFINE_enum(
    'playlists_format',
    'auto',
    ['auto', 'mpd', 'csv', 'jsonl', 'txt'],
    'What these files are; auto goes by the extension: .json, .csv, .jsonl or .txt.',
)
_TRACKS = flags.DEFINE_list('tracks', None, 'URIs of the tracks of one playlist to continue.')
_CONTEXT_SIZE = flags.DEFINE_integer(
    'context_size',
    None,
    'How many of the first tracks to go by. By default the context that a playlist of --split was '
    'trained with, and all tracks of other playlists.',
    lower_bound=0,
)
_CANDIDATES = flags.DEFINE_enum(
    'candidates',
    'training',
    ['training', 'dictionary'],
    'Tracks that may be recommended: those in playlists for training, or all in the dictionary.',
)
_MAX_PLAYLISTS = flags.DEFINE_integer(
    'max_playlists', None, 'Continue only so many, the first.', lower_bound=1
)
_TOP_K = flags.DEFINE_integer(
    'top_k',
    None,
    'Tracks to recommend to each playlist; 500, but 20 for text and html, when not given.',
    lower_bound=1,
    upper_bound=10_000,
)
_FORMAT = flags.DEFINE_enum(
    'format', 'text', ['text', 'jsonl', 'records', 'html', 'csv'], 'Form of the output.'
)
_OUTPUT = flags.DEFINE_string(
    'output', '-', 'File or directory to write; - is stdout, for text, jsonl and html.'
)
_PLAYLISTS_PER_PAGE = flags.DEFINE_integer(
    'playlists_per_page', 20, 'Playlists on a page of a directory of HTML.', lower_bound=1
)
_TEAM_NAME = flags.DEFINE_string('team_name', None, 'For csv: the name of the team.')
_TEAM_EMAIL = flags.DEFINE_string('team_email', None, 'For csv: the address of the team.')
_STDOUT = '-'


def main(argv: list[str]) -> None:
    """Recommends and writes."""
    cli.refuse_arguments(argv)
    _check()

    from spotify import blend_files
    from spotify import playlist_queries
    from spotify import recommendation_files
    from spotify import recommendations
    from spotify import system_loading
    from spotify import training_data

    data = training_data.open_data(_DATA.value, bad_record_flags.max_bad_records())
    tracks = data.catalogue()
    source = playlist_queries.Source(
        split=_SPLIT.value,
        files=_PLAYLISTS.value,
        uris=_TRACKS.value,
        files_format=_PLAYLISTS_FORMAT.value,
        context_size=_CONTEXT_SIZE.value,
        max_playlists=_MAX_PLAYLISTS.value,
        max_bad_records=bad_record_flags.max_bad_records(),
    )
    queries = playlist_queries.find(source, data, tracks)
    system = blend_files.load_or_make(data, _SYSTEMS.value, _WEIGHTS.value)
    allowed = data.train_counts() > 0 if _CANDIDATES.value == 'training' else None
    results = recommendations.recommend(
        system, queries, _top_k(), allowed, with_reasons=_FORMAT.value != 'csv'
    )
    output = recommendation_files.Output(
        path=_OUTPUT.value,
        form=_FORMAT.value,
        overwrite=output_flags.overwrite(),
        system=' + '.join(os.path.basename(os.path.normpath(path)) for path in _SYSTEMS.value),
        source=source.name,
        inputs=[data.describe(), *map(system_loading.describe, _SYSTEMS.value)],
        playlists_per_page=_PLAYLISTS_PER_PAGE.value,
        team=(_TEAM_NAME.value, _TEAM_EMAIL.value),
    )
    recommendation_files.write(output, results, tracks, len(queries))
    logging.info('Done: %d playlists continued by %s', len(queries), output.system)


def _check() -> None:
    """Raises UsageError or InputError before work starts."""
    if _TRACKS.value is not None and not any(uri.strip() for uri in _TRACKS.value):
        raise errors.UsageError('--tracks names no track')
    sources = [_SPLIT.value, _PLAYLISTS.value, _TRACKS.value]
    if sum(source is not None for source in sources) != 1:
        raise errors.UsageError('give one of --split, --playlists and --tracks')
    if (len(_SYSTEMS.value) > 1) != (_WEIGHTS.value is not None):
        raise errors.UsageError(
            f'{len(_SYSTEMS.value)} --systems and --weights={_WEIGHTS.value}: several systems need '
            '--weights=learned or a number for each, and one has none'
        )
    if _FORMAT.value == 'csv':
        from spotify import submission

        submission.check_team(_TEAM_NAME.value or '', _TEAM_EMAIL.value or '')
        if _top_k() != submission.NUM_TRACKS:
            raise errors.UsageError(f'a submission has --top_k={submission.NUM_TRACKS}')
    if _OUTPUT.value != _STDOUT:
        inputs = [_DATA.value, *_SYSTEMS.value, *(_PLAYLISTS.value or '').split(',')]
        atomic.refuse_existing(_OUTPUT.value, output_flags.overwrite(), filter(None, inputs))
    elif _FORMAT.value in ('csv', 'records'):
        raise errors.UsageError(f'--format={_FORMAT.value} needs a name for --output')


def _top_k() -> int:
    return _TOP_K.value or (20 if _FORMAT.value in ('text', 'html') else 500)


if __name__ == '__main__':
    cli.run(main)
