"""Small co-occurrence data for the tests of GloVe: made here, right answers known."""

import numpy as np

from common import dictionary
from common import records
from common import varints
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from wikipedia import cooccurrence_reader


def make_pairs(num_words: int = 90, seed: int = 5) -> cooccurrence_reader.Pairs:
    """Returns counts of a model of 3 dimensions and biases, over about half of all pairs."""
    random = np.random.default_rng(seed)
    rows, columns = np.tril_indices(num_words + 1, -1)
    keep = (columns > 0) & (random.random(len(rows)) < 0.5)
    rows, columns = rows[keep].astype(np.int32), columns[keep].astype(np.int32)
    vectors = random.normal(size=(num_words + 1, 3))
    biases = random.normal(size=num_words + 1)
    logs = (vectors[rows] * vectors[columns]).sum(1) + biases[rows] + biases[columns]
    return cooccurrence_reader.Pairs(rows, columns, np.exp(logs).astype(np.float32))


def make_dictionary(num_words: int = 90) -> dictionary.TokenDictionary:
    """Returns words w0, w1, …"""
    return dictionary.TokenDictionary(make_stats(num_words))


def make_stats(num_words: int = 90) -> list[nlp_pb2.TokenStat]:
    """Returns the entries of make_dictionary."""
    return [
        nlp_pb2.TokenStat(token=f'w{index}', frequency=1000 - index, doc_frequency=1, index=index)
        for index in range(num_words)
    ]


def write_pairs(path: str, pairs: cooccurrence_reader.Pairs, max_row_size: int = 40) -> None:
    """Writes CooccurrenceRow records, long rows split."""

    def payloads():
        for row in np.unique(pairs.rows):
            places = np.flatnonzero(pairs.rows == row)
            for start in range(0, len(places), max_row_size):
                chosen = places[start : start + max_row_size]
                yield encode_row(row, pairs.columns[chosen], pairs.counts[chosen])

    records.write_parts(path, payloads(), proto=nlp_pb2.CooccurrenceRow)


def encode_row(index: int, others: np.ndarray, counts: np.ndarray) -> bytes:
    """Returns a serialized CooccurrenceRow."""
    packed, _ = varints.encode(np.asarray(others))
    return recsys_pb2.PackedCooccurrenceRow(
        index=int(index),
        other_index=packed.tobytes(),
        count=np.asarray(counts, dtype='<f4').tobytes(),
    ).SerializeToString()
