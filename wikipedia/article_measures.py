"""What recommendations of articles are measured by: lists of 50, compared with what is relevant."""

import numpy as np

from common import comparisons
from common import metrics

LIST_LENGTH = 50
SHOWN = 10
_SHARE = 'Share of the relevant articles that are among the first {}.'
RECALL_10 = comparisons.Measure('recall_10', 'Recall@10', _SHARE.format(10))
MRR = comparisons.Measure(
    'mrr',
    'MRR',
    f'Mean of 1 / rank of the first relevant article, 0 where none is among the first '
    f'{LIST_LENGTH}.',
)
MEASURES = (
    comparisons.Measure('recall_1', 'Recall@1', _SHARE.format('1')),
    comparisons.Measure('recall_5', 'Recall@5', _SHARE.format(5)),
    RECALL_10,
    comparisons.Measure('recall_50', 'Recall@50', _SHARE.format(50)),
    MRR,
    comparisons.Measure(
        'ndcg_10',
        'NDCG@10',
        'Normalised discounted cumulative gain of the first 10: a relevant article at rank r gains '
        '1 / log2(r + 1), and the best possible list has 1.',
    ),
    comparisons.Measure(
        'hit_rate_10',
        'Hit rate@10',
        'Share of the queries with a relevant article in the first 10.',
    ),
)


def measure(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Returns float64[Q, M], a column for each of MEASURES.

    Args:
        hits: bool[Q, 50], which articles of each list are relevant.
        num_relevant: int[Q], how many articles are, in the list or not.

    Raises:
        ValueError: for other shapes, or a query without a relevant article.
    """
    if hits.shape[1:] != (LIST_LENGTH,):
        raise ValueError(f'want hits [Q, {LIST_LENGTH}], got {hits.shape}')
    columns = [
        *(metrics.recall(hits, num_relevant, k) for k in (1, 5, 10, 50)),
        metrics.reciprocal_rank(hits),
        metrics.ndcg(hits, num_relevant, 10),
        metrics.hit_rate(hits, 10),
    ]
    return np.stack(columns, axis=1)
