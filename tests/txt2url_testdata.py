"""Articles whose right answers are known: of topics, each with a few words of its own."""

import numpy as np
from scipy import sparse

from common import dictionary
from common import records
from common.pb import nlp_pb2
from wikipedia import txt2url_data
from wikipedia import txt2url_settings
from wikipedia import txt2url_training
from wikipedia import txt2url_validation

NUM_ARTICLES, NUM_TOPICS = 40, 4
_OWN, _TOPIC, _COMMON = 4, 10, 20
NUM_WORDS = 1 + NUM_ARTICLES * _OWN + NUM_TOPICS * _TOPIC + _COMMON


def make_rows(length=60, seed=0):
    """Returns the words of each article: a fifth its own, a third of its topic, else common."""
    random = np.random.default_rng(seed)
    rows = []
    for article in range(NUM_ARTICLES):
        own = 1 + article * _OWN + random.integers(0, _OWN, length)
        first = 1 + NUM_ARTICLES * _OWN + article % NUM_TOPICS * _TOPIC
        topic = first + random.integers(0, _TOPIC, length)
        common = NUM_WORDS - _COMMON + random.integers(0, _COMMON, length)
        kind = random.choice(3, length, p=[0.2, 0.35, 0.45])
        rows.append(np.choose(kind, [own, topic, common]).astype(np.int32))
    return rows


def make_links(seed=0, count=4):
    """Returns sets of links, each to articles of the same topic."""
    random = np.random.default_rng(seed)
    same = [np.arange(article % NUM_TOPICS, NUM_ARTICLES, NUM_TOPICS) for article in range(40)]
    others = [row[row != article] for article, row in enumerate(same)]
    return [np.sort(random.choice(row, count, replace=False)) for row in others]


def make_data(words=None, validation=8):
    """Returns texts, links, and some pieces of text for validation."""
    texts = txt2url_data.collect(enumerate(make_rows()), NUM_ARTICLES)
    texts, cases = txt2url_validation.cut(texts, validation, 12, np.random.default_rng(3))
    rows = np.repeat(np.arange(NUM_ARTICLES), 4)
    cells = (np.ones(len(rows), np.float32), (rows, np.concatenate(make_links())))
    links = sparse.coo_array(cells, (NUM_ARTICLES, NUM_ARTICLES)).tocsr()
    return txt2url_training.Data(texts, links, words, NUM_WORDS, cases)


def make_config(encoder='mean', **changes):
    """Returns settings of a training that takes a second."""
    parts = {
        'model': {'encoder': encoder, 'embedding_dim': 8, 'link_dim': 4, 'hidden_size': 4},
        'objective': {'num_negatives': 7, 'learning_rate': 0.02, 'link_learning_rate': 0.02},
        'sampling': {
            'batch_size': 16, 'min_words': 4, 'max_words': 8, 'article_words': 12,
        },
    }  # fmt: skip
    kinds = {
        'model': txt2url_settings.ModelConfig,
        'objective': txt2url_settings.ObjectiveConfig,
        'sampling': txt2url_settings.SamplingConfig,
    }
    made = {}
    for name, kind in kinds.items():
        own = {key: changes.pop(key) for key in kind.__dataclass_fields__ if key in changes}
        made[name] = kind(**{'num_heads': 2} | parts[name] if name == 'model' else parts[name])
        made[name] = kind(**{**made[name].__dict__, **own})
    return txt2url_settings.TrainingConfig(**made, **{'num_epochs': 4, 'patience': 0} | changes)


def token(index):
    """Returns the word of an embedding index."""
    return f'w{index:03d}'


def url(article):
    """Returns the address of an article."""
    return f'http://x/wiki/A{article:02d}'


def make_dictionaries():
    """Returns the dictionaries of words and titles."""
    names = ([token(1 + i) for i in range(NUM_WORDS - 1)], [url(i) for i in range(NUM_ARTICLES)])
    return tuple(
        dictionary.TokenDictionary(
            nlp_pb2.TokenStat(token=name, frequency=9, doc_frequency=3, index=index)
            for index, name in enumerate(tokens)
        )
        for tokens in names
    )


def write_data(folder):
    """Writes texts, links, dictionaries and a file for validation; returns their flags."""
    words, titles = make_dictionaries()
    paths = {
        'token_dictionary': f'{folder}/token.tstat.pb.b64.bz2',
        'title_dictionary': f'{folder}/title.tstat.pb.b64.bz2',
        'txt2url': f'{folder}/txt2url',
        'url2url': f'{folder}/url2url',
    }
    dictionary.save(paths['token_dictionary'], words.stats())
    dictionary.save(paths['title_dictionary'], titles.stats())
    documents = {
        'txt2url': [
            nlp_pb2.SparseDocument(url=url(i), primary_index=i, token_index=row)
            for i, row in enumerate(make_rows())
        ],
        'url2url': [
            nlp_pb2.SparseDocument(url=url(i), primary_index=i, secondary_index=row)
            for i, row in enumerate(make_links())
        ],
    }
    for name, rows in documents.items():
        write_records(paths[name], rows, nlp_pb2.SparseDocument)
    validation = f'{folder}/validation'
    held_out = make_rows(length=9, seed=5)
    write_records(
        validation,
        [
            nlp_pb2.TextDocument(
                primary=url(i),
                secondary=[url((i + 4) % NUM_ARTICLES)],
                lead_tokens=[*map(token, held_out[i]), 'unknown'],
            )
            for i in range(0, NUM_ARTICLES, 3)
        ],
        nlp_pb2.TextDocument,
    )
    return {**paths, 'validation': validation}


def write_records(path, messages, proto):
    """Writes a data set."""
    records.write_parts(path, (m.SerializeToString() for m in messages), proto=proto)
