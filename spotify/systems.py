"""What recommends tracks: one interface for baselines, models and blends of them."""

import dataclasses
from collections.abc import Sequence
from typing import Protocol

import numpy as np


@dataclasses.dataclass(frozen=True)
class Queries:
    """Q playlists to be continued.

    Attributes:
        contexts: for each, int32[C] track indices in order; C may be 0 and differ.
        names: titles; '' where there is none.
    """

    contexts: Sequence[np.ndarray]
    names: Sequence[str]

    def __len__(self) -> int:
        """Returns the number of queries."""
        return len(self.contexts)

    def __getitem__(self, rows: slice) -> 'Queries':
        """Returns some of the queries."""
        return Queries(self.contexts[rows], self.names[rows])


class System(Protocol):
    """Scores every track of the catalogue for playlists to be continued.

    Attributes:
        name: what tables call it, such as most_popular.
        num_tracks: T.
    """

    name: str
    num_tracks: int

    def score(self, queries: Queries) -> np.ndarray:
        """Returns float32[Q, T], finite, higher is better; the context is not left out.

        A query without context gets scores too, such as the popularity of tracks. Callers hand
        over as few queries at a time as memory wants.
        """
        ...

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> np.ndarray | None:
        """Returns float32[K, C]: how much each track of the context speaks for each track.

        Args:
            context: int32[C].
            tracks: int32[K].

        Returns:
            None when the context has no part in the scores, as for the most popular tracks.
        """
        ...
