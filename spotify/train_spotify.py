"""Trains the playlist model: embeddings of albums, artists and tracks that rank the next tracks.

Settings that are not given follow from --loss: with book they are the book's (max affinity, boosts
of 0.1, 64 uniform negatives, the first 5 tracks as context, no track embedding), with any other
loss those that were found best. With checkpoints, an interrupted training that is resumed ends with
the same bits as one that ran through.

Reads:  --data, what spotify/make_training.py wrote: its train and validation splits
Writes: --model_dir: parameters of the best epoch, config.json, metrics.jsonl, README.md
        --checkpoint_dir/checkpoint-NNNNN.msgpack, if wanted
Next:   spotify/evaluate_recommendations.py, make_recommendations.py

Example:
  python -m spotify.train_spotify --data=data/training --model_dir=data/model
"""

import os
import time

from absl import flags

from common import atomic
from common import bad_record_flags
from common import checkpoint_flags
from common import cli
from common import output_flags
from spotify import training_flags

_DATA = flags.DEFINE_string('data', None, 'Directory of training data.', required=True)
_MODEL_DIR = flags.DEFINE_string(
    'model_dir', None, 'Directory of the finished model.', required=True
)


def main(argv: list[str]) -> None:
    """Reads flags and input, trains, and writes the model."""
    cli.refuse_arguments(argv)
    overwrite = output_flags.overwrite()
    atomic.refuse_existing(_MODEL_DIR.value, overwrite, [_DATA.value], directory=True)
    checkpoint_flags.check([_DATA.value])
    config = training_flags.config()
    from spotify import spotify_program

    began = time.monotonic()
    result = spotify_program.run(
        config,
        _DATA.value,
        os.path.normpath(_MODEL_DIR.value),
        max_bad_records=bad_record_flags.max_bad_records(),
        overwrite=overwrite,
    )
    result.log(began, _MODEL_DIR.value)


if __name__ == '__main__':
    flags.adopt_module_key_flags(training_flags)
    cli.run(main)
