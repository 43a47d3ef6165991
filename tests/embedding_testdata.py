"""Small models of word vectors for tests."""

import numpy as np

from common import dictionary
from common import models
from common.pb import nlp_pb2


def make_dictionary(tokens):
    """Returns a dictionary in which the first token is the most frequent."""
    return dictionary.TokenDictionary(
        nlp_pb2.TokenStat(token=token, frequency=10 * (len(tokens) - i), doc_frequency=1, index=i)
        for i, token in enumerate(tokens)
    )


def make_tree(vectors, num_buckets=0, bucket_rows=None):
    """Returns parameters: a mask of ones, the vectors, and buckets of zeros but for some rows."""
    vectors = np.asarray(vectors, dtype=np.float32)
    dim = vectors.shape[1]
    buckets = np.zeros((num_buckets, dim), np.float32)
    for bucket, row in (bucket_rows or {}).items():
        buckets[bucket] = row
    embedding = np.concatenate([np.ones((1, dim), np.float32), vectors, buckets])
    bias = np.zeros((len(embedding), 1), np.float32)
    return {'token_embedding': {'embedding': embedding}, 'bias': {'embedding': bias}}


def write_model(path, tokens, vectors, **buckets):
    """Writes a model directory and returns its path."""
    words = make_dictionary(tokens)
    models.save_model(str(path), make_tree(vectors, **buckets), {'token': words}, {'seed': 1})
    return str(path)
