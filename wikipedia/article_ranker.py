"""A learned ranker of what parts found: a linear score of the features in article_features.

There are two sets of weights: for queries that are an article, and for texts.
"""

import dataclasses
import json
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from common import errors
from common import models
from wikipedia import article_features
from wikipedia import article_parts
from wikipedia import part_answers

KIND, VERSION = 'article ranker', 1
ARTICLE, TEXT = QUERY_KINDS = ('article', 'text')
_FUSION_WEIGHT = 5.0


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a ranker goes by.

    Attributes:
        part_names: P names of parts, in order.
        depth: how many of the best of each part are ranked.
        num_anchors: how many articles that search finds for a text are its seeds.
        groups: which of article_features.GROUPS are used.
    """

    part_names: tuple[str, ...]
    depth: int = 200
    num_anchors: int = part_answers.NUM_ANCHORS
    groups: tuple[str, ...] = article_features.GROUPS

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the F features."""
        return article_features.names(self.part_names, self.groups)

    def prior(self) -> np.ndarray:
        """Returns float64[F], weights that rank as reciprocal rank fusion does."""
        suffix = f'_{article_features.FUSION}'
        fusion = {part + suffix for part in self.part_names}
        return np.array([_FUSION_WEIGHT * (name in fusion) for name in self.features])


def kind_of(query: article_parts.Query) -> str:
    """Returns which of QUERY_KINDS a query is."""
    return ARTICLE if query.article else TEXT


class ArticleRanker:
    """Ranks the union of what parts found.

    Attributes:
        settings: what it goes by.
        weights: float64[F] by kind of query.
    """

    def __init__(
        self,
        settings: Settings,
        weights: Mapping[str, np.ndarray],
        facts: article_features.ArticleFacts,
    ) -> None:
        """Takes what was learned.

        Raises:
            ValueError: unless there are finite weights [F] for each kind of query.
        """
        for kind in QUERY_KINDS:
            if weights[kind].shape != (len(settings.features),):
                raise ValueError(
                    f'weights {weights[kind].shape} of {kind} for {len(settings.features)} features'
                )
            if not np.isfinite(weights[kind]).all():
                raise ValueError(f'weights of {kind} are not finite')
        self.settings = settings
        self.weights = {kind: weights[kind] for kind in QUERY_KINDS}
        self._facts = facts

    def rank(
        self, query: article_parts.Query, found: Sequence[article_parts.Found]
    ) -> article_parts.Found:
        """Returns the union of what parts found, ranked.

        Args:
            query: what was asked, with the anchors of a text as seeds.
            found: by part, in the order of settings.part_names; of each the first settings.depth
                count.

        Returns:
            Every candidate, of equal scores the lesser address first. The reason is that of the
            first part that gives one, or ''.

        Raises:
            ValueError: for another number of parts.
        """
        if len(found) != len(self.settings.part_names):
            raise ValueError(f'{len(found)} lists for {len(self.settings.part_names)} parts')
        depth, groups = self.settings.depth, self.settings.groups
        candidates = article_features.collect(query, found, self._facts, depth, groups)
        scores = candidates.features @ self.weights[kind_of(query)]
        order = np.argsort(-scores, kind='stable').tolist()
        urls = tuple(candidates.urls[place] for place in order)
        reasons = _reasons(found, depth)
        return article_parts.Found(
            urls,
            tuple(scores[order].tolist()),
            tuple(reasons.get(url, '') for url in urls) if reasons else (),
        )


def _reasons(found: Iterable[article_parts.Found], depth: int) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for one in found:
        for url, reason in zip(one.urls[:depth], one.reasons, strict=False):
            if reason:
                reasons.setdefault(url, reason)
    return reasons


