"""The graph of articles: for each, those that are most similar by the sets of links they share."""

import dataclasses

import numpy as np
from scipy import sparse

from common import dictionary
from common import records
from common import similarity_rows
from common.pb import nlp_pb2

_DEFAULT_OPTIONS = records.ReadOptions()


@dataclasses.dataclass(frozen=True)
class ArticleGraph:
    """Similarities of T articles.

    Attributes:
        titles: addresses of the articles, by index.
        similarities: float32[T, T], above 0 where one is known; 8 bytes each.
        measure: name of the similarity, such as dice; '' when the data do not say.
    """

    titles: dictionary.TokenDictionary
    similarities: sparse.csr_array
    measure: str = ''

    def neighbors(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns int32[N], the articles most similar to one, and float32[N], falling."""
        start, stop = self.similarities.indptr[index : index + 2]
        return self.similarities.indices[start:stop], self.similarities.data[start:stop]


def load(
    path: str, title_dictionary: str, options: records.ReadOptions = _DEFAULT_OPTIONS
) -> ArticleGraph:
    """Reads what make_similarity wrote.

    Args:
        path: CooccurrenceRow records.
        title_dictionary: the one that the links were looked up in.
        options: how strict to be.

    Raises:
        InputError: when one cannot be read, or they do not belong together.
    """
    data = records.open_dataset(path, nlp_pb2.CooccurrenceRow, options)
    titles_data = records.open_dataset(title_dictionary, nlp_pb2.TokenStat, options.of_dictionary())
    records.refuse_unrelated(data, titles_data)
    titles = dictionary.TokenDictionary(records.read(titles_data), title_dictionary)
    similarities = similarity_rows.load(data, len(titles))
    made_with = data.meta.made_by.get('flags', {}) if data.meta else {}
    return ArticleGraph(
        titles,
        similarities,
        str(made_with.get('similarity', '')),
    )
