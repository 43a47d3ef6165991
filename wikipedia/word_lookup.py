"""Words of documents as embedding indices."""

import collections
import itertools
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np

from common import dictionary
from common.pb import nlp_pb2

_ABSENT = itertools.repeat(-1)


def look_up(
    documents: Iterable[nlp_pb2.TextDocument],
    indices: Mapping[str, int],
    first_bucket: int | None,
    counter: collections.Counter[str],
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the embedding index of every word that counts, and the number of its document.

    Args:
        documents: the text.
        indices: embedding indices of the words of the dictionary.
        first_bucket: embedding index of the first min-hash bucket, or None to drop other words.
        counter: gets the numbers of words and of words that are not in the dictionary.
    """
    found, sizes = [], []
    buckets: dict[str, int] = {}
    for document in documents:
        tokens = list(document.tokens)
        known = np.fromiter(map(indices.get, tokens, _ABSENT), np.int32, len(tokens))
        unknown = np.flatnonzero(known < 0)
        counter['words'] += len(known)
        counter['words not in the dictionary'] += len(unknown)
        if len(unknown) and first_bucket is None:
            known = known[known >= 0]
        for place in unknown.tolist() if first_bucket is not None else ():
            token = tokens[place]
            if token not in buckets:
                buckets[token] = first_bucket + dictionary.minhash(token)
            known[place] = buckets[token]
        found.append(known)
        sizes.append(len(known))
    if not found:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    return np.concatenate(found), np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
