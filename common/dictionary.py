"""Dictionaries: tokens with their counts, and the embedding indices that follow from them.

An embedding index is 0 for the mask, 1 + TokenStat.index for a word of the dictionary, and above
that one of 65,536 min-hash buckets for every other word.

Source: Bischof and Yee, Building Recommendation Systems in Python and JAX, the Wikipedia chapters.
"""

import binascii
from collections.abc import Iterable
from collections.abc import Sequence

from common import errors
from common import records
from common.pb import nlp_pb2

MASK_INDEX = 0
NUM_BUCKETS = 1 << 16
_HASHED_BYTES = 10
_PIECE_BYTES = 4
_DEFAULT_OPTIONS = records.ReadOptions()


def minhash(token: str) -> int:
    """Returns the min-hash bucket of a token, from 0 to 65,535.

    It is the smallest CRC-32, of which the lower 16 bits count, over the overlapping pieces of four
    bytes of the first ten bytes of the token in UTF-8; shorter tokens are one piece. The book's own
    code leaves out the last piece, and counts characters where it cuts bytes.
    """
    data = token.encode('utf-8', 'surrogatepass')[:_HASHED_BYTES]
    pieces = max(1, len(data) - _PIECE_BYTES + 1)
    return min(
        binascii.crc32(data[start : start + _PIECE_BYTES]) & (NUM_BUCKETS - 1)
        for start in range(pieces)
    )


class TokenDictionary:
    """An immutable list of tokens, looked up both ways.

    Attributes:
        tokens: the tokens by index.
        frequencies: how often each occurs.
        doc_frequencies: in how many documents each occurs.
    """

    def __init__(self, stats: Iterable[nlp_pb2.TokenStat], name: str = 'the dictionary') -> None:
        """Checks and indexes the entries.

        Args:
            stats: the entries in the order of their index.
            name: what errors call the dictionary, such as its path.

        Raises:
            InputError: when an index is out of place or a token occurs twice.
        """
        self.tokens: list[str] = []
        self.frequencies: list[int] = []
        self.doc_frequencies: list[int] = []
        columns = self.tokens, self.frequencies, self.doc_frequencies
        add_token, add_frequency, add_documents = (column.append for column in columns)
        for place, stat in enumerate(stats):
            if stat.index != place:
                raise errors.InputError(
                    f'{name}: entry {place} says index {stat.index}; it is no dictionary, or its '
                    'entries were reordered: make it again'
                )
            add_token(stat.token)
            add_frequency(stat.frequency)
            add_documents(stat.doc_frequency)
        self._indices: dict[str, int] = dict(zip(self.tokens, range(len(self)), strict=True))
        if len(self._indices) < len(self):
            token = next(t for place, t in enumerate(self.tokens) if self._indices[t] != place)
            raise errors.InputError(f'{name}: {token!r} occurs twice; make it again')

    @classmethod
    def load(cls, path: str, options: records.ReadOptions = _DEFAULT_OPTIONS) -> 'TokenDictionary':
        """Reads a dictionary from a file or directory of TokenStat records.

        Raises:
            InputError: when it cannot be read or is no dictionary.
        """
        data = records.open_dataset(path, nlp_pb2.TokenStat, options)
        return cls(records.read(data), path)

    def __len__(self) -> int:
        """Returns the number of tokens, mask and buckets not among them."""
        return len(self.tokens)

    def index(self, token: str) -> int | None:
        """Returns the dictionary index of a token, or None."""
        return self._indices.get(token)

    def token(self, index: int) -> str:
        """Returns the token of a dictionary index."""
        return self.tokens[index]

    def stats(self) -> list[nlp_pb2.TokenStat]:
        """Returns the entries as records."""
        columns = zip(self.tokens, self.frequencies, self.doc_frequencies, strict=True)
        return [
            nlp_pb2.TokenStat(token=token, frequency=count, doc_frequency=documents, index=index)
            for index, (token, count, documents) in enumerate(columns)
        ]

    def embedding_size(self) -> int:
        """Returns the number of embedding indices: mask, dictionary and buckets."""
        return 1 + len(self) + NUM_BUCKETS

    def embedding_index(self, token: str) -> int:
        """Returns the embedding index of any token."""
        index = self._indices.get(token)
        return 1 + index if index is not None else 1 + len(self) + minhash(token)

    def token_from_embedding_index(self, index: int) -> str:
        """Returns the token of an embedding index, or <mask> or <bucket N> in angle brackets.

        Raises:
            IndexError: when there is no such embedding index.
        """
        if index == MASK_INDEX:
            return '<mask>'
        if 1 <= index <= len(self):
            return self.tokens[index - 1]
        if index < self.embedding_size():
            return f'<bucket {index - 1 - len(self)}>'
        raise IndexError(f'embedding index {index} of {self.embedding_size()}')


def save(
    path: str,
    stats: Sequence[nlp_pb2.TokenStat],
    *,
    inputs: Iterable[dict[str, object]] = (),
    site: dict[str, object] | None = None,
    overwrite: bool = False,
) -> None:
    """Writes a dictionary as one file.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    records.write_file(
        path,
        (stat.SerializeToString() for stat in stats),
        proto=nlp_pb2.TokenStat,
        inputs=inputs,
        site=site,
        overwrite=overwrite,
    )
