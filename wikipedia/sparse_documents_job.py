"""The Spark job of make_sparse_doc."""

import collections
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np
import pyspark

from common import dictionary
from common import errors
from common import records
from common import spark
from common import spark_output
from common.pb import nlp_pb2
from wikipedia import sparse_documents
from wikipedia import token_fields


def encode(source: spark.Input, encoder: sparse_documents.Encoder) -> pyspark.RDD:
    """Returns the records for spark_output.write_separate."""
    shared = source.parts.context.broadcast(encoder)

    def encode_part(
        documents: Iterable[token_fields.Document], counter: collections.Counter[str]
    ) -> Iterator[spark_output.Tagged]:
        yield from shared.value.encode(documents, counter)

    return source.map_parts(encode_part, parse=token_fields.parse)


def prepare_words(
    source: spark.Input,
    data: records.Dataset,
    words: dictionary.TokenDictionary,
    hash_unknown: bool,
) -> sparse_documents.Words:
    """Prepares the dictionary of words.

    Args:
        source: the documents.
        data: what the dictionary was read from: its metadata says of how many documents it was
            made; where there is none, those of source are counted.
        words: the dictionary.
        hash_unknown: whether words outside the dictionary go to their min-hash buckets; then the
            documents with each are counted in a pass of its own over source.
    """
    first_input = data.meta.inputs[0] if data.meta and data.meta.inputs else {}
    num_documents = first_input.get('records')
    if not isinstance(num_documents, int):
        num_documents = sum(source.map_parts(_count_part).collect())
    buckets = _count_buckets(source, words) if hash_unknown else None
    return sparse_documents.make_words(words, num_documents, buckets)


def totals(source: spark.Input, titles: records.Dataset) -> dict[str, int]:
    """Returns the counts of `encode`, once its records are written.

    Raises:
        InputError: when not one document has a title in the dictionary, as with that of others.
    """
    counts = source.totals()
    if counts.get('read', 0) and counts['read'] == counts[sparse_documents.NO_TITLE]:
        raise errors.InputError(
            f'the title of not one of {counts["read"]} documents is in {titles.pattern}; give the '
            'title dictionary that was made of them'
        )
    return counts


def _count_part(
    documents: Iterable[nlp_pb2.TextDocument], counter: collections.Counter[str]
) -> Iterator[int]:
    del counter
    yield sum(1 for _ in documents)


def _count_buckets(source: spark.Input, words: dictionary.TokenDictionary) -> np.ndarray:
    known = source.parts.context.broadcast(dict.fromkeys(words.tokens, 0))

    def count_part(
        documents: Iterable[token_fields.Document], counter: collections.Counter[str]
    ) -> Iterator[np.ndarray]:
        del counter
        yield sparse_documents.bucket_frequencies(documents, known.value)

    zero = np.zeros(dictionary.NUM_BUCKETS, np.int64)
    return source.map_parts(count_part, parse=token_fields.parse).fold(zero, np.add)
