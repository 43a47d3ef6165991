"""The shapes of generated garments and of those who wear them.

Coordinates are those of a standing figure one unit high: x to the right from its middle, y down
from the top of its head. A garment is made of parts: the main ones carry its pattern, trims its
second colour. Its pose is not its own: arms and legs may stand otherwise in each picture.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from pinterest import synthetic_drawing as drawing

TOP, PANTS, SKIRT, SHOES, BAG, HAT = KINDS = ('top', 'pants', 'skirt', 'shoes', 'bag', 'hat')
CATEGORIES = {
    TOP: 'Apparel & Accessories|Clothing|Shirts & Tops',
    PANTS: 'Apparel & Accessories|Clothing|Pants',
    SKIRT: 'Apparel & Accessories|Clothing|Skirts',
    SHOES: 'Apparel & Accessories|Shoes',
    BAG: 'Apparel & Accessories|Handbags, Wallets & Cases',
    HAT: 'Apparel & Accessories|Clothing Accessories|Hats',
}
CUTS = {
    TOP: ('t-shirt', 'sweater', 'tank', 'blouse'),
    PANTS: ('slim', 'wide', 'shorts'),
    SKIRT: ('mini', 'pencil', 'long'),
    SHOES: ('sneakers', 'boots', 'pumps'),
    BAG: ('tote', 'round', 'satchel'),
    HAT: ('beanie', 'fedora', 'cap'),
}
_SHOULDER = (0.085, 0.195)
_ARM = 0.27
_HIP_Y, _ANKLE_Y = 0.47, 0.935
_SIDES = (-1, 1)


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a garment is like, whatever its colours.

    Attributes:
        kind: one of KINDS.
        cut: one of CUTS of the kind.
        length: from 0, the shortest of the cut, to 1.
        width: from 0, the tightest of the cut, to 1.
    """

    kind: str
    cut: str
    length: float
    width: float


@dataclasses.dataclass(frozen=True)
class Pose:
    """How arms and legs stand, in radians from straight down."""

    left_arm: float = 0.2
    right_arm: float = 0.2
    legs: float = 0.05


@dataclasses.dataclass(frozen=True)
class Part:
    """A piece of a garment, and whether it has its second colour instead of its pattern."""

    points: np.ndarray
    is_trim: bool = False


def parts(shape: Shape, pose: Pose) -> list[Part]:
    """Returns the pieces of a garment in the order in which they are drawn."""
    return _PARTS_OF[shape.kind](shape, pose)


def hand(pose: Pose, side: int) -> tuple[float, float]:
    """Returns where the hand of a side is: -1 for the left of the picture, 1 for the right."""
    return _along_arm(pose, side, 1.0)


def body(pose: Pose) -> list[np.ndarray]:
    """Returns the figure without clothes, head and hair."""
    torso = [(-0.09, 0.18), (0.09, 0.18), (0.068, 0.4), (0.085, 0.5), (-0.085, 0.5), (-0.068, 0.4)]
    found = [drawing.smooth(torso), drawing.limb((0, 0.11), (0, 0.2), 0.04, 0.045)]
    for side in _SIDES:
        shoulder, wrist = _along_arm(pose, side, 0.0), _along_arm(pose, side, 0.95)
        found.append(drawing.limb(shoulder, wrist, 0.036, 0.022))
        found.append(drawing.ellipse(shoulder[0], shoulder[1], 0.02, 0.02))
        found.append(drawing.ellipse(*hand(pose, side), 0.014, 0.018))
        hip, ankle = _leg(pose, side)
        found.append(drawing.limb(hip, ankle, 0.075, 0.032))
    return found


def _along_arm(pose: Pose, side: int, share: float) -> tuple[float, float]:
    angle = pose.left_arm if side < 0 else pose.right_arm
    x, y = _SHOULDER
    reach = share * _ARM
    return side * (x + reach * math.sin(angle)), y + reach * math.cos(angle)


