"""Factorises the matrix of playlists and tracks: implicit feedback, alternating least squares.

What is minimised: (unobserved_weight + alpha r) (1 - x.y)^2 for everything observed, with r = 1 for
a track, plus unobserved_weight (x.y)^2 for everything else, plus ridge |x|^2 times
frequency^frequency_exponent for each vector. A track also observes its artist and its album, by
--artist_weight and --album_weight, and is judged by their vectors too: where most tracks occur in
one playlist only, that is where most of the knowledge is. With checkpoints, an interrupted training
that is resumed ends with the same bits as one that ran through.

Reads:  --data, what spotify/make_training.py wrote: its train and validation splits
Writes: --model_dir: parameters of the best epoch, config.json, metrics.jsonl, README.md
        --checkpoint_dir/checkpoint-NNNNN.msgpack, if wanted
Next:   spotify/evaluate_recommendations.py, make_recommendations.py

Example:
  python -m spotify.train_matrix_factorization --data=data/training --model_dir=data/als
"""

import os
import time

from absl import flags

from common import atomic
from common import bad_record_flags
from common import checkpoint_flags
from common import cli
from common import output_flags
from spotify import factorization_flags

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
    config = factorization_flags.config()
    from spotify import factorization_program

    began = time.monotonic()
    result = factorization_program.run(
        config,
        _DATA.value,
        os.path.normpath(_MODEL_DIR.value),
        max_bad_records=bad_record_flags.max_bad_records(),
        overwrite=overwrite,
    )
    result.log(began, _MODEL_DIR.value)


if __name__ == '__main__':
    flags.adopt_module_key_flags(factorization_flags)
    cli.run(main)
