import collections
import random

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common.pb import nlp_pb2
from tests import article_testdata
from wikipedia import dictionary_job
from wikipedia import redirect_resolution
from wikipedia import token_fields
from wikipedia import url_hashes

_WORDS = ('', '\0', 'a', 'a\0', 'é', '\x1a', 'x' * 26, 'y' * 300, 'the', 'of')


def _parse(documents):
    return [token_fields.parse(document.SerializeToString()) for document in documents]


def _by_python(units):
    frequencies = collections.Counter(unit for one in units for unit in one)
    documents = collections.Counter(unit for one in units for unit in set(one))
    return sorted((unit, count, documents[unit]) for unit, count in frequencies.items())


class DictionaryJobTest(parameterized.TestCase):
    @parameterized.parameters(range(5))
    def test_tokens_are_counted_as_python_counts(self, seed):
        rng = random.Random(seed)
        texts = [rng.choices(_WORDS, k=rng.choice((0, 1, 40))) for _ in range(30)]
        documents = _parse(nlp_pb2.TextDocument(primary='p', tokens=text) for text in texts)
        counts, total = dictionary_job.count_tokens(documents)
        self.assertEqual(sorted(counts), _by_python(texts))
        self.assertEqual(total, sum(map(len, texts)))

    def test_no_tokens(self):
        for documents in (_parse([nlp_pb2.TextDocument(primary='p')] * 2), []):
            counts, total = dictionary_job.count_tokens(documents)
            self.assertEmpty(counts)
            self.assertEqual(total, 0)

    def test_titles(self):
        documents = article_testdata.make_documents(50)
        redirects = redirect_resolution.build(article_testdata.make_redirects())
        units = [[document.primary, *redirects.links(document)] for document in documents]
        counts, total = dictionary_job.count_titles(redirects, None, _parse(documents))
        self.assertEqual(sorted(counts), _by_python(units))
        self.assertEqual(total, sum(map(len, units)))
        articles = np.sort(url_hashes.hash_urls([document.primary for document in documents[::3]]))
        some, _ = dictionary_job.count_titles(redirects, articles, _parse(documents))
        kept = {document.primary for document in documents[::3]}
        self.assertEqual(sorted(some), [count for count in sorted(counts) if count[0] in kept])
        self.assertNotEmpty(some)
        self.assertLess(len(some), len(counts))

    def test_repeated_links_count_where_nothing_redirects(self):
        document = nlp_pb2.TextDocument(primary='p', secondary=['q', 'q', 'p'])
        counts, total = dictionary_job.count_titles(
            redirect_resolution.NONE, None, _parse([document])
        )
        self.assertEqual((sorted(counts), total), ([('p', 2, 1), ('q', 2, 1)], 4))


if __name__ == '__main__':
    absltest.main()
