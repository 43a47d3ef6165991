import json
import math
import pathlib

from absl.testing import absltest
from absl.testing import parameterized
from google.protobuf import text_format

from common import record_text
from common import records
from common.pb import nlp_pb2
from common.pb import wikipedia_pb2
from tests import programs

_PROGRAM = 'common.dump_records'


def _write(path, messages, file=False):
    payloads = [message.SerializeToString() for message in messages]
    write = records.write_file if file else records.write_parts
    write(str(path), payloads, proto=type(messages[0]))
    return str(path)


class RecordTextTest(parameterized.TestCase):
    @parameterized.parameters(
        ('data/token.tstat.pb.b64.bz2', 'TokenStat'),
        ('data/wikipedia.cooccur.pb.b64.bz2/part-00000.bz2', 'CooccurrenceRow'),
        ('/x/wiki.sparse_docs', 'SparseDocument'),
        ('/x/docs', 'TextDocument'),
        ('/x/docs/redirects', 'Redirect'),
        ('/x/enwiki.xml.pb.b64.bz2', 'Page'),
        ('/x/y', ''),
    )
    def test_guess(self, path, message):
        self.assertEqual(record_text.guess_message(path), message)

    def test_text_can_be_parsed_back(self):
        page = wikipedia_pb2.Page(title='é "q"\n\x1b\u202e', id=7)
        page.revision.add(text='x' * 50).contributor.username = 'Bob'
        text = record_text.to_text(page)
        self.assertEqual(text_format.Parse(text, wikipedia_pb2.Page()), page)
        self.assertIn('é', text)
        self.assertNotIn('\x1b', text)
        self.assertNotIn('\u202e', text)

    def test_text_says_what_it_cuts(self):
        document = nlp_pb2.TextDocument(primary='p' * 12, tokens=['a', 'bbbbbbbb', 'c'])
        text = record_text.to_text(document, max_field_chars=5, max_items=2)
        self.assertIn('primary: "ppppp…"', text)
        self.assertIn('# primary: the first 5 of 12 characters', text)
        self.assertIn('# tokens: the first 2 of 3 items', text)
        self.assertNotIn('"c"', text)
        self.assertLen(document.tokens, 3)

    def test_json_has_every_field_and_plain_numbers(self):
        row = nlp_pb2.CooccurrenceRow(other_index=[1 << 60], count=[0.1, math.nan, -math.inf])
        self.assertEqual(
            json.loads(record_text.to_json(row)),
            {'index': 0, 'other_index': [1 << 60], 'count': [0.1, 'NaN', '-Infinity']},
        )


class DumpRecordsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        stats = [nlp_pb2.TokenStat(token=f'é{i}', frequency=9 - i, index=i) for i in range(3)]
        self.stats = _write(self.folder / 'words', stats)

    def test_json_from_another_folder(self):
        flags = (f'--input_file={self.stats}', '--format=json')
        result = programs.succeed(_PROGRAM, *flags, cwd=self.folder)
        rows = [json.loads(line) for line in result.stdout.decode().splitlines()]
        self.assertEqual([row['token'] for row in rows], ['é0', 'é1', 'é2'])
        self.assertEqual([row['index'] for row in rows], [0, 1, 2])
        self.assertIn(b'3 TokenStat records', result.stderr)

    def test_limit(self):
        result = programs.succeed(_PROGRAM, f'--input_file={self.stats}', '--limit=2')
        self.assertEqual(result.stdout.decode().count('# record '), 2)

    def test_without_metadata(self):
        path = pathlib.Path(self.stats, 'part-00000.bz2')
        named = self.folder / 'x.tstat.bz2'
        named.write_bytes(path.read_bytes())
        nameless = self.folder / 'x.bz2'
        nameless.write_bytes(path.read_bytes())
        result = programs.succeed(_PROGRAM, f'--input_file={named}')
        self.assertIn(b'from its name', result.stderr)
        self.assertIn('token: "é0"', result.stdout.decode())
        self.assertIn('--proto', programs.fail(_PROGRAM, f'--input_file={nameless}'))
        programs.succeed(_PROGRAM, f'--input_file={nameless}', '--proto=TokenStat')
        piped = programs.succeed(
            _PROGRAM, '--input_file=-', '--proto=TokenStat', stdin=path.read_bytes()
        )
        self.assertEqual(piped.stdout, result.stdout)
        self.assertIn('--proto', programs.fail(_PROGRAM, '--input_file=-', stdin=b''))

    def test_bad_input(self):
        empty = self.folder / 'empty.tstat.bz2'
        empty.touch()
        cut = self.folder / 'cut.tstat.bz2'
        cut.write_bytes(pathlib.Path(self.stats, 'part-00000.bz2').read_bytes()[:-20])
        folder = self.folder / 'docs'
        folder.mkdir()
        self.assertIn('is empty', programs.fail(_PROGRAM, f'--input_file={empty}'))
        self.assertIn('damaged or cut off', programs.fail(_PROGRAM, f'--input_file={cut}'))
        self.assertIn('no _SUCCESS', programs.fail(_PROGRAM, f'--input_file={folder}'))
        self.assertIn('does not exist', programs.fail(_PROGRAM, '--input_file=/no/such'))
        flags = (f'--input_file={self.stats}', 'word')
        self.assertIn('word', programs.fail(_PROGRAM, *flags, status=2))
        self.assertIn('Reads:', programs.succeed(_PROGRAM, '--help').stdout.decode())


if __name__ == '__main__':
    absltest.main()
