"""Settings from flags of the same names, for the *_flags modules of trainings."""

import dataclasses
from typing import TypeVar

from absl import flags

_Settings = TypeVar('_Settings')


def given(settings: _Settings) -> _Settings:
    """Returns settings with the values of those flags of their fields' names that are not None.

    Args:
        settings: a dataclass instance; fields without a flag keep what they are.
    """
    names = [field.name for field in dataclasses.fields(settings) if field.name in flags.FLAGS]
    values = {name: flags.FLAGS[name].value for name in names}
    known = {name: value for name, value in values.items() if value is not None}
    return dataclasses.replace(settings, **known)
