"""A folder with what the programs of tests.program_table read and make, made once a session."""

import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from pinterest import pairs
from tests import article_testdata
from tests import dump_samples
from tests import program_table
from tests import programs
from tests import shop_testdata
from tests import spark_chain

_SWEEP = """
program: pinterest/train_shop_the_look.py
method: random
metric: {name: recall_at_10, goal: maximize}
parameters: {num_epochs: {value: 1}}
"""
# What is asked of each program, one after the other: by name, more flags.
RUNS = {'first': (), 'again': (), 'overwrite': ('--overwrite',)}
_SPARK = {'PYSPARK_SUBMIT_ARGS': '--master local[2] pyspark-shell'}


def open_folder() -> pathlib.Path:
    """Returns the folder, after the first worker that asks for it has made it."""
    folder = pathlib.Path(
        os.environ.get(programs.SHARED_FOLDER) or tempfile.mkdtemp(prefix='programs-')
    )
    with open(folder / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / 'results.json').exists():
            _write_inputs(folder)
            results = json.dumps(_run_all(folder))
            (folder / 'results.json').write_text(results)
    return folder


def run_chain(folder: pathlib.Path, steps: list[tuple[str, list[str]]]) -> list[tuple[int, str]]:
    """Runs programs in the folder with one JVM; returns the exit status and stderr of each.

    Args:
        folder: where paths begin.
        steps: names of programs and their words.
    """
    with tempfile.NamedTemporaryFile('w', suffix='.json') as file:
        json.dump([[f'{_path(name)}', words, None] for name, words in steps], file)
        file.flush()
        chain = subprocess.run(
            [sys.executable, str(programs.ROOT / 'tests' / 'spark_chain.py'), file.name],
            capture_output=True,
            cwd=folder,
            env={**os.environ, **_SPARK, 'PYTHONPATH': str(programs.ROOT)},
            timeout=500,
            text=True,
            check=False,
        )
    *parts, rest = chain.stderr.split(spark_chain.ENDED)
    assert len(parts) == len(steps), rest[-3000:]
    statuses = [int(text.split()[0]) for text in [*parts[1:], rest]]
    return [
        (status, text.partition('\n')[2] if place else text)
        for place, (status, text) in enumerate(zip(statuses, parts, strict=True))
    ]


def succeed_in_chain(folder: pathlib.Path, steps: list[tuple[str, list[str]]]) -> list[str]:
    """Runs programs that must exit 0 as run_chain does; returns the stderr of each."""
    ended = run_chain(folder, steps)
    for (name, words), (status, said) in zip(steps, ended, strict=True):
        assert status == 0, (name, words, said[-3000:])
    return [said for _, said in ended]


def _path(name: str) -> str:
    return name.replace('.', '/') + '.py'


def _write_inputs(folder: pathlib.Path) -> None:
    """Writes what no program makes."""
    pages = [dump_samples.page(title=f'T{i}', ident=i, text=f'[[T{i + 1}]] a b') for i in range(5)]
    (folder / 'dump.xml').write_bytes(dump_samples.dump(*pages))
    (folder / 'texts.txt').write_text('some words\nmore words\n')
    (folder / 'sweep.yaml').write_text(_SWEEP)
    (folder / 'word_pairs.tsv').write_text('w1\tw2\t3.5\nw2\tw3\t1.5\nw4\tw5\t9\n')
    (folder / 'analogies.txt').write_text(': all\nw1 w2 w3 w4\nw2 w3 w4 w5\n')
    article_testdata.write(folder / 'docs', article_testdata.make_documents(), 1)
    true_pairs = [
        pairs.Pair(f's{i // 2}', f'p{i}', (0.5 * (i % 2), 0.2, 0.4 + 0.5 * (i % 2), 1))
        for i in range(40)
    ]
    shop_testdata.write_pairs(folder / 'pairs.json', true_pairs)
    categories = {pair.product: 'AB'[place % 2] for place, pair in enumerate(true_pairs)}
    shop_testdata.write_categories(folder / 'categories.json', categories)
    ids = {name for pair in true_pairs for name in (pair.scene, pair.product)}
    shop_testdata.write_photographs(folder / 'photographs', ids)


def _run_all(folder: pathlib.Path) -> dict[str, dict[str, tuple[int, str]]]:
    """Runs all programs; returns the exit status and stderr of each run of each."""
    with_spark = [program for program in program_table.PROGRAMS if program.uses_spark]
    others = [program for program in program_table.PROGRAMS if not program.uses_spark]
    ended = {}
    for program in list(others):
        if all((folder / path).exists() for path in program.inputs.values()):
            ended[program.name] = _run_one(folder, program)
            others.remove(program)
    steps = [
        (program.name, [*program.words(), *flags])
        for program in with_spark
        for flags in RUNS.values()
    ]
    found = iter(run_chain(folder, steps))
    for program in with_spark:
        ended[program.name] = {run: next(found) for run in RUNS}
    for program in others:
        ended[program.name] = _run_one(folder, program)
    return ended


def _run_one(folder: pathlib.Path, program: program_table.Program) -> dict[str, tuple[int, str]]:
    ended = {}
    for run, flags in RUNS.items():
        if run == 'overwrite' and (program.goes_on or not program.outputs):
            continue
        words = program.words()
        place = len(words) - len(program.last)
        result = programs.run(program.name, *words[:place], *flags, *words[place:], cwd=folder)
        ended[run] = (result.returncode, result.stderr.decode())
    return ended
