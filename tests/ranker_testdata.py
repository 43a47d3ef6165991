"""Parts that answer what they are told, and a small wiki of which a part was held out."""

import os
import random

from common import dictionary
from common import records
from common.pb import nlp_pb2
from wikipedia import article_parts
from wikipedia import search_index

PREFIX = 'https://xx.wikipedia.org/wiki/'
_WORDS = [f'word{number}' for number in range(60)]


class FakePart:
    """Finds what a function of the query returns, best first, with scores 1, 1/2, 1/3 …

    Attributes:
        asked: the queries so far.
    """

    def __init__(self, name, find, reasons=False):
        self.name = name
        self.asked = []
        self._find, self._reasons = find, reasons

    def find(self, queries, top_k):
        self.asked += queries
        return [self._one(query, top_k) for query in queries]

    def _one(self, query, top_k):
        urls = [url for url in self._find(query) if url not in query.exclude][:top_k]
        scores = tuple(1 / rank for rank in range(1, len(urls) + 1))
        reasons = tuple(f'{self.name} of {url}' for url in urls) if self._reasons else ()
        return article_parts.Found(tuple(urls), scores, reasons)


def url(number):
    """Returns the address of an article."""
    return f'{PREFIX}Article_{number}'


def write_world(folder, number=60, seed=3):
    """Writes docs (with validation and test inside), index, similarity and title.bz2.

    Articles with numbers of one remainder by 4 share words and link to each other.
    """
    rng = random.Random(seed)
    remaining, splits = [], {'validation': [], 'test': []}
    links = {}
    for one in range(number):
        kin = [other for other in range(one % 4, number, 4) if other != one]
        links[one] = sorted(rng.sample(kin, min(6, len(kin))))
        words = rng.choices(_WORDS[15 * (one % 4) : 15 * (one % 4 + 1)], k=30)
        lead = [f'own{one}', *words[:5]]
        split = {0: 'validation', 1: 'test'}.get(one % 3, '')
        held = links[one][::3] if split else []
        named = [word for other in links[one] for word in ('article', str(other))]
        remaining.append(
            nlp_pb2.TextDocument(
                primary=url(one),
                url=url(one),
                secondary=[url(other) for other in links[one] if other not in held],
                tokens=[f'own{one}', *words, *named, *([] if split else lead)],
                lead_tokens=[] if split else lead,
            )
        )
        if split:
            splits[split].append(
                nlp_pb2.TextDocument(
                    primary=url(one),
                    url=url(one),
                    secondary=[url(other) for other in held],
                    lead_tokens=lead,
                )
            )
    _write(folder / 'docs', remaining)
    for name, documents in splits.items():
        _write(folder / 'docs' / name, documents)
    os.mkdir(folder / 'index')
    search_index.write(str(folder / 'index'), remaining, search_index.Source('unicode'))
    _write_graph(folder, number)


def _write(path, messages):
    payloads = [message.SerializeToString() for message in messages]
    records.write_parts(str(path), payloads, proto=type(messages[0]))


def _write_graph(folder, number):
    """Writes titles, all as frequent, and similarities of those next to each other in kin."""
    stats = [
        nlp_pb2.TokenStat(token=url(one), frequency=7, doc_frequency=7, index=one)
        for one in range(number)
    ]
    dictionary.save(str(folder / 'title.bz2'), stats)
    rows = []
    for one in range(number):
        near = [other for other in (one - 4, one + 4) if 0 <= other < number]
        counts = [0.5, 0.25][: len(near)]
        rows.append(
            nlp_pb2.CooccurrenceRow(
                index=1 + one, other_index=[1 + other for other in near], count=counts
            )
        )
    _write(folder / 'similarity', rows)
