"""Where the parts that find articles stand."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class PartPaths:
    """Paths of what articles are found by; '' for what there is not.

    Attributes:
        search_index: of make_search_index.
        graph: records of make_similarity.
        title_dictionary: the one that the graph was made with.
        txt2url_model: of train_txt2url.
        ranker: of train_article_ranker.
    """

    search_index: str = ''
    graph: str = ''
    title_dictionary: str = ''
    txt2url_model: str = ''
    ranker: str = ''

    @property
    def inputs(self) -> list[str]:
        """Those that there are, which no output may replace."""
        return [path for path in dataclasses.astuple(self) if path]
