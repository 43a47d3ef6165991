"""Exact search of many products for many scenes, on vectors drawn by lot.

python scripts/bench/pinterest_search.py arrays [--products=1000000] [--scenes=1000]
python scripts/bench/pinterest_search.py data OUTPUT [--products=1000000] [--scenes=1000]

The first searches arrays in memory, as make_recommendations does between reading and writing, and
says how long the search alone took. The second writes the same vectors as Embedding records, for
make_recommendations to read.
"""

import argparse
import pathlib
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from pinterest import embeddings
from pinterest import recommendations
from pinterest import search

_DIM, _BATCH = 64, 100_000


def _vectors(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, _DIM), dtype=np.float32)


def _search(num_scenes: int, num_products: int) -> None:
    scenes, products = _vectors(num_scenes, 1), _vectors(num_products, 0)
    settings = recommendations.Settings(top_k=10)
    every = [(np.arange(num_scenes), None)]
    began = time.perf_counter()
    recommendations.recommend(scenes, products, every, settings, search.exact('dot'))
    seconds = time.perf_counter() - began
    print(f'{num_scenes:,} scenes, {num_products:,} products x {_DIM}, top 10: {seconds:.1f} s')


def _write(path: str, num_scenes: int, num_products: int) -> None:
    scenes, products = _vectors(num_scenes, 1), _vectors(num_products, 0)
    batches = [
        (kind, [f'{kind[0]}{row:07d}' for row in range(start, min(start + _BATCH, len(vectors)))],
         vectors[start : start + _BATCH])
        for kind, vectors in ((embeddings.SCENE, scenes), (embeddings.PRODUCT, products))
        for start in range(0, len(vectors), _BATCH)
    ]  # fmt: skip
    embeddings.write(path, batches, 'bench', num_workers=2)


def main() -> None:
    """Searches or writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('what', choices=['arrays', 'data'])
    parser.add_argument('output', nargs='?', help='directory to make')
    parser.add_argument('--products', type=int, default=1_000_000)
    parser.add_argument('--scenes', type=int, default=1_000)
    values = parser.parse_args()
    if values.what == 'arrays':
        _search(values.scenes, values.products)
    elif values.output:
        _write(values.output, values.scenes, values.products)
    else:
        parser.error('data wants OUTPUT')


if __name__ == '__main__':
    main()
