"""The programs that scripts/bench/faults.py strikes, and the inputs that they read."""

import contextlib
import dataclasses
import fcntl
import functools
import http.server
import importlib.util
import os
import pathlib
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from common import errors
from tests import program_inputs
from tests import program_table
from tests import programs

ROOT = pathlib.Path(__file__).resolve().parents[2]
_PYTHON = (sys.executable, '-m')
_DUMP = 'enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2'
_DATA = os.environ.get('RECSYS_DATA', '')
_PAIRS = 200  # Of the photographs, so many lines.
_KEEP_COMPILED = {
    'JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS': '0.3',
    'JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES': '-1',
}
_FETCH = 'pinterest.fetch_images'


@dataclasses.dataclass(frozen=True)
class Case:
    """A program, as it is run here.

    Attributes:
        name: such as wikipedia.xml2proto.
        folder: where it is started, and its inputs are.
        words: of the command line that name no output.
        outputs: what it makes, by flag.
        last: words that have to stand last.
        is_large: whether it is one of those that write or train most.
        resumes: whether it writes checkpoints and goes on from them.
        uses_spark: whether it starts a JVM.
        goes_on: whether it adds to an output that is there.
    """

    name: str
    folder: pathlib.Path
    words: tuple[str, ...]
    outputs: Mapping[str, str]
    last: tuple[str, ...] = ()
    is_large: bool = False
    resumes: bool = False
    uses_spark: bool = False
    goes_on: bool = False

    def command(self, place: pathlib.Path, *more: str, submit: bool = False) -> list[str]:
        """Returns the command line of a run.

        Args:
            place: folder of the outputs and of the checkpoints.
            more: words for this run.
            submit: whether to start it by spark_submit.sh.
        """
        path = self.name.replace('.', '/') + '.py'
        start = [str(ROOT / 'scripts/spark_submit.sh'), path] if submit else [*_PYTHON, self.name]
        outputs = [f'--{flag}={self.output(place, flag)}' for flag in self.outputs]
        points = [f'--checkpoint_dir={place}/checkpoints'] if self.resumes else []
        return [*start, *self.words, *outputs, *points, *more, *self.last]

    def output(self, place: pathlib.Path, flag: str) -> pathlib.Path:
        """Returns where a run puts one of its outputs."""
        return place / 'outputs' / self.outputs[flag]


def all_cases(folder: pathlib.Path) -> list[Case]:
    """Returns every program once, the large ones first.

    Args:
        folder: to keep what they read in.
    """
    large, small = _large_cases(folder / 'real'), folder / 'small'
    taken = {case.name for case in large}
    others = [
        Case(
            program.name,
            small,
            (*(f'--{flag}={path}' for flag, path in program.inputs.items()), *program.settings),
            program.outputs,
            program.last,
            uses_spark=program.uses_spark,
            goes_on=program.goes_on,
        )
        for program in program_table.PROGRAMS
        if program.name not in taken
    ]
    return large + others


