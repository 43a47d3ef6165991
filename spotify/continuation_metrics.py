"""How good lists of recommended tracks are as continuations of playlists."""

import dataclasses

import numpy as np

from common import comparisons
from common import metrics
from spotify import challenge_metrics
from spotify import continuations

LIST_LENGTH = 500
SHOWN = 10  # A page of recommended songs: what coverage, Gini and popularity look at.
RECALL_AT = (10, 100, 500)
R_PRECISION, NDCG, CLICKS = 'r_precision', 'ndcg', 'clicks'
MEASURES = (
    comparisons.Measure(
        R_PRECISION,
        'R-precision',
        'Share of the held-out tracks among as many of the first recommended ones.',
    ),
    comparisons.Measure(
        'challenge_r_precision',
        'R-precision with artists',
        'The same, and a quarter of a track for each held-out artist among them, as in the RecSys '
        'Challenge 2018 (best there: 0.2241); a perfect list is above 1.',
        unit='1 and more is perfect',
    ),
    comparisons.Measure(
        NDCG,
        'NDCG',
        'Normalised discounted cumulative gain of 500 tracks; rank i weighs 1 / log2(i + 1).',
    ),
    comparisons.Measure(
        'challenge_ndcg',
        'NDCG, challenge',
        'The same with the weights of the RecSys Challenge 2018, 1 for the first two ranks, then '
        '1 / log2(i) (best there: 0.3946).',
    ),
    comparisons.Measure(
        CLICKS,
        'Clicks',
        'How often a list of ten recommended songs must be refreshed until it holds a held-out '
        'track; 51 when 500 hold none (best in the challenge: 1.784).',
        better=comparisons.LOWER,
        decimals=2,
        unit='0 to 51 refreshes',
    ),
    *(
        comparisons.Measure(
            f'recall_{k}',
            f'Recall@{k}',
            f'Share of the held-out tracks among the first {k} recommended ones.',
        )
        for k in RECALL_AT
    ),
    comparisons.Measure(
        'average_precision',
        'mAP',
        'Mean average precision: of the precision at the rank of each held-out track, 0 where it '
        'is not among the 500.',
    ),
    comparisons.Measure(
        'popularity',
        'Popularity',
        'Popularity bias: mean of ln(1 + playlists for training that hold the track) over the '
        'first ten recommended ones.',
        better=comparisons.NEITHER,
        decimals=2,
        unit='logarithm of playlists',
    ),
)


@dataclasses.dataclass(frozen=True)
class Judgement:
    """Which of the recommended tracks are right.

    Attributes:
        hits: bool[Q, K].
        artist_matches: int64[Q], distinct artists of held-out tracks among those of the first R
            recommended ones, R being how many tracks were held out.
    """

    hits: np.ndarray
    artist_matches: np.ndarray


def judge(
    recommended: np.ndarray, cases: continuations.Continuations, artists: np.ndarray
) -> Judgement:
    """Compares lists with what was held out.

    Args:
        recommended: int32[Q, K], tracks, best first; -1 where a list is shorter.
        cases: Q playlists.
        artists: int32[T], the artist of each track, -1 where unknown.

    Raises:
        ValueError: for another number of lists.
    """
    if recommended.ndim != 2 or len(recommended) != len(cases):
        raise ValueError(f'want recommended [{len(cases)}, K], got {recommended.shape}')
    hits = np.zeros(recommended.shape, bool)
    matches = np.zeros(len(cases), np.int64)
    # One place more for -1, no track and an unknown artist, which stays False.
    is_track = np.zeros(len(artists) + 1, bool)
    is_artist = np.zeros(int(artists.max(initial=-1)) + 2, bool)
    lengths = cases.num_relevant
    for row, held_out in enumerate(cases.held_out):
        is_track[held_out] = True
        is_artist[artists[held_out]] = True
        is_artist[-1] = False
        hits[row] = is_track[recommended[row]]
        top = recommended[row, : lengths[row]]
        found = artists[top[top >= 0]]
        matches[row] = np.unique(found[is_artist[found]]).size
        is_track[held_out] = False
        is_artist[artists[held_out]] = False
    return Judgement(hits, matches)


def measure(
    recommended: np.ndarray,
    cases: continuations.Continuations,
    artists: np.ndarray,
    popularity: np.ndarray,
) -> np.ndarray:
    """Measures lists of 500.

    Args:
        recommended: int32[Q, 500], tracks, best first; -1 where a list is shorter.
        cases: Q playlists.
        artists: int32[T], the artist of each track, -1 where unknown.
        popularity: float64[T], the logarithm of how often each track occurs, and one more.

    Returns:
        float64[Q, M], one column for each of MEASURES.

    Raises:
        ValueError: for other shapes.
    """
    if recommended.ndim != 2 or recommended.shape[1] != LIST_LENGTH:
        raise ValueError(f'want recommended [Q, {LIST_LENGTH}], got {recommended.shape}')
    judgement = judge(recommended, cases, artists)
    hits, relevant = judgement.hits, cases.num_relevant
    columns = [
        metrics.r_precision(hits, relevant),
        challenge_metrics.r_precision(hits, relevant, judgement.artist_matches),
        metrics.ndcg(hits, relevant),
        challenge_metrics.ndcg(hits, relevant),
        challenge_metrics.clicks(hits),
        *(metrics.recall(hits, relevant, k) for k in RECALL_AT),
        metrics.average_precision(hits, relevant),
        metrics.average_popularity(recommended[:, :SHOWN], popularity),
    ]
    return np.stack(columns, axis=1)


def ceiling(
    cases: continuations.Continuations, artists: np.ndarray, attainable: np.ndarray
) -> np.ndarray:
    """Returns the lists of one who knows the answers, but only has some of the tracks.

    First come the held-out tracks that are attainable, then, for the credit of artists, one track
    of each other held-out artist that has one outside the context.

    Args:
        cases: Q playlists.
        artists: int32[T], the artist of each track, -1 where unknown.
        attainable: bool[T], which tracks there are.

    Returns:
        int32[Q, 500], -1 where nothing is left to gain.
    """
    lists = np.full((len(cases), LIST_LENGTH), -1, np.int32)
    tracks = np.flatnonzero(attainable & (artists >= 0))
    tracks = tracks[np.argsort(artists[tracks], kind='stable')]
    starts = np.searchsorted(artists[tracks], np.arange(int(artists.max(initial=-1)) + 2))
    for row, held_out in enumerate(cases.held_out):
        right = held_out[attainable[held_out]]
        best = [*right.tolist()]
        known = set(cases.queries.contexts[row].tolist())
        others = np.setdiff1d(artists[held_out], artists[right])
        for artist in others[others >= 0]:
            songs = tracks[starts[artist] : starts[artist + 1]].tolist()
            best += [song for song in songs if song not in known][:1]
        lists[row, : len(best[:LIST_LENGTH])] = best[:LIST_LENGTH]
    return lists
