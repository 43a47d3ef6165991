"""Documents as numbers: their words and links by place in the dictionaries.

A worker of make_sparse_doc calls `Encoder.encode` with the documents of its part.
"""

import collections
import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from common import dictionary
from common import varints
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from wikipedia import redirect_resolution
from wikipedia import tfidf
from wikipedia import token_fields
from wikipedia import word_lookup

TXT2URL, URL2URL = OUTPUTS = ('txt2url', 'url2url')

# What becomes of documents and links, as it is counted.
NO_TITLE = 'dropped: title not in the dictionary'
NO_WORDS = 'not in txt2url: no words'
NO_LINKS = 'not in url2url: no links'
UNKNOWN_LINKS = 'links dropped: not in the dictionary'

_BATCH_DOCUMENTS = 256


@dataclasses.dataclass(frozen=True)
class Words:
    """The dictionary of words, as workers need it.

    Attributes:
        indices: embedding index by word.
        first_bucket: embedding index of the first min-hash bucket, where words outside the
            dictionary go; None drops them.
        idf: float64[E], inverse document frequency by embedding index.
    """

    indices: Mapping[str, int]
    first_bucket: int | None
    idf: np.ndarray


@dataclasses.dataclass(frozen=True)
class Encoder:
    """Encodes documents.

    Attributes:
        titles: index by title.
        words: the words; None to write no texts.
        links: whether to write links.
        redirects: of the wiki.
    """

    titles: Mapping[str, int]
    words: Words | None
    links: bool
    redirects: redirect_resolution.Redirects

    def encode(
        self, documents: Iterable[token_fields.Document], counter: collections.Counter[str]
    ) -> Iterator[tuple[str, bytes]]:
        """Yields serialized SparseDocument records, each with the tag of its output."""
        known = (document for document in documents if self._is_known(document.rest, counter))
        while batch := list(itertools.islice(known, _BATCH_DOCUMENTS)):
            if self.words is not None:
                for payload in self._encode_texts(batch, self.words, counter):
                    yield TXT2URL, payload
            if self.links:
                for payload in self._encode_links([document.rest for document in batch], counter):
                    yield URL2URL, payload

    def _is_known(self, document: nlp_pb2.TextDocument, counter: collections.Counter[str]) -> bool:
        known = document.primary in self.titles
        counter[NO_TITLE] += not known
        return known

    def _encode_texts(
        self,
        documents: Sequence[token_fields.Document],
        words: Words,
        counter: collections.Counter[str],
    ) -> Iterator[bytes]:
        indices, owners = word_lookup.look_up(documents, words.indices, words.first_bucket, counter)
        values = tfidf.weigh(indices, owners, words.idf).astype('<f4', copy=False)
        packed, lengths = varints.encode(indices)
        places = np.concatenate([[0], np.cumsum(lengths)])
        bounds = np.searchsorted(owners, np.arange(len(documents) + 1)).tolist()
        for document, (start, stop) in zip(documents, itertools.pairwise(bounds), strict=True):
            if start == stop:
                counter[NO_WORDS] += 1
                continue
            counter[TXT2URL] += 1
            yield recsys_pb2.PackedSparseDocument(
                url=document.rest.url or document.rest.primary,
                primary_index=self.titles[document.rest.primary],
                token_index=packed[places[start] : places[stop]].tobytes(),
                token_tfidf=values[start:stop].tobytes(),
            ).SerializeToString()

    def _encode_links(
        self, documents: Sequence[nlp_pb2.TextDocument], counter: collections.Counter[str]
    ) -> Iterator[bytes]:
        for document in documents:
            links = self.redirects.links(document)
            indices = [self.titles[link] for link in links if link in self.titles]
            counter[UNKNOWN_LINKS] += len(links) - len(indices)
            if not indices:
                counter[NO_LINKS] += 1
                continue
            counter[URL2URL] += 1
            counter['links'] += len(indices)
            yield nlp_pb2.SparseDocument(
                url=document.url or document.primary,
                primary_index=self.titles[document.primary],
                secondary_index=indices,
            ).SerializeToString()


def make_words(
    words: dictionary.TokenDictionary, num_documents: int, bucket_frequencies: np.ndarray | None
) -> Words:
    """Prepares the dictionary of words.

    Args:
        words: the dictionary.
        num_documents: how many documents it was made of.
        bucket_frequencies: int64[65536], in how many documents words of each min-hash bucket
            occur; None drops words outside the dictionary.
    """
    frequencies = np.array([0, *words.doc_frequencies], np.int64)
    first_bucket = None
    if bucket_frequencies is not None:
        first_bucket = len(frequencies)
        frequencies = np.concatenate([frequencies, bucket_frequencies])
    # Of a dictionary without metadata the documents are counted elsewhere, and may be fewer.
    most = max(num_documents, int(frequencies.max()))
    return Words(
        {token: 1 + index for index, token in enumerate(words.tokens)},
        first_bucket,
        tfidf.inverse_document_frequencies(frequencies, most),
    )


def bucket_frequencies(
    documents: Iterable[token_fields.Document], known: Mapping[str, int]
) -> np.ndarray:
    """Returns int64[65536], in how many documents there is a word of each min-hash bucket.

    Args:
        documents: the text.
        known: the words of the dictionary, which have no bucket, with 0 for each.
    """
    found = np.zeros(dictionary.NUM_BUCKETS, np.int64)
    for batch in token_fields.batches(documents):
        indices, owners = word_lookup.look_up(batch, known, 1, collections.Counter())
        unknown = indices > 0
        buckets = indices[unknown].astype(np.int64) - 1
        pairs = np.unique(owners[unknown].astype(np.int64) * dictionary.NUM_BUCKETS + buckets)
        found += np.bincount(pairs % dictionary.NUM_BUCKETS, minlength=dictionary.NUM_BUCKETS)
    return found
