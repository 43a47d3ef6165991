"""How much memory a GloVe training takes."""

from common import errors
from common import sizes

# Measured: an idle process with JAX, NumPy, SciPy and protocol buffers, and compilation.
_BASE_BYTES = 700 << 20
# Peak bytes for each unordered pair. als: 12 for the pairs, then SciPy's building of both triangles
# (8 + 8 + 16) with what it copies; gradient: 12, a permutation of 8, and sorting keys once.
_PAIR_BYTES = {'als': 48, 'adagrad': 40, 'adam': 40}
# Tables of float32[V, D + 1]: parameters, optimiser, and copies at the end of an epoch.
_TABLES = {'als': 5, 'adagrad': 6, 'adam': 7}
_WORD_BYTES = 400  # A dictionary entry: string, index, counts.
_BATCH_WORDS = 512


def needed_bytes(solver: str, num_pairs: int, num_embeddings: int, embedding_dim: int) -> int:
    """Returns an estimate, from above, of the peak resident memory of a training.

    Args:
        solver: als, adagrad or adam.
        num_pairs: unordered pairs.
        num_embeddings: rows V of the table.
        embedding_dim: dimension D.
    """
    table = 4 * num_embeddings * (embedding_dim + 1)
    batch = 4 * 4 * _BATCH_WORDS * (embedding_dim + 2) ** 2 if solver == 'als' else 0
    return (
        _BASE_BYTES
        + _PAIR_BYTES[solver] * num_pairs
        + _TABLES[solver] * table
        + _WORD_BYTES * num_embeddings
        + batch
    )


def check(needed: int, max_memory: int | None) -> None:
    """Raises InputError when more is needed than allowed; None allows everything."""
    if max_memory is not None and needed > max_memory:
        raise errors.InputError(
            f'training needs about {sizes.show(needed)}, more than --max_memory='
            f'{sizes.show(max_memory)}; allow more, lower --embedding_dim, or count fewer pairs '
            'with a smaller dictionary or window'
        )
