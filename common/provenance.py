"""What a result says of how it was made: the program and its flags."""

import os
import sys
from typing import Any

from absl import flags


def describe_run() -> dict[str, Any]:
    """Returns the running program's name and the values of its own flags; empty without flags."""
    if not flags.FLAGS.is_parsed():
        return {}
    own = flags.FLAGS.get_key_flags_for_module(sys.argv[0])
    program = os.path.splitext(os.path.join(*os.path.abspath(sys.argv[0]).split(os.sep)[-2:]))[0]
    return {'program': program, 'flags': {flag.name: flag.value for flag in own}}
