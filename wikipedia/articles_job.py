"""The Spark job that finds which articles have a document."""

import collections
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from common import spark
from common.pb import nlp_pb2
from wikipedia import url_hashes


def find(source: spark.Input) -> np.ndarray:
    """Returns uint64[N], the hashes of what documents are about, distinct and rising."""
    return url_hashes.to_set(_hashes(source))


def find_repeated(source: spark.Input) -> tuple[np.ndarray, np.ndarray]:
    """Returns what `find` does, and those of them that several documents are about."""
    hashes = np.concatenate([np.empty(0, np.uint64), *_hashes(source)])
    distinct, counts = np.unique(hashes, return_counts=True)
    return distinct, distinct[counts > 1]


def _hashes(source: spark.Input) -> list[np.ndarray]:
    return [np.frombuffer(block, np.uint64) for block in source.map_parts(_hash_part).collect()]


def _hash_part(
    documents: Iterable[nlp_pb2.TextDocument], counter: collections.Counter[str]
) -> Iterator[bytes]:
    del counter
    yield url_hashes.hash_urls([document.primary for document in documents]).tobytes()
