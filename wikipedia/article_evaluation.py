"""Asks parts, fusion and ranker the same questions, and measures what they answer.

Beside them stand three that are no systems: the most popular articles, random ones, and the ceiling
of one who ranks whatever the parts found and knows what is relevant.
"""

import dataclasses
import itertools
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from common import comparisons
from common import metrics
from wikipedia import article_measures
from wikipedia import article_parts
from wikipedia import article_ranker
from wikipedia import article_tasks
from wikipedia import part_answers
from wikipedia import rank_fusion

FUSION, RANKER = 'fusion', 'ranker'
CEILING, POPULAR, RANDOM = REFERENCES = ('ceiling', 'most popular', 'random')
# Where categories of queries begin, by the size of the task.
_BOUNDS = {article_tasks.LINKS: (1, 4, 10, 30), article_tasks.TEXT: (1, 25, 50, 100)}


@dataclasses.dataclass(frozen=True)
class Evaluated:
    """How all did on the tasks of one kind.

    Attributes:
        scores: of Q queries.
        use: by system, the coverage and the Gini index of the first ten articles of all lists.
    """

    scores: comparisons.Scores
    use: Mapping[str, Mapping[str, float]]


def categories(kind: str) -> dict[str, str]:
    """Returns the categories of queries of a kind, in order, and what to call each in short."""
    bounds = _BOUNDS[kind]
    unit = {article_tasks.LINKS: 'links left', article_tasks.TEXT: 'words'}[kind]
    labels = [f'{low}–{high - 1}' for low, high in itertools.pairwise(bounds)]
    labels.append(f'{bounds[-1]}+')
    return {f'{label} {unit}': label for label in labels}


class Evaluator:
    """Measures what parts, fusion and ranker answer.

    Attributes:
        systems: names of the parts, FUSION, and RANKER if there is one.
        depth: how many articles each part is asked for.
        num_anchors: how many that search finds for a text are its seeds.
    """

    def __init__(
        self,
        parts: Sequence[article_parts.Part],
        ranker: article_ranker.ArticleRanker | None,
        catalogue: Sequence[str],
        frequencies: Mapping[str, int],
        *,
        depth: int = 200,
        num_anchors: int = part_answers.NUM_ANCHORS,
        seed: int = 0,
    ) -> None:
        """Takes what is to be measured.

        Args:
            parts: in the order that the ranker wants.
            ranker: None when there is none.
            catalogue: addresses of all articles that can be found.
            frequencies: how popular each is; 0 where it is not there.
            depth: how many articles to ask each part for, and
            num_anchors: how many that search finds for a text are its seeds; a ranker brings its
                own of both.
            seed: of random articles.
        """
        self.systems = (*(part.name for part in parts), FUSION)
        self.systems += (RANKER,) if ranker is not None else ()
        self._parts, self._ranker = parts, ranker
        if ranker is not None:
            depth, num_anchors = ranker.settings.depth, ranker.settings.num_anchors
        self.depth, self.num_anchors = depth, num_anchors
        self._catalogue = sorted(catalogue)
        self._places = {url: place for place, url in enumerate(self._catalogue)}
        self._popular = sorted(self._catalogue, key=lambda url: (-frequencies.get(url, 0), url))
        self._rng = np.random.default_rng(seed)

    def evaluate(
        self,
        tasks: Sequence[article_tasks.Task],
        progress: Callable[[int], None] = lambda queries: None,
    ) -> Evaluated:
        """Measures tasks of one kind.

        Args:
            tasks: at least one.
            progress: called with the number of queries that were answered since the last call.
        """
        names = (*self.systems, *REFERENCES)
        width = article_measures.LIST_LENGTH
        hits = np.zeros((len(names), len(tasks), width), bool)
        shown = np.full((len(self.systems), len(tasks), article_measures.SHOWN), -1)
        in_union = np.zeros(len(tasks), np.int64)
        answers = part_answers.ask_in_blocks(
            self._parts, [task.query for task in tasks], self.depth, self.num_anchors
        )
        for row, (task, answer) in enumerate(zip(tasks, answers, strict=True)):
            lists, union = self._lists(answer)
            in_union[row] = len(task.relevant & union)
            hits[names.index(CEILING), row, : in_union[row]] = True
            for place, name in enumerate(names):
                urls = lists.get(name, ())
                for rank, url in enumerate(urls[:width]):
                    hits[place, row, rank] = url in task.relevant
                if place < len(self.systems):
                    first = [self._places[url] for url in urls[: article_measures.SHOWN]]
                    shown[place, row, : len(first)] = first
            progress(1)
        return self._summarise(tasks, hits, shown, in_union)

    def _lists(
        self, answer: part_answers.Answer
    ) -> tuple[dict[str, Sequence[str]], frozenset[str]]:
        """Returns what each system and baseline ranks, best first, and what the parts found."""
        query = answer.query
        lists: dict[str, Sequence[str]] = {
            part.name: one.urls for part, one in zip(self._parts, answer.found, strict=True)
        }
        lists[FUSION] = rank_fusion.fuse(answer.found).urls
        if self._ranker is not None:
            lists[RANKER] = self._ranker.rank(query, answer.found).urls
        lists[POPULAR] = self._first(self._popular, query)
        drawn = self._rng.choice(
            len(self._catalogue),
            min(len(self._catalogue), article_measures.LIST_LENGTH + len(query.exclude)),
            replace=False,
        )
        lists[RANDOM] = self._first([self._catalogue[place] for place in drawn], query)
        return lists, frozenset(lists[FUSION])

    def _first(self, urls: Sequence[str], query: article_parts.Query) -> list[str]:
        limit = article_measures.LIST_LENGTH + len(query.exclude)
        return [url for url in urls[:limit] if url not in query.exclude]

    def _summarise(
        self,
        tasks: Sequence[article_tasks.Task],
        hits: np.ndarray,
        shown: np.ndarray,
        in_union: np.ndarray,
    ) -> Evaluated:
        totals = np.array([len(task.relevant) for task in tasks])
        values = [article_measures.measure(one, totals) for one in hits]
        kind = tasks[0].kind
        names, bounds = list(categories(kind)), _BOUNDS[kind]
        sizes = np.array([task.size for task in tasks])
        places = np.maximum(np.searchsorted(bounds, sizes, side='right') - 1, 0)
        scores = comparisons.Scores(
            tuple(one.name for one in article_measures.MEASURES),
            self.systems,
            REFERENCES,
            [task.article for task in tasks],
            [names[place] for place in places.tolist()],
            {'relevant': totals, 'found_by_parts': in_union, 'size': sizes},
            np.stack(values, axis=1),
        )
        use = {}
        for name, lists in zip(self.systems, shown, strict=True):
            counts = metrics.exposure(lists, len(self._catalogue))
            use[name] = {'coverage': metrics.coverage(counts), 'gini': metrics.gini(counts)}
        return Evaluated(scores, use)
