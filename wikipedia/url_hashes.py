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
    key = seed.to_bytes(_HASH_BYTES, 'little')
    data = text.encode('utf-8', 'surrogatepass')
    return int.from_bytes(hashlib.blake2b(data, digest_size=_HASH_BYTES, key=key).digest())


def hash_urls(urls: Sequence[str]) -> np.ndarray:
    """Returns uint64[N], the numbers of addresses."""
    return np.fromiter(map(hash_text, urls), np.uint64, len(urls))


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
