"""How well a system continues playlists that it was not trained on: what early stopping sees."""

import dataclasses

import numpy as np

from common import metrics
from spotify import playlists
from spotify import ranking
from spotify import systems

_LIST_LENGTH = 500  # As in the RecSys Challenge 2018.


@dataclasses.dataclass(frozen=True)
class Validation:
    """Q playlists, each cut into a context and what follows.

    Attributes:
        queries: the contexts.
        relevant: for each, int32[R] tracks to be found.
        num_relevant: int64[Q], how many there are, those that the dictionary lacks among them.
        allowed: bool[T], the tracks that may be found.
    """

    queries: systems.Queries
    relevant: list[np.ndarray]
    num_relevant: np.ndarray
    allowed: np.ndarray

    def __len__(self) -> int:
        """Returns Q."""
        return len(self.queries)


def make(known: playlists.Playlists, train_counts: np.ndarray, limit: int, seed: int) -> Validation:
    """Cuts playlists where the training data does, or halfway where that leaves no context.

    Args:
        known: playlists.
        train_counts: [T], in how many playlists for training each track occurs. Tracks in none may
            not be found, as in the evaluation: they are in the catalogue for being under test.
        limit: how many to look at; others are left out by chance.
        seed: of that chance.
    """
    places = np.flatnonzero(np.diff(known.offsets) >= 2)
    if len(places) > limit:
        chosen = np.random.default_rng(seed).choice(places, limit, replace=False)
        places = np.sort(chosen)
    contexts, names, relevant, counts = [], [], [], []
    for place in places:
        row = known[place]
        cut = row.context_size or len(row.tracks) // 2
        if cut < len(row.tracks):
            contexts.append(row.tracks[:cut])
            relevant.append(row.tracks[cut:])
            names.append(row.name)
            counts.append(len(row.tracks) - cut + row.unknown)
    queries = systems.Queries(contexts, names)
    return Validation(queries, relevant, np.array(counts, np.int64), train_counts > 0)


def measure(system: systems.System, cases: Validation) -> dict[str, float]:
    """Returns R-precision, NDCG and recall of the first 500 tracks, means over the playlists."""
    ranked, _ = ranking.rank(system, cases.queries, _LIST_LENGTH, cases.allowed)
    pairs = zip(ranked, cases.relevant, strict=True)
    hits = np.stack([np.isin(found, wanted) for found, wanted in pairs])
    return {
        'r_precision': float(metrics.r_precision(hits, cases.num_relevant).mean()),
        'ndcg': float(metrics.ndcg(hits, cases.num_relevant).mean()),
        'recall': float(metrics.recall(hits, cases.num_relevant, _LIST_LENGTH).mean()),
    }
