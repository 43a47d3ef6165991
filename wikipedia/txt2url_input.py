"""Reads what train_txt2url learns from."""

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np
from absl import logging
from scipy import sparse

from common import dictionary
from common import errors
from common import models
from common import records
from common.pb import nlp_pb2
from wikipedia import txt2url_data
from wikipedia import txt2url_model
from wikipedia import txt2url_settings
from wikipedia import txt2url_training
from wikipedia import txt2url_validation
from wikipedia import txt2url_vocabulary

_CUT_SEED = 7  # With the seed of the training, of what is cut off for validation.


@dataclasses.dataclass(frozen=True)
class Files:
    """Paths of the input; '' for what is not given.

    Attributes:
        txt2url: SparseDocument records with words.
        token_dictionary: of the words.
        title_dictionary: of the articles.
        url2url: SparseDocument records with links.
        graph: CooccurrenceRow records of similarities, in place of links.
        glove_model: directory of a model of word vectors.
        validation: TextDocument records, what hold_out held out.
    """

    txt2url: str
    token_dictionary: str
    title_dictionary: str
    url2url: str = ''
    graph: str = ''
    glove_model: str = ''
    validation: str = ''

    def paths(self) -> list[str]:
        """Returns those that are given."""
        return [path for path in dataclasses.astuple(self) if path]


@dataclasses.dataclass(frozen=True)
class Input:
    """What was read.

    Attributes:
        data: what to learn from.
        dictionaries: by the name that they have in the model.
        entries: what config.json says of the inputs.
        bad_records: how many were left out.
    """

    data: txt2url_training.Data
    dictionaries: dict[str, dictionary.TokenDictionary]
    entries: list[dict[str, object]]
    bad_records: int


def load(
    config: txt2url_settings.TrainingConfig, files: Files, options: records.ReadOptions
) -> Input:
    """Reads everything.

    Args:
        config: settings: how much to hold out when no file says what.
        files: paths.
        options: how strict to be.

    Raises:
        InputError: when something cannot be read or does not belong to the rest.
    """
    words_data, titles_data = (
        records.open_dataset(path, nlp_pb2.TokenStat, options.of_dictionary())
        for path in (files.token_dictionary, files.title_dictionary)
    )
    texts_data = records.open_dataset(files.txt2url, nlp_pb2.SparseDocument, options)
    used = [texts_data, words_data, titles_data]
    for data in used[1:]:
        records.refuse_unrelated(texts_data, data)
    words, titles = (
        dictionary.TokenDictionary(records.read(data), data.pattern) for data in used[1:]
    )
    links = _read_links(files, len(titles), options, used)
    texts = txt2url_data.read_texts(texts_data, len(titles), words.embedding_size())
    vocabulary = txt2url_vocabulary.Vocabulary(words, int(texts.words.max()) > len(words))
    vectors = _read_vectors(files.glove_model, vocabulary) if files.glove_model else None
    texts, validation = _hold_out(config, files, texts, vocabulary, titles, options, used)
    data = txt2url_training.Data(texts, links, vectors, len(vocabulary), validation)
    _log(data)
    dictionaries = {models.TOKEN_DICTIONARY: words, txt2url_model.TITLE_DICTIONARY: titles}
    entries = [found.describe() for found in used]
    if files.glove_model:
        entries.append({'path': files.glove_model, 'records': None, 'content_hash': None})
    return Input(data, dictionaries, entries, sum(found.bad.total() for found in used))


def _read_links(
    files: Files, num_articles: int, options: records.ReadOptions, used: list[records.Dataset]
) -> sparse.csr_array:
    """Returns float32[T, T], nothing where no links are given; adds to used what was read."""
    if files.url2url:
        data = records.open_dataset(files.url2url, nlp_pb2.SparseDocument, options)
    elif files.graph:
        data = records.open_dataset(files.graph, nlp_pb2.CooccurrenceRow, options)
    else:
        return sparse.csr_array((num_articles, num_articles), dtype=np.float32)
    used.append(data)
    return txt2url_data.read_links(data, num_articles)


