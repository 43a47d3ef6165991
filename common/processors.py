"""What programs have to know of the processors they run on."""

import functools
import os
import pathlib
import re
import threading

_CPU_INFO = pathlib.Path('/proc/cpuinfo')
_ZEN_3_AND_4 = re.compile(r'^vendor_id\s*: AuthenticAMD\ncpu family\s*: 25$', re.MULTILINE)
_AVX_512 = re.compile(r'^flags\s*:.* avx512f ', re.MULTILINE)
_DISABLE = 'NPY_DISABLE_CPU_FEATURES'
_FEATURES = 'X86_V4 AVX512_ICL AVX512_SPR'

# Taken by threads that compress and decompress at once: more of them than processors would drive
# each other's tables, some megabytes each, out of the caches.
BZIP2_TURNS = threading.BoundedSemaphore(os.cpu_count() or 1)


@functools.cache
def numpy_environment() -> dict[str, str]:
    """Returns variables that make NumPy sort fast.

    On AMD's Zen 4 sorting by AVX-512 is five times as slow as by AVX2, since one instruction of it,
    the compressed store to memory, is microcode there. NumPy takes AVX-512 where it finds it.

    Source: https://github.com/numpy/x86-simd-sort/issues/6
    """
    try:
        text = _CPU_INFO.read_text(encoding='utf-8')
    except OSError:
        return {}
    return variables(text)


def variables(cpu_info: str) -> dict[str, str]:
    """Returns those of `numpy_environment` for a /proc/cpuinfo."""
    if _ZEN_3_AND_4.search(cpu_info) and _AVX_512.search(cpu_info):
        return {_DISABLE: _FEATURES}
    return {}
