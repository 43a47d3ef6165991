"""Reciprocal rank fusion: joins ranked lists by the ranks in them, whatever their scores mean.

Source: Cormack, Clarke and Büttcher, Reciprocal Rank Fusion outperforms Condorcet and individual
Rank Learning Methods (SIGIR 2009).
"""

import math
from collections.abc import Sequence

from wikipedia import article_parts

# How flat the top of a list counts. The paper has 60, for runs that all search the same. Here parts
# differ in what they are good at: of 0, 3, 10, 30 and 60, with 3 the three parts found most of the
# links and first paragraphs of enwik8 that were held out for validation.
K = 3.0


def fuse(
    found: Sequence[article_parts.Found], weights: Sequence[float] | None = None, k: float = K
) -> article_parts.Found:
    """Joins what parts found for one query.

    Args:
        found: by part; some may have found nothing.
        weights: of each part, at least 0; all 1 when None. What only parts of weight 0 found is
            left out.
        k: at least 0.

    Returns:
        Every article that a part found, with the sum over parts of weight / (k + rank), rank from
        1; of equal sums the lesser address first. The reason is that of the part which adds most
        and has one, the first such part when several add as much; '' when none has. There are no
        reasons when no part gives any.

    Raises:
        ValueError: unless there is a weight for each part, and k and weights are in their bounds.
    """
    weights = [1.0] * len(found) if weights is None else list(weights)
    _check(weights, len(found), k)
    added: dict[str, list[float]] = {}
    reasons: dict[str, tuple[float, str]] = {}
    for one, weight in zip(found, weights, strict=True):
        for place, url in enumerate(one.urls if weight else ()):
            share = weight / (k + place + 1)
            added.setdefault(url, []).append(share)
            reason = one.reasons[place] if one.reasons else ''
            if reason and share > reasons.get(url, (0.0, ''))[0]:
                reasons[url] = (share, reason)
    # Summed exactly, so that the same ranks tie whichever part gave which.
    sums = {url: math.fsum(shares) for url, shares in added.items()}
    urls = sorted(sums, key=lambda url: (-sums[url], url))
    return article_parts.Found(
        tuple(urls),
        tuple(sums[url] for url in urls),
        tuple(reasons.get(url, (0.0, ''))[1] for url in urls) if reasons else (),
    )


def _check(weights: Sequence[float], num_parts: int, k: float) -> None:
    if len(weights) != num_parts:
        raise ValueError(f'{len(weights)} weights for {num_parts} parts')
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise ValueError(f'weights {weights}, want finite numbers from 0')
    if not (math.isfinite(k) and k >= 0):
        raise ValueError(f'k is {k}, want a finite number from 0')
