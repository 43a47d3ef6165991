"""The words that a text-to-article model knows."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from common import dictionary


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """Words and their embedding indices.

    Attributes:
        words: the dictionary.
        has_buckets: whether words outside it stand for their min-hash bucket; else they are left
            out.
    """

    words: dictionary.TokenDictionary
    has_buckets: bool

    def __len__(self) -> int:
        """Returns V, the number of embedding indices: of the mask, words, and buckets if any."""
        return self.words.embedding_size() if self.has_buckets else 1 + len(self.words)

    def encode(self, tokens: Sequence[str]) -> np.ndarray:
        """Returns int32[N], embedding indices of the tokens that have one, in order."""
        if self.has_buckets:
            found = [self.words.embedding_index(token) for token in tokens]
        else:
            indices = (self.words.index(token) for token in tokens)
            found = [1 + index for index in indices if index is not None]
        return np.array(found, np.int32)
