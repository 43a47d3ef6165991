"""Made-up names and addresses: the same for the same kind, number and seed, whatever else is made.

Names are strings of syllables, of no real artist, record or song.
"""

import functools
import hashlib
import itertools

_SYLLABLES = (
    'ba bri cla dor dru el fen fir gal gro hul ib jor kel kra lim lo mar mel mor na nim ol or pel '
    'pra qui ras ren ro sel sha sol ta tel thu tri ul va vel vin vor wen wy xan ya yel zan zir zu'
).split()
# Words by 16 bits, of two syllables or, for half of them, three.
_NUM_SHORT, _NUM_WORDS = 1 << 15, 1 << 16
_URI_DIGITS = 22


def uri(kind: str, number: int, seed: int) -> str:
    """Returns an address such as spotify:track:… with 22 letters and digits."""
    return f'spotify:{kind}:{_digest(kind, number, seed).hex()[:_URI_DIGITS]}'


def name(kind: str, number: int, seed: int, words: int = 2) -> str:
    """Returns one to that many words."""
    digest = _digest(f'name of {kind}', number, seed)
    table = _words()
    found = [
        table[digest[2 * word] << 8 | digest[2 * word + 1]]
        for word in range(1 + digest[15] % words)
    ]
    return ' '.join(found)


@functools.cache
def _words() -> list[str]:
    """Returns the words: the short ones over and over, then long ones."""
    short = [''.join(pair).capitalize() for pair in itertools.product(_SYLLABLES, repeat=2)]
    long = [''.join(triple).capitalize() for triple in itertools.product(_SYLLABLES, repeat=3)]
    table = [short[place % len(short)] for place in range(_NUM_SHORT)]
    step = len(long) // (_NUM_WORDS - _NUM_SHORT)
    return table + long[:: max(step, 1)][: _NUM_WORDS - _NUM_SHORT]


def _digest(kind: str, number: int, seed: int) -> bytes:
    return hashlib.blake2b(b'%s %d %d' % (kind.encode(), number, seed), digest_size=16).digest()
