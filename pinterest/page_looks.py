"""What pages of recommendations show of a scene: its photograph, its products, those that fit."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

from pinterest import categories
from pinterest import pairs
from pinterest import recommendations


@dataclasses.dataclass(frozen=True)
class Query:
    """A scene that products are recommended to.

    Attributes:
        id: in the records.
        scene: of its photograph.
        true_pairs: of it and the products that are known to be in it.
    """

    id: str
    scene: str
    true_pairs: tuple[pairs.Pair, ...] = ()


@dataclasses.dataclass(frozen=True)
class Content:
    """What the pages show.

    Attributes:
        queries: Q scenes.
        found: what is recommended to them.
        product_ids: of the N products that places in found mean.
        categories: of products.
        similarity: in words.
        shows_similarity: whether it is something else than the score.
        summary: a line.
        notes: what a reader must know.
    """

    queries: Sequence[Query]
    found: recommendations.Recommendations
    product_ids: Sequence[str]
    categories: Mapping[str, str]
    similarity: str
    shows_similarity: bool
    summary: str
    notes: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Addresses:
    """The addresses of the photographs that there are, by id."""

    scenes: Mapping[str, str]
    products: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Product:
    """A recommended product as a page shows it."""

    id: str
    name: str
    category: str
    image: str
    score: float
    similarity: float | None
    is_true: bool


@dataclasses.dataclass(frozen=True)
class TrueProduct:
    """A product that is known to be in the scene; box in percent, rank 0 when not recommended."""

    id: str
    name: str
    category: str
    image: str
    rank: int
    box: tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class Look:
    """A scene as the pages show it."""

    href: str
    scene: str
    image: str
    eager: bool
    products: Sequence[Product]
    true_products: Sequence[TrueProduct]

    @property
    def best_rank(self) -> int:
        """The rank of the first true product, 0 when none is recommended."""
        return min((product.rank for product in self.true_products if product.rank), default=0)

    @property
    def verdict(self) -> str:
        """What the index says of the true products."""
        found = sum(1 for product in self.true_products if product.rank)
        if not found:
            return 'not found'
        if len(self.true_products) == 1:
            return f'found, rank {self.best_rank}'
        return f'{found} of {len(self.true_products)} found, rank {self.best_rank}'


class Looks:
    """Makes what is shown of each scene."""

    def __init__(self, content: Content, addresses: Addresses) -> None:
        self._content, self._addresses = content, addresses

    def look(self, row: int, href: str, *, eager: bool) -> Look:
        """Returns a scene with its products.

        Args:
            row: of the query in the content.
            href: the page of the scene.
            eager: whether its photograph is to load without waiting for the reader to scroll.
        """
        query = self._content.queries[row]
        places = self._content.found.places[row].tolist()
        ids = [self._content.product_ids[place] for place in places if place >= 0]
        true = {pair.product for pair in query.true_pairs}
        return Look(
            href,
            query.id,
            self._addresses.scenes.get(query.scene, ''),
            eager,
            [self._product(row, rank, name, name in true) for rank, name in enumerate(ids)],
            [self._true_product(pair, ids) for pair in query.true_pairs],
        )

    def _product(self, row: int, rank: int, name: str, is_true: bool) -> Product:
        found = self._content.found
        return Product(
            name,
            self._name(name),
            self._category(name),
            self._addresses.products.get(name, ''),
            float(found.scores[row, rank]),
            float(found.similarities[row, rank]) if self._content.shows_similarity else None,
            is_true,
        )

    def _true_product(self, pair: pairs.Pair, ids: Sequence[str]) -> TrueProduct:
        left, top, right, bottom = (100 * end for end in pair.bbox)
        return TrueProduct(
            pair.product,
            self._name(pair.product),
            self._category(pair.product),
            self._addresses.products.get(pair.product, ''),
            ids.index(pair.product) + 1 if pair.product in ids else 0,
            (left, top, right - left, bottom - top),
        )

    def _category(self, name: str) -> str:
        return categories.leaf(self._content.categories.get(name, ''))

    def _name(self, name: str) -> str:
        category = self._category(name)
        return f'Product {name}, {category}' if category else f'Product {name}'