def _hold_out(
    config: txt2url_settings.TrainingConfig,
    files: Files,
    texts: txt2url_data.Texts,
    vocabulary: txt2url_vocabulary.Vocabulary,
    titles: dictionary.TokenDictionary,
    options: records.ReadOptions,
    used: list[records.Dataset],
) -> tuple[txt2url_data.Texts, txt2url_validation.Validation]:
    """Returns the texts to learn from, and what is held out; adds to used what was read."""
    if not files.validation:
        random = np.random.default_rng((config.seed, _CUT_SEED))
        limit, longest = config.validation_articles, config.sampling.max_words
        return txt2url_validation.cut(texts, limit, longest, random)
    data = records.open_dataset(files.validation, nlp_pb2.TextDocument, options)
    used.append(data)
    return texts, read_validation(data, texts, vocabulary, titles)


def read_validation(
    data: records.Dataset,
    texts: txt2url_data.Texts,
    vocabulary: txt2url_vocabulary.Vocabulary,
    titles: dictionary.TokenDictionary,
) -> txt2url_validation.Validation:
    """Reads what hold_out held out: first paragraphs, and links between articles with a text.

    Args:
        data: TextDocument records.
        texts: of all articles.
        vocabulary: the words that the model knows.
        titles: addresses of the articles.

    Raises:
        InputError: when no record says anything about an article with a text.
    """
    queries, wanted, sources, links = [], [], [], []
    has_text = texts.sizes > 0
    skipped: collections.Counter[str] = collections.Counter()
    for document in records.read(data):
        article = titles.index(document.primary)
        if article is None or not has_text[article]:
            skipped['article without a text'] += 1
            continue
        words = vocabulary.encode(document.lead_tokens)
        if len(words):
            queries.append((len(queries), words))
            wanted.append(article)
        found = _articles(document.secondary, titles, has_text)
        if len(found):
            sources.append(article)
            links.append(found)
        skipped['neither known words nor links'] += not (len(words) or len(found))
    if not (wanted or sources):
        raise errors.InputError(
            f'{data.pattern} holds no first paragraph and no link of an article with a text; give '
            'what hold_out wrote to its folder validation'
        )
    for reason, count in skipped.items():
        if count:
            logging.warning('%s: %d records left out: %s', data.pattern, count, reason)
    return txt2url_validation.Validation(
        txt2url_data.collect(queries, len(queries)),
        np.array(wanted, np.int64),
        np.array(sources, np.int64),
        links,
    )


def _articles(
    urls: Sequence[str], titles: dictionary.TokenDictionary, has_text: np.ndarray
) -> np.ndarray:
    """Returns int64[N], the articles with a text among addresses."""
    indices = [titles.index(url) for url in urls]
    return np.array([i for i in indices if i is not None and has_text[i]], np.int64)


def _read_vectors(model_dir: str, vocabulary: txt2url_vocabulary.Vocabulary) -> np.ndarray:
    """Returns float32[V, G], the vectors of a model of words; zeros for words it does not have.

    Raises:
        InputError: when it is no such model, or knows none of the words.
    """
    model = models.load_embeddings(model_dir)
    rows = [model.dictionary.index(token) for token in vocabulary.words.tokens]
    known = np.array([row is not None for row in rows])
    if not known.any():
        raise errors.InputError(
            f'{model_dir} has a vector for none of the words of the dictionary; give a model of '
            'the same language'
        )
    found = np.zeros((len(vocabulary), model.embeddings.shape[1]), np.float32)
    places = np.array([1 + row for row in rows if row is not None])
    found[1 : 1 + len(rows)][known] = model.embeddings[places]
    if vocabulary.has_buckets and model.has_buckets:
        found[-dictionary.NUM_BUCKETS :] = model.embeddings[-dictionary.NUM_BUCKETS :]
    if not known.all():
        logging.warning(
            '%s has no vector for %d of %d words', model_dir, (~known).sum(), len(known)
        )
    return found


def _log(data: txt2url_training.Data) -> None:
    logging.info(
        'Read %d words of %d articles, %d links; to validate with %d texts, and links of %d '
        'articles',
        len(data.texts.words),
        np.count_nonzero(data.texts.sizes),
        data.links.nnz,
        len(data.validation.wanted),
        len(data.validation.sources),
    )
