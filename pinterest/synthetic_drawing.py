"""Draws polygons filled with patterns: the pencil of the generated photographs."""

import dataclasses
import math
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFilter

PATTERNS = (
    'plain',
    'stripes',
    'bands',
    'diagonals',
    'checks',
    'dots',
    'zigzag',
    'blocks',
)
# Pixels drawn for each side of a pixel shown; their mean smooths the edges.
_OVERSAMPLING = 2
_EDGE_SHADE, _MIDDLE_LIGHT = 0.16, 1.04

Colour = tuple[float, float, float]
Bounds = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class Paint:
    """A colour or a pattern of two.

    Attributes:
        first: RGB from 0 to 1, of the ground.
        second: RGB from 0 to 1, of the pattern.
        pattern: one of PATTERNS.
        period: of the pattern, in the units of the shape.
    """

    first: Colour
    second: Colour = (1.0, 1.0, 1.0)
    pattern: str = 'plain'
    period: float = 0.1

    def colours(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Returns float32[..., 3], the colours at coordinates of the shape."""
        if self.pattern == PATTERNS[0]:
            return np.broadcast_to(np.float32(self.first), (*x.shape, 3))
        is_second = _PATTERN_OF[self.pattern](x / self.period, y / self.period)
        return np.stack([self.first, self.second]).astype(np.float32)[is_second.astype(int)]


def _odd(value: np.ndarray) -> np.ndarray:
    return np.floor(value).astype(np.int32) & 1 == 1


_PATTERN_OF = {
    'stripes': lambda x, y: _odd(2 * y),
    'bands': lambda x, y: _odd(2 * x),
    'diagonals': lambda x, y: _odd(1.5 * (x + y)),
    'checks': lambda x, y: _odd(2 * x) ^ _odd(2 * y),
    'dots': lambda x, y: (x % 1 - 0.5) ** 2 + ((y + 0.5 * _odd(x)) % 1 - 0.5) ** 2 < 0.085,
    'zigzag': lambda x, y: _odd(2 * y + 2 * np.abs(x % 1 - 0.5)),
    'blocks': lambda x, y: _odd(0.5 * y),
}


@dataclasses.dataclass(frozen=True)
class Placement:
    """Where a shape stands on a canvas: turned, stretched, then moved.

    Attributes:
        x: of the shape's origin, in pixels.
        y: the same.
        scale: pixels per unit of the shape.
        angle: radians, clockwise.
        stretch: width over height relative to the shape's own.
        mirrored: whether left and right change places.
    """

    x: float
    y: float
    scale: float
    angle: float = 0.0
    stretch: float = 1.0
    mirrored: bool = False

    @property
    def matrix(self) -> np.ndarray:
        """float[2, 2] from coordinates of the shape to pixels, without the move."""
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        wide = math.sqrt(self.stretch)
        sizes = np.diag([(-wide if self.mirrored else wide), 1 / wide]) * self.scale
        return np.array([[cosine, -sine], [sine, cosine]]) @ sizes

    def to_pixels(self, points: np.ndarray) -> np.ndarray:
        """Returns float[N, 2] in pixels of float[N, 2] in units of the shape."""
        return points @ self.matrix.T + (self.x, self.y)

    def to_shape(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns coordinates of the shape of coordinates in pixels."""
        inverse = np.linalg.inv(self.matrix).astype(np.float32)
        x, y = x - np.float32(self.x), y - np.float32(self.y)
        return inverse[0, 0] * x + inverse[0, 1] * y, inverse[1, 0] * x + inverse[1, 1] * y


class Canvas:
    """A picture in the making; coordinates are pixels of the finished one."""

    def __init__(self, width: int, height: int, colour: Colour = (1.0, 1.0, 1.0)) -> None:
        self.width, self.height = width, height
        shape = (height * _OVERSAMPLING, width * _OVERSAMPLING, 3)
        self._pixels = np.broadcast_to(np.float32(colour), shape).copy()

    def fade(self, top: Colour, bottom: Colour, start: float, stop: float) -> None:
        """Fills the rows from start to stop, shares of the height, with a gradient."""
        rows = slice(*(round(share * len(self._pixels)) for share in (start, stop)))
        weights = np.linspace(0, 1, len(self._pixels[rows]), dtype=np.float32)[:, np.newaxis]
        colours = np.float32(top) * (1 - weights) + np.float32(bottom) * weights
        self._pixels[rows] = colours[:, np.newaxis]

    def fill(
        self,
        polygons: Sequence[np.ndarray],
        placement: Placement,
        paint: Paint,
        *,
        rounded: bool = True,
    ) -> Bounds | None:
        """Fills polygons, darker towards the sides as if they were rounded.

        Args:
            polygons: float[N, 2] each, in units of the shape.
            placement: of the shape.
            paint: its colours.
            rounded: whether to shade.

        Returns:
            Left, top, right and bottom of what was drawn in pixels; None when it is outside.
        """
        corners = [placement.to_pixels(points) * _OVERSAMPLING for points in polygons]
        found = self._mask(corners)
        if found is None:
            return None
        mask, left, top = found
        height, width = mask.shape
        rows, columns = np.nonzero(mask)
        x, y = (
            (places.astype(np.float32) + (start + 0.5)) / _OVERSAMPLING
            for places, start in ((columns, left), (rows, top))
        )
        colours = paint.colours(*placement.to_shape(x, y))
        if rounded:
            across = np.linspace(-1, 1, width, dtype=np.float32)
            shade = _MIDDLE_LIGHT - _EDGE_SHADE * across**2
            colours = colours * shade[columns][:, np.newaxis]
        self._pixels[top : top + height, left : left + width][mask] = colours
        bounds = np.array([left, top, left + width, top + height]) / _OVERSAMPLING
        return tuple(bounds.tolist())

    def shadow(
        self, polygons: Sequence[np.ndarray], placement: Placement, *, blur: float, depth: float
    ) -> None:
        """Darkens what lies under polygons, with soft edges.

        Args:
            polygons: float[N, 2] each, in units of the shape.
            placement: of the shadow.
            blur: pixels over which it fades.
            depth: share of the light that it takes.
        """
        size = (self._pixels.shape[1], self._pixels.shape[0])
        layer = Image.new('L', size)
        for points in polygons:
            corners = placement.to_pixels(points) * _OVERSAMPLING
            ImageDraw.Draw(layer).polygon(corners.ravel().tolist(), fill=255)
        # Blurred at the size shown: there is nothing fine in it.
        layer = layer.reduce(_OVERSAMPLING).filter(ImageFilter.GaussianBlur(blur)).resize(size)
        weights = np.asarray(layer, np.float32)[..., np.newaxis] / 255
        self._pixels *= 1 - depth * weights

    def finish(self, light: Colour = (1.0, 1.0, 1.0)) -> Image.Image:
        """Returns the picture in a light of a colour and strength."""
        pixels = np.clip(self._pixels * np.float32(light), 0, 1) * 255
        return Image.fromarray(np.round(pixels).astype(np.uint8)).reduce(_OVERSAMPLING)

    def _mask(self, corners: Iterable[np.ndarray]) -> tuple[np.ndarray, int, int] | None:
        """Returns which pixels lie in polygons, and where that mask lies."""
        corners = list(corners)
        together = np.concatenate(corners)
        limits = (self._pixels.shape[1], self._pixels.shape[0])
        left, top = np.clip(np.floor(together.min(0)), 0, limits).astype(int).tolist()
        right, bottom = np.clip(np.ceil(together.max(0)), 0, limits).astype(int).tolist()
        if left >= right or top >= bottom:
            return None
        layer = Image.new('1', (right - left, bottom - top))
        for points in corners:
            shifted = points - (left, top)
            ImageDraw.Draw(layer).polygon(shifted.ravel().tolist(), fill=1)
        return np.asarray(layer), left, top


def smooth(points: Sequence[tuple[float, float]] | np.ndarray, rounds: int = 2) -> np.ndarray:
    """Returns a polygon with its corners cut off again and again, by Chaikin's scheme."""
    points = np.asarray(points, float)
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        cut = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1)
        points = cut.reshape(-1, 2)
    return points


def ellipse(x: float, y: float, width: float, height: float) -> np.ndarray:
    """Returns a polygon of an ellipse; width and height are its half axes."""
    angles = np.linspace(0, 2 * math.pi, 36, endpoint=False)
    return np.stack([x + width * np.cos(angles), y + height * np.sin(angles)], 1)


def limb(
    start: tuple[float, float], stop: tuple[float, float], wide: float, narrow: float
) -> np.ndarray:
    """Returns a polygon that tapers from a width at the start to another at the end."""
    start, stop = np.array(start), np.array(stop)
    along = (stop - start) / np.linalg.norm(stop - start)
    across = np.array([-along[1], along[0]])
    return np.array(
        [
            start + across * wide / 2,
            stop + across * narrow / 2,
            stop - across * narrow / 2,
            start - across * wide / 2,
        ]
    )
