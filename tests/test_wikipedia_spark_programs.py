"""make_dictionary and make_cooccurrence as a user runs them."""

import collections
import os
import pathlib
import random
from unittest import mock

import numpy as np
from absl.testing import absltest

from common import dictionary
from common import records
from common.pb import nlp_pb2
from tests import program_inputs
from tests import programs

_WORDS = [f'w{i}' for i in range(30)]


def _documents():
    rng = random.Random(5)
    for number in range(70):
        tokens = rng.choices(_WORDS, [1 / (i + 1) for i in range(30)], k=rng.randrange(50))
        links = [f'd{rng.randrange(9)}' for _ in range(rng.randrange(4))]
        yield nlp_pb2.TextDocument(
            primary=f'd{number}', tokens=tokens, secondary=dict.fromkeys(links)
        )


def _read(path, message):
    return list(records.read(records.open_dataset(str(path), message)))


class SparkProgramsTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _write_documents(self, name, records_per_part):
        records.write_parts(
            str(self.folder / name),
            (document.SerializeToString() for document in _documents()),
            proto=nlp_pb2.TextDocument,
            records_per_part=records_per_part,
        )
        return f'--input_file={self.folder / name}'

    def _steps(self, parts):
        """Returns both programs with their flags, on the documents in so many parts."""
        source = self._write_documents(f'docs{parts}', -(-70 // parts))
        tokens, titles = (f'{kind}{parts}.tstat.pb.b64.bz2' for kind in ('k', 't'))
        dictionary_flags = [
            source,
            f'--token_output={tokens}',
            f'--title_output={titles}',
            '--min_token_frequency=5',
            '--max_token_dictionary_size=20',
            '--min_title_frequency=2',
        ]
        cooccurrence_flags = [
            source,
            f'--token_dictionary={tokens}',
            f'--output_file=cooccur{parts}',
            '--oov=minhash',
            '--context_window=3',
            '--cells_per_part=20000',
        ]
        return [
            ('wikipedia.make_dictionary', dictionary_flags),
            ('wikipedia.make_cooccurrence', cooccurrence_flags),
        ]

    def _made(self, parts):
        """Returns what the steps wrote."""
        return (
            _read(self.folder / f'k{parts}.tstat.pb.b64.bz2', nlp_pb2.TokenStat),
            _read(self.folder / f't{parts}.tstat.pb.b64.bz2', nlp_pb2.TokenStat),
            _read(self.folder / f'cooccur{parts}', nlp_pb2.CooccurrenceRow),
        )

    def test_same_records_from_any_partitioning_and_equal_to_brute_force(self):
        numbers = (1, 2, 7)
        steps = [step for parts in numbers for step in self._steps(parts)]
        said = program_inputs.succeed_in_chain(self.folder, steps)
        expected = 'This will take about .* of scratch in .* for the output .*, and .*B of memory'
        for errors in said[1::2]:
            self.assertRegex(errors, expected)
        made = {parts: self._made(parts) for parts in numbers}
        self.assertEqual(made[1], made[2])
        self.assertEqual(made[1], made[7])
        tokens, titles, rows = made[1]
        self._check_dictionary(tokens, [d.tokens for d in _documents()], 5, 20)
        self._check_dictionary(titles, [[d.primary, *d.secondary] for d in _documents()], 2, 99)
        self._check_cells(rows, dictionary.TokenDictionary(tokens))

    def _check_dictionary(self, stats, documents, min_frequency, max_size):
        frequency = collections.Counter(token for tokens in documents for token in tokens)
        documents_of = collections.Counter(token for tokens in documents for token in set(tokens))
        wanted = sorted(
            (-count, token) for token, count in frequency.items() if count >= min_frequency
        )[:max_size]
        found = [(-s.frequency, s.token) for s in stats]
        self.assertEqual(found, wanted)
        self.assertEqual([s.index for s in stats], list(range(len(stats))))
        self.assertEqual([s.doc_frequency for s in stats], [documents_of[s.token] for s in stats])

    def _check_cells(self, rows, words):
        wanted = collections.Counter()
        for document in _documents():
            indices = [words.embedding_index(token) for token in document.tokens]
            for i, left in enumerate(indices):
                for j in range(i + 1, min(i + 4, len(indices))):
                    if left != indices[j]:
                        wanted[max(left, indices[j]), min(left, indices[j])] += 6 // (j - i)
        cells = {
            (row.index, column): count
            for row in rows
            for column, count in zip(row.other_index, row.count, strict=True)
        }
        self.assertEqual(list(cells), sorted(cells))
        self.assertEqual(cells, {pair: np.float32(n / 6) for pair, n in wanted.items()})

    def test_errors_come_back_in_one_line(self):
        source = self._write_documents('docs', 20)
        output = f'--token_output={self.folder}/k.bz2'
        self.assertIn(
            'does not exist',
            programs.fail('wikipedia.make_dictionary', f'--input_file={self.folder}/none', output),
        )
        self.assertIn(
            '--token_output', programs.fail('wikipedia.make_dictionary', source, status=2)
        )
        self.assertIn(
            'context_window',
            programs.fail('wikipedia.make_cooccurrence', source, '--context_window=21', status=2),
        )
        for other in ('k.bz2', 'k.bz2.meta.json', 'k.bz2/below'):
            mixed = (source, output, f'--title_output={self.folder}/{other}')
            last = programs.fail('wikipedia.make_dictionary', *mixed, status=2)
            self.assertIn('one file or in one another', last)
        part = self.folder / 'docs' / 'part-00002.bz2'
        part.write_bytes(part.read_bytes()[:-20])
        last = programs.fail('wikipedia.make_dictionary', source, output)
        self.assertRegex(last, 'part-00002.bz2.*damaged or cut off')
        self.assertFalse((self.folder / 'k.bz2').exists())

    def test_cores_without_a_task_want_no_memory(self):
        source = self._write_documents('docs', 70)
        tokens = f'{self.folder}/k.tstat.pb.b64.bz2'
        dictionary.save(tokens, [nlp_pb2.TokenStat(token='w1', frequency=9)])
        many = {'PYSPARK_SUBMIT_ARGS': '--master local[64] pyspark-shell'}
        with mock.patch.dict(os.environ, many):
            counted = programs.succeed(
                'wikipedia.make_cooccurrence',
                source,
                f'--token_dictionary={tokens}',
                f'--output_file={self.folder}/out',
            )
        # The JVM and the driver, and one worker with its window of 10.
        megabytes = round(((500 + 100 + 280) << 20) / 1e6)
        self.assertIn(f'and {megabytes} MB of memory'.encode(), counted.stderr)

    def test_ends_where_there_is_too_little_room(self):
        source = self._write_documents('docs', 70)
        tokens = f'{self.folder}/k.tstat.pb.b64.bz2'
        dictionary.save(tokens, [nlp_pb2.TokenStat(token='w1', frequency=9)])
        os.truncate(self.folder / 'docs' / 'part-00000.bz2', 4 << 40)  # With a hole in it.
        words = (source, f'--token_dictionary={tokens}', f'--output_file={self.folder}/out')
        last = programs.fail('wikipedia.make_cooccurrence', *words)
        self.assertRegex(last, r'takes about [\d.e+]+ GB in .* left; make room.*--nocheck_room')
        self.assertNotIn('out', os.listdir(self.folder))


if __name__ == '__main__':
    absltest.main()
