"""Memory that is kept for the next call, where the C library would give it back to the system.

glibc returns large pieces of memory when they are freed, and the system clears them, page by page,
when they are asked for again: a quarter of the time of training steps whose buffers are of some
megabytes, as those of XLA on a CPU are, which are freed after every call.
"""

import ctypes

# Of <malloc.h>: which setting, and its value.
_SETTINGS = (
    (-4, 0),  # M_MMAP_MAX: no piece has pages of its own.
    (-1, 2**31 - 1),  # M_TRIM_THRESHOLD: in bytes, what may lie idle at the end of the heap.
    (-2, 1 << 26),  # M_TOP_PAD: in bytes, by how much the heap grows beyond what is wanted.
    (-8, 1),  # M_ARENA_MAX: threads share the heap; those of their own are small.
)


def keep_memory() -> bool:
    """Has this process keep what it frees; best called before threads start.

    Returns:
        Whether the C library took the settings; others than glibc have none.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    taken = [mallopt(*setting) for setting in _SETTINGS]
    return all(one == 1 for one in taken)
