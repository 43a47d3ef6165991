"""Stands for a training in tests of sweeps: writes the metrics of a model, or fails.

Run as a module with --model_dir, --quality and --fail; adds a line to --log for each run.
"""

import json
import pathlib
import sys


def main(words):
    """Writes or fails."""
    flags = dict(word.removeprefix('--').partition('=')[::2] for word in words)
    with open(flags['log'], 'a') as file:
        file.write(json.dumps(flags) + '\n')
    if float(flags['quality']) > float(flags['fail']):
        sys.exit('fake_training: error: the quality is too high')
    folder = pathlib.Path(flags['model_dir'])
    folder.mkdir(exist_ok='overwrite' in flags)
    config = {'best': {'epoch': 7, 'score': float(flags['quality'])}}
    (folder / 'config.json').write_text(json.dumps(config))


if __name__ == '__main__':
    main(sys.argv[1:])
