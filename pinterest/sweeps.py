"""Sweeps: which settings to try, in the words of Weights & Biases' sweep files.

Of those, what a random or grid search wants is understood: method, metric, and parameters with
value, values (and probabilities), or min and max with a distribution. Everything else about a
parameter is an error, since a search that leaves it out would be another one; the other entries of
a file, such as command, are for wandb alone.

Source: https://docs.wandb.ai/guides/sweeps/sweep-config-keys
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import numpy as np

from common import errors

RANDOM, GRID = 'random', 'grid'
METHODS = (RANDOM, GRID)
MAXIMIZE, MINIMIZE = 'maximize', 'minimize'
Value = str | int | float | bool
_MAX_FILE_BYTES = 1 << 20
_MAX_GRID = 1_000_000


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A setting and what it may be.

    Attributes:
        name: a flag of the program.
        choices: what it may be; empty for a range.
        probabilities: of the choices; empty when all are as likely.
        low: where a range begins.
        high: where it ends.
        is_log: whether values are spread evenly over the logarithms.
        is_whole: whether values are whole numbers.
    """

    name: str
    choices: tuple[Value, ...] = ()
    probabilities: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_log: bool = False
    is_whole: bool = False

    @property
    def varies(self) -> bool:
        """Whether there is a choice at all."""
        return len(self.choices) != 1

    def draw(self, generator: np.random.Generator) -> Value:
        """Returns a value by lot."""
        share = generator.random()
        if self.choices:
            if not self.probabilities:
                return self.choices[int(share * len(self.choices))]
            place = int(np.searchsorted(np.cumsum(self.probabilities), share, side='right'))
            return self.choices[min(place, len(self.choices) - 1)]
        if self.is_whole:
            return int(self.low) + int(share * (int(self.high) - int(self.low) + 1))
        if self.is_log:
            return _round(math.exp(_between(math.log(self.low), math.log(self.high), share)))
        return _round(_between(self.low, self.high, share))


@dataclasses.dataclass(frozen=True)
class Sweep:
    """What a sweep file says.

    Attributes:
        program: path of the program, such as pinterest/train_shop_the_look.py.
        method: RANDOM, GRID, or another of wandb's.
        metric: name of what is measured.
        goal: MAXIMIZE or MINIMIZE.
        parameters: in the order of the file.
    """

    program: str
    method: str
    metric: str
    goal: str
    parameters: tuple[Parameter, ...]

    def trials(self, method: str, seed: int) -> Iterator[dict[str, Value]]:
        """Yields the settings of one trial after the other; of a random search without end.

        The settings of a trial depend on its number, not on how many there are.

        Raises:
            InputError: when a grid has a range in it, or there is no such method.
        """
        if method == GRID:
            yield from self._grid()
            return
        if method != RANDOM:
            raise errors.InputError(
                f'the method {method!r} is for wandb; choose --method=random or grid'
            )
        for number in itertools.count():
            generator = np.random.default_rng((seed, number))
            yield {one.name: one.draw(generator) for one in self.parameters}

    def _grid(self) -> Iterator[dict[str, Value]]:
        for one in self.parameters:
            if not one.choices:
                raise errors.InputError(
                    f'the parameter {one.name} is a range, which a grid has no end for; give it '
                    'values, or search by --method=random'
                )
        if math.prod(len(one.choices) for one in self.parameters) > _MAX_GRID:
            raise errors.InputError(f'the grid has over {_MAX_GRID:,} points; try fewer values')
        names = [one.name for one in self.parameters]
        for values in itertools.product(*(one.choices for one in self.parameters)):
            yield dict(zip(names, values, strict=True))


def read(path: str) -> Sweep:
    """Reads a sweep file.

    Raises:
        InputError: when it is none, or wants what is not understood.
    """
    import yaml

    with open(path, 'rb') as file:
        content = file.read(_MAX_FILE_BYTES + 1)
    if len(content) > _MAX_FILE_BYTES:
        raise errors.InputError(f'{path} is over {_MAX_FILE_BYTES >> 20} MiB; no sweep file')
    try:
        loader = yaml.SafeLoader(content)
        loader.compose_node = functools.partial(_compose_node, loader, loader.compose_node)
        return _parse(loader.get_single_data())
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise errors.InputError(f'{path} is not YAML: {error}') from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        reason = f'it has no {error}' if isinstance(error, KeyError) else str(error)
        raise errors.InputError(f'{path} is no sweep file: {reason}') from error


