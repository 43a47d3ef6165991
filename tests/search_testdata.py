"""A few articles for tests of search and recommendations."""

import os

from common import records
from common import tokenizers
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from wikipedia import search_index

PREFIX = 'https://xx.wikipedia.org/wiki/'
# Title in the address, text, links. Distinct numbers of words; the last two are hostile.
ARTICLES = (
    ('Steam_engine', 'steam engine boiler piston', ('Boiler', 'Piston', 'Watt')),
    ('Boiler', 'a boiler makes steam of water', ('Steam_engine',)),
    ('Piston', 'piston of an engine', ('Steam_engine', 'Elsewhere')),
    ('Apple', 'apple tree fruit fruit', ()),
    ('APPLE', 'computer maker of the fruit name', ('Apple',)),
    ('%D0%A1%D0%BE%D1%84%D0%B8%D1%8F', 'софия е град', ()),
    ('%D7%9E%D7%99%D7%9D', 'מים steam', ()),
    ('%E5%8C%97%E4%BA%AC', '北 京 市', ()),
    ('<b>%22%26</b>', 'markup bold', ()),
)
REDIRECTS = (('Locomobile', 'Steam_engine'), ('Kettle', 'Boiler'), ('Pot', 'Kettle'))


def url(title):
    """Returns the address of a title."""
    return PREFIX + title


def documents(articles=ARTICLES):
    """Returns TextDocument records."""
    return [
        nlp_pb2.TextDocument(
            primary=url(title),
            url=url(title),
            secondary=map(url, links),
            tokens=tokenizers.unicode_words(text),
            lead_tokens=tokenizers.unicode_words(text)[:2],
        )
        for title, text, links in articles
    ]


def redirects():
    """Returns Redirect records."""
    return [recsys_pb2.Redirect(url=url(a), target=url(b)) for a, b in REDIRECTS]


def write_documents(path, articles=ARTICLES):
    """Writes documents and redirects as tokenize_pages does."""
    payloads = [document.SerializeToString() for document in documents(articles)]
    records.write_parts(str(path), payloads, proto=nlp_pb2.TextDocument)
    payloads = [redirect.SerializeToString() for redirect in redirects()]
    records.write_parts(os.path.join(path, 'redirects'), payloads, proto=recsys_pb2.Redirect)
    return str(path)


def write_index(path, articles=ARTICLES, **options):
    """Writes a search index and returns its path."""
    os.mkdir(path)
    source = search_index.Source('unicode', {'language': 'xx'})
    search_index.write(str(path), documents(articles), source, **options)
    return str(path)
