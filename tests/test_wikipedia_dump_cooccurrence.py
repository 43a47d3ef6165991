import json
import pathlib
from unittest import mock

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from common import errors
from common import records
from common.pb import nlp_pb2
from tests import embedding_testdata
from tests import programs
from wikipedia import cooccurrence_pairs

_PROGRAM = 'wikipedia.dump_cooccurrence'


def _write(path, rows):
    """Writes rows, each an index and its cells."""
    payloads = [
        nlp_pb2.CooccurrenceRow(
            index=index, other_index=list(cells), count=list(cells.values())
        ).SerializeToString()
        for index, cells in rows
    ]
    records.write_parts(str(path), payloads, proto=nlp_pb2.CooccurrenceRow, records_per_part=3)
    return str(path)


class StrongestTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _open(self, path, **options):
        options = records.ReadOptions(**options)
        return records.open_dataset(path, nlp_pb2.CooccurrenceRow, options)

    @parameterized.parameters(1 << 18, 3)
    def test_equals_brute_force(self, buffered):
        rng = np.random.default_rng(1)
        words = embedding_testdata.make_dictionary([f'w{i * 7 % 30}' for i in range(30)])
        # Few distinct counts: many ties. Rows are split in two records.
        matrix = np.tril(rng.integers(0, 4, size=(31, 31)), -1).astype(np.float32)
        matrix[0] = matrix[:, 0] = 0
        rows = []
        for index in range(31):
            cells = {j: matrix[index, j] for j in range(31) if matrix[index, j]}
            rows.append((index, dict(list(cells.items())[:4])))
            rows.append((index, dict(list(cells.items())[4:])))
        path = _write(self.folder / 'rows', rows)
        with mock.patch.object(cooccurrence_pairs, '_BUFFERED_CELLS', buffered):
            found = cooccurrence_pairs.strongest(self._open(path), words, [7, 1, 30], 5)
        both = matrix + matrix.T
        for index, pairs in zip([7, 1, 30], found, strict=True):
            others = sorted(
                np.flatnonzero(both[index]),
                key=lambda j: (-both[index, j], words.token_from_embedding_index(j)),
            )
            self.assertEqual(pairs.index, index)
            self.assertEqual(pairs.others.tolist(), others[:5])
            self.assertEqual(pairs.counts.tolist(), both[index][others[:5]].tolist())
            self.assertEqual(pairs.partners, len(others))
            self.assertEqual(pairs.total, both[index].sum())

    def test_wrong_dictionary(self):
        words = embedding_testdata.make_dictionary(['a'])
        path = _write(self.folder / 'rows', [(words.embedding_size(), {1: 1.0})])
        with self.assertRaisesRegex(errors.InputError, '--token_dictionary'):
            cooccurrence_pairs.strongest(self._open(path), words, [1], 5)

    def test_damaged_record_is_counted(self):
        words = embedding_testdata.make_dictionary(['a', 'b'])
        good = nlp_pb2.CooccurrenceRow(index=2, other_index=[1], count=[3])
        bad = nlp_pb2.CooccurrenceRow(index=2, other_index=[1], count=[3, 4])
        path = str(self.folder / 'rows')
        payloads = [good.SerializeToString(), bad.SerializeToString()]
        records.write_parts(path, payloads, proto=nlp_pb2.CooccurrenceRow)
        with self.assertRaisesRegex(errors.InputError, 'record 2'):
            cooccurrence_pairs.strongest(self._open(path), words, [1], 5)
        data = self._open(path, max_bad_records=1)
        (pairs,) = cooccurrence_pairs.strongest(data, words, [1], 5)
        self.assertEqual(pairs.counts.tolist(), [3])
        self.assertEqual(data.bad.total(), 1)


class DumpCooccurrenceTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.words = embedding_testdata.make_dictionary(['the', 'cat', 'sat'])
        path = str(self.folder / 'token.tstat.pb.b64.bz2')
        dictionary.save(path, self.words.stats())
        bucket = self.words.embedding_index('purred')
        rows = _write(self.folder / 'rows', [(2, {1: 3.5}), (3, {1: 0.1, 2: 4}), (bucket, {2: 2})])
        self.flags = (f'--input_file={rows}', f'--token_dictionary={path}')

    def test_text(self):
        flags = (*self.flags, '--terms=Cat,purred')
        lines = programs.succeed(_PROGRAM, *flags, cwd=self.folder).stdout.decode().splitlines()
        self.assertEqual(lines[0], 'Cat (cat), with 3 others, sum of counts 9.5')
        self.assertEqual([line.split()[0] for line in lines[1:3]], ['sat', 'the'])
        self.assertIn('min-hash bucket', lines[6])
        self.assertEqual(lines[7].split(), ['cat', '2.000'])

    def test_json_of_the_most_frequent(self):
        flags = (*self.flags, '--format=jsonl', '--max_rows=2', '--max_terms=1')
        result = programs.succeed(_PROGRAM, *flags)
        rows = [json.loads(line) for line in result.stdout.splitlines() if line]
        self.assertEqual([row['token'] for row in rows], ['the', 'cat'])
        self.assertEqual(rows[0]['pairs'], [{'token': 'cat', 'count': 3.5}])
        self.assertEqual(rows[0]['partners'], 2)

    def test_bad_input(self):
        fail = programs.fail
        self.assertIn('none of the 1', fail(_PROGRAM, *self.flags, '--terms=zzz'))
        self.assertIn('terms', fail(_PROGRAM, *self.flags, '--terms=', status=2))
        rows, words = (flag.split('=')[1] for flag in self.flags)
        flags = (f'--input_file={words}', f'--token_dictionary={words}')
        self.assertIn('CooccurrenceRow is wanted', fail(_PROGRAM, *flags))
        flags = (f'--input_file={rows}', '--token_dictionary=/no/such')
        self.assertIn('/no/such', fail(_PROGRAM, *flags))
        self.assertIn('Reads:', programs.succeed(_PROGRAM, '--help').stdout.decode())


if __name__ == '__main__':
    absltest.main()