def describe(settings: Settings, fingerprints: Mapping[str, str]) -> dict[str, Any]:
    """Returns what config.json of a ranker says of what it goes by.

    Args:
        settings: of the ranker.
        fingerprints: a hash of whatever it was learned with, by name: of each part, and others.
    """
    return {
        'kind': KIND,
        'version': VERSION,
        'parts': list(settings.part_names),
        'depth': settings.depth,
        'num_anchors': settings.num_anchors,
        'groups': list(settings.groups),
        'features': list(settings.features),
        'fingerprints': dict(fingerprints),
    }


def read_settings(model_dir: str) -> Settings:
    """Returns what a ranker goes by, so that the parts it wants can be loaded.

    Raises:
        InputError: when model_dir is no ranker, or a damaged one.
    """
    return _settings(model_dir, models.load_config(model_dir))


def load(
    model_dir: str, fingerprints: Mapping[str, str], facts: article_features.ArticleFacts
) -> ArticleRanker:
    """Loads a ranker.

    Args:
        model_dir: what train_article_ranker wrote.
        fingerprints: hashes by name, in the order of the parts: of what it is to be used with.
        facts: of the articles.

    Raises:
        InputError: when model_dir is no ranker, is damaged, or was learned with other parts.
    """
    config = models.load_config(model_dir)
    settings = _settings(model_dir, config)
    _refuse_others(model_dir, config['fingerprints'], fingerprints)
    tree = models.load_parameters(model_dir)
    try:
        weights = {kind: np.asarray(tree['weights'][kind], np.float64) for kind in QUERY_KINDS}
        return ArticleRanker(settings, weights, facts)
    except (KeyError, TypeError, ValueError) as error:
        raise errors.InputError(
            f'{model_dir} is damaged ({type(error).__name__}: {error}); train it again'
        ) from error


def _settings(model_dir: str, config: Mapping[str, Any]) -> Settings:
    if (config.get('kind'), config.get('version')) != (KIND, VERSION):
        raise errors.InputError(
            f'{model_dir} is {config.get("kind", "something else")!r} of version '
            f'{config.get("version")}, and {KIND!r} of version {VERSION} is wanted; make it with '
            'train_article_ranker'
        )
    try:
        settings = Settings(
            tuple(map(str, config['parts'])),
            int(config['depth']),
            int(config['num_anchors']),
            tuple(config['groups']),
        )
        if list(settings.features) != config['features']:
            raise ValueError('it has other features')
        if not isinstance(config['fingerprints'], dict) or settings.depth < 1:
            raise ValueError('fingerprints or depth are none')
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise errors.InputError(
            f'{model_dir}/{models.CONFIG_NAME} is damaged ({type(error).__name__}: {error}); '
            'train the ranker again'
        ) from error
    return settings


def _refuse_others(model_dir: str, wanted: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Raises InputError unless both name the same things with the same hashes."""
    if wanted.keys() != given.keys():
        raise errors.InputError(
            f'{model_dir} was learned with {", ".join(wanted)}, and there are '
            f'{", ".join(given) or "none"}; give those, or train a ranker for these'
        )
    for name, fingerprint in wanted.items():
        if given[name] != fingerprint:
            raise errors.InputError(
                f'{model_dir} was learned with another {name.replace("_", " ")}; give that one, '
                'or train a ranker for this one'
            )


def save(
    model_dir: str,
    weights: Mapping[str, np.ndarray],
    config: Mapping[str, Any],
    *,
    metrics: Iterable[Mapping[str, Any]] = (),
    card: str = '',
    overwrite: bool = False,
) -> None:
    """Writes a ranker; the directory appears when it is whole.

    Args:
        model_dir: directory to make.
        weights: float64[F] by kind of query.
        config: what describe returned, and more.
        metrics: lines of metrics.jsonl.
        card: text of README.md.
        overwrite: whether model_dir may be replaced.

    Raises:
        InputError: when model_dir exists and may not be replaced.
    """
    models.save_model(
        model_dir,
        {'weights': dict(weights)},
        {},
        config,
        metrics=''.join(json.dumps(line) + '\n' for line in metrics),
        card=card,
        overwrite=overwrite,
    )
