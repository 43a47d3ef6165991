"""Errors that are the user's to mend: `cli` prints their message as the last line, no traceback."""

import errno

# What the system says of a disk, or of a share of it, that is full.
DISK_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))


class InputError(Exception):
    """Input, output or environment that cannot be worked with.

    The message names the file, the value found and the remedy. A program that ends with it exits 1.
    """


class UsageError(Exception):
    """Flags or arguments that make no sense, alone or together. The program exits 2."""


def unwritable(path: str, error: OSError) -> InputError:
    """Returns the error of an output that its disk does not take, most often since it is full."""
    room = 'make room, or ' if error.errno in DISK_FULL else ''
    return InputError(f'{path} cannot be written ({error.strerror}); {room}name another output')
