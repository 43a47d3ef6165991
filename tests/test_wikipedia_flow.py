"""The Wikipedia flow from dump to neighbours, each program run as a user runs it."""

import json
import pathlib

from absl.testing import absltest
from gensim.models import keyedvectors
from gensim.test import utils

from common import records
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from tests import program_inputs
from tests import programs

_DUMP = 'enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2'


class WikipediaFlowTest(absltest.TestCase):
    def test_from_dump_to_neighbors(self):
        folder = pathlib.Path(self.create_tempdir().full_path)
        dump = utils.datapath(_DUMP)
        tokens = '--token_dictionary=token.tstat.pb.b64.bz2'

        def run(program, *flags):
            return programs.succeed(program, *flags, cwd=folder).stdout.decode()

        run('wikipedia.xml2proto', f'--input_file={dump}', '--output_file=pages')
        programs.submit(
            'wikipedia/tokenize_pages.py',
            '--input_file=pages',
            '--output_file=docs',
            cwd=folder,
        )
        outputs = (
            '--token_output=token.tstat.pb.b64.bz2',
            '--title_output=title.tstat.pb.b64.bz2',
        )
        more = [
            ('make_dictionary', ['--input_file=docs', *outputs, '--min_token_frequency=5']),
            ('make_cooccurrence', ['--input_file=docs', tokens, '--output_file=cooccurrence']),
        ]
        program_inputs.succeed_in_chain(
            folder, [(f'wikipedia.{name}', words) for name, words in more]
        )
        run(
            'wikipedia.train_cooccurrence',
            '--train_input_pattern=cooccurrence',
            tokens,
            '--model_dir=model',
            '--embedding_dim=16',
            '--num_epochs=3',
        )
        self._check_documents(folder)
        line = run(
            'wikipedia.find_neighbors',
            '--model_dir=model',
            '--terms=war',
            '--format=jsonl',
            '--max_terms=30',
        )
        # War and civil stand together in the articles on war; the corpus is small, so 30 will do.
        self.assertIn('civil', line)
        run('wikipedia.find_neighbors', '--model_dir=model', '--terms=war,king', '--format=html',
            '--output=page.html')  # fmt: skip
        self.assertIn('<html lang="en"', (folder / 'page.html').read_text())
        run('wikipedia.export_embeddings', '--model_dir=model', '--output_file=vectors.txt')
        vectors = keyedvectors.KeyedVectors.load_word2vec_format(str(folder / 'vectors.txt'))
        self.assertEqual(vectors.vector_size, 16)
        self.assertIn('war', vectors)

    def _check_documents(self, folder):
        documents = list(
            records.read(records.open_dataset(str(folder / 'docs'), nlp_pb2.TextDocument))
        )
        redirects = list(
            records.read(records.open_dataset(str(folder / 'docs/redirects'), recsys_pb2.Redirect))
        )
        # The dump has 206 pages; 100 redirect, one of them to no article.
        self.assertEqual((len(documents), len(redirects)), (106, 99))
        anarchism = next(d for d in documents if d.primary.endswith('/Anarchism'))
        self.assertEqual(anarchism.primary, 'https://en.wikipedia.org/wiki/Anarchism')
        self.assertEqual(anarchism.lead_tokens[:3], ['anarchism', 'is', 'a'])
        self.assertIn('https://en.wikipedia.org/wiki/Emma_Goldman', anarchism.secondary)
        self.assertFalse([t for t in anarchism.tokens if t in ('ref', 'nbsp', 'thumb')])
        meta = json.loads((folder / 'docs' / '_meta.json').read_text())
        self.assertEqual(meta['site']['dbname'], 'enwiki')
        self.assertEqual(meta['totals']['documents'], 106)


if __name__ == '__main__':
    absltest.main()
