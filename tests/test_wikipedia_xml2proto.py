"""Runs xml2proto as a program."""

import bz2
import json
import os
import pathlib
import subprocess
import sys

from absl.testing import absltest
from absl.testing import parameterized

from common import records
from common.pb import wikipedia_pb2
from tests import dump_samples
from wikipedia import siteinfo

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_GENSIM_DUMP = 'enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2'


def _run(*flags, stdin=None):
    return subprocess.run(
        [sys.executable, '-m', 'wikipedia.xml2proto', *flags],
        cwd=_ROOT,
        capture_output=True,
        input=stdin,
        check=False,
    )


class Xml2ProtoTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.create_tempdir().full_path
        self.output = os.path.join(self.folder, 'pages')

    def write(self, content):
        path = os.path.join(self.folder, 'x.xml')
        with open(path, 'wb') as file:
            file.write(content)
        return path

    def convert(self, path, *flags, stdin=None):
        return _run(f'--input_file={path}', f'--output_file={self.output}', *flags, stdin=stdin)

    def pages(self):
        return list(records.read(records.open_dataset(self.output, wikipedia_pb2.Page)))

    def test_writes_parts_and_site(self):
        pages = [dump_samples.page(title=f'P{number}', ident=number) for number in range(7)]
        path = self.write(dump_samples.dump(*pages))
        result = self.convert(path, '--pages_per_part=3')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b'wrote 7 pages (0 redirects, 7 revisions) in 3 parts', result.stderr)
        self.assertEqual([page.title for page in self.pages()], [f'P{n}' for n in range(7)])
        text = pathlib.Path(self.output, siteinfo.FILE_NAME).read_text(encoding='utf-8')
        meta = json.loads(pathlib.Path(self.output, '_meta.json').read_text(encoding='utf-8'))
        self.assertEqual(siteinfo.from_json(text), siteinfo.from_dict(meta['site']))
        self.assertEqual(meta['totals']['pages'], 7)
        self.assertEqual(self.convert(path).returncode, 1)
        self.assertEqual(self.convert(path, '--overwrite').returncode, 0)

    def test_bytes_do_not_depend_on_workers(self):
        # Random enough to exceed the size below which no processes are started.
        pages = [
            dump_samples.page(title=f'P{number}', ident=number, text=os.urandom(50_000).hex())
            for number in range(180)
        ]
        path = self.write(bz2.compress(dump_samples.dump(*pages), 1))
        self.assertGreater(os.path.getsize(path), 8 << 20)
        written = []
        for workers in (1, 2, 3):
            result = self.convert(path, f'--num_workers={workers}', '--overwrite')
            self.assertEqual(result.returncode, 0, result.stderr)
            parts = sorted(pathlib.Path(self.output).glob('part-*'))
            written.append([part.read_bytes() for part in parts])
        self.assertEqual(written[0], written[1])
        self.assertEqual(written[0], written[2])

    def test_failure_leaves_nothing(self):
        path = self.write(dump_samples.dump(dump_samples.page())[:-5])
        result = self.convert(path)
        self.assertEqual(result.returncode, 1)
        last = result.stderr.decode().splitlines()[-1]
        self.assertIn(f'error: {path} is truncated or damaged at byte', last)
        self.assertEqual(os.listdir(self.folder), ['x.xml'])
        result = self.convert(path, '--allow_truncated')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b'kept the 1 whole pages', result.stderr)

    def test_standard_input(self):
        result = self.convert('-', stdin=bz2.compress(dump_samples.dump(dump_samples.page())))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLen(self.pages(), 1)

    @parameterized.parameters(('--num_workers=0',), ('--pages_per_part=0',), ('stray',))
    def test_wrong_flags(self, flag):
        self.assertEqual(self.convert('x', flag).returncode, 2)

    def test_real_dump(self):
        import gensim

        path = os.path.join(os.path.dirname(gensim.__file__), 'test', 'test_data', _GENSIM_DUMP)
        if not os.path.exists(path):
            self.skipTest(f'the gensim wheel has no {_GENSIM_DUMP}')
        self.assertEqual(self.convert(path).returncode, 0)
        pages = self.pages()
        # Counted with grep in the XML: 206 <page>, 100 <redirect, 15 <ip>, 90 <minor />.
        self.assertLen(pages, 206)
        self.assertEqual(sum(bool(page.redirect_title) for page in pages), 100)
        self.assertEqual(sum(bool(page.revision[0].contributor.ip) for page in pages), 15)
        self.assertEqual(sum(page.revision[0].minor for page in pages), 90)


if __name__ == '__main__':
    absltest.main()
