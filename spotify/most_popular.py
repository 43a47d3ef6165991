"""Counts in how many playlists each track is: the system that recommends the same to everyone.

With --epsilon it explores: each of the first --num_slots places of a list is filled, with that
probability, by a track drawn evenly from those that are neither in the playlist nor listed yet,
and else by the most popular of them. The draw depends on --seed and the playlist alone.

Reads:  --data, the train split of what spotify/make_training.py wrote
Writes: --model_dir: parameters.msgpack with the counts, config.json, README.md
Next:   spotify/evaluate_recommendations.py, make_recommendations.py

Example:
  python -m spotify.most_popular --data=data/training --model_dir=data/most_popular
"""

from absl import flags
from absl import logging

from common import atomic
from common import bad_record_flags
from common import cli
from common import output_flags

_DATA = flags.DEFINE_string('data', None, 'Directory of training data.', required=True)
_MODEL_DIR = flags.DEFINE_string(
    'model_dir', None, 'Directory of the finished model.', required=True
)
_EPSILON = flags.DEFINE_float(
    'epsilon',
    0.0,
    'Share of places filled by a random track, from 0 to 1.',
    lower_bound=0.0,
    upper_bound=1.0,
)
_NUM_SLOTS = flags.DEFINE_integer(
    'num_slots', 500, 'Places from the top that are explored: the length of lists.', lower_bound=1
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of the exploration.', lower_bound=0)


def main(argv: list[str]) -> None:
    """Counts, and writes the system."""
    cli.refuse_arguments(argv)
    overwrite = output_flags.overwrite()
    atomic.refuse_existing(_MODEL_DIR.value, overwrite, [_DATA.value], directory=True)
    from spotify import popularity
    from spotify import training_data

    data = training_data.open_data(_DATA.value, bad_record_flags.max_bad_records())
    train = data.playlists(training_data.TRAIN)
    counts = popularity.count(train, data.num_tracks)
    settings = {
        'epsilon': _EPSILON.value,
        'num_slots': _NUM_SLOTS.value,
        'seed': _SEED.value,
    }
    popularity.save(_MODEL_DIR.value, counts, settings, data, overwrite=overwrite)
    logging.info(
        'Done: %d tracks in %d playlists, the most popular in %d, %d in none; %d bad records: %s',
        len(counts),
        len(train),
        counts.max(initial=0),
        (counts == 0).sum(),
        data.bad.total(),
        _MODEL_DIR.value,
    )


if __name__ == '__main__':
    cli.run(main)
