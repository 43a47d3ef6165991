"""Stands for a training in tests of sweeps: writes the metrics of two epochs, or fails.

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
    epochs = [{'epoch': 1, 'score': float(flags['quality'])}, {'epoch': 2, 'score': 0.125}]
    text = ''.join(json.dumps(epoch) + '\n' for epoch in epochs)
    (folder / 'metrics.jsonl').write_text(text)


if __name__ == '__main__':
    main(sys.argv[1:])
