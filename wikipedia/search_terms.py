"""What a text or an article is searched by: terms and their weights."""

import collections
import math
from collections.abc import Callable
from collections.abc import Sequence


class TermWeights:
    """Weighs the words of queries by how rare they are among the articles."""

    def __init__(self, num_articles: int, frequency: Callable[[str], int]) -> None:
        """Takes what is known of the articles.

        Args:
            num_articles: how many there are.
            frequency: returns in how many of them a word occurs.
        """
        self._num_articles = num_articles
        self._frequency = frequency

    def of_text(self, tokens: Sequence[str], max_terms: int) -> dict[str, float]:
        """Returns how often each word occurs; of more than max_terms the most telling ones."""
        counts = collections.Counter(tokens)
        if len(counts) > max_terms:
            counts = {word: counts[word] for word, _ in self._most_telling(tokens, max_terms)}
        return {word: float(count) for word, count in counts.items()}

    def of_article(self, tokens: Sequence[str], max_terms: int) -> dict[str, float]:
        """Returns the most telling words, with weights in proportion to tf-idf and the best 1."""
        best = self._most_telling(tokens, max_terms)
        return {word: weight / best[0][1] for word, weight in best}

    def _most_telling(self, tokens: Sequence[str], max_terms: int) -> list[tuple[str, float]]:
        """Returns words by falling tf-idf, then by word; those that no article holds never."""
        weights = []
        for word, count in collections.Counter(tokens).items():
            frequency = self._frequency(word)
            if frequency:
                weight = (1 + math.log(count)) * math.log(1 + self._num_articles / frequency)
                weights.append((word, weight))
        return sorted(weights, key=lambda pair: (-pair[1], pair[0]))[:max_terms]
