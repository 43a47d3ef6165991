import base64
import bz2
import json
import os
import pathlib

from absl.testing import absltest
from absl.testing import parameterized

from common import errors
from common import record_lines
from common import records
from common.pb import nlp_pb2

# A stream whose block tells of a run of a byte that does not fit in memory.
_LONG_RUN = (
    'QlpoOTFBWSZTWRha3ZQAAAXPgAAQBAIPoGAAAIygACAAIbVNABiFMIBNGMEFAQAAAAAAAABODjiULSoBAAAAAAXPgAAQ'
    'BAIPoGAAAIygACAAIbVNABiFWRha3ZQAyRThQkBha3ZA'
)


def _documents(number):
    return [
        nlp_pb2.TextDocument(primary=f'd{i}', tokens=['x'] * (i % 5), url='é\n')
        for i in range(number)
    ]


class RecordsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.path = str(self.folder / 'docs')

    def _write(self, number=17, **options):
        payloads = (d.SerializeToString() for d in _documents(number))
        options = {'records_per_part': 5, **options}
        return records.write_parts(self.path, payloads, proto=nlp_pb2.TextDocument, **options)

    def _read(self, pattern=None, threads=1, **options):
        options = records.ReadOptions(**options)
        data = records.open_dataset(pattern or self.path, nlp_pb2.TextDocument, options)
        return list(records.read(data, threads=threads)), data

    @parameterized.parameters(0, 1, 5, 6, 17)
    def test_round_trip(self, number):
        meta = self._write(number)
        found, data = self._read()
        self.assertEqual(found, _documents(number))
        self.assertEqual((meta.records, data.records), (number, number))
        self.assertLen(data.parts, -(-number // 5))

    def test_bytes_do_not_depend_on_workers(self):
        contents = []
        for workers in (1, 2, 3):
            self._write(num_workers=workers, overwrite=True)
            contents.append({p.name: p.read_bytes() for p in pathlib.Path(self.path).iterdir()})
        self.assertEqual(contents[0], contents[1])
        self.assertEqual(contents[0], contents[2])

    def test_part_ends_at_bytes(self):
        self._write(records_per_part=100, bytes_per_part=60)
        self.assertGreater(len(self._read()[1].parts), 4)
        self.assertEqual(self._read()[0], _documents(17))

    def test_file_glob_and_directory(self):
        self._write()
        self.assertEqual(self._read(f'{self.path}/part-00001.bz2')[0], _documents(17)[5:10])
        self.assertEqual(self._read(f'{self.path}/part-0000[12].bz2')[0], _documents(17)[5:15])
        self.assertEqual(self._read(f'{self.folder}/d*')[0], _documents(17))

    def test_book_format_needs_its_message_named(self):
        os.mkdir(self.path)
        lines = b''.join(record_lines.encode_line(d.SerializeToString()) for d in _documents(3))
        (self.folder / 'docs/part-00000.bz2').write_bytes(bz2.compress(lines))
        with self.assertRaisesRegex(errors.InputError, 'no _SUCCESS.*--allow_incomplete'):
            self._read()
        with self.assertRaisesRegex(errors.InputError, '--proto=TextDocument'):
            self._read(allow_incomplete=True)
        found, _ = self._read(allow_incomplete=True, proto='TextDocument')
        self.assertEqual(found, _documents(3))

    @parameterized.named_parameters(
        ('whole', lambda first, second: first + second, ''),
        ('second_cut', lambda first, second: first + second[:-5], 'cut off'),
        ('second_header', lambda first, second: first + b'BZx' + second[3:], 'damaged'),
        ('garbage', lambda first, second: first + b'garbage', 'damaged'),
    )
    def test_damage_without_metadata_is_found(self, join, message):
        halves = (_documents(4)[:2], _documents(4)[2:])
        streams = [
            bz2.compress(b''.join(record_lines.encode_line(d.SerializeToString()) for d in half))
            for half in halves
        ]
        path = self.folder / 'part-00000.bz2'
        path.write_bytes(join(*streams))
        if message:
            with self.assertRaisesRegex(errors.InputError, message):
                self._read(str(path), proto='TextDocument')
        else:
            self.assertEqual(self._read(str(path), proto='TextDocument')[0], _documents(4))

    def test_another_message_is_refused(self):
        self._write()
        with self.assertRaisesRegex(errors.InputError, 'holds TextDocument.*TokenStat is wanted'):
            records.open_dataset(self.path, nlp_pb2.TokenStat)

    def test_existing_output_is_kept(self):
        self._write()
        with self.assertRaisesRegex(errors.InputError, '--overwrite'):
            self._write(3)
        self.assertLen(self._read()[0], 17)

    def test_failure_leaves_nothing(self):
        def payloads():
            yield b'x'
            raise ValueError('halfway')

        with self.assertRaisesRegex(ValueError, 'halfway'):
            records.write_parts(self.path, payloads(), proto=nlp_pb2.TextDocument)
        self.assertEmpty(os.listdir(self.folder))

    def _damage(self, change):
        self._write()
        part = pathlib.Path(self.path) / 'part-00001.bz2'
        part.write_bytes(change(part.read_bytes()))

    @parameterized.named_parameters(
        ('truncated', lambda b: b[: len(b) // 2], 'damaged or cut off'),
        ('bit_flip', lambda b: b[:40] + bytes([b[40] ^ 8]) + b[41:], 'damaged'),
        ('empty', lambda b: b'', 'is empty: not a bzip2'),
        ('text', lambda b: b'plain text', 'not a bzip2'),
        ('line_gone', lambda b: bz2.compress(bz2.decompress(b).split(b'\n', 1)[1]), 'missing'),
        ('edited', lambda b: bz2.compress(bz2.decompress(b)[::-1].strip()), 'not'),
        ('not_base64', lambda b: bz2.compress(b'%%%\n' + bz2.decompress(b)), 'not base64'),
        # There are decoders that its length ends with the process.
        ('run_of_32_bits', lambda b: base64.b64decode(_LONG_RUN), 'damaged'),
    )
    def test_damage_is_an_error(self, change, message):
        self._damage(change)
        for threads in (1, 2):
            with self.assertRaisesRegex(errors.InputError, f'part-00001.*{message}'):
                self._read(threads=threads)

    def test_corrupt_lines_under_the_limit(self):
        def change(b):
            lines = bz2.decompress(b).split(b'\n')
            lines[1], lines[3] = b'*', record_lines.encode_line(b'\xff\xff').strip()
            return bz2.compress(b'\n'.join(lines))

        self._damage(change)
        found, data = self._read(max_bad_records=2)
        self.assertLen(found, 15)
        self.assertEqual(data.bad.total(), 2)
        self.assertRegex(data.bad.summary(), 'not a TextDocument.*; .*not base64')
        with self.assertRaisesRegex(errors.InputError, '--max_bad_records=1'):
            self._read(max_bad_records=1)

    def test_missing_part_and_lying_meta(self):
        self._write()
        os.unlink(f'{self.path}/part-00001.bz2')
        with self.assertRaisesRegex(errors.InputError, 'lacks part-00001.bz2'):
            self._read()
        self.assertLen(self._read(allow_incomplete=True)[0], 12)
        meta = pathlib.Path(self.path) / '_meta.json'
        fields = json.loads(meta.read_text())
        meta.write_text(json.dumps({**fields, 'records': 3}))
        with self.assertRaisesRegex(errors.InputError, '_meta.json is damaged'):
            self._read()

    def test_nothing_there(self):
        for pattern in (self.path, self.path + '*'):
            with self.assertRaisesRegex(errors.InputError, 'does not exist|no file matches'):
                self._read(pattern)

    def test_single_file_with_sidecar(self):
        path = f'{self.folder}/one.bz2'
        payloads = [d.SerializeToString() for d in _documents(4)]
        records.write_file(path, payloads, proto=nlp_pb2.TextDocument)
        self.assertEqual(self._read(path)[0], _documents(4))
        records.write_file(path, payloads[:2], proto=nlp_pb2.TextDocument, overwrite=True)
        self.assertEqual(self._read(path)[0], _documents(2))


if __name__ == '__main__':
    absltest.main()
