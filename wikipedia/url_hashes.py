"""Addresses as numbers of 64 bits, and sets of millions of them in little memory.

Two of n addresses have the same number with a probability of about n * n / 2 ** 65: one in
370,000 for ten million. What that would do is take the one for the other.
"""

import hashlib
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np

_HASH_BYTES = 8


def hash_text(text: str, seed: int = 0) -> int:
    """Returns a number from 0 to 2 ** 64 - 1, the same on every machine.

    Args:
        text: any text.
        seed: from 0 to 2 ** 64 - 1; another seed gives numbers that are independent.
    """
    digest = _begin(seed)
    digest.update(text.encode('utf-8', 'surrogatepass'))
    return int.from_bytes(digest.digest())


def _begin(seed: int) -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=_HASH_BYTES, key=seed.to_bytes(_HASH_BYTES, 'little'))


def hash_urls(urls: Sequence[str]) -> np.ndarray:
    """Returns uint64[N], the numbers of addresses."""
    begun = _begin(0)  # Is copied, which is faster than to begin anew.
    digests = []
    for url in urls:
        digest = begun.copy()
        digest.update(url.encode('utf-8', 'surrogatepass'))
        digests.append(digest.digest())
    return np.frombuffer(b''.join(digests), '>u8').astype(np.uint64)


def to_set(hashes: Iterable[np.ndarray]) -> np.ndarray:
    """Returns uint64[N], the distinct numbers of all arrays, rising: 8 bytes an address."""
    return np.unique(np.concatenate([np.empty(0, np.uint64), *hashes]))


def find(hashes: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Returns int64[N], the place of each number among the members of a set, -1 where it is none.

    Args:
        hashes: uint64[N].
        members: uint64[M], rising.
    """
    if not len(members):
        return np.full(len(hashes), -1)
    places = np.minimum(np.searchsorted(members, hashes), len(members) - 1)
    return np.where(members[places] == hashes, places, -1)


def are_in(urls: Sequence[str], members: np.ndarray) -> np.ndarray:
    """Returns bool[N], which addresses are in a set of numbers, uint64[M], rising."""
    return find(hash_urls(urls), members) >= 0
