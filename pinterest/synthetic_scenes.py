"""Generated photographs with a known match: people who wear products, and the products themselves.

The picture of a product is drawn anew, in another pose, size, direction and light and on another
ground than in the scenes where it is worn; what a scene and its product share is colour, pattern
and shape, and not a pixel.
"""

import collections
import dataclasses
import functools
import io
import json
import math
import os
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np
from PIL import Image

from common import atomic
from common import errors
from common import parallel
from common import progress
from pinterest import pairs
from pinterest import photographs
from pinterest import synthetic_backgrounds as backgrounds
from pinterest import synthetic_drawing as drawing
from pinterest import synthetic_looks as looks
from pinterest import synthetic_shapes as shapes

PAIRS_NAME, CATEGORIES_NAME, IMAGES_NAME = 'fashion.json', 'fashion-cat.json', 'images'
# Says that photographs were generated, and how; real ones are never replaced.
MARK_NAME = '_synthetic.json'
_SCENE_STREAM, _PRODUCT_STREAM = 1, 2
_JPEG_QUALITY = 90
_SCENE_PROPORTION, _PRODUCT_PROPORTION = 0.75, 0.75
_SKINS = ((0.98, 0.85, 0.74), (0.92, 0.74, 0.6), (0.78, 0.57, 0.42), (0.55, 0.38, 0.28))
_HAIRS = ((0.16, 0.12, 0.1), (0.36, 0.22, 0.13), (0.72, 0.52, 0.28), (0.55, 0.55, 0.57))
_PLAIN_CLOTHES = (
    (shapes.Shape(shapes.SHOES, 'sneakers', 0.5, 0.5), (0.35, 0.35, 0.37)),
    (shapes.Shape(shapes.PANTS, 'slim', 0.5, 0.5), (0.62, 0.63, 0.65)),
    (shapes.Shape(shapes.TOP, 't-shirt', 0.5, 0.5), (0.9, 0.9, 0.9)),
)
_GROUNDS = ((0.96, 0.96, 0.95), (0.93, 0.9, 0.86), (0.87, 0.9, 0.93), (0.9, 0.93, 0.88))


@dataclasses.dataclass(frozen=True)
class Picture:
    """A photograph: its identifier, content, and of a scene the box of each product."""

    id: str
    content: bytes
    boxes: tuple[pairs.Box, ...] = ()