def _leg(pose: Pose, side: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Returns hip and ankle."""
    reach = (_ANKLE_Y - _HIP_Y) * math.sin(pose.legs)
    return (side * 0.043, _HIP_Y), (side * (0.043 + reach), _ANKLE_Y)


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share


def _top(shape: Shape, pose: Pose) -> list[Part]:
    hem = _between(0.41, 0.5, shape.length)
    waist = _between(0.072, 0.1, shape.width)
    shoulder = 0.066 if shape.cut == 'tank' else 0.095
    neck_y = 0.215 if shape.cut in ('tank', 'blouse') else 0.185
    torso = [
        (-shoulder, 0.172), (-0.03, 0.165), (0, neck_y), (0.03, 0.165), (shoulder, 0.172),
        (0.093, 0.24), (waist, 0.34), (waist + 0.008, hem), (-waist - 0.008, hem),
        (-waist, 0.34), (-0.093, 0.24),
    ]  # fmt: skip
    found = []
    reach = {'t-shirt': 0.36, 'sweater': 0.88, 'blouse': 0.7, 'tank': 0.0}[shape.cut]
    cuff = {'t-shirt': 0.062, 'sweater': 0.046, 'blouse': 0.085, 'tank': 0.0}[shape.cut]
    for side in _SIDES if reach else ():
        start, stop = _along_arm(pose, side, -0.06), _along_arm(pose, side, reach)
        found.append(Part(drawing.smooth(drawing.limb(start, stop, 0.075, cuff), 1)))
        if shape.cut == 'sweater':
            wrist = _along_arm(pose, side, reach + 0.07)
            found.append(Part(drawing.limb(stop, wrist, cuff, cuff * 0.9), is_trim=True))
    found.append(Part(drawing.smooth(torso, 1)))
    if shape.cut == 'sweater':
        found.append(Part(_box(0, hem - 0.014, waist + 0.004, 0.016), is_trim=True))
    if shape.cut == 'blouse':
        found.append(Part(_box(0, (neck_y + hem) / 2, 0.007, (hem - neck_y) / 2), is_trim=True))
    return found


def _pants(shape: Shape, pose: Pose) -> list[Part]:
    share = _between(0.22, 0.48, shape.length) if shape.cut == 'shorts' else 0.98
    knee = _between(0.075, 0.09, shape.width)
    cuff = {'slim': 0.05, 'wide': 0.125, 'shorts': 0.1}[shape.cut] + 0.025 * shape.width
    found = []
    for side in _SIDES:
        hip, ankle = _leg(pose, side)
        stop = tuple(h + (a - h) * share for h, a in zip(hip, ankle, strict=True))
        found.append(Part(drawing.limb((hip[0], hip[1] - 0.01), stop, knee + 0.012, cuff)))
    waist = [(-0.074, 0.4), (0.074, 0.4), (0.09, 0.49), (0.03, 0.56), (-0.03, 0.56), (-0.09, 0.49)]
    found.append(Part(np.array(waist)))
    found.append(Part(_box(0, 0.412, 0.076, 0.012), is_trim=True))
    return found


def _skirt(shape: Shape, pose: Pose) -> list[Part]:
    low, high = {'mini': (0.57, 0.65), 'pencil': (0.68, 0.75), 'long': (0.82, 0.9)}[shape.cut]
    hem = _between(low, high, shape.length)
    flare = {'mini': 0.15, 'pencil': 0.075, 'long': 0.17}[shape.cut] + 0.02 * shape.width
    flare += 0.1 * math.sin(pose.legs)
    outline = [
        (-0.072, 0.4), (0.072, 0.4), (0.094, 0.48), (flare, hem), (0, hem + 0.012), (-flare, hem),
        (-0.094, 0.48),
    ]  # fmt: skip
    return [Part(np.array(outline)), Part(_box(0, 0.412, 0.075, 0.012), is_trim=True)]


def _shoes(shape: Shape, pose: Pose) -> list[Part]:
    wide = _between(0.022, 0.028, shape.width)
    shaft = _between(0.87, 0.8, shape.length) if shape.cut == 'boots' else 0.925
    found = []
    for side in _SIDES:
        _, (x, _) = _leg(pose, side)
        outward = np.array([side, 1.0])
        for part in _pump(wide) if shape.cut == 'pumps' else _flat_shoe(wide, shaft):
            found.append(Part(part.points * outward + (x, 0.0), part.is_trim))
    return found


def _flat_shoe(wide: float, shaft: float) -> list[Part]:
    """Returns a shoe that points right, its ankle at 0."""
    foot = [(-0.026, 0.94), (0.02, 0.94), (0.048, 0.968), (0.052, 0.984), (-0.028, 0.984)]
    return [
        Part(_box(0, (shaft + 0.965) / 2, wide, (0.965 - shaft) / 2)),
        Part(drawing.smooth(foot, 1)),
        Part(_box(0.012, 0.987, 0.042, 0.006), is_trim=True),
    ]


def _pump(wide: float) -> list[Part]:
    """Returns a shoe with a heel that points right, its ankle at 0."""
    upper = [
        (-wide - 0.004, 0.925), (-wide + 0.012, 0.945), (0.012, 0.962), (0.03, 0.955),
        (0.062, 0.986), (0.056, 0.994), (0.02, 0.992), (-0.01, 0.975), (-wide - 0.004, 0.968),
    ]  # fmt: skip
    heel = [(-wide - 0.004, 0.955), (-wide + 0.014, 0.966), (-wide + 0.004, 0.998)]
    heel.append((-wide - 0.003, 0.998))
    return [Part(np.array(heel), is_trim=True), Part(drawing.smooth(upper, 1))]


def _bag(shape: Shape, pose: Pose) -> list[Part]:
    """Returns a bag in the hand on the right."""
    x, y = hand(pose, 1)
    size = _between(0.058, 0.075, shape.width)
    drop = _between(0.04, 0.075, shape.length)
    middle = y + drop + size
    handles = []
    for side in _SIDES:
        strap = (x + side * 0.012, y), (x + side * size * 0.6, middle - size * 0.7)
        handles.append(Part(drawing.limb(*strap, 0.011, 0.011), is_trim=True))
    if shape.cut == 'round':
        clasp = drawing.ellipse(x, middle, size * 0.22, size * 0.22)
        return [*handles, Part(drawing.ellipse(x, middle, size, size)), Part(clasp, True)]
    if shape.cut == 'satchel':
        flap = _box(x, middle - size * 0.45, size * 1.25, size * 0.3)
        return [
            *handles,
            Part(drawing.smooth(_box(x, middle, size * 1.25, size * 0.8), 1)),
            Part(flap, True),
        ]
    tote = [(x - size, middle - size), (x + size, middle - size), (x + size * 0.8, middle + size),
            (x - size * 0.8, middle + size)]  # fmt: skip
    return [
        *handles,
        Part(np.array(tote)),
        Part(_box(x, middle - size * 0.86, size, size * 0.14), True),
    ]


def _hat(shape: Shape, pose: Pose) -> list[Part]:
    del pose  # It sits on the head.
    wide = _between(0.05, 0.056, shape.width)
    top = _between(-0.03, -0.005, 1 - shape.length)
    crown = drawing.smooth(
        [(-wide, 0.062), (-wide, top + 0.02), (-wide * 0.5, top), (wide * 0.5, top),
         (wide, top + 0.02), (wide, 0.062)], 1
    )  # fmt: skip
    if shape.cut == 'fedora':
        brim = drawing.ellipse(0, 0.062, wide * 2.0, 0.014)
        return [Part(brim), Part(crown), Part(_box(0, 0.045, wide, 0.011), True)]
    if shape.cut == 'cap':
        visor = drawing.smooth([(0, 0.05), (wide * 2.1, 0.058), (wide * 2.0, 0.072), (0, 0.066)], 1)
        return [Part(visor, True), Part(crown)]
    bobble = drawing.ellipse(0, top - 0.008, 0.018, 0.018)
    return [Part(bobble, True), Part(crown), Part(_box(0, 0.055, wide + 0.003, 0.014), True)]


def _box(x: float, y: float, width: float, height: float) -> np.ndarray:
    """Returns a rectangle about a point; width and height are halves."""
    return np.array(
        [(x - width, y - height), (x + width, y - height), (x + width, y + height),
         (x - width, y + height)]
    )  # fmt: skip


_PARTS_OF: dict[str, Callable[[Shape, Pose], list[Part]]] = {
    TOP: _top,
    PANTS: _pants,
    SKIRT: _skirt,
    SHOES: _shoes,
    BAG: _bag,
    HAT: _hat,
}
