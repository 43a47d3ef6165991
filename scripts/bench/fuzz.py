"""Feeds what reads other people's files with damaged ones, guided by which code they reach.

python scripts/bench/fuzz.py TARGET [--seconds=60] [--corpus=DIR]
python scripts/bench/fuzz.py TARGET --input=FILE

The first begins from small good files, changes them, and keeps those that reach new code in DIR,
where the next run goes on. It ends with the first fault, which it leaves as DIR/crash-HASH,
timeout-HASH or oom-HASH: an exception other than InputError, 60 s for one input, or 2 GB of memory.
The second runs one such file again, and needs nothing that is not in requirements.txt; the first
needs atheris (pip install atheris), which is not.
"""

import argparse
import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from common import errors

_INPUT_SECONDS, _MEMORY_MB = 60, 2048


def _fuzz(name: str, corpus: pathlib.Path, seconds: int) -> None:
    import atheris

    # Only what is imported here is watched: our code, and decoders that are written in Python.
    with atheris.instrument_imports(
        include=['common', 'wikipedia', 'pinterest', 'spotify', 'PIL', 'yaml', 'json']
    ):
        import fuzz_targets
    target = fuzz_targets.get(name)
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
        fuzz_targets.feed(target, seed)  # Whatever is made once is made now.
    arguments = [
        sys.argv[0],
        str(corpus),
        f'-artifact_prefix={corpus}/',
        f'-max_total_time={seconds}',
        f'-timeout={_INPUT_SECONDS}',
        f'-rss_limit_mb={_MEMORY_MB}',
        f'-max_len={target.max_bytes}',
        '-print_final_stats=1',
    ]
    atheris.Setup(arguments, lambda data: fuzz_targets.feed(target, data))
    atheris.Fuzz()


def _run(name: str, path: str) -> None:
    import fuzz_targets

    taken = fuzz_targets.feed(fuzz_targets.get(name), pathlib.Path(path).read_bytes())
    print('taken' if taken else 'refused')


def main() -> None:
    """Fuzzes one target, or runs it on one input."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('target', help='a name in fuzz_targets.py')
    parser.add_argument('--seconds', type=int, default=60, help='how long to go on')
    parser.add_argument('--corpus', help='directory of inputs; out/fuzz/TARGET')
    parser.add_argument('--input', help='file to run once')
    values = parser.parse_args()
    try:
        if values.input:
            _run(values.target, values.input)
        else:
            corpus = pathlib.Path(values.corpus or f'out/fuzz/{values.target}')
            _fuzz(values.target, corpus, values.seconds)
    except (ModuleNotFoundError, errors.UsageError) as error:
        parser.error(f'{error}; see --help')


if __name__ == '__main__':
    main()
