import json
import os
import pathlib

from absl.testing import absltest

from tests import programs
from tests import search_testdata
from tests import test_common_html_report

_MAKE = 'wikipedia.make_search_index'
_SEARCH = 'wikipedia.search_articles'


class SearchArticlesTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.index = search_testdata.write_index(self.folder / 'index')

    def _search(self, *flags, **options):
        index = f'--search_index={self.index}'
        return programs.succeed(_SEARCH, index, *flags, **options).stdout.decode()

    def test_make_search_index(self):
        docs = search_testdata.write_documents(self.folder / 'docs')
        made = self.folder / 'made'
        flags = (f'--input_file={docs}', f'--output_file={made}')
        result = programs.succeed(_MAKE, *flags, '--buffer_limit=15MB', cwd=self.folder)
        self.assertIn(b'Done: articles 9, words 34', result.stderr)
        names = ['catalogue.jsonl', 'config.json', 'tantivy']
        self.assertEqual(sorted(os.listdir(made)), names)
        config = json.loads((made / 'config.json').read_text())
        self.assertEqual(config['tokenizer'], 'unicode')
        self.assertEqual([entry['records'] for entry in config['inputs']], [9, 3])
        self.assertIn('--overwrite', programs.fail(_MAKE, *flags))
        programs.succeed(_MAKE, *flags, '--overwrite')
        found = programs.succeed(_SEARCH, f'--search_index={made}', '--article=Pot', '--top_k=1')
        self.assertIn('Steam engine', found.stdout.decode())

    def test_nothing_to_index(self):
        docs = search_testdata.write_documents(self.folder / 'none', articles=())
        made = self.folder / 'made'
        message = programs.fail(_MAKE, f'--input_file={docs}', f'--output_file={made}')
        self.assertIn('not one article', message)
        self.assertFalse(made.exists())

    def test_text(self):
        lines = self._search('--query=fruit', '--query=?', '--top_k=2').splitlines()
        self.assertEqual(lines[0], 'fruit')
        self.assertEqual(lines[1].split()[:2], ['1', 'Apple'])
        self.assertEqual(lines[2].split()[:2], ['2', 'APPLE'])
        self.assertEqual(lines[4:], ['?', '  There is no word in it.'])

    def test_json_lines_of_files(self):
        (self.folder / 'names').write_text('\ufeffBoiler\n\nsteam engine\n', encoding='utf-8')
        flags = (f'--article_file={self.folder}/names', '--query_file=-', '--format=jsonl')
        output = self.folder / 'out.jsonl'
        self._search(*flags, f'--output={output}', stdin='софия\nзима\n'.encode())
        rows = [json.loads(line) for line in output.read_text(encoding='utf-8').splitlines()]
        self.assertEqual(
            [row['query'] for row in rows], ['софия', 'зима', 'Boiler', 'steam engine']
        )
        self.assertEqual(rows[0]['articles'][0]['title'], 'София')
        self.assertEqual(rows[1]['articles'], [])
        self.assertEqual(rows[1]['note'], 'In no article: зима.')
        self.assertEqual(rows[3]['article'], search_testdata.url('Steam_engine'))
        self.assertEqual(set(rows[0]['articles'][0]), {'url', 'title', 'score'})

    def test_html(self):
        page = self._search('--query=<script>bold', '--article=<b>"&</b>', '--format=html')
        found = test_common_html_report.check(page)
        self.assertNotIn('script', found.tags)
        self.assertNotIn('b', found.tags)
        self.assertIn('<script>bold', found.text)
        href = search_testdata.url('<b>%22%26</b>')
        self.assertIn(('a', 'href', href), found.attributes)
        self.assertIn(('span', 'lang', 'xx'), found.attributes)
        pages = self.folder / 'pages'
        flags = ('--query=fruit', '--query=steam', '--format=html', '--queries_per_page=1')
        self._search(*flags, f'--output={pages}')
        names = ['index.html', 'page-00001.html', 'page-00002.html']
        self.assertEqual(sorted(os.listdir(pages)), names)

    def test_bad_input(self):
        index = f'--search_index={self.index}'
        self.assertIn("near: 'Boiler'", programs.fail(_SEARCH, index, '--article=Boilr'))
        self.assertIn('nothing is asked', programs.fail(_SEARCH, index, status=2))
        self.assertIn('empty', programs.fail(_SEARCH, index, '--query= ', status=2))
        self.assertIn('top_k', programs.fail(_SEARCH, index, '--top_k=0', status=2))
        self.assertIn('title_boost', programs.fail(_SEARCH, index, '--title_boost=-1', status=2))
        self.assertIn('no line', programs.fail(_SEARCH, index, '--query_file=-', stdin=b'\n'))
        self.assertIn('UTF-8', programs.fail(_SEARCH, index, '--query_file=-', stdin=b'\xff'))
        self.assertIn('/no/such', programs.fail(_SEARCH, '--search_index=/no/such', '--query=a'))
        flags = (index, '--query=a', f'--output={self.index}', '--overwrite')
        self.assertIn('input', programs.fail(_SEARCH, *flags, status=2))

    def test_help(self):
        for program in (_MAKE, _SEARCH):
            self.assertIn('Reads:', programs.succeed(program, '--help').stdout.decode())


if __name__ == '__main__':
    absltest.main()
