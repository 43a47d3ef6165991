"""What generated scenes show: who wears which products, in which colours, before anything is drawn.

A product is a shape, a pattern and colours; the products of a scene are chosen to go together, as
people dress, so that even what else is worn says something of a product.
"""

import colorsys
import dataclasses
import hashlib

import numpy as np

from pinterest import synthetic_drawing as drawing
from pinterest import synthetic_shapes as shapes

_NEUTRALS = (
    (0.13, 0.13, 0.15), (0.93, 0.92, 0.9), (0.55, 0.56, 0.58), (0.78, 0.68, 0.54),
    (0.15, 0.2, 0.36), (0.4, 0.27, 0.18),
)  # fmt: skip
_NEUTRAL_SHARE = 0.12
# A slot of the figure, and the kinds that fill it.
_SLOTS = (
    (shapes.TOP,),
    (shapes.PANTS, shapes.SKIRT),
    (shapes.SHOES,),
    (shapes.BAG,),
    (shapes.HAT,),
)
NUM_SLOTS = len(_SLOTS)
_HUE_SPREAD = 0.03
# Of small things the pattern is finer.
_PERIODS = {
    shapes.TOP: 0.075, shapes.PANTS: 0.085, shapes.SKIRT: 0.085, shapes.SHOES: 0.05,
    shapes.BAG: 0.05, shapes.HAT: 0.04,
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to generate.

    Attributes:
        num_scenes: how many scenes.
        products_per_scene: of each, 1 to NUM_SLOTS.
        repeat_share: share of the products in scenes that were in an earlier scene; of those,
            ones that are seen often are seen again more often.
        coordination: share of the garments that have the colours of their scene; 0 for chance.
        image_size: pixels of the longer side of a scene.
        seed: of everything.
    """

    num_scenes: int = 600
    products_per_scene: int = 4
    repeat_share: float = 0.1
    coordination: float = 0.75
    image_size: int = 320
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class Product:
    """A product.

    Attributes:
        id: identifier.
        shape: what it is.
        paint: its colours and pattern.
    """

    id: str
    shape: shapes.Shape
    paint: drawing.Paint

    @property
    def category(self) -> str:
        """The category of its kind."""
        return shapes.CATEGORIES[self.shape.kind]


@dataclasses.dataclass(frozen=True)
class Scene:
    """A scene and the products worn in it."""

    id: str
    products: tuple[Product, ...]


def plan(settings: Settings) -> list[Scene]:
    """Returns all scenes; a product that occurs again is the same object."""
    generator = np.random.default_rng([settings.seed, 0])
    seen: dict[str, list[Product]] = {kind: [] for kind in shapes.KINDS}
    scenes = []
    for number in range(settings.num_scenes):
        hues = _palette(generator)
        products = []
        slots = generator.permutation(NUM_SLOTS)[: settings.products_per_scene]
        for slot in sorted(slots.tolist()):
            kind = _SLOTS[slot][generator.integers(len(_SLOTS[slot]))]
            if seen[kind] and generator.random() < settings.repeat_share:
                product = _choose_again(generator, seen[kind], hues)
            else:
                name = _identifier(settings.seed, 'product', number, kind)
                product = _new_product(generator, name, kind, hues, settings.coordination)
            seen[kind].append(product)
            products.append(product)
        scenes.append(Scene(_identifier(settings.seed, 'scene', number), tuple(products)))
    return scenes


def _identifier(*words: object) -> str:
    """Returns 32 hexadecimal digits, as published sets have them."""
    return hashlib.sha256(repr(words).encode()).hexdigest()[:32]


def _palette(generator: np.random.Generator) -> np.ndarray:
    """Returns two hues that go together, from 0 to 1."""
    first = generator.random()
    return np.array([first, (first + generator.choice([0.08, 0.42, 0.5])) % 1])


def _choose_again(generator: np.random.Generator, seen: list[Product], hues: np.ndarray) -> Product:
    """Returns, of some that were seen, the one whose colour goes best with the others'."""
    some = [seen[place] for place in generator.integers(len(seen), size=6)]

    def distance(product: Product) -> float:
        hue = colorsys.rgb_to_hls(*product.paint.first)[0]
        return min(abs((hue - other + 0.5) % 1 - 0.5) for other in hues)

    return min(some, key=distance)


def _new_product(
    generator: np.random.Generator, name: str, kind: str, hues: np.ndarray, coordination: float
) -> Product:
    cut = shapes.CUTS[kind][generator.integers(len(shapes.CUTS[kind]))]
    length, width = generator.random(2).tolist()
    if generator.random() < coordination:
        hue = generator.choice(hues) + generator.normal(0, _HUE_SPREAD)
    else:
        hue = generator.random()
    first = _colour(generator, hue)
    second = _contrast(generator, first)
    pattern = drawing.PATTERNS[generator.integers(len(drawing.PATTERNS))]
    period = _PERIODS[kind] * generator.uniform(0.8, 1.4)
    return Product(
        name,
        shapes.Shape(kind, cut, length, width),
        drawing.Paint(first, second, pattern, period),
    )


def _colour(generator: np.random.Generator, hue: float) -> drawing.Colour:
    if generator.random() < _NEUTRAL_SHARE:
        return _NEUTRALS[generator.integers(len(_NEUTRALS))]
    lightness, saturation = generator.uniform(0.3, 0.72), generator.uniform(0.45, 0.9)
    return colorsys.hls_to_rgb(hue % 1, lightness, saturation)


def _contrast(generator: np.random.Generator, first: drawing.Colour) -> drawing.Colour:
    """Returns a colour that can be told from another: much lighter or much darker."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*first)
    if generator.random() < 0.5:
        hue += generator.choice([0.12, 0.4, 0.5])
    other = lightness + 0.4 if lightness < 0.5 else lightness - 0.38
    return colorsys.hls_to_rgb(hue % 1, min(other, 0.95), saturation)
