"""Where redirects lead in the end: chains are followed, and circles lead nowhere.

A link to a redirect is a link to where it leads. Redirects are kept as arrays, to be sent once to
every worker: 12 bytes a redirect, and for each place where one leads its title and 8 bytes more.
Ten million redirects to three million articles take about 200 MB.
"""

import array
import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np
from absl import logging

from common import records
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from wikipedia import url_hashes

_CHUNK = 1 << 16  # Targets taken at a time: bounds the Python objects.
_WHOLE = b'\0'  # Begins a target that does not share the prefix.


@dataclasses.dataclass(frozen=True)
class Redirects:
    """Redirects of one wiki.

    Attributes:
        sources: uint64[R], hashes of the addresses that redirect, rising.
        targets: int32[R], the number of the address where each leads in the end.
        prefix: what nearly all targets begin with.
        offsets: int64[T + 1]; target t is prefix + text[offsets[t]:offsets[t + 1]].
        text: the targets in UTF-8, one after another.
        circular: how many redirects were left out since they lead in a circle.
    """

    sources: np.ndarray
    targets: np.ndarray
    prefix: bytes
    offsets: np.ndarray
    text: bytes
    circular: int = 0

    def __len__(self) -> int:
        """Returns the number of redirects."""
        return len(self.sources)

    @property
    def nbytes(self) -> int:
        """How many bytes of memory they take."""
        return self.sources.nbytes + self.targets.nbytes + self.offsets.nbytes + len(self.text)

    def resolve(self, urls: Iterable[str]) -> list[str]:
        """Returns where each address leads; one that does not redirect leads to itself."""
        resolved = list(urls)
        if not resolved or not len(self):
            return resolved
        found = url_hashes.find(url_hashes.hash_urls(resolved), self.sources)
        for place in np.flatnonzero(found >= 0).tolist():
            resolved[place] = self._target(int(self.targets[found[place]]))
        return resolved

    def links(self, document: nlp_pb2.TextDocument) -> list[str]:
        """Returns where the links of a document lead, each once, in order, without itself."""
        return self.links_of([document])[0]

    def links_of(self, documents: Sequence[nlp_pb2.TextDocument]) -> list[list[str]]:
        """Returns the `links` of many documents, which are faster to find together."""
        linked = [list(document.secondary) for document in documents]
        urls = list(dict.fromkeys(itertools.chain.from_iterable(linked)))
        ends = dict(zip(urls, self.resolve(urls), strict=True))
        found = []
        for document, links in zip(documents, linked, strict=True):
            own = dict.fromkeys(map(ends.__getitem__, links))
            own.pop(document.primary, None)
            found.append(list(own))
        return found

    def _target(self, number: int) -> str:
        rest = self.text[self.offsets[number] : self.offsets[number + 1]]
        whole = rest[1:] if rest[:1] == _WHOLE else self.prefix + rest
        return whole.decode('utf-8', 'surrogatepass')


NONE = Redirects(np.empty(0, np.uint64), np.empty(0, np.int32), b'', np.zeros(1, np.int64), b'')


def load(data: records.Dataset | None) -> Redirects:
    """Reads Redirect records; None stands for no redirects.

    Raises:
        InputError: when they cannot be read.
    """
    if data is None:
        return NONE
    redirects = build(records.read(data))
    logging.info(
        '%d redirects are resolved; %d that lead in a circle are not',
        len(redirects),
        redirects.circular,
    )
    return redirects


def build(redirects: Iterable[recsys_pb2.Redirect]) -> Redirects:
    """Follows the chains of redirects. Of several of one address the first counts."""
    sources, hashes, offsets = array.array('Q'), array.array('Q'), array.array('q', [0])
    text, prefix = bytearray(), b''
    for redirect in redirects:
        target = redirect.target.encode('utf-8', 'surrogatepass')
        if not sources:
            prefix = target[: target.rfind(b'/') + 1]
        sources.append(url_hashes.hash_text(redirect.url))
        hashes.append(url_hashes.hash_text(redirect.target))
        text += target[len(prefix) :] if target.startswith(prefix) else _WHOLE + target
        offsets.append(len(text))
    if not sources:
        return NONE
    distinct, firsts = np.unique(np.frombuffer(sources, np.uint64), return_index=True)
    first_hashes = np.frombuffer(hashes, np.uint64)[firsts]
    last, circular = _follow(distinct, first_hashes)
    last = last[~circular]
    _, kept, targets = np.unique(first_hashes[last], return_index=True, return_inverse=True)
    starts, rest = _take(np.frombuffer(offsets, np.int64), text, firsts[last[kept]])
    return Redirects(
        distinct[~circular], targets.astype(np.int32), prefix, starts, rest, int(circular.sum())
    )


def _follow(sources: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Follows redirects by jumps that double in length.

    Args:
        sources: uint64[R], distinct, rising.
        targets: uint64[R].

    Returns:
        int64[R], the redirect that each leads to last, and bool[R], whether it leads in a circle.
    """
    following = url_hashes.find(targets, sources)
    stops = following < 0
    last = np.where(stops, np.arange(len(sources)), following)
    for _ in range(len(sources).bit_length()):
        further = last[last]
        if np.array_equal(further, last):
            break
        last = further
    return last, ~stops[last]


def _take(offsets: np.ndarray, text: bytearray, numbers: np.ndarray) -> tuple[np.ndarray, bytes]:
    """Returns the offsets and texts of some of the targets."""
    taken = bytearray()
    for first in range(0, len(numbers), _CHUNK):
        some = numbers[first : first + _CHUNK]
        bounds = zip(offsets[some].tolist(), offsets[some + 1].tolist(), strict=True)
        taken += b''.join(text[start:stop] for start, stop in bounds)
    sizes = offsets[numbers + 1] - offsets[numbers]
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]), bytes(taken)
