"""Words of documents as embedding indices."""

import collections
import itertools
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np

from common import dictionary
from wikipedia import token_fields

_ABSENT = itertools.repeat(-1)


def look_up(
    documents: Iterable[token_fields.Document],
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
    found, owners = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    number = 0
    for batch in token_fields.batches(documents):
        words, codes, sizes = token_fields.number(batch)
        own = np.repeat(np.arange(number, number + len(batch), dtype=np.int32), sizes)
        number += len(batch)
        distinct = words.to_pylist()
        index = np.fromiter(map(indices.get, distinct, _ABSENT), np.int32, len(distinct))
        places = index[codes]
        known = places >= 0
        counter['words'] += len(places)
        counter['words not in the dictionary'] += len(places) - int(np.count_nonzero(known))
        if first_bucket is None:
            places, own = places[known], own[known]
        else:
            for word in np.flatnonzero(index < 0).tolist():
                index[word] = first_bucket + dictionary.minhash(distinct[word])
            places = index[codes]
        found.append(places)
        owners.append(own)
    return np.concatenate(found), np.concatenate(owners)
