"""Real dumps of several languages, where RECSYS_DATA names their folder."""

import collections
import os
import pathlib

from absl.testing import absltest
from absl.testing import parameterized

from common import records
from common.pb import wikipedia_pb2
from tests import programs
from wikipedia import siteinfo
from wikipedia import text_documents

_DATA = os.environ.get('RECSYS_DATA')


@absltest.skipUnless(_DATA, 'RECSYS_DATA does not name a folder of real dumps')
class RealDumpsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)

    def _flags(self, dump):
        return f'--input_file={_DATA}/wikipedia/{dump}', f'--output_file={self.folder}/pages'

    @parameterized.parameters(
        # Pages and redirects by grep; the rest is what these dumps are known to hold.
        ('ltgwiki-latest-pages-articles.xml.bz2', 2004, 195, 896, 'https://ltg.wikipedia.org/'),
        ('bgwiki-latest-pages-articles-shortened.xml.bz2', 3, 0, 1, 'https://bg.wikipedia.org/'),
        ('enwiki-table-markup.xml.bz2', 5, 0, 5, 'https://en.wikipedia.org/'),
    )
    def test_documents(self, dump, pages, redirects, documents, base):
        programs.succeed('wikipedia.xml2proto', *self._flags(dump))
        data = records.open_dataset(f'{self.folder}/pages', wikipedia_pb2.Page)
        found = list(records.read(data))
        self.assertLen(found, pages)
        self.assertLen([page for page in found if page.redirect_title], redirects)
        site = siteinfo.complete(siteinfo.from_dict(data.meta.site))
        counts = collections.Counter()
        made = list(text_documents.convert(found, site, text_documents.Options(), counts))
        self.assertEqual(counts[text_documents.DOCUMENTS], documents)
        self.assertEqual(counts.total(), pages)
        for record in made:
            url = getattr(record, 'primary', '') or record.url
            self.assertStartsWith(url, base)

    @parameterized.parameters(
        ('edge/zhwiki-broken-1.xml', 'byte 6057 .*without <title>'),
        ('edge/zhwiki-broken-2.xml', 'byte 6057 .*without <ns>'),
    )
    def test_damaged_dumps_are_errors(self, dump, message):
        self.assertRegex(programs.fail('wikipedia.xml2proto', *self._flags(dump)), message)
        self.assertEmpty(os.listdir(self.folder))


if __name__ == '__main__':
    absltest.main()
