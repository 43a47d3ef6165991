"""Tests of finding, opening, cutting and reading whole dumps."""

import bz2
import gzip
import os
import time

import hypothesis
from absl.testing import absltest
from absl.testing import parameterized
from hypothesis import strategies

from common import errors
from common.pb import wikipedia_pb2
from tests import dump_samples
from tests import hostile
from wikipedia import dump_chunks
from wikipedia import dump_stream
from wikipedia import dumps

_PAGES = [
    dump_samples.page(title=f'Page {number}', ident=number, text=f'Text {number} é ' * 9 * number)
    for number in range(1, 30)
]
_DUMP = dump_samples.dump(*_PAGES)
_SMALL = dump_samples.dump(_PAGES[0], _PAGES[1])
_SMALL_UTF16 = _SMALL.decode().encode('utf-16')


class _DumpTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.create_tempdir().full_path

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as file:
            file.write(content)
        return path

    def titles(self, *paths, **options):
        self.reader = dumps.DumpReader(list(paths), **options)
        return [
            wikipedia_pb2.Page.FromString(payload).title for payload in self.reader.read_payloads()
        ]


class FindDumpsTest(_DumpTest):
    def test_order_and_indexes(self):
        for number in (10, 2, 1):
            self.write(f'x-articles{number}.xml-p{number}.bz2', b'')
        path = self.write('x-multistream-index.txt.bz2', b'')
        folder = os.path.dirname(path)
        for pattern in (folder, f'{folder}/x*', f'{folder}/*s1.*,{folder}/*s2*,{folder}/*10*'):
            found = [os.path.basename(name)[10:12] for name in dump_stream.find_dumps(pattern)]
            self.assertEqual(found, ['1.', '2.', '10'])

    @parameterized.parameters('/nowhere/x.xml', '/nowhere/*.xml', '', '-,-')
    def test_refuses(self, pattern):
        with self.assertRaises(errors.InputError):
            dump_stream.find_dumps(pattern)


