"""Settings of a test session.

pytest does not parse absl's flags; absltest's temporary directories want them parsed. What XLA
compiles is kept until the session ends, for all its workers and the programs that they run, since
the same small networks are trained and used in many tests.
"""

import os
import shutil
import signal
import tempfile

import pytest
from absl import flags

_CACHE = {
    'JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS': '0.5',  # Less takes as long to keep.
    'JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES': '-1',
}
_CACHE_DIR = 'JAX_COMPILATION_CACHE_DIR'

flags.FLAGS.mark_as_parsed()
# A shell has what it runs in the background ignore interrupts, and programs inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Says where to keep what is compiled; workers inherit it."""
    if _CACHE_DIR in os.environ:
        return
    folder = tempfile.mkdtemp(prefix='compiled-')
    os.environ.update(_CACHE, **{_CACHE_DIR: folder})
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
