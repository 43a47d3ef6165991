"""Identifiers of scenes and products. They become file names and parts of addresses."""

import re
from typing import Any

FAULT = 'an identifier that is not 1 to 128 letters, digits, - and _'
_VALID = re.compile('[A-Za-z0-9_-]{1,128}')


def is_valid(value: Any) -> bool:
    """Returns whether value is an identifier: safe in file names, addresses and markup."""
    return isinstance(value, str) and _VALID.fullmatch(value) is not None
