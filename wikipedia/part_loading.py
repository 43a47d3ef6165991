"""Loads what articles are found by: search, graph and embedding, as far as there are."""

import dataclasses
import hashlib
from collections.abc import Collection
from collections.abc import Mapping
from typing import Any

from absl import logging

from common import dictionary
from common import errors
from common import records
from common import tokenizers
from common.pb import nlp_pb2
from wikipedia import article_features
from wikipedia import article_parts
from wikipedia import article_ranker
from wikipedia import article_search
from wikipedia import part_paths

_DEFAULT_OPTIONS = records.ReadOptions()


@dataclasses.dataclass(frozen=True)
class LoadedParts:
    """What was loaded.

    Attributes:
        parts: in the order search, graph, embedding.
        search: the index that search goes by, which also holds the documents; None without.
        frequencies: of articles in the dictionary of titles, by address; empty without.
        fingerprints: what a ranker must find as it was when it learned, by name: the articles, the
            measure of the graph, the kind of model. Not their contents: a ranker that learned
            beside what was held out serves the whole as well.
        inputs: paths and hashes of the contents, by name.
    """

    parts: tuple[article_parts.Part, ...]
    search: article_search.ArticleSearch | None
    frequencies: Mapping[str, int]
    fingerprints: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, Any]]

    def facts(self) -> article_features.ArticleFacts:
        """Returns what a ranker knows of articles."""
        tokenizer = self.search.config['tokenizer'] if self.search else 'unicode'
        return article_features.ArticleFacts(self.frequencies, tokenizers.get(tokenizer))


def load(
    paths: part_paths.PartPaths, options: records.ReadOptions = _DEFAULT_OPTIONS
) -> LoadedParts:
    """Loads the parts. Those beside search find articles of its index alone, if there is one.

    Args:
        paths: of what to load; the ranker is not loaded.
        options: how strict to be with records.

    Raises:
        InputError: when one cannot be loaded, or has nothing to do with the search index.
    """
    loader = _Loader(paths, options)
    loader.load_search()
    loader.load_graph()
    loader.load_embedding()
    return LoadedParts(
        tuple(loader.parts),
        loader.search,
        loader.frequencies,
        loader.fingerprints,
        loader.inputs,
    )


def load_ranker(path: str, loaded: LoadedParts) -> article_ranker.ArticleRanker:
    """Loads a ranker for parts.

    Raises:
        InputError: when path is no ranker, or it was learned with other parts.
    """
    return article_ranker.load(path, loaded.fingerprints, loaded.facts())


class _Loader:
    """Loads one part after the other."""

    def __init__(self, paths: part_paths.PartPaths, options: records.ReadOptions) -> None:
        self._paths, self._options = paths, options
        self.parts: list[article_parts.Part] = []
        self.search: article_search.ArticleSearch | None = None
        self.frequencies: Mapping[str, int] = {}
        self.fingerprints: dict[str, str] = {}
        self.inputs: dict[str, Mapping[str, Any]] = {}

    @property
    def _catalogue(self) -> Collection[str] | None:
        return None if self.search is None else self.search.catalogue

    def load_search(self) -> None:
        """Opens the search index."""
        from wikipedia import search_part

        path = self._paths.search_index
        if not path:
            return
        self.search = article_search.ArticleSearch(path)
        self.parts.append(search_part.SearchPart(self.search))
        self.fingerprints['search_index'] = _hash(sorted(self.search.urls))
        self.inputs['search_index'] = self.search.describe()

    def load_graph(self) -> None:
        """Reads the dictionary of titles, and the graph."""
        from wikipedia import article_graph
        from wikipedia import graph_part

        path = self._paths.graph
        if not path:
            self._load_titles()
            return
        graph = article_graph.load(path, self._paths.title_dictionary, self._options)
        self._take_titles(graph.titles)
        self.parts.append(graph_part.GraphPart(graph, self._catalogue))
        self.fingerprints['graph'] = graph.measure
        data = records.open_dataset(path, nlp_pb2.CooccurrenceRow, self._options)
        self.inputs['graph'] = data.describe()

    def load_embedding(self) -> None:
        """Loads the model from text to articles."""
        path = self._paths.txt2url_model
        if not path:
            return
        from wikipedia import embedding_part
        from wikipedia import txt2url_model

        # JAX, which is first imported for a text, reports every backend that is absent.
        logging.logging.getLogger('jax').setLevel(logging.logging.WARNING)
        model = txt2url_model.load(path)
        self._refuse_others(path, model.titles)
        self.parts.append(embedding_part.EmbeddingPart(model, self._catalogue))
        self.fingerprints['txt2url_model'] = model.config.encoder
        self.inputs['txt2url_model'] = {'path': path}

    def _load_titles(self) -> None:
        path = self._paths.title_dictionary
        if path:
            data = records.open_dataset(path, nlp_pb2.TokenStat, self._options.of_dictionary())
            self._take_titles(dictionary.TokenDictionary(records.read(data), path))

    def _take_titles(self, titles: dictionary.TokenDictionary) -> None:
        """Keeps the frequencies of titles."""
        self._refuse_others(self._paths.title_dictionary, titles)
        self.frequencies = dict(zip(titles.tokens, titles.frequencies, strict=True))
        self.fingerprints['title_dictionary'] = 'given'
        self.inputs['title_dictionary'] = {'path': self._paths.title_dictionary}

    def _refuse_others(self, path: str, titles: dictionary.TokenDictionary) -> None:
        """Raises InputError when not one of the titles at path is an article of the index."""
        catalogue = self._catalogue
        if catalogue is not None and not any(title in catalogue for title in titles.tokens):
            raise errors.InputError(
                f'{path} names no article of {self._paths.search_index}; give what was made of the '
                'same documents'
            )


def _hash(urls: list[str]) -> str:
    digest = hashlib.sha256()
    for url in urls:
        digest.update(url.encode('utf-8', 'surrogatepass') + b'\0')
    return digest.hexdigest()