def write(
    path: str, settings: looks.Settings, *, num_workers: int = 1, overwrite: bool = False
) -> collections.Counter[str]:
    """Writes photographs, pairs and categories as published sets have them.

    Args:
        path: directory to make.
        settings: what to generate.
        num_workers: processes that draw; what is written does not depend on it.
        overwrite: whether path may be replaced.

    Returns:
        The numbers of scenes, products and pairs.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    refuse_real(path)
    scenes = looks.plan(settings)
    products = list(
        {product.id: product for scene in scenes for product in scene.products}.values()
    )
    jobs: list[looks.Scene | looks.Product] = [*scenes, *products]
    draw = functools.partial(_draw, settings)
    all_pairs: list[pairs.Pair] = []
    with atomic.output_directory(path, overwrite) as folder:
        images = os.path.join(folder, IMAGES_NAME)
        os.mkdir(images)
        with progress.Progress(len(jobs), 'photographs') as shown:
            processes = parallel.count_processes(num_workers, len(jobs))
            pictures = parallel.ordered_map(draw, list(enumerate(jobs)), processes)
            for job, picture in zip(jobs, pictures, strict=True):
                pathlib.Path(photographs.path_of(images, picture.id)).write_bytes(picture.content)
                if isinstance(job, looks.Scene):
                    all_pairs += _pairs(job, picture)
                shown.add(1)
        lines = ''.join(f'{pairs.to_json(pair)}\n' for pair in all_pairs)
        pathlib.Path(folder, PAIRS_NAME).write_text(lines, encoding='utf-8')
        categories = {product.id: product.category for product in products}
        for name, content in (
            (CATEGORIES_NAME, categories),
            (MARK_NAME, dataclasses.asdict(settings)),
        ):
            text = json.dumps(content, indent=0) + '\n'
            pathlib.Path(folder, name).write_text(text, encoding='utf-8')
    return collections.Counter(scenes=len(scenes), products=len(products), pairs=len(all_pairs))


def refuse_real(path: str) -> None:
    """Raises InputError when path holds photographs that were not generated."""
    images, mark = (os.path.join(path, name) for name in (IMAGES_NAME, MARK_NAME))
    if os.path.lexists(images) and not os.path.exists(mark):
        raise errors.InputError(
            f'{path} holds photographs that were not generated; they are not replaced: name '
            'another path'
        )


def draw_scene(scene: looks.Scene, image_size: int, generator: np.random.Generator) -> Picture:
    """Draws somebody who wears the products of a scene.

    Args:
        scene: what is worn.
        image_size: pixels of the longer side.
        generator: of pose, place, light and background.
    """
    height, width = image_size, round(image_size * _SCENE_PROPORTION)
    canvas = drawing.Canvas(width, height)
    backgrounds.draw(canvas, generator)
    left_arm, right_arm = generator.uniform(0.1, 0.42, 2).tolist()
    pose = shapes.Pose(left_arm, right_arm, generator.uniform(0.02, 0.1))
    # People fill the photographs of street style.
    tall, stretch = height * generator.uniform(0.9, 0.95), generator.uniform(1.5, 1.8)
    placement = drawing.Placement(
        x=width * generator.uniform(0.4, 0.6),
        y=height * generator.uniform(0.96, 0.98) - tall,
        scale=tall * math.sqrt(stretch),
        angle=generator.uniform(-0.03, 0.03),
        stretch=stretch,
        mirrored=bool(generator.random() < 0.5),
    )
    feet = [drawing.ellipse(0.02, 0.99, 0.2, 0.022)]
    canvas.shadow(feet, placement, blur=height / 80, depth=0.35)
    boxes = _Wearer(canvas, placement, pose, generator).dress(scene.products)
    image = canvas.finish(_light(generator))
    found = tuple(_relative(boxes[product.id], width, height) for product in scene.products)
    return Picture(scene.id, _encode(image), found)


def draw_product(
    product: looks.Product, image_size: int, generator: np.random.Generator
) -> Picture:
    """Draws a product alone, as shops show it.

    Args:
        product: what to draw.
        image_size: pixels of the longer side of a scene.
        generator: of pose, place, light and ground.
    """
    size = round(image_size * _PRODUCT_PROPORTION)
    canvas = drawing.Canvas(size, size, _GROUNDS[generator.integers(len(_GROUNDS))])
    left_arm, right_arm = generator.uniform(0.25, 0.7, 2).tolist()
    # Shoes stand side by side, trousers lie spread.
    legs = generator.uniform(-0.03, 0.01) if product.shape.kind == shapes.SHOES else 0.09
    pose = shapes.Pose(left_arm, right_arm, legs)
    parts = shapes.parts(product.shape, pose)
    turned = drawing.Placement(
        x=0.0,
        y=0.0,
        scale=1.0,
        angle=generator.uniform(-0.3, 0.3),
        stretch=generator.uniform(0.92, 1.1),
        mirrored=bool(generator.random() < 0.5),
    )
    corners = turned.to_pixels(np.concatenate([part.points for part in parts]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = size * generator.uniform(0.66, 0.84) / (high - low).max()
    middle = size / 2 + generator.uniform(-0.04, 0.04, 2) * size - scale * (low + high) / 2
    placement = dataclasses.replace(turned, x=middle[0], y=middle[1], scale=scale)
    under = dataclasses.replace(placement, x=middle[0] + size / 60, y=middle[1] + size / 40)
    outlines = [part.points for part in parts]
    canvas.shadow(outlines, under, blur=size / 50, depth=0.22)
    for part in parts:
        _fill(canvas, placement, part, product.paint)
    return Picture(product.id, _encode(canvas.finish(_light(generator))))


class _Wearer:
    """Somebody on a canvas."""

    def __init__(
        self,
        canvas: drawing.Canvas,
        placement: drawing.Placement,
        pose: shapes.Pose,
        generator: np.random.Generator,
    ) -> None:
        self._canvas, self._placement, self._pose = canvas, placement, pose
        self._skin = drawing.Paint(_SKINS[generator.integers(len(_SKINS))])
        self._hair = drawing.Paint(_HAIRS[generator.integers(len(_HAIRS))])
        self._has_long_hair = bool(generator.random() < 0.5)

    def dress(self, products: Sequence[looks.Product]) -> dict[str, drawing.Bounds]:
        """Draws body, clothes and head; returns the pixels' bounds of each product."""
        worn = {product.shape.kind: product for product in products}
        if self._has_long_hair:
            self._draw([drawing.ellipse(0, 0.1, 0.06, 0.095)], self._hair)
        for points in shapes.body(self._pose):
            self._draw([points], self._skin)
        is_bare = {shapes.PANTS: shapes.SKIRT in worn}
        for shape, colour in _PLAIN_CLOTHES:
            if shape.kind not in worn and not is_bare.get(shape.kind):
                self._put_on(shape, drawing.Paint(colour, colour))
        boxes = {}
        for kind in (shapes.SHOES, shapes.PANTS, shapes.SKIRT, shapes.TOP):
            if kind in worn:
                boxes[worn[kind].id] = self._put_on(worn[kind].shape, worn[kind].paint)
        self._draw_head()
        for kind in (shapes.HAT, shapes.BAG):
            if kind in worn:
                boxes[worn[kind].id] = self._put_on(worn[kind].shape, worn[kind].paint)
        self._draw([drawing.ellipse(*shapes.hand(self._pose, 1), 0.014, 0.018)], self._skin)
        return boxes

    def _draw_head(self) -> None:
        self._draw([drawing.limb((0, 0.11), (0, 0.18), 0.04, 0.04)], self._skin)
        self._draw([drawing.ellipse(0, 0.08, 0.043, 0.055)], self._skin)
        fringe = [
            (-0.048, 0.075),
            (-0.05, 0.03),
            (0, 0.008),
            (0.05, 0.03),
            (0.048, 0.075),
            (0, 0.05),
        ]
        self._draw([drawing.smooth(fringe)], self._hair)
        dark = drawing.Paint((0.2, 0.15, 0.15))
        for side in (-1, 1):
            self._draw([drawing.ellipse(side * 0.016, 0.085, 0.005, 0.006)], dark)
        smile = drawing.smooth([(-0.014, 0.108), (0.014, 0.108), (0, 0.119)])
        self._draw([smile], drawing.Paint((0.75, 0.3, 0.3)))

    def _put_on(self, shape: shapes.Shape, paint: drawing.Paint) -> drawing.Bounds:
        found = [
            _fill(self._canvas, self._placement, part, paint)
            for part in shapes.parts(shape, self._pose)
        ]
        return _union(bounds for bounds in found if bounds is not None)

    def _draw(self, polygons: list[np.ndarray], paint: drawing.Paint) -> None:
        self._canvas.fill(polygons, self._placement, paint)