def _compose_node(loader: Any, compose: Callable[..., Any], *place: Any) -> Any:
    """Composes a node of YAML unless it is an alias.

    Aliases, and merges of aliases, can make gigabytes of a few bytes.
    """
    import yaml

    if loader.check_event(yaml.AliasEvent):
        raise ValueError('it has aliases (*name); write out what they stand for')
    return compose(*place)


def _parse(fields: Mapping[str, Any]) -> Sweep:
    metric = fields['metric']
    goal = metric.get('goal', MINIMIZE)
    if goal not in (MAXIMIZE, MINIMIZE):
        raise ValueError(f'the goal is {goal!r}, want maximize or minimize')
    names = (fields['program'], fields['method'], metric['name'])
    if not all(isinstance(name, str) for name in names):
        raise ValueError('program, method and metric are no names')
    parameters = tuple(
        _parse_parameter(str(name), entry) for name, entry in fields['parameters'].items()
    )
    if not parameters:
        raise ValueError('it has no parameters')
    return Sweep(*names, goal, parameters)


def _parse_parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    keys = frozenset(entry)
    if not name.replace('_', '').isalnum() or not name.isascii():
        raise ValueError(f'the parameter {name!r} is no name of a flag')
    for wanted, parse in _FORMS.items():
        needed, allowed = wanted
        if set(needed) <= keys <= {*needed, *allowed}:
            return parse(name, entry)
    raise ValueError(
        f'the parameter {name} has {", ".join(map(str, sorted(keys, key=str)))}; value, values and '
        'probabilities, or min, max and distribution are understood'
    )


def _parse_choices(name: str, entry: Mapping[str, Any]) -> Parameter:
    choices = entry['values'] if 'values' in entry else [entry['value']]
    if not isinstance(choices, list) or not choices:
        raise ValueError(f'the values of {name} are no list')
    if not all(isinstance(choice, Value) for choice in choices):
        raise ValueError(f'a value of {name} is no text and no number')
    if entry.get('distribution', 'categorical') not in ('categorical', 'constant'):
        raise ValueError(f'the parameter {name} has values and the distribution of a range')
    chances = tuple(float(chance) for chance in entry.get('probabilities', ()))
    if chances and (
        len(chances) != len(choices)
        or not all(chance >= 0 for chance in chances)
        or not math.isclose(sum(chances), 1, abs_tol=1e-6)
    ):
        raise ValueError(f'the probabilities of {name} are not one for each value, in all 1')
    return Parameter(name, tuple(choices), chances)


def _parse_range(name: str, entry: Mapping[str, Any]) -> Parameter:
    low, high = entry['min'], entry['max']
    numbers = (int, float)
    if type(low) not in numbers or type(high) not in numbers or not low <= high:
        raise ValueError(f'min and max of {name} are no numbers in order')
    whole = isinstance(low, int) and isinstance(high, int)
    distribution = entry.get('distribution', 'int_uniform' if whole else 'uniform')
    if distribution not in ('uniform', 'int_uniform', 'log_uniform_values'):
        raise ValueError(
            f'the parameter {name} has the distribution {distribution!r}; uniform, int_uniform and '
            'log_uniform_values are understood'
        )
    is_log, is_whole = distribution == 'log_uniform_values', distribution == 'int_uniform'
    if (is_log and low <= 0) or (is_whole and not whole) or not math.isfinite(high - low):
        raise ValueError(f'min and max of {name} do not suit the distribution {distribution}')
    return Parameter(name, low=float(low), high=float(high), is_log=is_log, is_whole=is_whole)


_FORMS: dict[tuple[tuple[str, ...], tuple[str, ...]], Callable[..., Parameter]] = {
    (('value',), ('distribution',)): _parse_choices,
    (('values',), ('distribution', 'probabilities')): _parse_choices,
    (('min', 'max'), ('distribution',)): _parse_range,
}


def _between(low: float, high: float, share: float) -> float:
    return low + share * (high - low)


def _round(value: float) -> float:
    """Returns four digits of a number: enough for a setting, and short in a table."""
    return float(f'{value:.4g}')
