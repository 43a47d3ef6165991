"""A small wiki with redirects: every article has a lead, a text and links."""

import pathlib
import random

from common import records
from common.pb import nlp_pb2
from common.pb import recsys_pb2

BASE = 'https://xx.wikipedia.org/wiki/'
SITE = {
    'language': 'xx',
    'sitename': 'Wikipedia',
    'dbname': 'xxwiki',
    'base': f'{BASE}Main',
    'generator': '',
    'case': 'first-letter',
    'schema': '0.11',
    'namespaces': [],
}
# Half of the links lead through R{i} to A{i}; nobody wrote M{i}.
REDIRECTS = {f'{BASE}R{i}': f'{BASE}A{i}' for i in range(0, 60, 2)}
_WORDS = [f'w{i}' for i in range(40)]


def make_documents(number: int = 60, seed: int = 4) -> list[nlp_pb2.TextDocument]:
    """Returns documents about A0, A1 and so on; each has words of its own, and links."""
    rng = random.Random(seed)
    documents = []
    for i in range(number):
        lead = [f'lead{i}', *rng.choices(_WORDS, k=6)]
        rest = rng.choices(_WORDS, k=rng.randrange(20, 50))
        targets = [f'{BASE}A{min(number - 1, int(rng.expovariate(0.1)))}' for _ in range(14)]
        links = [
            target.replace('wiki/A', 'wiki/R') if rng.random() < 0.5 else target
            for target in targets
        ]
        links = [link if link in REDIRECTS or 'wiki/A' in link else f'{BASE}M{i}' for link in links]
        documents.append(
            nlp_pb2.TextDocument(
                primary=f'{BASE}A{i}',
                url=f'{BASE}A{i}',
                secondary=[link for link in dict.fromkeys(links) if link != f'{BASE}A{i}'],
                tokens=[*rest[:3], *lead, *rest[3:]],
                lead_tokens=lead,
            )
        )
    return documents


def make_redirects() -> list[recsys_pb2.Redirect]:
    """Returns the redirects."""
    return [recsys_pb2.Redirect(url=url, target=target) for url, target in REDIRECTS.items()]


def write(folder: pathlib.Path, documents: list[nlp_pb2.TextDocument], parts: int) -> str:
    """Writes documents and redirects as tokenize_pages does; returns the path."""
    for path, messages, proto in (
        (folder, documents, nlp_pb2.TextDocument),
        (folder / 'redirects', make_redirects(), recsys_pb2.Redirect),
    ):
        records.write_parts(
            str(path),
            (message.SerializeToString() for message in messages),
            proto=proto,
            records_per_part=-(-len(messages) // parts),
            site=SITE,
        )
    return str(folder)


def read(path: str | pathlib.Path, proto: type) -> list:
    """Returns all records of a data set."""
    return list(records.read(records.open_dataset(str(path), proto)))
