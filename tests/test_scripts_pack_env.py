"""What scripts/pack_env.sh packs, where there is no other Python."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import pyspark
from absl.testing import absltest

from common import records
from common.pb import nlp_pb2
from tests import programs

_VENV = programs.ROOT / '.venv'
_ARCHIVE = programs.ROOT / '.cache' / 'worker-env.tar.gz'
_MAX_BYTES = 200_000_000
# Where the C library keeps itself; the archive holds all else that Python loads.
_C_LIBRARY = ('libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'librt.so.1')


def _libraries(program: str) -> list[str]:
    """Returns the paths of what a program loads, and of the rest of the C library beside it."""
    listed = subprocess.run(['ldd', program], capture_output=True, check=True, text=True).stdout
    paths = [word for word in listed.split() if word.startswith('/')]
    folders = {os.path.dirname(path) for path in paths}
    beside = (os.path.join(folder, name) for folder in folders for name in _C_LIBRARY)
    return sorted({*paths, *filter(os.path.exists, beside)})


def _make_machine(root: pathlib.Path) -> None:
    """Makes the files of a machine that has a shell and the C library, and nothing else.

    Inside, the path of its root leads to its root, so that its files have one name here and there.
    """
    for path in (*_libraries('/bin/sh'), '/bin/sh'):
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, root / path[1:])
    for folder in ('dev', 'tmp', 'node'):
        (root / folder).mkdir()
    (root / 'dev' / 'null').touch()
    inside = root / str(root)[1:]
    inside.parent.mkdir(parents=True, exist_ok=True)
    inside.symlink_to('/')


@unittest.skipUnless(pathlib.Path(sys.prefix) == _VENV, 'the script runs .venv')
class PackEnvTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        packed = subprocess.run(
            [programs.ROOT / 'scripts' / 'pack_env.sh'],
            capture_output=True,
            timeout=600,
            check=False,
            text=True,
        )
        if 'No matching distribution found' in packed.stderr or 'Connection' in packed.stderr:
            raise unittest.SkipTest('packing wants PyPI, and it cannot be reached')
        assert packed.returncode == 0, packed.stderr

    def test_is_small(self):
        self.assertLess(_ARCHIVE.stat().st_size, _MAX_BYTES)

    @unittest.skipUnless(os.geteuid() == 0, 'chroot wants root')
    def test_workers_run_where_there_is_no_other_python(self):
        root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        _make_machine(root)
        environment = root / 'node' / 'environment'
        environment.mkdir()
        subprocess.run(['tar', '-C', environment, '-xzf', _ARCHIVE], check=True, timeout=120)
        records.write_parts(
            str(root / 'docs'),
            (
                nlp_pb2.TextDocument(primary=f'd{n}', tokens=['b'] * n).SerializeToString()
                for n in (2, 3, 5)
            ),
            proto=nlp_pb2.TextDocument,
            records_per_part=2,
        )
        result = self._make_dictionary(root, self._write_interpreter(root))
        self.assertEqual(result.returncode, 0, result.stderr)
        stats = records.open_dataset(str(root / 'tokens.bz2'), nlp_pb2.TokenStat)
        # By hand: 2 + 3 + 5 times in 3 documents.
        self.assertEqual(
            [(s.token, s.frequency, s.doc_frequency) for s in records.read(stats)], [('b', 10, 3)]
        )

    def _write_interpreter(self, root: pathlib.Path) -> pathlib.Path:
        """Writes what Spark runs as a worker's Python: the archive's, in that machine.

        What Spark brings to a worker's folder on YARN is put there by hand: its own packages.
        """
        home = pathlib.Path(pyspark.__file__).parent / 'python' / 'lib'
        zips = sorted(home.glob('*.zip'))
        for path in zips:
            shutil.copy(path, root / 'node')
        path = ':'.join(f'/node/{zipped.name}' for zipped in zips)
        interpreter = root / 'interpreter'
        interpreter.write_text(
            '#!/bin/sh\n'
            f'exec env PYTHONPATH={path} chroot {root} /node/environment/bin/python "$@"\n'
        )
        interpreter.chmod(0o755)
        return interpreter

    def _make_dictionary(
        self, root: pathlib.Path, interpreter: pathlib.Path
    ) -> subprocess.CompletedProcess:
        (root / 'scratch').mkdir()
        return subprocess.run(
            [
                programs.ROOT / 'scripts' / 'spark_submit.sh',
                '--master=local[1]',
                f'--conf=spark.local.dir={root}/scratch',
                'wikipedia/make_dictionary.py',
                f'--input_file={root}/docs',
                f'--token_output={root}/tokens.bz2',
                '--min_token_frequency=1',
            ],
            capture_output=True,
            env={
                **os.environ,
                'PYSPARK_PYTHON': str(interpreter),
                'PYSPARK_DRIVER_PYTHON': str(_VENV / 'bin' / 'python'),
            },
            timeout=300,
            check=False,
            text=True,
        )


if __name__ == '__main__':
    absltest.main()
