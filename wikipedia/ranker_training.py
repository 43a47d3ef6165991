"""Learns a ranker of articles from what was held out of some of them."""

import collections
import dataclasses
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

from common import metrics
from wikipedia import article_features
from wikipedia import article_parts
from wikipedia import article_ranker
from wikipedia import article_tasks
from wikipedia import listwise
from wikipedia import part_answers

FOLDS = 5
_CUTOFF = 10


@dataclasses.dataclass(frozen=True)
class Learned:
    """What was learned.

    Attributes:
        weights: float64[F] by kind of query; those of fusion where there was nothing to learn from.
        lines: of metrics.jsonl, one for each kind of query.
    """

    weights: dict[str, np.ndarray]
    lines: list[dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class _Case:
    """A query: features float64[C, F] of its candidates, which are relevant, and of how many."""

    features: np.ndarray
    relevant: np.ndarray
    num_relevant: int


def learn(
    parts: Sequence[article_parts.Part],
    tasks: Sequence[article_tasks.Task],
    facts: article_features.ArticleFacts,
    settings: article_ranker.Settings,
    *,
    ridge: float = 1.0,
    progress: Callable[[int], None] = lambda queries: None,
) -> Learned:
    """Returns the weights with the least loss for each kind of query.

    Args:
        parts: those that settings name.
        tasks: of articles that are not used for tests.
        facts: of the articles.
        settings: what the ranker is to go by.
        ridge: how strongly weights are drawn to those of reciprocal rank fusion.
        progress: called with the number of queries that were answered since the last call.
    """
    cases: dict[str, list[_Case]] = collections.defaultdict(list)
    answers = part_answers.ask_in_blocks(
        parts, [task.query for task in tasks], settings.depth, settings.num_anchors
    )
    for task, answer in zip(tasks, answers, strict=True):
        candidates = article_features.collect(
            answer.query, answer.found, facts, settings.depth, settings.groups
        )
        relevant = np.array([url in task.relevant for url in candidates.urls], bool)
        case = _Case(candidates.features, relevant, len(task.relevant))
        cases[article_ranker.kind_of(task.query)].append(case)
        progress(1)
    weights, lines = {}, []
    for kind in article_ranker.QUERY_KINDS:
        fitted = _fit(cases[kind], settings.prior(), ridge)
        weights[kind] = fitted.weights
        lines.append({'query_kind': kind, **_measure(cases[kind], settings, fitted, ridge)})
    return Learned(weights, lines)


def _fit(cases: Sequence[_Case], prior: np.ndarray, ridge: float) -> listwise.Fitted:
    examples = [
        listwise.Example(case.features, case.relevant) for case in cases if case.relevant.any()
    ]
    return listwise.fit(examples, prior, ridge)


def _measure(
    cases: Sequence[_Case], settings: article_ranker.Settings, fitted: listwise.Fitted, ridge: float
) -> dict[str, Any]:
    """Returns what metrics.jsonl says: of articles that were not learned from, in turn."""
    line: dict[str, Any] = {'queries': len(cases), 'losses': list(fitted.losses)}
    if not cases:
        return line
    prior = settings.prior()
    line |= {
        'candidates': float(np.mean([len(case.relevant) for case in cases])),
        'relevant_candidates': float(
            np.mean([np.count_nonzero(case.relevant) / case.num_relevant for case in cases])
        ),
        'fusion': _figures(cases, [prior] * len(cases)),
        'learned_from': _figures(cases, [fitted.weights] * len(cases)),
    }
    if len(cases) >= FOLDS:
        folds = np.arange(len(cases)) % FOLDS
        others = [
            _fit([c for c, f in zip(cases, folds, strict=True) if f != fold], prior, ridge).weights
            for fold in range(FOLDS)
        ]
        line['cross_validated'] = _figures(cases, [others[fold] for fold in folds])
    return line


def _figures(cases: Sequence[_Case], weights: Sequence[np.ndarray]) -> dict[str, float]:
    """Returns means over queries, each ranked by weights of its own."""
    width = max(_CUTOFF, *(len(case.relevant) for case in cases))
    hits = np.zeros((len(cases), width), bool)
    for row, (case, chosen) in enumerate(zip(cases, weights, strict=True)):
        order = np.argsort(-(case.features @ chosen), kind='stable')
        hits[row, : len(order)] = case.relevant[order]
    totals = np.array([case.num_relevant for case in cases])
    return {
        f'recall_{_CUTOFF}': float(metrics.recall(hits, totals, _CUTOFF).mean()),
        f'ndcg_{_CUTOFF}': float(metrics.ndcg(hits, totals, _CUTOFF).mean()),
        'mrr': float(metrics.reciprocal_rank(hits).mean()),
    }
