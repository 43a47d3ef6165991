"""Makes training data: playlists as context and next tracks, in three splits, and the catalogue.

Of each playlist the first --topk tracks are the context, and all that follow are next. A track that
the playlist repeats, or that the dictionary lacks, is left out first; a playlist is left out unless
--min_next tracks still follow the context. (The book's --min_next counts the context too: its 10
with a context of 5 is 5 here, the default.)

Which split a playlist belongs to follows from a hash of its --id_field, so that it stays where it
is when others come and go. Artist, album and names of a track are those of where it occurs first.
An artist or album that is not in its dictionary has the index after the last, and no URI.

Reads:  --playlists, as spotify/make_dictionary.py reads them; --dictionaries, its output
Writes: --output/{train,validation,test}/part-NNNNN.tfrecord, Examples with the book's int64 lists
        track_context, album_context, artist_context, next_track, next_album, next_artist, and id,
        name, and unknown, the number of distinct tracks that the dictionary lacks;
        --output/tracks, Track records: the catalogue
Next:   spotify/train_spotify.py

Example:
  python -m spotify.make_training --playlists='data/mpd.slice.*.json' \\
    --dictionaries=data/dictionaries --output=data/training
"""

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags
from spotify import playlist_flags

_DICTIONARIES = flags.DEFINE_string(
    'dictionaries', None, 'Directory of dictionaries.', required=True
)
_OUTPUT = flags.DEFINE_string('output', None, 'Directory for training data.', required=True)
_TOPK = flags.DEFINE_integer('topk', 5, 'Tracks of the context.', lower_bound=0)
_MIN_NEXT = flags.DEFINE_integer(
    'min_next', 5, 'Tracks that must follow the context.', lower_bound=1
)
_NUM_FOLDS = flags.DEFINE_integer(
    'num_folds', 10, 'Folds that playlists fall into.', lower_bound=1, upper_bound=10_000
)
_TEST_FOLD = flags.DEFINE_integer(
    'test_fold', 9, 'The fold for the test split, from 0; -1 for none.', lower_bound=-1
)
_VALIDATION_FOLD = flags.DEFINE_integer(
    'validation_fold', 8, 'The fold for the validation split; -1 for none.', lower_bound=-1
)
_SEED = flags.DEFINE_integer(
    'seed', 0, 'Of the hash that makes the folds.', lower_bound=0, upper_bound=(1 << 63) - 1
)
_RECORDS_PER_PART = flags.DEFINE_integer(
    'records_per_part', 10_000, 'Playlists in a part file.', lower_bound=1
)


def main(argv: list[str]) -> None:
    """Checks the flags and writes."""
    cli.refuse_arguments(argv)
    _check_flags()
    atomic.refuse_existing(
        _OUTPUT.value,
        output_flags.overwrite(),
        [*playlist_flags.inputs(), _DICTIONARIES.value],
        directory=True,
    )
    from common import records
    from spotify import training_job

    reader = playlist_flags.reader()
    dictionaries = training_job.load_dictionaries(_DICTIONARIES.value, records.ReadOptions())
    summary = training_job.make(
        reader,
        dictionaries,
        _OUTPUT.value,
        training_job.Options(
            context_size=_TOPK.value,
            min_next=_MIN_NEXT.value,
            id_pattern=playlist_flags.id_pattern(),
            one_edition=playlist_flags.one_edition(),
            num_folds=_NUM_FOLDS.value,
            test_fold=_TEST_FOLD.value,
            validation_fold=_VALIDATION_FOLD.value,
            seed=_SEED.value,
            records_per_part=_RECORDS_PER_PART.value,
        ),
        pattern=playlist_flags.pattern(),
        overwrite=output_flags.overwrite(),
    )
    logging.info('%s', summary)


def _check_flags() -> None:
    folds = _TEST_FOLD.value, _VALIDATION_FOLD.value
    if max(folds) >= _NUM_FOLDS.value:
        raise errors.UsageError(
            f'--test_fold={folds[0]} and --validation_fold={folds[1]} must be below '
            f'--num_folds={_NUM_FOLDS.value}'
        )
    if folds[0] == folds[1] != -1:
        raise errors.UsageError(f'--test_fold and --validation_fold are both {folds[0]}')
    playlist_flags.id_pattern()


if __name__ == '__main__':
    cli.run(main)
