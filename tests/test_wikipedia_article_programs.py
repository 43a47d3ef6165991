"""hold_out, make_sparse_doc, make_similarity and dump_similarity as a user runs them."""

import collections
import itertools
import json
import pathlib

import numpy as np
from absl.testing import absltest

from common import dictionary
from common import records
from common.pb import nlp_pb2
from tests import article_testdata
from tests import program_inputs
from tests import programs
from wikipedia import article_graph

_DOCUMENT = nlp_pb2.TextDocument
_SPARSE = nlp_pb2.SparseDocument
_ROW = nlp_pb2.CooccurrenceRow


class ArticleProgramsTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.dir = pathlib.Path(self.create_tempdir().full_path)
        self.documents = article_testdata.make_documents()
        article_testdata.write(self.dir / 'docs', self.documents, 3)

    def test_from_documents_to_neighbors(self):
        steps = {
            'hold_out': ['--input_file=docs', '--output_file=held_out', '--test_share=0.3'],
            'make_dictionary': [
                '--input_file=docs', '--token_output=token.bz2', '--title_output=title.bz2',
                '--min_token_frequency=2', '--min_title_frequency=2', '--only_articles',
            ],
            'make_sparse_doc': [
                '--input_file=docs', '--token_dictionary=token.bz2',
                '--title_dictionary=title.bz2', '--output_txt2url=txt2url',
                '--output_url2url=url2url',
            ],
            'make_similarity': [
                '--input_file=url2url', '--output_file=similarity', '--pairs_per_part=3000',
                '--top_k=5', '--similarity=dice',
            ],
        }  # fmt: skip
        chain = [(f'wikipedia.{name}', flags) for name, flags in steps.items()]
        program_inputs.succeed_in_chain(self.dir, chain)
        self._check_held_out()
        self._check_titles()
        self._check_sparse_documents()
        self._check_similarity()
        self._check_dump()

    def _run(self, program, *flags):
        return programs.succeed(f'wikipedia.{program}', *flags, cwd=self.dir)

    def _fail(self, program, *flags, status=1):
        return programs.fail(f'wikipedia.{program}', *flags, status=status, cwd=self.dir)

    def _read(self, name, proto):
        return article_testdata.read(self.dir / name, proto)

    def _resolved(self, document):
        links = [article_testdata.REDIRECTS.get(url, url) for url in document.secondary]
        return [url for url in dict.fromkeys(links) if url != document.primary]

    def _check_held_out(self):
        remains = self._read('held_out', _DOCUMENT)
        validation, test = (self._read(f'held_out/{s}', _DOCUMENT) for s in ('validation', 'test'))
        self.assertEqual([d.primary for d in remains], [d.primary for d in self.documents])
        held = {document.primary: document for document in [*validation, *test]}
        self.assertLen(held, len(validation) + len(test))
        self.assertGreater(len(test), len(validation))
        self.assertNotEmpty(validation)
        for document, rest in zip(self.documents, remains, strict=True):
            taken = held.get(document.primary, _DOCUMENT())
            self.assertCountEqual([*rest.secondary, *taken.secondary], self._resolved(document))
            self.assertEqual(document.lead_tokens[0] in rest.tokens, not taken.primary)
        meta = records.open_dataset(str(self.dir / 'held_out/test'), _DOCUMENT).meta
        self.assertEqual(meta.totals['test'], len(test))
        self.assertEqual(meta.site['language'], 'xx')

    def _check_titles(self):
        """Titles count where redirects lead, and only articles are kept."""
        articles = {document.primary for document in self.documents}
        wanted = collections.Counter(
            url
            for d in self.documents
            for url in [d.primary, *self._resolved(d)]
            if url in articles
        )
        found = {s.token: s.frequency for s in self._read('title.bz2', nlp_pb2.TokenStat)}
        self.assertEqual(found, {url: count for url, count in wanted.items() if count > 1})
        self.assertNotIn(f'{article_testdata.BASE}R0', found)

    def _check_sparse_documents(self):
        titles = dictionary.TokenDictionary.load(str(self.dir / 'title.bz2'))
        words = dictionary.TokenDictionary.load(str(self.dir / 'token.bz2'))
        known = [d for d in self.documents if titles.index(d.primary) is not None]
        self.assertBetween(len(known), 20, 59)
        texts = self._read('txt2url', _SPARSE)
        self.assertEqual([text.url for text in texts], [d.primary for d in known])
        for text, document in zip(texts, known, strict=True):
            indices = [words.index(token) for token in document.tokens]
            indices = [1 + index for index in indices if index is not None]
            self.assertEqual(text.token_index, indices)
            firsts = np.unique(indices, return_index=True)[1]
            self.assertAlmostEqual(np.linalg.norm(np.array(text.token_tfidf)[firsts]), 1, places=6)
        by_url = {record.url: record for record in self._read('url2url', _SPARSE)}
        for document in known:
            links = [titles.index(url) for url in self._resolved(document)]
            links = [index for index in links if index is not None]
            if links:
                record = by_url.pop(document.primary)
                self.assertEqual(record.primary_index, titles.index(document.primary))
                self.assertEqual(record.secondary_index, links)
        self.assertEmpty(by_url)

    def _check_similarity(self):
        """Similarities are Dice's of exact counts."""
        sets = [{r.primary_index, *r.secondary_index} for r in self._read('url2url', _SPARSE)]
        single = collections.Counter(itertools.chain(*sets))
        joint = collections.Counter(pair for row in sets for pair in itertools.permutations(row, 2))
        rows = self._read('similarity', _ROW)
        self.assertEqual([row.index - 1 for row in rows], sorted({left for left, _ in joint}))
        for row in rows:
            left = row.index - 1
            dice = {
                right: np.float32(2 * count / (single[left] + single[right]))
                for (first, right), count in joint.items()
                if first == left
            }
            self.assertEqual(list(row.count), sorted(dice.values(), reverse=True)[:5])
            others = [other - 1 for other in row.other_index]
            self.assertLen(set(others), len(others))
            self.assertEqual(list(row.count), [dice[right] for right in others])
        meta = records.open_dataset(str(self.dir / 'similarity'), _ROW).meta
        self.assertEqual(meta.made_by['flags']['similarity'], 'dice')
        self.assertEqual(meta.totals['sets'], len(sets))
        self.assertGreater(len(meta.parts), 1)

    def _check_dump(self):
        flags = ('--input_file=similarity', '--title_dictionary=title.bz2')
        graph = article_graph.load(str(self.dir / 'similarity'), str(self.dir / 'title.bz2'))
        self.assertEqual(graph.measure, 'dice')
        out = self._run(
            'dump_similarity', *flags, '--article=a1', f'--article={article_testdata.BASE}A0',
            '--article=A, 77', '--top_k=3', '--format=jsonl',
        ).stdout.decode()  # fmt: skip
        first, second, third = map(json.loads, out.splitlines())
        self.assertEqual((first['query'], first['title']), ('a1', 'A1'))
        self.assertEqual(second['url'], f'{article_testdata.BASE}A0')
        self.assertIsNone(third['url'])
        index = graph.titles.index(first['url'])
        self.assertEqual(first['documents'], graph.titles.doc_frequencies[index])
        articles, values = graph.neighbors(index)
        self.assertEqual(
            [(other['url'], other['similarity']) for other in first['similar']],
            [
                (graph.titles.token(a), float(f'{v:.9g}'))
                for a, v in zip(articles[:3].tolist(), values[:3].tolist(), strict=True)
            ],
        )
        text = self._run('dump_similarity', *flags, '--max_rows=2', '--top_k=1').stdout.decode()
        self.assertLen(text.splitlines(), 6)
        self.assertIn(graph.titles.token(0), text.splitlines()[0])
        self.assertRegex(self._fail('dump_similarity', *flags, '--article=A 1'), "'A 1' is not in")

    def test_refusals_come_before_spark(self):
        docs, out = '--input_file=docs', '--output_file=none'
        titles = '--title_dictionary=title.bz2'
        sparse = [_SPARSE(url='u', secondary_index=[1]).SerializeToString()]
        row = [_ROW(index=1, other_index=[2], count=[0.5]).SerializeToString()]
        records.write_parts(str(self.dir / 'url2url'), sparse, proto=_SPARSE)
        for name in ('token.bz2', 'title.bz2'):
            stats = [nlp_pb2.TokenStat(token=name), nlp_pb2.TokenStat(token='b', index=1)]
            dictionary.save(str(self.dir / name), stats)
        titles_data = records.open_dataset(str(self.dir / 'title.bz2'), nlp_pb2.TokenStat)
        inputs = [titles_data.describe()]
        records.write_parts(str(self.dir / 'similarity'), row, proto=_ROW, inputs=inputs)
        shares = ('--test_share=0.6', '--validation_share=0.6')
        self.assertIn('more than 1', self._fail('hold_out', docs, out, *shares, status=2))
        self.assertIn('link_share', self._fail('hold_out', docs, out, '--link_share=2', status=2))
        self.assertIn('holds SparseDocument', self._fail('hold_out', '--input_file=url2url', out))
        self.assertIn('Redirect is wanted', self._fail('hold_out', docs, out, '--redirects=docs'))
        self.assertIn('gone does not exist', self._fail('hold_out', docs, out, '--redirects=gone'))
        make = ('make_sparse_doc', docs, titles)
        self.assertIn('--output_txt2url, --output_url2url or both', self._fail(*make, status=2))
        texts = '--output_txt2url=x'
        self.assertIn('needs --token_dictionary', self._fail(*make, texts, status=2))
        both = (texts, '--output_url2url=./x', '--token_dictionary=token.bz2')
        self.assertIn('in one another', self._fail(*make, *both, status=2))
        both = (texts, '--output_url2url=x/url2url', '--token_dictionary=token.bz2')
        self.assertIn('in one another', self._fail(*make, *both, status=2))
        self.assertIn('--overwrite', self._fail(*make, '--output_url2url=url2url'))
        self.assertIn('SparseDocument is wanted', self._fail('make_similarity', docs, out))
        self.assertIn(
            'was not made with',
            self._fail(
                'dump_similarity', '--input_file=similarity', '--title_dictionary=token.bz2'
            ),
        )
        empty = self._fail(
            'dump_similarity', '--input_file=similarity', titles, '--article=', status=2
        )
        self.assertIn('--article is empty', empty)
        self.assertFalse((self.dir / 'none').exists())


if __name__ == '__main__':
    absltest.main()
