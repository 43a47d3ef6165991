"""Metrics of the RecSys Challenge 2018.

As given by Zamani, Schedl, Lamere and Chen, An Analysis of Approaches Taken in the ACM RecSys
Challenge 2018 for Automatic Music Playlist Continuation (2019), for lists of 500 tracks. The best
of the challenge reached R-precision 0.2241, NDCG 0.3946 and 1.784 clicks. Arguments and results are
those of common/metrics.py.
"""

import numpy as np

from common import metrics


def ndcg(hits: np.ndarray, num_relevant: np.ndarray) -> np.ndarray:
    """Returns NDCG as in the RecSys Challenge 2018: ranks 1 and 2 weigh 1, rank i 1 / log2(i).

    This is the discount of Järvelin and Kekäläinen with base 2. The ideal list has all relevant
    items in front, and is not cut at K.

    An early form of the rules put only the tracks that were found into the ideal list, which would
    reward finding fewer.

    Raises:
        ValueError: as metrics.recall.
    """
    relevant = metrics.check(hits, num_relevant)
    length = max(hits.shape[1], int(relevant.max(initial=1)))
    discount = 1.0 / np.log2(np.maximum(np.arange(1, length + 1), 2))
    return hits @ discount[: hits.shape[1]] / np.cumsum(discount)[relevant - 1]


def clicks(hits: np.ndarray, page_size: int = 10) -> np.ndarray:
    """Returns recommended-songs clicks: how often a page is turned before the first hit.

    Args:
        hits: bool[Q, K]; K a multiple of page_size, 500 in the challenge.
        page_size: items shown at once.

    Returns:
        float64[Q]: floor((rank of the first hit - 1) / page_size), and one more than there are
        pages, 51 for 500 items, where there is no hit. Less is better.

    Raises:
        ValueError: when K is no multiple of page_size.
    """
    metrics.check_hits(hits)
    pages, rest = divmod(hits.shape[1], page_size)
    if rest:
        raise ValueError(f'lists of {hits.shape[1]} are no whole number of pages of {page_size}')
    rank = metrics.first_hit(hits)
    return np.where(rank > 0, (rank - 1) // page_size, pages + 1).astype(np.float64)


def r_precision(
    hits: np.ndarray, num_relevant: np.ndarray, artist_matches: np.ndarray, credit: float = 0.25
) -> np.ndarray:
    """Returns R-precision with partial credit for artists: (|S_T ∩ G_T| + ¼ |S_A ∩ G_A|) / |G_T|.

    G_T are the relevant tracks and G_A their artists, S_T the first |G_T| tracks of the list and
    S_A their artists. These are sets: an artist counts once, however many tracks of it are in the
    list, and also where one of them is a hit, so that a perfect list comes out above 1.

    Args:
        hits: bool[Q, K].
        num_relevant: int[Q], |G_T|.
        artist_matches: int[Q], |S_A ∩ G_A|.
        credit: what an artist is worth, in tracks.

    Returns:
        float64[Q].

    Raises:
        ValueError: as metrics.recall.
    """
    tracks = metrics.r_precision(hits, num_relevant)
    if artist_matches.shape != tracks.shape:
        raise ValueError(f'want artist_matches {tracks.shape}, got {artist_matches.shape}')
    return tracks + credit * artist_matches / num_relevant
