"""Makes a blend of systems, with weights learned from the validation playlists or given.

Each system's scores are brought to one scale for each playlist, and added up by weights. Learned
weights are those with the best NDCG on playlists of the validation split that are cut after
--context_sizes tracks: one set for all, and others for a size where they gain clearly; a playlist
to be continued takes those of the largest size that it reaches. They are never worse there, over
all sizes, than the best single system. Systems must not have been trained on that split.

Reads:  --data, the output of make_training; --systems, which stay where they are: the blend refers
        to them, by paths that lead from it to them
Writes: --model_dir, a system as any other: weights, config.json, metrics.jsonl, README.md
Next:   spotify/evaluate_recommendations.py, spotify/make_recommendations.py

Example:
  python -m spotify.train_blend --data=data/training \\
    --systems=data/most_popular,data/item_to_item,artist_match --model_dir=data/blend
"""

from absl import flags
from absl import logging

from common import atomic
from common import bad_record_flags
from common import cli
from common import errors
from common import output_flags
from spotify import context_sizes

_DATA = flags.DEFINE_string('data', None, 'Directory of training data.', required=True)
_SYSTEMS = flags.DEFINE_list(
    'systems', None, 'Directories of systems, or artist_match, album_match.', required=True
)
_WEIGHTS = flags.DEFINE_list(
    'weights', ['learned'], 'A number for each system, or the word learned.'
)
_CONTEXT_SIZES = flags.DEFINE_list(
    'context_sizes', ['0', '1', '5', '25'], 'Tracks after which playlists are cut to learn from.'
)
_DEPTH = flags.DEFINE_integer(
    'depth', 1000, 'Of each system, the best tracks that have a say.', lower_bound=500
)
_MAX_PLAYLISTS = flags.DEFINE_integer(
    'max_playlists', 200, 'Playlists to learn from at most, chosen by --seed.', lower_bound=1
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of the choice of playlists.', lower_bound=0)
_MODEL_DIR = flags.DEFINE_string(
    'model_dir', None, 'Directory of the finished model.', required=True
)


def main(argv: list[str]) -> None:
    """Learns the weights and writes the blend."""
    cli.refuse_arguments(argv)
    sizes = context_sizes.parse(_CONTEXT_SIZES.value)
    if len(_SYSTEMS.value) < 2:
        raise errors.UsageError('a blend is of at least two --systems')
    atomic.refuse_existing(
        _MODEL_DIR.value,
        output_flags.overwrite(),
        [_DATA.value, *_SYSTEMS.value],
        directory=True,
    )

    from spotify import blend_files
    from spotify import training_data

    blend = blend_files.make(
        training_data.open_data(_DATA.value, bad_record_flags.max_bad_records()),
        _SYSTEMS.value,
        _WEIGHTS.value,
        context_sizes=sizes,
        depth=_DEPTH.value,
        max_playlists=_MAX_PLAYLISTS.value,
        seed=_SEED.value,
    )
    blend_files.save(_MODEL_DIR.value, blend, overwrite=output_flags.overwrite())
    for line in blend.describe():
        logging.info('%s', line)
    logging.info('Done: a blend of %d systems in %s', len(blend.paths), _MODEL_DIR.value)


if __name__ == '__main__':
    cli.run(main)
