"""How programs define flags that take a number of bytes. Read those in main, as all flags."""

from typing import Any

from absl import flags

from common import sizes

flags.disclaim_key_flags()  # The flags belong to the programs that call DEFINE_size.


class _Parser(flags.ArgumentParser):
    def __init__(self, lower_bound: int, upper_bound: float) -> None:
        self._bounds = lower_bound, upper_bound
        at_most = '' if upper_bound == float('inf') else f' to {sizes.show(upper_bound)}'
        self.syntactic_help = f'bytes such as 500MB or 4GB, from {sizes.show(lower_bound)}{at_most}'

    def parse(self, argument: str | int) -> int:
        count = sizes.parse(str(argument))
        lowest, highest = self._bounds
        if not lowest <= count <= highest:
            raise ValueError(f'{argument} is no number of {self.syntactic_help}')
        return count

    def flag_type(self) -> str:
        return 'size'


class _Serializer(flags.ArgumentSerializer):
    def serialize(self, value: int) -> str:
        short = sizes.show(value).replace(' ', '')
        return short if sizes.parse(short) == value else str(value)


def DEFINE_size(
    name: str,
    default: str | None,
    help: str,
    *,
    lower_bound: int = 0,
    upper_bound: float = float('inf'),
    **options: Any,
) -> flags.FlagHolder:
    """Defines a flag whose value is a number of bytes, an int, given as 4GB, 500MB or 4000000.

    Args:
        name: of the flag.
        default: its value without the flag, as a user would write it.
        help: what --help says.
        lower_bound: the fewest bytes that it takes.
        upper_bound: the most.
        options: more for flags.DEFINE, such as required.
    """
    parser = _Parser(lower_bound, upper_bound)
    return flags.DEFINE(parser, name, default, help, serializer=_Serializer(), **options)
