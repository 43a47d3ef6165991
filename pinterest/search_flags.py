"""Flags of how products are chosen for scenes. Read them through the functions, in main."""

from absl import flags

_TOP_K = flags.DEFINE_integer(
    'top_k', 10, 'Products recommended to a scene.', lower_bound=1, upper_bound=10_000
)
_SIMILARITY = flags.DEFINE_enum(
    'similarity', 'dot', ['dot', 'cosine'], 'Dot product, as models are trained, or cosine.'
)
_INDEX = flags.DEFINE_enum(
    'index', 'exact', ['exact', 'hnsw'], 'Search all products, or a graph of near neighbours.'
)
_EF_SEARCH = flags.DEFINE_integer(
    'ef_search',
    128,
    'hnsw: candidates kept; more find more, slower.',
    lower_bound=1,
    upper_bound=1_000_000,
)
_INDEX_THREADS = flags.DEFINE_integer(
    'index_threads',
    1,
    'hnsw: more are faster, but results may then differ.',
    lower_bound=1,
    upper_bound=256,
)
_DIVERSITY = flags.DEFINE_float(
    'diversity', 0.0, 'Weight of novelty, from 0 to 1.', lower_bound=0.0, upper_bound=1.0
)
_MAX_PER_PRODUCT = flags.DEFINE_integer(
    'max_per_product',
    None,
    'How many scenes one product is recommended to at most.',
    lower_bound=1,
    upper_bound=1_000_000_000,
)
_NUM_CANDIDATES = flags.DEFINE_integer(
    'num_candidates',
    100,
    'Nearest products to choose from with the two above.',
    lower_bound=1,
    upper_bound=1_000_000,
)


def is_approximate() -> bool:
    """Returns whether some of the nearest products may be missed."""
    return _INDEX.value != 'exact'


def settings() -> 'recommendations.Settings':  # noqa: F821
    """Returns how to recommend."""
    from pinterest import recommendations

    return recommendations.Settings(
        _TOP_K.value,
        _SIMILARITY.value,
        _NUM_CANDIDATES.value,
        _DIVERSITY.value,
        _MAX_PER_PRODUCT.value,
    )


def method() -> 'search.Method':  # noqa: F821
    """Returns how to search."""
    from pinterest import search

    if not is_approximate():
        return search.exact(_SIMILARITY.value)
    return search.hnsw(
        _SIMILARITY.value, ef_search=_EF_SEARCH.value, num_threads=_INDEX_THREADS.value
    )
