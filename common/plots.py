"""Plots as figures of inline SVG, for pages of results: no script, no request, no image.

They are drawn 360 units wide, so that their text can be read on a phone, and take colours from
style.css, light or dark; markers, dashes and labels say the same without colour. Each says in words
what it shows, and has its numbers as a table. Labels are escaped, and isolated in direction.
"""

import dataclasses
import math
from collections.abc import Sequence

import markupsafe

from common import html_report

WIDTH = 360
NUM_STYLES = 8  # Of lines; style.css has as many colours.
_LEFT, _RIGHT, _TOP = 52, 12, 10
_BAR_ROW, _BAR_HEIGHT = 34, 11
_LINE_HEIGHT, _LEGEND_ROW = 190, 20
_MAX_LABEL, _MAX_REMARKED = 28, 20  # Characters, so that a number has its place beside them.
_CHARACTER = 7.5  # How wide one is below an axis.
_DODGE = 3.0  # Between the points of two series, so that their intervals can be told apart.


@dataclasses.dataclass(frozen=True)
class Point:
    """A value and the ends of its interval, None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def ends(self) -> list[float]:
        """All the numbers in it."""
        return [end for end in (self.value, self.low, self.high) if end is not None]


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bar with a label and a remark after it; a reference, such as a ceiling, is hollow."""

    label: str
    point: Point
    is_reference: bool = False
    remark: str = ''


@dataclasses.dataclass(frozen=True)
class Series:
    """A line: a point for each place on the axis, None where it has none."""

    label: str
    points: Sequence[Point | None]


def bars(
    name: str, title: str, rows: Sequence[Bar], *, axis: str, note: str = '', decimals: int = 3
) -> str:
    """Returns horizontal bars with intervals, one below the other.

    Args:
        name: identifier of the figure, unique in its page: letters, digits, '-' and '_'.
        title: what is shown.
        rows: at least one bar.
        axis: what the numbers are, with their unit.
        note: a line below the title.
        decimals: of the numbers beside the bars.

    Returns:
        markupsafe.Markup, a <figure>.

    Raises:
        ValueError: when there is nothing to draw, or a number is not finite.
    """
    points = [row.point for row in rows]
    scale = _Scale.around(points, _RIGHT, WIDTH - _RIGHT)
    best = max(rows, key=lambda row: row.point.value)
    least = min(rows, key=lambda row: row.point.value)
    described = (
        f'{len(rows)} bars of {axis}, from {least.label} with {least.point.value:.{decimals}f} to '
        f'{best.label} with {best.point.value:.{decimals}f}.'
    )
    bottom = _TOP + _BAR_ROW * len(rows)
    return _render(
        'plot_bars.html',
        name=name,
        title=title,
        described=described,
        note=note,
        axis=axis,
        numbers=_bar_numbers(rows, decimals),
        rows=[_draw_bar(row, place, scale, decimals) for place, row in enumerate(rows)],
        ticks=scale.ticks(),
        bottom=bottom,
        height=bottom + 40,
        bar_height=_BAR_HEIGHT,
        right=WIDTH - _RIGHT,
        left=_RIGHT,
    )


def lines(
    name: str,
    title: str,
    places: Sequence[str],
    series: Sequence[Series],
    *,
    x_axis: str,
    y_axis: str,
    note: str = '',
    decimals: int = 3,
) -> str:
    """Returns lines with intervals over places that stand equally far from each other.

    Args:
        name: identifier of the figure, unique in its page: letters, digits, '-' and '_'.
        title: what is shown.
        places: labels of the horizontal axis, at least one.
        series: lines with a point, or None, for each place.
        x_axis: what the places are, with their unit.
        y_axis: what the numbers are, with their unit.
        note: a line below the title.
        decimals: of the numbers in the table below it.

    Returns:
        markupsafe.Markup, a <figure>.

    Raises:
        ValueError: when there is nothing to draw, a number is not finite, or a line has another
            number of points.
    """
    if any(len(one.points) != len(places) for one in series):
        raise ValueError(f'want {len(places)} points in each line')
    points = [point for one in series for point in one.points if point is not None]
    scale = _Scale.around(points, _TOP + _LINE_HEIGHT, _TOP + 12)
    width = (WIDTH - _LEFT - _RIGHT) / len(places)
    middles = [_LEFT + width * (place + 0.5) for place in range(len(places))]
    shortened = [_shorten(place, max(4, int(width / _CHARACTER))) for place in places]
    described = f'{len(series)} lines of {y_axis} over {x_axis}: {", ".join(places)}.'
    legend = _TOP + _LINE_HEIGHT + 48
    return _render(
        'plot_lines.html',
        name=name,
        title=title,
        described=described,
        note=note,
        numbers=_line_numbers(places, series, x_axis, decimals),
        x_axis=x_axis,
        y_axis=y_axis,
        places=list(zip(shortened, middles, strict=True)),
        series=[
            _draw_line(one, place, len(series), middles, scale, legend)
            for place, one in enumerate(series)
        ],
        ticks=scale.ticks(),
        bottom=_TOP + _LINE_HEIGHT,
        height=legend + _LEGEND_ROW * len(series),
        left=_LEFT,
        right=WIDTH - _RIGHT,
    )