def _draw(settings: looks.Settings, job: tuple[int, looks.Scene | looks.Product]) -> Picture:
    """Draws a scene or product; what it looks like depends on the seed and its number alone."""
    number, item = job
    if isinstance(item, looks.Scene):
        generator = np.random.default_rng([settings.seed, _SCENE_STREAM, number])
        return draw_scene(item, settings.image_size, generator)
    generator = np.random.default_rng([settings.seed, _PRODUCT_STREAM, number])
    return draw_product(item, settings.image_size, generator)


def _fill(
    canvas: drawing.Canvas,
    placement: drawing.Placement,
    part: shapes.Part,
    paint: drawing.Paint,
) -> drawing.Bounds | None:
    own = drawing.Paint(paint.second) if part.is_trim else paint
    return canvas.fill([part.points], placement, own)


def _pairs(scene: looks.Scene, picture: Picture) -> Iterable[pairs.Pair]:
    for product, box in zip(scene.products, picture.boxes, strict=True):
        yield pairs.Pair(scene.id, product.id, box)


def _light(generator: np.random.Generator) -> drawing.Colour:
    """Returns a light that is a little stronger or weaker, warmer or colder."""
    strength, warmth = generator.uniform(0.9, 1.06), generator.uniform(-0.03, 0.03)
    return strength * (1 + warmth), strength, strength * (1 - warmth)


def _union(boxes: Iterable[drawing.Bounds]) -> drawing.Bounds:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _relative(bounds: drawing.Bounds, width: int, height: int) -> pairs.Box:
    left, top, right, bottom = bounds
    return (
        round(left / width, 6),
        round(top / height, 6),
        round(right / width, 6),
        round(bottom / height, 6),
    )


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, 'JPEG', quality=_JPEG_QUALITY)
    return buffer.getvalue()
