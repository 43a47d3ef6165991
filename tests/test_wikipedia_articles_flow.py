"""The flow from documents to recommended articles, each program run as a user runs it."""

import json
import pathlib

from absl.testing import absltest

from tests import article_testdata
from tests import program_inputs
from tests import programs

_TOKENS, _TITLES = 'token.tstat.pb.b64.bz2', 'title.tstat.pb.b64.bz2'
_DICTIONARIES = (f'--token_dictionary={_TOKENS}', f'--title_dictionary={_TITLES}')
_PARTS = (
    '--search_index=index',
    '--graph=similarity',
    f'--title_dictionary={_TITLES}',
    '--txt2url_model=model',
)


class ArticlesFlowTest(absltest.TestCase):
    def test_from_documents_to_recommendations(self):
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        article_testdata.write(self.folder / 'docs', article_testdata.make_documents(), 1)
        self._make_parts()
        self._run(
            'train_article_ranker', '--validation=held_out/validation', *_PARTS,
            '--model_dir=ranker',
        )  # fmt: skip
        self._check_evaluation()
        self._check_recommendations()

    def _run(self, program, *flags):
        return programs.succeed(f'wikipedia.{program}', *flags, cwd=self.folder).stdout.decode()

    def _make_parts(self):
        docs = '--input_file=held_out'
        on_spark = {
            'hold_out': [
                '--input_file=docs', '--output_file=held_out', '--test_share=0.3',
                '--validation_share=0.3',
            ],
            'make_dictionary': [
                docs, f'--token_output={_TOKENS}', f'--title_output={_TITLES}',
                '--min_token_frequency=1', '--min_title_frequency=1', '--only_articles',
            ],
            'make_sparse_doc': [
                docs, *_DICTIONARIES, '--output_txt2url=txt2url', '--output_url2url=url2url',
            ],
            'make_similarity': ['--input_file=url2url', '--output_file=similarity'],
        }  # fmt: skip
        program_inputs.succeed_in_chain(
            self.folder, [(f'wikipedia.{name}', flags) for name, flags in on_spark.items()]
        )
        self._run('make_search_index', docs, '--output_file=index')
        self._run(
            'train_txt2url', '--txt2url=txt2url', '--url2url=url2url', *_DICTIONARIES,
            '--embedding_dim=8', '--link_dim=4', '--num_epochs=2', '--max_words=8',
            '--article_words=16', '--batch_size=16', '--validation_articles=5',
            '--model_dir=model',
        )  # fmt: skip

    def _check_evaluation(self):
        tables = self._run(
            'evaluate_articles', '--test=held_out/test', *_PARTS, '--ranker=ranker',
            '--resamples=100', '--output=evaluation',
        )  # fmt: skip
        self.assertIn('fusion - ranker', tables)
        for kind in ('links', 'text'):
            results = json.loads((self.folder / 'evaluation' / kind / 'results.json').read_text())
            self.assertEqual(
                results['systems'], ['search', 'graph', 'embedding', 'fusion', 'ranker']
            )
            means = {
                name: by_measure['recall_50']['mean']
                for name, by_measure in results['results'][0]['estimates'].items()
            }
            # Of 60 articles 50 are shown, and some are linked to a lot more than others.
            self.assertGreater(means['ranker'], 0.6)
            self.assertGreaterEqual(means['ceiling'], means['ranker'])

    def _check_recommendations(self):
        article = f'{article_testdata.BASE}A3'
        lines = self._run(
            'recommend_articles', *_PARTS, '--ranker=ranker', f'--article={article}',
            '--query=w1 w2 w3', '--format=jsonl', '--top_k=5',
        ).splitlines()  # fmt: skip
        self.assertLen(lines, 2)
        for line in map(json.loads, lines):
            urls = [one['url'] for one in line['articles']]
            self.assertLen(set(urls), 5)
            self.assertNotIn(article, urls[: 5 if line['article'] else 0])
            self.assertTrue(all(one['parts'] for one in line['articles']))
        self._run(
            'recommend_articles', *_PARTS, '--ranker=ranker', f'--article={article}',
            '--format=html', '--output=page.html',
        )  # fmt: skip
        self.assertIn('<span lang="xx">', (self.folder / 'page.html').read_text())


if __name__ == '__main__':
    absltest.main()
