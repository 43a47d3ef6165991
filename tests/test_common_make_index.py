import json
import os
import pathlib
import urllib.parse

from absl.testing import absltest

from common import errors
from common import html_report
from common import records
from common import run_contents
from common.pb import nlp_pb2
from tests import page_samples
from tests import programs
from tests import test_common_html_report

_PROGRAM = 'common.make_index'


class MakeIndexTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path, 'run')
        self.folder.mkdir()

    def _write(self, name, text='x'):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')

    def _page(self, name, title):
        self._write(name, html_report.render('page.html', title=title))

    def _fill(self):
        self._page('evaluation/index.html', 'How good <it> is')
        self._page('evaluation/page-00001.html', 'x')
        self._write('evaluation/results.json')
        self._write('evaluation/trial/config.json', json.dumps({'program': 'a/train'}))
        self._write('evaluation/trial/README.md', '# A model of 3 words\n\nmore')
        self._page(f'one {page_samples.RTL}.html', page_samples.EVIL)
        self._write('evaluation.txt', 'a table')
        self._write('photographs/a.jpg')
        self._write('photographs/b.jpg')
        self._write('.hidden.txt')
        for number in range(31):
            self._write(f'many/{number}.json')
        document = nlp_pb2.TextDocument(primary='x').SerializeToString()
        for path in ('docs', 'docs/held'):
            records.write_parts(
                str(self.folder / 'made'), [document] * 2, proto=nlp_pb2.TextDocument
            )
            os.rename(self.folder / 'made', self.folder / path)
        os.symlink('/', self.folder / 'elsewhere')

    def test_what_is_found(self):
        self._fill()
        sections = run_contents.find(str(self.folder), str(self.folder / 'index.html'))
        found = {
            section.title: [(entry.name, str(entry.what), entry.size) for entry in section.entries]
            for section in sections
        }
        pages = found['Pages']
        self.assertEqual(pages[0], ('evaluation/index.html', 'How good <it> is', '2 pages'))
        self.assertEqual(pages[1][0], f'one {page_samples.RTL}.html')
        self.assertStartsWith(pages[1][1], '<script>alert(1)</script>&"')
        self.assertEqual(found['Tables and figures'], [('evaluation.txt', 'text', '7 B')])
        self.assertEqual(
            found['Models'],
            [('evaluation/trial/', '<bdi>A model of 3 words</bdi>, by <bdi>a/train</bdi>', '48 B')],
        )
        self.assertEqual([one[0] for one in found['Records']], ['docs/', 'docs/held/'])
        self.assertIn('2 records', found['Records'][0])
        self.assertIn('TextDocument', found['Records'][0][1])
        self.assertEqual(
            found['Other files'], [('many/', '31 files', ''), ('photographs/', '2 files', '')]
        )

    def test_links_lead_there(self):
        self._fill()
        for page in (self.folder / 'index.html', self.folder.parent / 'all.html'):
            programs.succeed(_PROGRAM, f'--input_dir={self.folder}', f'--output={page}')
            html = page.read_text(encoding='utf-8')
            found = test_common_html_report.check(html)
            self.assertNotIn('script', found.tags)
            hrefs = [value for tag, key, value in found.attributes if (tag, key) == ('a', 'href')]
            links = [one for one in hrefs if not one.startswith('#')]
            self.assertGreaterEqual(len(links), 11)
            for link in links:
                self.assertTrue((page.parent / _unquote(link)).exists(), link)
        again = programs.fail(_PROGRAM, f'--input_dir={self.folder}')
        self.assertIn('--overwrite', again)
        # The page does not list itself.
        programs.succeed(_PROGRAM, f'--input_dir={self.folder}', '--overwrite')
        written = (self.folder / 'index.html').read_text(encoding='utf-8')
        self.assertNotIn('href="index.html"', written)

    def test_refuses(self):
        with self.subTest('empty'):
            self.assertIn('holds nothing', programs.fail(_PROGRAM, f'--input_dir={self.folder}'))
        with self.subTest('a page of another program'):
            self._page('index.html', 'An evaluation')
            last = programs.fail(_PROGRAM, f'--input_dir={self.folder}', '--overwrite')
            self.assertIn('was not made by this program', last)
        with self.subTest('what cannot be looked into'):
            os.mkfifo(self.folder / 'pipe.html')
            self._write('torn/x.txt')
            os.symlink('nowhere', self.folder / 'torn/_meta.json')
            *_, tables, _, _, others = run_contents.find(
                str(self.folder), str(self.folder / 'index.html')
            )
            self.assertEqual([entry.name for entry in tables.entries], ['torn/x.txt'])
            self.assertEqual([entry.what for entry in others.entries], ['1 file'])
        with self.subTest('damaged'):
            self._write('model/config.json', '{')
            with self.assertRaisesRegex(errors.InputError, r'config.json is damaged .*again'):
                run_contents.find(str(self.folder), str(self.folder / 'index.html'))


def _unquote(link):
    return os.fsdecode(urllib.parse.unquote_to_bytes(link))


if __name__ == '__main__':
    absltest.main()
