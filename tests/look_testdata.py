"""Small squares of scenes and products that match by colour, without files."""

import numpy as np

from pinterest import look_batches
from pinterest import pairs
from pinterest import photograph_store

SIZE, OUTPUT_SIZE = 16, 25
FILTERS = '4,8'  # Half the blocks of the book's take half as long to compile.


def make_data(num_scenes: int = 24, seed: int = 0, size: int = SIZE) -> look_batches.LookData:
    """Returns scenes of noise with two products each, boxes of a colour; every fifth validates.

    The first product of a scene has category 0, the second category 1.
    """
    rng = np.random.default_rng(seed)
    scenes = rng.integers(100, 156, (num_scenes, size, size, 3), dtype=np.uint8)
    products = np.full((2 * num_scenes, size, size, 3), 255, np.uint8)
    all_pairs, half, quarter = [], size // 2, size // 4
    for scene in range(num_scenes):
        for side in range(2):
            colour = rng.integers(0, 256, 3)
            left = side * half
            scenes[scene, quarter:-quarter, left : left + half] = colour
            products[2 * scene + side, quarter:-quarter, quarter:-quarter] = colour
            box = (0.5 * side, 0.25, 0.5 + 0.5 * side, 0.75)
            all_pairs.append(pairs.Pair(f's{scene}', f'p{2 * scene + side}', box))
    store = photograph_store.Store(all_pairs, _table('s', scenes), _table('p', products))
    rows = np.arange(len(all_pairs), dtype=np.int32)
    held_out = rows // 2 % 5 == 4
    categories = np.arange(2 * num_scenes, dtype=np.int32) % 2
    return look_batches.LookData(store, rows[~held_out], rows[held_out], categories)


def _table(letter: str, images: np.ndarray) -> photograph_store.Table:
    ids = [f'{letter}{row}' for row in range(len(images))]
    frames = np.tile(np.float32([0, 0, 1, 1]), (len(images), 1))
    return photograph_store.Table(ids, images, frames)