@dataclasses.dataclass(frozen=True)
class _Scale:
    """Where numbers stand on an axis that ends at round numbers and holds 0."""

    step: float
    first: int  # Multiples of step.
    last: int
    start: float
    stop: float

    @classmethod
    def around(cls, points: Sequence[Point], start: float, stop: float) -> '_Scale':
        """Returns an axis for points, from start to stop on the paper."""
        if not points:
            raise ValueError('there is nothing to draw')
        ends = [0.0, *(end for point in points for end in point.ends)]
        if not all(map(math.isfinite, ends)):
            raise ValueError('a number to be drawn is not finite')
        low, high = min(ends), max(ends)
        if low == high:
            high = 1.0
        rough = (high - low) / 6  # So that there are three to seven steps.
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
        return cls(step, math.floor(low / step), math.ceil(high / step), start, stop)

    def __call__(self, value: float) -> float:
        share = (value / self.step - self.first) / (self.last - self.first)
        return self.start + share * (self.stop - self.start)

    def ticks(self) -> list[tuple[str, float]]:
        """Returns the labels of the axis and where they stand."""
        decimals = max(0, 1 - math.floor(math.log10(self.step)))
        values = [place * self.step for place in range(self.first, self.last + 1)]
        texts = [f'{value:.{decimals}f}' for value in values]
        while all(text.endswith('0') for text in texts) and '.' in texts[0]:
            texts = [text[:-1].rstrip('.') for text in texts]
        return [(text, self(value)) for text, value in zip(texts, values, strict=True)]


def _bar_numbers(rows: Sequence[Bar], decimals: int) -> dict[str, object]:
    """Returns the table that says the same as the bars."""
    return {
        'corner': 'Bar',
        'columns': ['Value'],
        'rows': [
            (f'{row.label} {row.remark}'.strip(), [_say(row.point, decimals)]) for row in rows
        ],
    }


def _line_numbers(
    places: Sequence[str], series: Sequence[Series], x_axis: str, decimals: int
) -> dict[str, object]:
    """Returns the table that says the same as the lines."""
    return {
        'corner': x_axis,
        'columns': [one.label for one in series],
        'rows': [
            (place, [_say(one.points[row], decimals) for one in series])
            for row, place in enumerate(places)
        ],
    }


def _say(point: Point | None, decimals: int) -> tuple[str, str]:
    """Returns a value and its interval as a table has them; '' where there is none."""
    if point is None:
        return '–', ''
    value, *ends = (
        '' if end is None else f'{end:.{decimals}f}'.replace('-', '−')
        for end in (point.value, point.low, point.high)
    )
    return value, ' to '.join(ends) if all(ends) else ''


def _draw_bar(row: Bar, place: int, scale: _Scale, decimals: int) -> dict[str, object]:
    """Returns what the template wants of one bar."""
    value = row.point.value
    return {
        'label': _shorten(row.label, _MAX_REMARKED if row.remark else _MAX_LABEL),
        'remark': row.remark,
        'y': _TOP + _BAR_ROW * place,
        'text': f'{value:.{decimals}f}',
        'x': min(scale(0.0), scale(value)),
        'width': abs(scale(value) - scale(0.0)),
        'interval': _interval(row.point, scale),
        'is_reference': row.is_reference,
    }


def _draw_line(
    one: Series, place: int, count: int, middles: Sequence[float], scale: _Scale, legend: float
) -> dict[str, object]:
    """Returns what the template wants of one line."""
    shift = (place - (count - 1) / 2) * min(_DODGE, 24 / count)
    parts: list[list[str]] = [[]]
    marks = []
    for middle, point in zip(middles, one.points, strict=True):
        if point is None:
            parts.append([])
            continue
        x, y = middle + shift, scale(point.value)
        parts[-1].append(f'{x:.1f},{y:.1f}')
        marks.append({'x': x, 'y': y, 'interval': _interval(point, scale)})
    return {
        'label': _shorten(one.label),
        'style': place % NUM_STYLES,
        'lines': [' '.join(part) for part in parts if len(part) > 1],
        'marks': marks,
        'legend': legend + _LEGEND_ROW * place,
    }


def _interval(point: Point, scale: _Scale) -> tuple[float, float] | None:
    if point.low is None or point.high is None:
        return None
    return scale(point.low), scale(point.high)


def _shorten(label: str, length: int = _MAX_LABEL) -> str:
    return label if len(label) <= length else f'{label[: length - 1]}…'


def _render(template: str, *, name: str, **context: object) -> str:
    if not name or not name.replace('-', '').replace('_', '').isalnum() or not name.isascii():
        raise ValueError(f'name {name!r}, want letters, digits, - and _')
    html = html_report.render(template, name=name, view_width=WIDTH, **context)
    return markupsafe.Markup(html)
