"""Every Spark program on a cluster and on a remote file system: the records of the local run."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from unittest import mock

import pyspark
from absl.testing import absltest

from common import errors
from common import records
from common import spark_output
from common.pb import nlp_pb2
from common.pb import wikipedia_pb2
from tests import article_testdata
from tests import programs
from tests import training_testdata

_CHAIN = programs.ROOT / 'tests' / 'spark_chain.py'
_SPECULATE = ' '.join(
    f'--conf spark.speculation{name}'
    for name in ('=true', '.interval=100ms', '.quantile=0.5', '.minTaskRuntime=1s')
)
# As scripts/spark_conf has it for the driver: an executor lives too short to gain by more.
_HASTY = '--conf spark.executor.extraJavaOptions="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"'


def _make_pages():
    """Yields 25 pages; every fifth redirects to the one before."""
    for number in range(25):
        redirects = number % 5 == 4
        text = (
            f"'''Page {number}''' is a [[Page {number * 7 % 25}]] of words w{number % 3}.\n\nMore."
        )
        page = wikipedia_pb2.Page(title=f'Page {number}', id=number)
        text = f'#REDIRECT [[Page {number - 1}]]' if redirects else text
        page.revision.add(text=text, model='wikitext')
        yield page.SerializeToString()


def _steps(source, output):
    """Returns all Spark programs with their flags, each on what those before it made."""
    documents = f'--input_file={output}/held_out'
    tokens, titles = f'{output}/token.bz2', f'{output}/title.bz2'
    dictionaries = (f'--token_dictionary={tokens}', f'--title_dictionary={titles}')
    runs = {
        'wikipedia/tokenize_pages.py': (
            f'--input_file={source}/pages', f'--output_file={output}/tokenized'
        ),
        'wikipedia/hold_out.py': (
            f'--input_file={source}/docs', f'--output_file={output}/held_out', '--overwrite'
        ),
        'wikipedia/make_dictionary.py': (
            documents, f'--redirects={source}/docs/redirects', f'--token_output={tokens}',
            f'--title_output={titles}', '--min_token_frequency=1', '--min_title_frequency=1',
        ),
        'wikipedia/make_cooccurrence.py': (
            documents, dictionaries[0], f'--output_file={output}/rows', '--cells_per_part=1000'
        ),
        'wikipedia/make_sparse_doc.py': (
            documents, *dictionaries, f'--output_txt2url={output}/txt2url',
            f'--output_url2url={output}/url2url', '--oov=minhash',
        ),
        'wikipedia/make_similarity.py': (
            f'--input_file={output}/url2url', f'--output_file={output}/similarity',
            '--pairs_per_part=1000',
        ),
        'spotify/make_cooccurrence.py': (
            f'--data={source}/training', f'--output={output}/tracks', '--pairs_per_part=5000'
        ),
    }  # fmt: skip
    return [(program, flags, 0) for program, flags in runs.items()]


def _former(source, output):
    """Returns a step that makes what another replaces."""
    places = f'--input_file={source}/docs', f'--output_file={output}/held_out'
    return ('wikipedia/hold_out.py', (*places, '--seed=2', '--test_share=0.3'), 0)


def _summaries(folder):
    """Returns what the metadata of all data sets in a folder says of their records."""
    kept = ('proto', 'records', 'content_hash', 'totals', 'parts')
    found = {}
    for path in sorted(pathlib.Path(folder).rglob('*meta.json')):
        meta = json.loads(path.read_text())
        found[str(path.relative_to(folder))] = {name: meta[name] for name in kept}
    return found


class _Partitions:
    """As much of an RDD as writes to mounted disks."""

    def __init__(self, *partitions):
        self._partitions = partitions

    def mapPartitionsWithIndex(self, function):
        return _Partitions(*(function(*item) for item in enumerate(self._partitions)))

    def collect(self):
        return [item for partition in self._partitions for item in partition]


class WriteTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = pathlib.Path(self.create_tempdir().full_path)
        self.output = str(self.dir / 'out')

    def _write(self, *partitions):
        protos = dict.fromkeys(('', 'redirects'), nlp_pb2.TokenStat)
        return spark_output.write_tagged(_Partitions(*partitions), self.output, protos)

    def _leave(self, *names):
        """Yields a record; before, puts files where another task has died."""
        (folder,) = self.dir.iterdir()
        for name in names:
            (folder / name).write_bytes(b'')
        yield 'redirects', nlp_pb2.TokenStat(index=7).SerializeToString()

    def test_what_no_task_reports_is_removed(self):
        left = '_temporary/.part-00000.bz2.tmp-1-a', '.part-00001.bz2.tmp-2-b', 'part-00007.bz2'
        self._write((), self._leave(*left, 'redirects/part-00002.bz2'))
        parts = ['part-00000.bz2', 'part-00001.bz2']
        self.assertCountEqual(
            os.listdir(self.output), ['_SUCCESS', '_meta.json', 'redirects', *parts]
        )
        self.assertCountEqual(
            os.listdir(f'{self.output}/redirects'), ['_SUCCESS', '_meta.json', *parts]
        )
        data = records.open_dataset(f'{self.output}/redirects', nlp_pb2.TokenStat)
        self.assertEqual([stat.index for stat in records.read(data)], [7])

    def test_full_disk_is_named_and_nothing_is_left(self):
        full = OSError(28, 'No space left on device')
        with mock.patch.object(records.record_lines.LineWriter, 'finish', side_effect=full):
            with self.assertRaisesRegex(
                errors.InputError, r'part-00000.bz2 cannot be written \(No space left on device\)'
            ):
                self._write(())
        self.assertEmpty(os.listdir(self.dir))


class SparkOutputTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        records.write_parts(
            str(self.dir / 'pages'),
            _make_pages(),
            proto=wikipedia_pb2.Page,
            records_per_part=7,
            site=article_testdata.SITE,
        )
        article_testdata.write(self.dir / 'docs', article_testdata.make_documents(), 5)
        training_testdata.write_data(str(self.dir / 'training'))

    def _run(self, master, steps, **environment):
        """Runs steps in one JVM; returns where they ran and what they said."""
        path = self.dir / 'steps.json'
        path.write_text(json.dumps(steps))
        mount = f'--conf spark.hadoop.fs.viewfs.mounttable.test.link./mount=file://{self.dir}'
        result = subprocess.run(
            [sys.executable, str(_CHAIN), str(path)],
            capture_output=True,
            env={
                **os.environ,
                'PYTHONPATH': str(programs.ROOT),
                'PYSPARK_SUBMIT_ARGS': f'--master {master} {mount} pyspark-shell',
                **environment,
            },
            timeout=600,
            check=False,
            text=True,
        )
        self.assertEqual(result.returncode, 0, result.stderr[-5000:])
        return result.stdout.strip(), result.stderr

    def _spark_home(self):
        """Returns a folder of links to Spark: the workers of a local-cluster write below it."""
        home = self.dir / 'spark'
        home.mkdir()
        for entry in pathlib.Path(pyspark.__file__).parent.iterdir():
            (home / entry.name).symlink_to(entry)
        return str(home)

    def test_same_records_everywhere(self):
        remote = 'viewfs://test/mount'
        again = (
            '--input_file=file:' + str(self.dir / 'docs'),
            f'--output_file={remote}/remote/rows',
        )
        place, said = self._run(
            'local[1]',
            [
                _former(self.dir, self.dir / 'local'),
                *_steps(self.dir, self.dir / 'local'),
                _former(remote, f'{remote}/remote'),
                *_steps(remote, f'{remote}/remote'),
                ('wikipedia/hold_out.py', again, 1),
                ('tests/remote_outputs.py', (f'{remote}/outputs', f'{self.dir}/outputs'), 0),
            ],
        )
        self.assertEqual(place, 'local[1] 0')
        self.assertIn(f'{remote}/remote/rows already exists', said)
        wanted = _summaries(self.dir / 'local')
        self.assertLen(wanted, 13)
        self.assertEqual(_summaries(self.dir / 'remote'), wanted)
        # Read whole, so that what stands in the parts is compared with their metadata.
        for name, message in (
            ('held_out', nlp_pb2.TextDocument),
            ('rows', nlp_pb2.CooccurrenceRow),
        ):
            one, other = (
                article_testdata.read(self.dir / f / name, message) for f in ('local', 'remote')
            )
            self.assertEqual(one, other)
        place, _ = self._run(
            f'local-cluster[2,1,1024] {_SPECULATE} {_HASTY}',
            [
                *_steps(self.dir, self.dir / 'cluster'),
                ('tests/unreliable_tasks.py', (f'{self.dir}/unreliable',), 0),
            ],
            SPARK_HOME=self._spark_home(),
        )
        self.assertEqual(place, 'local-cluster[2,1,1024] 2')
        self.assertEqual(_summaries(self.dir / 'cluster'), wanted)
        self.assertEmpty([*self.dir.rglob('*.tmp-*'), *self.dir.rglob('*_temporary*')])


if __name__ == '__main__':
    absltest.main()