def make_inputs(folder: pathlib.Path, cases: Iterable[Case]) -> None:
    """Makes what programs read, unless it is there, and a place for what XLA compiles."""
    os.environ.update(_KEEP_COMPILED, JAX_COMPILATION_CACHE_DIR=str(folder / 'compiled'))
    sizes = {case.is_large for case in cases}
    folder.mkdir(parents=True, exist_ok=True)
    if True in sizes:
        with open(folder / 'lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _make_real(folder / 'real')
    if False in sizes:
        (folder / 'small').mkdir(exist_ok=True)
        os.environ[programs.SHARED_FOLDER] = str(folder / 'small')
        program_inputs.open_folder()


def _large_cases(folder: pathlib.Path) -> list[Case]:
    looks = ('--input_file=looks.json', '--categories=categories.json', '--image_dir=images')
    spark = functools.partial(Case, folder=folder, is_large=True, uses_spark=True)
    trains = functools.partial(Case, folder=folder, is_large=True, resumes=True)
    made = {'output_file': 'made'}
    model = {'model_dir': 'model'}
    words = '--token_dictionary=token.tstat.pb.b64.bz2'
    return [
        Case('wikipedia.xml2proto', folder, ('--input_file=dump.xml.bz2',), made, is_large=True),
        spark('wikipedia.tokenize_pages', words=('--input_file=pages',), outputs=made),
        spark('wikipedia.make_cooccurrence', words=('--input_file=docs', words), outputs=made),
        trains(
            'wikipedia.train_cooccurrence',
            words=('--train_input_pattern=cooccurrence', words, '--terms='),
            outputs=model,
        ),
        trains(
            'pinterest.train_shop_the_look',
            words=(*looks, '--image_size=32', '--output_size=32', '--num_epochs=4', '--patience=0'),
            outputs=model,
        ),
        trains(
            'spotify.train_spotify',
            words=('--data=training', '--feature_size=16', '--num_epochs=5', '--patience=0'),
            outputs=model,
        ),
    ]


def _make_real(folder: pathlib.Path) -> None:
    """Makes what the large programs read: of real data where it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    gensim = pathlib.Path(importlib.util.find_spec('gensim').origin).parent
    dump = gensim / 'test' / 'test_data' / _DUMP
    repeat = [sys.executable, str(ROOT / 'scripts/bench/repeat_dump.py'), str(dump)]
    tokens = 'token.tstat.pb.b64.bz2'
    steps = {
        'dump.xml.bz2': [*repeat, 'dump.xml.bz2', '3'],
        'pages': _program('wikipedia.xml2proto', input_file=dump, output_file='pages'),
        'docs': _program('wikipedia.tokenize_pages', input_file='pages', output_file='docs'),
        tokens: _program(
            'wikipedia.make_dictionary',
            input_file='docs',
            token_output=tokens,
            min_token_frequency=5,
        ),
        'cooccurrence': _program(
            'wikipedia.make_cooccurrence',
            input_file='docs',
            token_dictionary=tokens,
            output_file='cooccurrence',
        ),
        **_playlist_steps(),
    }
    for name, command in steps.items():
        if not (folder / name).exists():
            _call(command, folder)
    _make_looks(folder)


def _playlist_steps() -> dict[str, list[str]]:
    slices = f'{_DATA}/playlists/mpd.slice.2000-2999.json.gz'
    steps = {}
    if not os.path.exists(slices):
        slices = 'playlists'
        steps[slices] = _program(
            'spotify.make_synthetic_playlists', output=slices, num_playlists=1000
        )
    steps['dictionaries'] = _program(
        'spotify.make_dictionary', playlists=slices, output='dictionaries'
    )
    steps['training'] = _program(
        'spotify.make_training', playlists=slices, dictionaries='dictionaries', output='training'
    )
    return steps


def _make_looks(folder: pathlib.Path) -> None:
    """Makes pairs, categories and photographs."""
    if (folder / 'looks.json').exists():
        return
    archive = pathlib.Path(_DATA, 'shop_the_look', 'ccp_stl.tar')
    if archive.exists():
        source = folder / 'ccp_stl'
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter='data')
    else:
        source = folder / 'drawn'
        _call(
            _program('pinterest.make_synthetic_photographs', output='drawn', num_scenes=100), folder
        )
    for made, name in (('images', 'images'), ('categories.json', 'fashion-cat.json')):
        (folder / made).symlink_to(source / name)
    lines = (source / 'fashion.json').read_text().splitlines(keepends=True)
    (folder / 'looks.json').write_text(''.join(lines[:_PAIRS]))


def _program(name: str, **flags: object) -> list[str]:
    return [*_PYTHON, name, *(f'--{flag}={value}' for flag, value in flags.items())]


def _call(command: list[str], folder: pathlib.Path) -> None:
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    result = subprocess.run(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, check=False
    )
    if result.returncode:
        raise errors.InputError(f'{" ".join(command)} failed: {result.stderr.splitlines()[-1]}')


@contextlib.contextmanager
def serving(case: Case) -> Iterator[tuple[str, ...]]:
    """Serves the photographs that a case fetches; yields the words that say where they are."""
    if case.name != _FETCH:
        yield ()
        return
    handler = functools.partial(_Quiet, directory=str(case.folder / 'photographs'))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f'127.0.0.1:{server.server_port}'
        yield (
            f'--url_template=http://{host}/{{id}}.jpg',
            f'--allowed_hosts={host}',
            '--requests_per_second=20',
        )
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Says nothing."""
