"""The results of a sweep: a table for a terminal, and a page with parallel coordinates."""

import dataclasses
import math
from collections.abc import Sequence

from common import html_report
from common import html_text
from pinterest import sweeps
from pinterest import trials

_TEMPLATE = 'sweep.html'
_AXIS_STEP, _LEFT, _RIGHT = 124, 62, 74
_TOP, _HEIGHT = 54, 260
_MAX_TICK = 16
_MAX_DRAWN = 500


@dataclasses.dataclass(frozen=True)
class _Axis:
    """A vertical line of the picture, from which to which number, with labels at some."""

    name: str
    x: float
    low: float
    high: float
    ticks: Sequence[tuple[str, float]]

    def y(self, number: float) -> float:
        """Returns where a number is; high numbers are on top."""
        share = (number - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return _TOP + _HEIGHT * (1 - share)

    @property
    def labels(self) -> list[tuple[str, float]]:
        """The labels and where they are."""
        return [(text, self.y(number)) for text, number in self.ticks]


def to_text(sweep: sweeps.Sweep, ended: Sequence[trials.Trial]) -> str:
    """Returns a table of the trials, the best first, failed ones last."""
    names = [one.name for one in sweep.parameters if one.varies]
    rows = [['trial', sweep.metric, *names, 'seconds']]
    for trial in trials.rank(ended, sweep.goal):
        settings = [show(trial.parameters.get(name)) for name in names]
        rows.append([str(trial.number), f'{trial.value:.4f}', *settings, f'{trial.seconds:.0f}'])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        '  '.join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    lines += [
        f'trial {trial.number} failed: {trial.error}'
        for trial in ended
        if trial.status == trials.FAILED
    ]
    return '\n'.join(lines) + '\n'


def render(sweep: sweeps.Sweep, ended: Sequence[trials.Trial], made_by: str) -> str:
    """Returns the page."""
    ranked = trials.rank(ended, sweep.goal)
    failed = [trial for trial in ended if trial.status == trials.FAILED]
    parameters = [one for one in sweep.parameters if one.varies]
    axes = _axes(sweep, parameters, ranked) if ranked else []
    better = 'more' if sweep.goal == sweeps.MAXIMIZE else 'less'
    count = '1 trial' if len(ranked) == 1 else f'{len(ranked):,} trials'
    summary = html_text.sentence(f'{count} of {{}}', sweep.program)
    if ranked:
        summary += html_text.sentence('; best {} {:.4f}', sweep.metric, ranked[0].value)
    return html_report.render(
        _TEMPLATE,
        title='Sweep',
        summary=summary,
        metric=sweep.metric,
        better=better,
        names=[one.name for one in parameters],
        constants=[(one.name, show(one.choices[0])) for one in sweep.parameters if not one.varies],
        ranked=ranked,
        failed=failed,
        show=show,
        axes=axes,
        # The best is drawn last, over all others.
        lines=list(reversed(_lines(sweep, parameters, axes, ranked[:_MAX_DRAWN]))),
        num_drawn=min(len(ranked), _MAX_DRAWN),
        width=_LEFT + _RIGHT + _AXIS_STEP * max(1, len(axes) - 1),
        top=_TOP,
        bottom=_TOP + _HEIGHT,
        made_by=made_by,
    )


def show(value: sweeps.Value | None) -> str:
    """Returns a value as people write it."""
    if value is None:
        return ''
    return f'{value:g}' if isinstance(value, float) else str(value)


def _axes(
    sweep: sweeps.Sweep, parameters: Sequence[sweeps.Parameter], ranked: Sequence[trials.Trial]
) -> list[_Axis]:
    """Returns an axis for each parameter, and the last for the metric, better ones on top."""
    axes = []
    for place, one in enumerate(parameters):
        x = _LEFT + _AXIS_STEP * place
        if one.choices:
            ticks = [(_shorten(show(value)), float(n)) for n, value in enumerate(one.choices)]
            axes.append(_Axis(one.name, x, 0, len(one.choices) - 1, ticks))
            continue
        low, high = _number(one, one.low), _number(one, one.high)
        middle = (low + high) / 2
        half = math.exp(middle) if one.is_log else middle
        ends = [(one.low, low), (float(f'{half:.2g}'), middle), (one.high, high)]
        ticks = [(show(value), number) for value, number in ends]
        axes.append(_Axis(one.name, x, low, high, ticks))
    sign = 1 if sweep.goal == sweeps.MAXIMIZE else -1
    ends = [sign * ranked[-1].value, sign * ranked[0].value]
    labels = [(f'{sign * number:.4f}', number) for number in dict.fromkeys(ends)]
    axes.append(_Axis(sweep.metric, _LEFT + _AXIS_STEP * len(parameters), *ends, labels))
    return axes


def _lines(
    sweep: sweeps.Sweep,
    parameters: Sequence[sweeps.Parameter],
    axes: Sequence[_Axis],
    ranked: Sequence[trials.Trial],
) -> list[dict[str, object]]:
    """Returns the line of each trial that has a value on every axis, the best first."""
    sign = 1 if sweep.goal == sweeps.MAXIMIZE else -1
    lines = []
    for place, trial in enumerate(ranked):
        numbers = [_place(one, trial.parameters.get(one.name)) for one in parameters]
        if None in numbers:
            continue
        numbers.append(sign * trial.value)
        points = ' '.join(
            f'{axis.x},{axis.y(number):.1f}' for axis, number in zip(axes, numbers, strict=True)
        )
        kind = 'best' if not place else 'good' if place < len(ranked) / 4 else 'other'
        lines.append({'points': points, 'kind': kind, 'number': trial.number})
    return lines


def _place(one: sweeps.Parameter, value: sweeps.Value | None) -> float | None:
    """Returns where a value is on its axis; None when the parameter cannot have it."""
    if one.choices:
        return float(one.choices.index(value)) if value in one.choices else None
    if isinstance(value, int | float) and one.low <= value <= one.high:
        return _number(one, float(value))
    return None


def _number(one: sweeps.Parameter, value: float) -> float:
    return math.log(value) if one.is_log else value


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_TICK else f'{text[: _MAX_TICK - 1]}…'
