"""Backgrounds of generated scenes: a street, a park, a room. They say nothing of what is worn."""

import colorsys

import numpy as np

from pinterest import synthetic_drawing as drawing

_HORIZON = 0.72


def draw(canvas: drawing.Canvas, generator: np.random.Generator) -> None:
    """Draws one of the backgrounds over a whole canvas."""
    kinds = (_street, _park, _room)
    kinds[generator.integers(len(kinds))](canvas, generator)


def _pale(
    generator: np.random.Generator, low: float, high: float, saturation: float
) -> drawing.Colour:
    lightness = generator.uniform(low, high)
    return colorsys.hls_to_rgb(generator.random(), lightness, saturation)


def _corners(box: tuple[float, float, float, float]) -> np.ndarray:
    left, top, right, bottom = box
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _rectangle(
    canvas: drawing.Canvas, box: tuple[float, float, float, float], colour: drawing.Colour
) -> None:
    """Fills left, top, right, bottom, in shares of the canvas."""
    _fill(canvas, [_corners(box)], colour)


def _fill(canvas: drawing.Canvas, polygons: list[np.ndarray], colour: drawing.Colour) -> None:
    """Fills polygons of shares of the canvas."""
    whole = drawing.Placement(0.0, 0.0, 1.0)
    sized = [points * (canvas.width, canvas.height) for points in polygons]
    canvas.fill(sized, whole, drawing.Paint(colour), rounded=False)


def _street(canvas: drawing.Canvas, generator: np.random.Generator) -> None:
    canvas.fade((0.72, 0.84, 0.93), (0.95, 0.95, 0.92), 0.0, _HORIZON)
    left = -0.05
    while left < 1.0:
        width, top = generator.uniform(0.16, 0.3), generator.uniform(0.06, 0.4)
        wall = _pale(generator, 0.68, 0.82, 0.22)
        _rectangle(canvas, (left, top, left + width, _HORIZON), wall)
        window = tuple(0.82 * value for value in wall)
        places = [
            (x, y)
            for x in np.arange(left + 0.03, left + width - 0.05, 0.065)
            for y in np.arange(top + 0.04, _HORIZON - 0.07, 0.085)
        ]
        windows = [_corners((x, y, x + 0.035, y + 0.05)) for x, y in places]
        _fill(canvas, windows, window)
        left += width
    canvas.fade((0.66, 0.66, 0.66), (0.76, 0.75, 0.74), _HORIZON, 1.0)
    _rectangle(canvas, (0.0, _HORIZON, 1.0, _HORIZON + 0.018), (0.85, 0.84, 0.82))


def _park(canvas: drawing.Canvas, generator: np.random.Generator) -> None:
    canvas.fade((0.68, 0.84, 0.95), (0.93, 0.96, 0.95), 0.0, _HORIZON)
    for lightness in (0.7, 0.62):
        peak = generator.uniform(0.1, 0.9)
        hill = drawing.ellipse(peak, _HORIZON + 0.05, 0.75, generator.uniform(0.12, 0.24))
        _fill(canvas, [hill], colorsys.hls_to_rgb(0.3, lightness, 0.25))
    for x in generator.uniform(0, 1, 3).tolist():
        size = generator.uniform(0.09, 0.15)
        base = generator.uniform(_HORIZON - 0.01, _HORIZON + 0.04)
        _rectangle(canvas, (x - 0.012, base - 0.16, x + 0.012, base), (0.5, 0.4, 0.32))
        crown = drawing.ellipse(x, base - 0.16 - size * 0.5, size, size)
        _fill(canvas, [crown], colorsys.hls_to_rgb(0.32, generator.uniform(0.45, 0.6), 0.3))
    canvas.fade((0.62, 0.74, 0.5), (0.72, 0.8, 0.58), _HORIZON + 0.03, 1.0)


def _room(canvas: drawing.Canvas, generator: np.random.Generator) -> None:
    wall = _pale(generator, 0.8, 0.92, 0.2)
    canvas.fade(wall, tuple(0.95 * value for value in wall), 0.0, _HORIZON)
    for side in (0, 1):
        left = generator.uniform(0.04, 0.14) + 0.62 * side
        top, wide, high = generator.uniform((0.08, 0.16, 0.14), (0.2, 0.24, 0.24)).tolist()
        _rectangle(canvas, (left, top, left + wide, top + high), (0.97, 0.96, 0.94))
        inner = (left + 0.02, top + 0.015, left + wide - 0.02, top + high - 0.015)
        _rectangle(canvas, inner, _pale(generator, 0.6, 0.8, 0.3))
    canvas.fade((0.74, 0.62, 0.48), (0.82, 0.7, 0.56), _HORIZON, 1.0)
    _rectangle(canvas, (0.0, _HORIZON - 0.02, 1.0, _HORIZON), (0.96, 0.95, 0.93))
