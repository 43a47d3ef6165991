"""Documents as numbers, and their weights against scikit-learn's."""

import collections
import types

import numpy as np
from absl.testing import absltest
from scipy import sparse
from sklearn.feature_extraction import text as sklearn_text

from common import dictionary
from common import errors
from common.pb import nlp_pb2
from tests import article_testdata
from wikipedia import redirect_resolution
from wikipedia import sparse_documents
from wikipedia import sparse_documents_job
from wikipedia import tfidf
from wikipedia import token_fields

_BASE = article_testdata.BASE


def _dictionary(counted):
    frequencies = collections.Counter(unit for units in counted for unit in units)
    documents = collections.Counter(unit for units in counted for unit in set(units))
    return dictionary.TokenDictionary(
        nlp_pb2.TokenStat(token=unit, frequency=n, doc_frequency=documents[unit], index=index)
        for index, (unit, n) in enumerate(sorted(frequencies.items(), key=lambda x: (-x[1], x[0])))
    )


def _parse(documents):
    return [token_fields.parse(document.SerializeToString()) for document in documents]


def _encode(encoder, documents):
    counter = collections.Counter()
    found = {tag: [] for tag in sparse_documents.OUTPUTS}
    for tag, payload in encoder.encode(_parse(documents), counter):
        found[tag].append(nlp_pb2.SparseDocument.FromString(payload))
    return found, counter


class SparseDocumentsTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        # More than a batch of them.
        self.documents = article_testdata.make_documents(300)
        self.titles = {document.primary: i for i, document in enumerate(self.documents)}
        # Words of the leads that occur once are outside of the dictionary.
        words = _dictionary([document.tokens for document in self.documents])
        stats = [stat for stat in words.stats() if stat.frequency > 1]
        self.words = dictionary.TokenDictionary(stats)
        self.redirects = redirect_resolution.build(article_testdata.make_redirects())

    def _encoder(self, buckets=None, titles=None):
        words = sparse_documents.make_words(self.words, len(self.documents), buckets)
        return sparse_documents.Encoder(
            self.titles if titles is None else titles, words, True, self.redirects
        )

    def test_words_keep_their_order_and_weigh_what_scikit_learn_says(self):
        found, counter = _encode(self._encoder(), self.documents)
        texts = found['txt2url']
        self.assertLen(texts, 300)
        counts = np.zeros((300, len(self.words)), np.int64)
        for place, (text, document) in enumerate(zip(texts, self.documents, strict=True)):
            wanted = [1 + self.words.index(t) for t in document.tokens if t in self.words.tokens]
            self.assertEqual(text.token_index, wanted)
            self.assertEqual(text.primary_index, place)
            self.assertEqual(text.url, document.url)
            self.assertEmpty(text.secondary_index)
            np.add.at(counts[place], np.array(wanted) - 1, 1)
        transformer = sklearn_text.TfidfTransformer(norm='l2', smooth_idf=True, sublinear_tf=False)
        weights = transformer.fit_transform(sparse.csr_matrix(counts)).toarray()
        for place, text in enumerate(texts):
            want = weights[place, np.array(text.token_index) - 1]
            np.testing.assert_allclose(np.array(text.token_tfidf), want, rtol=1e-6)
        total = sum(len(document.tokens) for document in self.documents)
        self.assertEqual(counter['words'], total)
        self.assertEqual(counter['words not in the dictionary'], 300)

    def test_links_are_resolved_looked_up_and_counted(self):
        found, counter = _encode(self._encoder(), self.documents)
        by_title = {record.primary_index: record for record in found['url2url']}
        links = 0
        for place, document in enumerate(self.documents):
            resolved = [article_testdata.REDIRECTS.get(u, u) for u in document.secondary]
            known = [self.titles[u] for u in dict.fromkeys(resolved) if u in self.titles]
            known = [index for index in known if index != place]
            if known:
                self.assertEqual(by_title.pop(place).secondary_index, known)
            links += len(known)
        self.assertEmpty(by_title)
        self.assertEqual(counter['links'], links)

    def test_words_outside_the_dictionary_go_to_their_buckets(self):
        known = dict.fromkeys(self.words.tokens, 0)
        buckets = sparse_documents.bucket_frequencies(_parse(self.documents), known)
        outside = [
            {dictionary.minhash(t) for t in d.tokens if t not in known} for d in self.documents
        ]
        want = np.bincount([b for one in outside for b in one], minlength=dictionary.NUM_BUCKETS)
        np.testing.assert_array_equal(buckets, want)
        found, _ = _encode(self._encoder(buckets), self.documents)
        idf = [self.words.doc_frequencies, buckets]
        idf = np.log(301 / (1 + np.concatenate([[0], *idf]))) + 1
        for text, document in zip(found['txt2url'], self.documents, strict=True):
            indices = [self.words.embedding_index(token) for token in document.tokens]
            self.assertEqual(text.token_index, indices)
            terms, places, counts = np.unique(indices, return_inverse=True, return_counts=True)
            weights = counts * idf[terms]
            weights /= np.linalg.norm(weights)
            np.testing.assert_allclose(text.token_tfidf, weights[places], rtol=1e-6)

    def test_what_is_dropped_is_counted(self):
        documents = [
            nlp_pb2.TextDocument(primary='a', tokens=['w1'], secondary=['b', 'x', 'a']),
            nlp_pb2.TextDocument(primary='b', tokens=['unheard of'], secondary=['x']),
            nlp_pb2.TextDocument(primary='c', tokens=['w1'], secondary=['a']),
        ]
        found, counter = _encode(self._encoder(titles={'a': 7, 'b': 5}), documents)
        (text,), (links,) = found['txt2url'], found['url2url']
        self.assertEqual(text.token_index, [1 + self.words.index('w1')])
        self.assertEqual(list(text.token_tfidf), [1.0])
        self.assertEqual((text.url, text.primary_index), ('a', 7))
        self.assertEqual((links.primary_index, list(links.secondary_index)), (7, [5]))
        self.assertEqual(counter[sparse_documents.NO_TITLE], 1)
        self.assertEqual(counter[sparse_documents.NO_WORDS], 1)
        self.assertEqual(counter[sparse_documents.NO_LINKS], 1)
        self.assertEqual(counter[sparse_documents.UNKNOWN_LINKS], 2)

    def test_not_one_known_document_is_an_error(self):
        titles = types.SimpleNamespace(pattern='title.bz2')
        for read, dropped in ((0, 0), (3, 2)):
            counts = {'read': read, sparse_documents.NO_TITLE: dropped}
            source = types.SimpleNamespace(totals=lambda counts=counts: counts)
            self.assertEqual(sparse_documents_job.totals(source, titles), counts)
        source.totals = lambda: {'read': 3, sparse_documents.NO_TITLE: 3}
        with self.assertRaisesRegex(errors.InputError, 'not one of 3 documents is in title.bz2'):
            sparse_documents_job.totals(source, titles)

    def test_dictionary_of_more_documents_than_are_said(self):
        # Without metadata the documents at hand are counted, and may be fewer.
        words = sparse_documents.make_words(self.words, 1, None)
        most = max(self.words.doc_frequencies)
        self.assertAlmostEqual(words.idf.min(), 1.0)
        self.assertAlmostEqual(words.idf[0], np.log(1 + most) + 1)

    def test_one_weight_for_both_places_of_a_word(self):
        # By hand: 2 * 1 and 1 * 3 have the length sqrt(13).
        values = tfidf.weigh(np.array([1, 2, 1, 2]), np.array([0, 0, 0, 4]), np.array([9.0, 1, 3]))
        root = np.sqrt(13)
        np.testing.assert_allclose(values, [2 / root, 3 / root, 2 / root, 1.0], rtol=1e-6)
        self.assertEqual(values.dtype, np.float32)
        self.assertEmpty(tfidf.weigh(np.empty(0, np.int32), np.empty(0, np.int32), np.ones(3)))


if __name__ == '__main__':
    absltest.main()
