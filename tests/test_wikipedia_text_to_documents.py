"""Tests of wikipedia/text_to_documents.py and wikipedia/corpora.py."""

import bz2
import gzip
import json
import pathlib

from absl.testing import absltest

from common import records
from common.pb import nlp_pb2
from tests import programs

_PROGRAM = 'wikipedia.text_to_documents'


class TextToDocumentsTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.create_tempdir()
        self.output = self.folder.full_path + '/docs'

    def _write(self, name, content):
        return self.folder.create_file(name, content=content, mode='wb').full_path

    def _run(self, input_file, *flags, **options):
        programs.succeed(
            _PROGRAM, f'--input_file={input_file}', f'--output_file={self.output}', *flags,
            **options,
        )  # fmt: skip
        data = records.open_dataset(self.output, nlp_pb2.TextDocument)
        return list(records.read(data))

    def _fail(self, input_file, *flags, **options):
        message = programs.fail(
            _PROGRAM, f'--input_file={input_file}', f'--output_file={self.output}', *flags,
            **options,
        )  # fmt: skip
        self.assertNotIn('docs', [path.name for path in _entries(self.folder)])
        return message

    def test_lines_of_compressed_files_in_name_order(self):
        first = self._write('a.txt', gzip.compress('Zwei Wörter\r\n\n'.encode()))
        second = self._write('b.txt', bz2.compress(b"it's one\nlast"))
        documents = self._run(self.folder.full_path + '/*.txt')
        self.assertEqual(
            [(document.primary, list(document.tokens)) for document in documents],
            [
                (first + ':1', ['zwei', 'wörter']),
                (second + ':1', ["it's", 'one']),
                (second + ':2', ['last']),
            ],
        )
        self.assertEqual(documents[0].url, '')

    def test_a_file_each_from_a_directory(self):
        self._write('in/b.txt', b'Title line\ngoes on\n\nMore.')
        path = self._write('in/a/c.txt', 'é'.encode('latin-1'))
        documents = self._run(
            self.folder.full_path + '/in', '--input_format=files', '--encoding=latin-1',
            '--url_prefix=file://',
        )  # fmt: skip
        self.assertEqual(documents[0].url, 'file://' + path)
        self.assertEqual(documents[0].tokens, ['é'])
        self.assertEqual(documents[1].lead_tokens, ['title', 'line', 'goes', 'on'])

    def test_things_in_json_lines_from_standard_input(self):
        lines = [
            {'basket': 7, 'items': ['Red wine', 'bread', 3], 'next': ['8', 8, 7]},
            {'basket': 'x', 'items': []},
            {'basket': 'y', 'items': ['bread']},
        ]
        stdin = '\n'.join(map(json.dumps, lines)).encode()
        documents = self._run(
            '-', '--input_format=jsonl', '--id_field=basket', '--tokens_field=items',
            '--links_field=next', '--url_prefix=b:', stdin=stdin,
        )  # fmt: skip
        self.assertEqual([document.primary for document in documents], ['b:7', 'b:y'])
        self.assertEqual(documents[0].tokens, ['Red wine', 'bread', '3'])
        self.assertEqual(documents[0].secondary, ['b:8'])

    def test_text_in_json_lines(self):
        stdin = b'{"body": "One, two.\\n\\nThree."}'
        (document,) = self._run('-', '--input_format=jsonl', '--text_field=body', stdin=stdin)
        self.assertEqual(document.primary, 'stdin:1')
        self.assertEqual(document.tokens, ['one', 'two', 'three'])
        self.assertEqual(document.lead_tokens, ['one', 'two'])

    def test_bad_lines(self):
        bad = (b'{"text": 1}', b'nope', b'[]', b'{}', b'\xff', b'{"text": "\\ud800"}')
        stdin = b'\n'.join((b'{"text": "good"}', *bad))
        self.assertRegex(
            self._fail('-', '--input_format=jsonl', '--max_bad_records=3', stdin=stdin),
            "line 5: no field 'text'.*--max_bad_records=3",
        )
        documents = self._run('-', '--input_format=jsonl', '--max_bad_records=6', stdin=stdin)
        self.assertLen(documents, 1)

    def test_refuses_records(self):
        payload = nlp_pb2.TextDocument(primary='a', tokens=['b']).SerializeToString()
        folder = self.folder.full_path + '/made'
        records.write_parts(folder, [payload], proto=nlp_pb2.TextDocument)
        self.assertIn('part-00000.bz2 holds records', self._fail(folder))
        self.assertIn('part-00000.bz2 holds records', self._fail(f'{folder}/part-*'))

    def test_errors_say_what_is_wrong(self):
        self.assertIn('no such file', self._fail(self.folder.full_path + '/none'))
        cut = self._write('cut.gz', gzip.compress(b'word ' * 1000)[:-9])
        self.assertIn('damaged or cut off', self._fail(cut))
        damaged = self._write('damaged.bz2', b'BZh9' + b'x' * 50)
        self.assertRegex(self._fail(damaged), 'damaged.bz2: compressed data damaged')
        self.assertIn('not utf-8 (name', self._fail('-', stdin=b'\xff'))
        self.assertIn('encoding', self._fail('-', '--encoding=utf-16', status=2))


def _entries(folder):
    return list(pathlib.Path(folder.full_path).iterdir())


if __name__ == '__main__':
    absltest.main()
