"""Runs and measures the steps that scripts/bench/wikipedia.sh names; see there."""

import argparse
import dataclasses
import json
import math
import os
import pathlib
import subprocess
import sys

import bzip2_floor
import measured_run

_HERE = pathlib.Path(__file__).resolve().parent
# Of the book's programs, patched until they ran, on this dump; co-occurrence with the same window.
# Measured once, elsewhere: two quiet cores of an AMD EPYC.
_BOOK_DUMP = 'enwiki-20060303-pages-articles-multistream.xml.bz2'
_BOOK_SECONDS = {'xml2proto': 9.4, 'tokenize': 36.0, 'dictionary': 22.0, 'cooccurrence': 56.0}
_HEADING = (
    f'{"step":28}{"seconds":>8}{"CPU s":>8}{"records/s":>11}{"MB/s":>7}{"peak MB":>9}'
    f'{"floor s":>9}{"x floor":>9}{"x book":>8}'
)


@dataclasses.dataclass(frozen=True)
class Step:
    """A program to measure.

    Attributes:
        command: without --overwrite.
        source: the dump or data set that it reads.
        output: what it writes.
        book: the book's step to compare with, by its name in _BOOK_SECONDS.
        processes: that work, for the floor.
    """

    command: list[str]
    source: str
    output: str
    book: str
    processes: int


def _submit(program: str, *flags: str) -> list[str]:
    return ['scripts/spark_submit.sh', f'wikipedia/{program}.py', *flags]


def _steps(dump: str, work: str) -> dict[str, Step]:
    """Returns the steps by name, in their order; `_raw` reads markup and all, as the book does."""
    cores = os.cpu_count() or 1
    pages = f'{work}/pages'
    convert = [sys.executable, '-m', 'wikipedia.xml2proto', f'--input_file={dump}']
    found = {
        name: Step([*convert, f'--output_file={path}', *more], dump, path, 'xml2proto', processes)
        for name, path, more, processes in (
            ('xml2proto_1', f'{work}/pages_1', ['--num_workers=1'], 1),
            ('xml2proto', pages, [], cores),
        )
    }
    raw = ['--markup=raw', '--tokenizer=book']
    for kind, more in (('', []), ('_raw', raw)):
        docs, tokens = f'{work}/docs{kind}', f'{work}/token{kind}.tstat.pb.b64.bz2'
        cells = f'{work}/cooccurrence{kind}'
        read = f'--input_file={docs}'
        command = _submit('tokenize_pages', f'--input_file={pages}', f'--output_file={docs}', *more)
        found[f'tokenize_pages{kind}'] = Step(command, pages, docs, 'tokenize', cores)
        titles = f'--title_output={work}/title{kind}.tstat.pb.b64.bz2'
        command = _submit(
            'make_dictionary', read, f'--token_output={tokens}', titles, '--min_token_frequency=10'
        )
        found[f'make_dictionary{kind}'] = Step(command, docs, tokens, 'dictionary', cores)
        command = _submit(
            'make_cooccurrence', read, f'--token_dictionary={tokens}', f'--output_file={cells}'
        )
        found[f'make_cooccurrence{kind}'] = Step(command, docs, cells, 'cooccurrence', cores)
    return found


def _num_records(step: Step) -> int:
    """Returns the records that a step reads; those of a dump are the pages written."""
    folder = step.source if os.path.isdir(step.source) else step.output
    return json.loads(pathlib.Path(folder, '_meta.json').read_text(encoding='utf-8'))['records']


def _measure(name: str, step: Step, flags: argparse.Namespace) -> None:
    found = measured_run.run([*step.command, '--overwrite'])
    line = {'name': name, 'dump': os.path.basename(flags.dump), 'copies': flags.copies}
    line |= measured_run.to_json(found) | {'records': _num_records(step)}
    row = f'{name:28}{found.seconds:8.1f}{found.cpu_seconds:8.1f}'
    row += f'{line["records"] / found.seconds:11,.0f}'
    if flags.copies == 1:
        floor = bzip2_floor.measure(step.source, step.output, step.processes)
        line |= {'floor_seconds': round(floor.seconds, 2), 'bytes_read': floor.bytes_read}
        ratio = found.seconds / floor.seconds
        row += f'{floor.bytes_read / 1e6 / found.seconds:7.1f}{found.peak_bytes / 1e6:9,.0f}'
        row += f'{floor.seconds:9.1f}{ratio:9.2f}'
        if flags.book:
            row += f'{found.seconds / flags.book[step.book]:8.2f}'
    else:
        row += f'{"":7}{found.peak_bytes / 1e6:9,.0f}'
    print(row, flush=True)
    measured_run.append(flags.results, line)


def _measure_alone(name: str, command: list[str], flags: argparse.Namespace) -> None:
    """Runs a script that prints a line of JSON of its own."""
    done = subprocess.run([sys.executable, *command], check=True, stdout=subprocess.PIPE, text=True)
    print(f'{name}: {done.stdout.strip()}', flush=True)
    line = {'name': name, 'dump': os.path.basename(flags.dump), 'copies': flags.copies}
    measured_run.append(flags.results, line | json.loads(done.stdout))


def _parse_book(text: str) -> dict[str, float]:
    """Parses 'STEP=SECONDS,…', all steps of the book once each, or nothing."""
    pairs = [part.partition('=')[::2] for part in text.split(',') if text]
    try:
        found = {step: float(seconds) for step, seconds in pairs}
    except ValueError:
        found = {}
    complete = len(found) == len(pairs) and (not pairs or found.keys() == _BOOK_SECONDS.keys())
    if not complete or not all(0 < seconds < math.inf for seconds in found.values()):
        wanted = ','.join(f'{step}=SECONDS' for step in _BOOK_SECONDS)
        raise argparse.ArgumentTypeError(f'it is {wanted}, each above 0, and not {text}')
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser('wikipedia.sh', description=__doc__.splitlines()[0])
    parser.add_argument('--dump', required=True)
    parser.add_argument('--work', required=True)
    parser.add_argument('--results', required=True)
    parser.add_argument('--copies', type=int, required=True)
    parser.add_argument('--steps', required=True)
    parser.add_argument('--glove', required=True)
    parser.add_argument('--book', required=True, type=_parse_book)
    flags = parser.parse_args()
    dump = flags.dump
    if not flags.book and os.path.basename(dump) == _BOOK_DUMP:
        flags.book = _BOOK_SECONDS
    if flags.copies > 1:
        dump = f'{flags.work}/repeated.xml.bz2'
        if not os.path.exists(dump):
            command = [str(_HERE / 'repeat_dump.py'), flags.dump, dump, str(flags.copies)]
            subprocess.run([sys.executable, *command], check=True)
    steps = _steps(dump, flags.work)
    wanted = flags.steps.split(',') if flags.steps else [*steps, 'counting', 'find_neighbors']
    print(_HEADING, flush=True)
    for name in wanted:
        if name in steps:
            _measure(name, steps[name], flags)
        elif name == 'counting':
            source = steps['make_cooccurrence_raw'].source
            tokens = steps['make_dictionary_raw'].output
            command = [str(_HERE / 'cooccurrence_core.py'), source, tokens]
            command += [f'--glove={flags.glove}'] if flags.glove else []
            _measure_alone(name, command, flags)
        elif name == 'find_neighbors':
            command = [str(_HERE / 'neighbor_search.py'), f'{flags.work}/model']
            _measure_alone(name, command, flags)
        else:
            known = ', '.join([*steps, 'counting', 'find_neighbors'])
            sys.exit(f'wikipedia.sh: error: there is no step {name}; there are {known}')


if __name__ == '__main__':
    main()
