"""From parts and what was held out to a ranker: what train_article_ranker does with its flags."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from common import errors
from common import models
from common import progress
from common import provenance
from common import records
from wikipedia import article_features
from wikipedia import article_ranker
from wikipedia import article_tasks
from wikipedia import part_loading
from wikipedia import part_paths
from wikipedia import ranker_training


@dataclasses.dataclass(frozen=True)
class Made:
    """A ranker, and how it came about.

    Attributes:
        weights: float64[F] by kind of query.
        lines: of metrics.jsonl, by kind of query.
        config: for config.json.
    """

    weights: dict[str, np.ndarray]
    lines: list[dict[str, Any]]
    config: dict[str, Any]

    def describe(self) -> Iterator[str]:
        """Yields a line on each kind of query."""
        for line in self.lines:
            name = f'Queries of kind {line["query_kind"]}: {line["queries"]}'
            if not line['queries']:
                yield f'{name}, so that fusion ranks them'
                continue
            other = line.get('cross_validated')
            shown = other or line['learned_from']
            yield (
                f'{name}; of what is relevant the parts found '
                f'{100 * line["relevant_candidates"]:.1f} %; fusion: {_show(line["fusion"])}; '
                f'ranker{", cross-validated" if other else " on what it learned from"}: '
                f'{_show(shown)}'
            )

    @property
    def card(self) -> str:
        """The text of README.md."""
        config = self.config
        rows = [
            f'| {feature} | ' + ' | '.join(f'{self.weights[kind][place]:.3f}' for kind in _KINDS)
            for place, feature in enumerate(config['features'])
        ]
        lines = [f'- {line}' for line in self.describe()]
        return '\n'.join(
            [
                f'# A ranker of articles that {", ".join(config["parts"])} find',
                '',
                *lines,
                '',
                f'Of each part the best {config["depth"]} are ranked, by the sum of these features '
                'times their weights. What each is says `wikipedia/article_features.py`. Made by '
                'wikipedia/train_article_ranker.py; `config.json` says of what.',
                '',
                '| feature | ' + ' | '.join(_KINDS) + ' |',
                '|---|' + '---|' * len(_KINDS),
                *(f'{row} |' for row in rows),
                '',
            ]
        )


_KINDS = article_ranker.QUERY_KINDS


def _show(figures: dict[str, float]) -> str:
    return f'recall@10 {figures["recall_10"]:.4f}, MRR {figures["mrr"]:.4f}'


def parse_groups(words: Sequence[str]) -> tuple[str, ...]:
    """Returns the groups of features that --features names, in order.

    Raises:
        UsageError: when they are none, or ranks are missing.
    """
    known = article_features.GROUPS
    if not set(words) <= set(known) or article_features.RANKS not in words:
        raise errors.UsageError(
            f'--features={",".join(words)}: give {article_features.RANKS}, and of the others what '
            f'is wanted: {", ".join(known)}'
        )
    return tuple(group for group in known if group in words)


def make(
    data: records.Dataset,
    paths: part_paths.PartPaths,
    options: records.ReadOptions,
    *,
    depth: int,
    num_anchors: int,
    groups: tuple[str, ...],
    ridge: float,
    max_articles: int,
) -> Made:
    """Loads parts, asks them, and learns.

    Args:
        data: what was held out for validation.
        paths: of the parts.
        options: how strict to be with records.
        depth: how many articles to ask each part for.
        num_anchors: how many of what search finds for a text are its seeds.
        groups: of features.
        ridge: how strongly weights are drawn to those of fusion.
        max_articles: how many articles to learn from at most.

    Raises:
        InputError: when a part cannot be loaded, does not belong to data, or nothing is held out.
    """
    loaded = part_loading.load(paths, options)
    tasks = article_tasks.read(data, loaded.search, max_articles)
    article_tasks.require(tasks, data.pattern)
    names = tuple(part.name for part in loaded.parts)
    settings = article_ranker.Settings(names, depth, num_anchors, groups)
    with progress.Progress(len(tasks), 'queries') as bar:
        learned = ranker_training.learn(
            loaded.parts, tasks, loaded.facts(), settings, ridge=ridge, progress=bar.add
        )
    inputs = [data.describe(), *map(dict, loaded.inputs.values())]
    config = article_ranker.describe(settings, loaded.fingerprints) | {'ridge': ridge}
    return Made(learned.weights, learned.lines, config | _describe(learned, inputs))


def _describe(learned: ranker_training.Learned, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        'queries': {line['query_kind']: line['queries'] for line in learned.lines},
        'inputs': inputs,
        'versions': models.library_versions(),
        **provenance.describe_run(),
    }
