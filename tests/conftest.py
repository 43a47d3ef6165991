"""Settings of a test session.

pytest does not parse absl's flags; absltest's temporary directories want them parsed. What XLA
compiles is kept until the session ends, for all its workers and the programs that they run, since
the same small networks are trained and used in many tests; and as these run for less time than it
takes to make them fast, that is left out, unless JAX_DISABLE_MOST_OPTIMIZATIONS=0 says otherwise.
"""

import os
import shutil
import signal
import tempfile

import pytest
from absl import flags

from tests import programs

_CACHE = {
    'JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS': '0.5',  # Less takes as long to keep.
    'JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES': '-1',
}
_CACHE_DIR = 'JAX_COMPILATION_CACHE_DIR'
_HASTE = 'JAX_DISABLE_MOST_OPTIMIZATIONS'

flags.FLAGS.mark_as_parsed()
# A shell has what it runs in the background ignore interrupts, and programs inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Makes folders that all workers of the session, who inherit the variables, share."""
    os.environ.setdefault(_HASTE, '1')
    _share_folder(config, _CACHE_DIR, _CACHE)
    _share_folder(config, programs.SHARED_FOLDER, {})


def _share_folder(config: pytest.Config, name: str, others: dict[str, str]) -> None:
    if name in os.environ:
        return
    folder = tempfile.mkdtemp(prefix='session-')
    os.environ.update(others, **{name: folder})
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
