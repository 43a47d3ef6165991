"""How long find_neighbors takes to load a large model, and to find the neighbours of many words.

python scripts/bench/neighbor_search.py MODEL [--words=400000] [--dim=64] [--queries=1000]

Makes MODEL of random vectors and made-up words when it is not there, then loads it and searches,
without the start of Python. Prints a line of JSON.
"""

import argparse
import json
import os
import pathlib
import resource
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from common import dictionary
from common import models
from common.pb import nlp_pb2
from wikipedia import neighbors
from wikipedia import terms

_MOST_FREQUENT = 1_000_000


def _make(path: str, words: int, dim: int) -> None:
    vectors = np.random.default_rng(0).standard_normal((1 + words, dim), np.float32)
    stats = (
        nlp_pb2.TokenStat(
            token=f'{place * 2654435761 % 2**32:08x}',
            frequency=_MOST_FREQUENT // (1 + place) + 5,
            doc_frequency=5,
            index=place,
        )
        for place in range(words)
    )
    tree = {
        'token_embedding': {'embedding': vectors},
        'bias': {'embedding': np.zeros((1 + words, 1), np.float32)},
    }
    models.save_model(path, tree, {'token': dictionary.TokenDictionary(stats)}, {})


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('model')
    parser.add_argument('--words', type=int, default=400_000)
    parser.add_argument('--dim', type=int, default=64)
    parser.add_argument('--queries', type=int, default=1000)
    flags = parser.parse_args()
    if not os.path.isdir(flags.model):
        _make(flags.model, flags.words, flags.dim)
    began = time.perf_counter()
    model = models.load_embeddings(flags.model)
    loaded = time.perf_counter()
    wanted = model.dictionary.tokens[:: max(1, flags.words // flags.queries)][: flags.queries]
    neighbors.Finder(model).find(terms.look_up(wanted, model.dictionary), 20, 'cosine')
    found = {
        'seconds_of_loading': round(loaded - began, 2),
        'seconds_of_searching': round(time.perf_counter() - loaded, 2),
        'queries': len(wanted),
        'peak_bytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(found))


if __name__ == '__main__':
    main()
