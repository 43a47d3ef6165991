"""Evaluation of systems that recommend tracks, on playlists of which a part was held out."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from common import comparisons
from common import metrics
from spotify import continuation_metrics
from spotify import continuations
from spotify import playlists
from spotify import ranking
from spotify import systems

IN_DICTIONARY, IN_TRAINING = 'ceiling: dictionary', 'ceiling: training'
CEILINGS = (IN_DICTIONARY, IN_TRAINING)
TRAINING, DICTIONARY = 'training', 'dictionary'
CANDIDATES = (TRAINING, DICTIONARY)
CEILING_DEFINITION = (
    'The ceilings are of one who knows the answers, and recommends any of the tracks in the '
    'dictionary, or any of those that occur in the playlists for training. Held-out tracks that '
    'the dictionary lacks count as relevant, and nobody finds them.'
)
_BLOCK = 1024  # Queries whose lists are held at a time.


@dataclasses.dataclass(frozen=True)
class Measured:
    """How one system did.

    Attributes:
        values: float64[Q, M], a column for each of continuation_metrics.MEASURES.
        exposure: by category, int64[T], how often each track was among the first ten.
    """

    values: np.ndarray
    exposure: Mapping[continuations.Category, np.ndarray]


class Evaluator:
    """Asks systems to continue the same playlists, and measures what they recommend.

    Attributes:
        cases: the playlists of each category, cut in two.
        num_queries: Q, in all categories.
    """

    def __init__(
        self,
        held_out: playlists.Playlists,
        artists: np.ndarray,
        train_counts: np.ndarray,
        *,
        categories: Sequence[continuations.Category],
        candidates: str = TRAINING,
        min_held_out: int = 5,
        max_playlists: int | None = None,
        seed: int = 0,
    ) -> None:
        """Cuts the playlists.

        Args:
            held_out: playlists that no system was trained on.
            artists: int32[T], the artist of each track, -1 where unknown.
            train_counts: int[T], in how many playlists for training each track occurs.
            categories: which contexts to give.
            candidates: one of CANDIDATES, the tracks that may be recommended. A dictionary made of
                all playlists gives those under test away: of an artist's tracks, the ones without a
                playlist for training are in one for testing. So only tracks in training count.
            min_held_out: how many tracks must be left to find.
            max_playlists: how many playlists to use at most; None for all.
            seed: of random contexts, and of the choice of playlists.
        """
        if artists.shape != train_counts.shape or artists.ndim != 1:
            raise ValueError(f'want [T] and [T], got {artists.shape} and {train_counts.shape}')
        self._artists, self._counts = artists, train_counts
        self._popularity = np.log1p(train_counts)
        self._allowed = train_counts >= (1 if candidates == TRAINING else 0)
        if max_playlists is not None:
            held_out = continuations.sample(held_out, max_playlists, seed)
        cut = {
            category: continuations.cut(held_out, category, min_held_out=min_held_out, seed=seed)
            for category in categories
        }
        self.cases = {category: cases for category, cases in cut.items() if len(cases)}
        self.num_queries = sum(map(len, self.cases.values()))

    def measure(
        self, system: systems.System, progress: Callable[[int], None] = lambda queries: None
    ) -> Measured:
        """Measures a system on every query.

        Args:
            system: ranks the tracks that the playlists consist of.
            progress: called with the number of queries that were answered since the last call.

        Raises:
            ValueError: when the system ranks another number of tracks, or there is no query.
        """
        if system.num_tracks != len(self._artists):
            raise ValueError(f'{system.name} ranks {system.num_tracks}, not {len(self._artists)}')

        def recommend(cases: continuations.Continuations) -> np.ndarray:
            length = continuation_metrics.LIST_LENGTH
            lists, _ = ranking.rank(system, cases.queries, length, self._allowed)
            progress(len(cases))
            return lists

        return self._measure(recommend)

    def ceiling(self, name: str) -> Measured:
        """Measures one of CEILINGS."""
        attainable = self._counts > 0 if name == IN_TRAINING else np.ones(len(self._counts), bool)
        return self._measure(
            lambda cases: continuation_metrics.ceiling(cases, self._artists, attainable)
        )

    def _measure(self, recommend: Callable[[continuations.Continuations], np.ndarray]) -> Measured:
        if not self.cases:
            raise ValueError('no playlist is long enough for any category')
        values, exposure = [], {}
        for category, cases in self.cases.items():
            exposure[category] = np.zeros(len(self._artists), np.int64)
            for start in range(0, len(cases), _BLOCK):
                block = cases[start : start + _BLOCK]
                lists = recommend(block)
                values.append(
                    continuation_metrics.measure(lists, block, self._artists, self._popularity)
                )
                shown = lists[:, : continuation_metrics.SHOWN]
                exposure[category] += metrics.exposure(shown, len(self._artists))
        return Measured(np.concatenate(values), exposure)

    def scores(
        self, measured: Mapping[str, Measured], references: Mapping[str, Measured]
    ) -> comparisons.Scores:
        """Puts together what systems and references scored.

        Args:
            measured: by name of the system.
            references: by name of the ceiling.
        """
        cases = self.cases.values()
        both = [*measured.values(), *references.values()]
        lengths = [len(tracks) for case in cases for tracks in case.held_out]
        seen = [np.sum(self._counts[row] > 0) for case in cases for row in case.held_out]
        return comparisons.Scores(
            tuple(measure.name for measure in continuation_metrics.MEASURES),
            tuple(measured),
            tuple(references),
            [name for case in cases for name in case.ids],
            [category.name for category, case in self.cases.items() for _ in case.ids],
            {
                'held_out': np.concatenate([case.num_relevant for case in cases]),
                'in_dictionary': np.array(lengths, np.int64),
                'in_training': np.array(seen, np.int64),
            },
            np.stack([one.values for one in both], axis=1),
        )


def catalogue_use(
    measured: Mapping[str, Measured], overall: str
) -> dict[str, dict[str, dict[str, float]]]:
    """Returns coverage and Gini index of the first ten tracks of each list.

    Args:
        measured: by name of the system.
        overall: what to call all categories together.

    Returns:
        By category, then system, then 'coverage' and 'gini'.
    """
    used: dict[str, dict[str, dict[str, float]]] = {}
    for name, one in measured.items():
        total = sum(one.exposure.values())
        counts = {overall: total} | {key.name: count for key, count in one.exposure.items()}
        for category, count in counts.items():
            used.setdefault(category, {})[name] = {
                'coverage': metrics.coverage(count),
                'gini': metrics.gini(count),
            }
    return used