class DumpReaderTest(_DumpTest):
    @parameterized.named_parameters(
        ('plain', _DUMP),
        ('bz2', bz2.compress(_DUMP)),
        ('multistream', b''.join(bz2.compress(_DUMP[i : i + 999]) for i in range(0, 99_999, 999))),
        ('gz', gzip.compress(_DUMP)),
        ('two_gz', gzip.compress(_DUMP[:700]) + gzip.compress(_DUMP[700:])),
        ('byte_order_mark', b'\xef\xbb\xbf' + _DUMP),
        ('declaration', b'<?xml version="1.0" encoding="UTF-8"?>\n' + _DUMP),
        ('line_ends', _DUMP.replace(b'\n', b'\r\n')),
        ('utf16', _DUMP.decode().encode('utf-16')),
        ('utf16_be', _DUMP.decode().encode('utf-16-be')),
    )
    def test_forms(self, content):
        for threads in (1, 2):
            path = self.write('misleading.gz', content)
            titles = self.titles(path, num_workers=threads)
            self.assertEqual(titles, [f'Page {number}' for number in range(1, 30)])
            self.assertEqual(self.reader.totals['pages'], 29)
            self.assertEqual(self.reader.site.dbname, 'enwiki')

    @parameterized.parameters(
        (b'', 'is empty'),
        (b'Just words.', 'no MediaWiki XML dump'),
        (b'{"query": []}', 'no MediaWiki XML dump'),
        (b'<html><body>404</body></html>', 'of <html>'),
        (b'<a:mediawiki><page></page></a:mediawiki>', 'of <a:mediawiki>'),
        (b'<a:b:c/>', 'of <a:b:c>'),
        (bz2.compress(b'garbage' * 99), 'begins .garbage'),
        (b'BZh9 but not really', 'cannot be read: no bzip2 block'),
        (b'\x1f\x8b and not really', 'cannot be read: its gzip data'),
        (b'7z\xbc\xaf\x27\x1c123', '7z x -so'),
        (b'\xfd7zXZ\x00123', 'xz -dc'),
        (dump_samples.dump(), 'no whole <page>'),
        (_DUMP[:100], 'ends before its first page|no whole <page>|well-formed|truncated'),
    )
    def test_refuses_what_is_no_dump(self, content, message):
        with self.assertRaisesRegex(errors.InputError, message):
            self.titles(self.write('x.xml', content))

    def test_files_in_order(self):
        first = self.write('b.xml', dump_samples.dump(*_PAGES[:2]))
        second = self.write('a.xml', dump_samples.dump(*_PAGES[2:3]))
        self.assertEqual(self.titles(first, second), ['Page 1', 'Page 2', 'Page 3'])

    def test_refuses_to_mix_wikis(self):
        first = self.write('a.xml', dump_samples.dump(_PAGES[0]))
        second = self.write('b.xml', dump_samples.dump(_PAGES[1], language='de'))
        with self.assertRaisesRegex(errors.InputError, 'another wiki .dbname dewiki'):
            self.titles(first, second)

    @parameterized.parameters(
        (lambda dump: dump[:-13],),
        (lambda dump: dump[: dump.index(b'<title>Page 29')],),
        (lambda dump: dump[: dump.index(b'Text 29') + 10],),
    )
    def test_truncated_xml(self, cut):
        content = cut(_DUMP)
        path = self.write('x.xml', content)
        with self.assertRaisesRegex(
            errors.InputError,
            rf'at byte {len(content)} of the XML, after page "Page \d\d" \(id \d\d\): '
            r'it ends without </mediawiki>; .*keep its \d\d whole pages with --allow_truncated',
        ):
            self.titles(path)
        titles = self.titles(path, allow_truncated=True)
        self.assertIn(len(titles), (28, 29))
        self.assertEqual(self.reader.totals['truncated_files'], 1)

    @parameterized.parameters(bz2.compress, gzip.compress)
    def test_truncated_compression(self, compress):
        noise = os.urandom(400_000).hex()
        content = compress(dump_samples.dump(_PAGES[0], dump_samples.page(text=noise * 5)))
        path = self.write('x.xml', content[: len(content) - 9])
        with self.assertRaisesRegex(
            errors.InputError, r'after page "(Page 1|Title)" .id \d.: (it|its) '
        ):
            self.titles(path)
        self.assertEqual(self.titles(path, allow_truncated=True)[0], 'Page 1')

    def test_malformed_page(self):
        bad = _PAGES[4].replace('</title>', '')
        content = dump_samples.dump(*_PAGES[:4], bad, *_PAGES[5:])
        path = self.write('x.xml', content)
        with self.assertRaisesRegex(
            errors.InputError, r'at byte \d+ of the XML, after page "Page 4"'
        ):
            self.titles(path)
        self.assertLen(self.titles(path, allow_truncated=True), 4)
        self.assertLen(self.titles(path, max_bad_records=1), 28)
        self.assertEqual(self.reader.bad.total(), 1)

    @parameterized.named_parameters(
        ('laughs', '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'),
        ('file', '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        ('web', '<!DOCTYPE m SYSTEM "http://127.0.0.1:9/x.dtd">'),
        ('small letters', '<!doctype m>'),
        ('long', '<!DOCTYPE m [' + '<!ENTITY a "b">' * 99_999 + ']>'),
    )
    def test_definitions_are_refused(self, definition):
        content = b'<?xml version="1.0"?>' + definition.encode() + _DUMP
        with self.assertRaisesRegex(errors.InputError, 'XML with a DTD'):
            self.titles(self.write('x.xml', content))

    @parameterized.parameters('9' * 5000, '0.' * 99_999, '', 'x', '-1', '1e9', '0.99')
    def test_versions_of_schemas_that_are_none(self, version):
        content = _DUMP.replace(b'version="0.11"', f'version="{version}"'.encode())
        self.assertLen(self.titles(self.write('x.xml', content)), 29)

    def test_cut_off_at_any_byte(self):
        for schema in dump_samples.SCHEMAS:
            page = dump_samples.page(schema, title='Ä')
            content = dump_samples.dump(page, page, schema=schema)
            for stop in range(0, len(content) - 1, 29):
                path = self.write('x.xml', content[:stop])
                with self.assertRaises(errors.InputError):
                    self.titles(path)
                hostile.accepted(self.titles, path, allow_truncated=True)

    @hostile.settings(150)
    @hypothesis.given(
        hostile.damaged([_SMALL, bz2.compress(_SMALL), gzip.compress(_SMALL), _SMALL_UTF16]),
        strategies.booleans(),
    )
    def test_any_damage(self, content, allow_truncated):
        path = self.write('x.xml', content)
        options = {'max_bad_records': 99, 'allow_truncated': allow_truncated}
        if hostile.accepted(self.titles, path, **options):
            self.assertEqual(self.reader.site.language[:2], self.reader.site.language)

    def test_log_entries_after_the_pages(self):
        content = _DUMP.replace(b'</mediawiki>', b'<logitem><id>1</id></logitem></mediawiki>')
        self.assertLen(self.titles(self.write('x.xml', content)), 29)

    def test_a_second_dump_in_the_file(self):
        with self.assertRaises(errors.InputError):
            self.titles(self.write('x.xml', _DUMP + _DUMP))


class ChunkedDumpTest(parameterized.TestCase):
    def test_a_header_that_comes_byte_by_byte(self):
        header = dump_samples.head().encode() + b' ' * 1_000_000
        started = time.process_time()
        dump = dump_chunks.ChunkedDump('x', (b'%c' % byte for byte in header + b'<page>a'))
        self.assertEqual(dump.header, header)
        self.assertIsInstance(dump.header, bytes)
        self.assertLess(time.process_time() - started, 15)  # 25 s and more when it is copied.

    @parameterized.parameters(1, 7, 64, 5000, 10**6)
    def test_cuts_lose_nothing(self, size):
        chunks = (_DUMP[start : start + size] for start in range(0, len(_DUMP), size))
        dump = dump_chunks.ChunkedDump('x', chunks, block_bytes=2000)
        blocks = list(dump.blocks())
        ending = dump.ending()
        self.assertTrue(ending.complete)
        self.assertEqual(dump.header + b''.join(b.data for b in blocks) + ending.rest, _DUMP)
        for block in blocks:
            self.assertTrue(block.data.endswith(b'</page>'))
            self.assertEqual(_DUMP[block.start :][: len(block.data)], block.data)
        self.assertEqual(ending.stop, len(_DUMP))


if __name__ == '__main__':
    absltest.main()
