"""What the text-to-article model learns from: texts and links as arrays."""

import dataclasses
from collections.abc import Iterable

import numpy as np
from google.protobuf import message as protobuf_message
from scipy import sparse

from common import errors
from common import records
from common import similarity_rows
from common import varints
from common.pb import nlp_pb2
from common.pb import recsys_pb2


@dataclasses.dataclass(frozen=True)
class Texts:
    """The words of T articles, in order; an article without a text has none.

    Attributes:
        words: int32[N], embedding indices.
        offsets: int64[T + 1], where the words of each article begin, and the end.
    """

    words: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        """Returns T."""
        return len(self.offsets) - 1

    def __getitem__(self, article: int) -> np.ndarray:
        """Returns int32[N], the words of an article."""
        return self.words[self.offsets[article] : self.offsets[article + 1]]

    @property
    def sizes(self) -> np.ndarray:
        """int64[T], how many words each article has."""
        return np.diff(self.offsets)

    def counts(self, num_words: int) -> sparse.csr_array:
        """Returns float32[T, V], how often each word occurs in each article."""
        ones = np.ones(len(self.words), np.float32)
        cells = (ones, self.words.copy(), self.offsets.copy())  # They are summed in place.
        matrix = sparse.csr_array(cells, (len(self), num_words))
        matrix.sum_duplicates()
        return matrix


def collect(rows: Iterable[tuple[int, np.ndarray]], num_articles: int) -> Texts:
    """Returns texts.

    Args:
        rows: article and int[N], its words; an article at most once.
        num_articles: T.

    Raises:
        InputError: when an article has two texts.
    """
    found: dict[int, np.ndarray] = {}
    for article, words in rows:
        if article in found:
            raise errors.InputError(
                f'article {article} has two texts; is a part of the texts there two times?'
            )
        found[article] = words.astype(np.int32)
    sizes = np.zeros(num_articles, np.int64)
    sizes[list(found)] = [len(words) for words in found.values()]
    ordered = [found[article] for article in sorted(found)]
    words = np.concatenate([np.empty(0, np.int32), *ordered])
    return Texts(words, np.concatenate([[0], np.cumsum(sizes)]))


def read_texts(data: records.Dataset, num_articles: int, num_words: int) -> Texts:
    """Reads SparseDocument records with words.

    Args:
        data: what make_sparse_doc wrote to its output_txt2url.
        num_articles: T, size of the dictionary of titles.
        num_words: one more than the largest embedding index that the dictionary of words allows.

    Raises:
        InputError: when there is no text, or one does not fit the dictionaries.
    """
    rows = []
    for document in _read(data, num_articles):
        words = varints.decode(document.token_index)
        if len(words) and (int(words.max()) >= num_words or not int(words.min())):
            raise errors.InputError(
                f'{data.pattern}: a word of embedding index {int(words.max())} or 0 in '
                f'{document.url}, and the dictionary allows 1 to {num_words - 1}; give the '
                'dictionary that the texts were made with'
            )
        rows.append((document.primary_index, words))
    texts = collect(rows, num_articles)
    if not len(texts.words):
        raise errors.InputError(
            f'{data.pattern} holds no words; give what make_sparse_doc wrote to --output_txt2url'
        )
    return texts


def read_links(data: records.Dataset, num_articles: int) -> sparse.csr_array:
    """Reads SparseDocument records with links, or CooccurrenceRow records of similarities.

    Args:
        data: what make_sparse_doc wrote to its output_url2url, or make_similarity.
        num_articles: T, size of the dictionary of titles.

    Returns:
        float32[T, T], above 0 where a link leads from one article to another, or where two are
        similar; 0 on the diagonal.

    Raises:
        InputError: when there is no link, or one does not fit the dictionary.
    """
    if data.message is nlp_pb2.CooccurrenceRow:
        matrix = similarity_rows.load(data, num_articles)
    else:
        matrix = _read_link_sets(data, num_articles)
    matrix = matrix.tocoo()
    apart = matrix.row != matrix.col
    if not apart.any():
        raise errors.InputError(
            f'{data.pattern} holds no link; give what make_sparse_doc wrote to --output_url2url, '
            'or make_similarity, or train without links'
        )
    cells = (matrix.data[apart], (matrix.row[apart], matrix.col[apart]))
    found = sparse.coo_array(cells, matrix.shape).tocsr()
    found.sort_indices()
    return found


def _read_link_sets(data: records.Dataset, num_articles: int) -> sparse.csr_array:
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for document in _read(data, num_articles):
        links = varints.decode(document.secondary_index).astype(np.int64)
        if len(links) and int(links.max()) >= num_articles:
            raise errors.InputError(
                f'{data.pattern}: a link of {document.url} to title {int(links.max())}, and the '
                f'dictionary has {num_articles}; give the one that the links were made with'
            )
        rows.append(np.full(len(links), document.primary_index, np.int64))
        columns.append(links)
    places = np.unique(np.concatenate(rows) * num_articles + np.concatenate(columns))
    cells = np.ones(len(places), np.float32), np.divmod(places, num_articles)
    return sparse.coo_array(cells, (num_articles, num_articles)).tocsr()


def _read(data: records.Dataset, num_articles: int) -> Iterable[recsys_pb2.PackedSparseDocument]:
    """Yields the documents of a data set.

    Raises:
        InputError: when one is damaged beyond the limit, or its title is not in the dictionary.
    """
    for payload in records.read_payloads(data):
        try:
            document = recsys_pb2.PackedSparseDocument.FromString(payload)
            varints.decode(document.token_index)
        except (ValueError, protobuf_message.DecodeError) as error:
            data.bad.add(data.pattern, 'a document', f'not a SparseDocument ({error})')
            continue
        if document.primary_index >= num_articles:
            raise errors.InputError(
                f'{data.pattern}: {document.url} has index {document.primary_index}, and the '
                f'dictionary of titles has {num_articles}; give the one it was made with'
            )
        yield document
