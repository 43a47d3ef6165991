"""Hadoop's file systems, by way of the JVM that Spark runs in: hdfs://, viewfs://, s3a:// ….

The first use starts the JVM, which a SparkContext made later shares. What is read and written here
is small: metadata, dictionaries, names. The records themselves pass through Spark.
"""

import contextlib
import errno
import functools
import os
import tempfile
from collections.abc import Iterator
from typing import Any

from common import errors
from common import file_systems
from common import java

_NO_CLASS = ('ClassNotFoundException', 'UnsupportedFileSystemException', 'No FileSystem')


def enable() -> None:
    """Lets this program, which runs on Spark, read and write remote paths."""
    file_systems.enable_remote(HadoopFiles())


@functools.cache
def _hadoop() -> tuple[Any, Any]:
    """Returns the gateway to the JVM, started if need be, and the configuration of Hadoop."""
    import pyspark

    java.prepare_spark()
    try:
        pyspark.SparkContext._ensure_initialized()
    except pyspark.errors.PySparkRuntimeError as error:
        raise errors.InputError(f'Java did not start: {error}') from error
    gateway = pyspark.SparkContext._gateway
    spark = gateway.jvm.org.apache.spark
    # As spark-submit was told by --conf spark.hadoop.… .
    return gateway, spark.deploy.SparkHadoopUtil.get().newConfiguration(spark.SparkConf(True))


@contextlib.contextmanager
def _translated(path: str) -> Iterator[None]:
    """Turns exceptions of the JVM into ours."""
    from py4j import protocol

    try:
        yield
    except protocol.Py4JJavaError as error:
        kind = error.java_exception.getClass().getSimpleName()
        text = f'{kind}: {error.java_exception.getMessage()}'.splitlines()[0]
        if kind == 'FileAlreadyExistsException':
            raise FileExistsError(path) from None
        if kind == 'FileNotFoundException':
            raise FileNotFoundError(errno.ENOENT, 'does not exist', path) from None
        remedy = ''
        if any(word in text for word in _NO_CLASS):
            remedy = '; give spark-submit the jars of this file system by --packages'
        raise errors.InputError(f'{path} cannot be reached ({text}){remedy}') from None


class HadoopFiles:
    """All remote file systems; implements file_systems.FileSystem."""

    def _path(self, path: str) -> Any:
        gateway, _ = _hadoop()
        with _translated(path):
            return gateway.jvm.org.apache.hadoop.fs.Path(path)

    def _system(self, path: str) -> Any:
        _, configuration = _hadoop()
        with _translated(path):
            return self._path(path).getFileSystem(configuration)

    def _status(self, path: str) -> Any | None:
        system = self._system(path)
        with contextlib.suppress(FileNotFoundError), _translated(path):
            return system.getFileStatus(self._path(path))
        return None

    def canonical(self, path: str) -> str:
        return self._system(path).makeQualified(self._path(path)).toString()

    def parent(self, path: str) -> str:
        folder = self._path(path).getParent()
        return path if folder is None else folder.toString()

    def exists(self, path: str) -> bool:
        return self._status(path) is not None

    def is_directory(self, path: str) -> bool:
        status = self._status(path)
        return status is not None and status.isDirectory()

    def is_file(self, path: str) -> bool:
        status = self._status(path)
        return status is not None and status.isFile()

    def names(self, folder: str, *, files_only: bool = False) -> list[str]:
        with _translated(folder):
            found = self._system(folder).listStatus(self._path(folder))
        return sorted(
            status.getPath().getName() for status in found if not files_only or status.isFile()
        )

    def glob(self, pattern: str) -> list[str]:
        with _translated(pattern):
            found = self._system(pattern).globStatus(self._path(pattern))
        return sorted(status.getPath().toString() for status in found or ())

    def is_writable(self, folder: str) -> bool:
        gateway, _ = _hadoop()
        write = gateway.jvm.org.apache.hadoop.fs.permission.FsAction.WRITE_EXECUTE
        try:
            with _translated(folder):
                self._system(folder).access(self._path(folder), write)
        except errors.InputError:
            return False
        return True

    def make_directory(self, path: str) -> None:
        with _translated(path):
            self._system(path).mkdirs(self._path(path))

    def rename(self, source: str, target: str) -> None:
        self._rename(source, target, overwrite=False)

    def _rename(self, source: str, target: str, *, overwrite: bool) -> None:
        gateway, configuration = _hadoop()
        hadoop = gateway.jvm.org.apache.hadoop.fs
        options = gateway.new_array(hadoop.Options.Rename, int(overwrite))
        if overwrite:
            options[0] = hadoop.Options.Rename.OVERWRITE
        with _translated(target):
            # FileSystem.rename would move source into a directory that exists; this refuses.
            context = hadoop.FileContext.getFileContext(self._path(target).toUri(), configuration)
            context.rename(self._path(source), self._path(target), options)

    def remove(self, path: str) -> None:
        from py4j import protocol

        with contextlib.suppress(errors.InputError, OSError, protocol.Py4JError), _translated(path):
            self._system(path).delete(self._path(path), True)

    def write_text(self, path: str, text: str) -> None:
        with _translated(path):
            stream = self._system(path).create(self._path(path), True)
            stream.write(text.encode())
            stream.close()

    @contextlib.contextmanager
    def local_copy(self, path: str) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            local = os.path.join(folder, 'copy')
            target = self._path(f'file://{local}')
            with _translated(path):
                # The JVM runs on this machine; the last argument leaves out a file of check sums.
                self._system(path).copyToLocalFile(False, self._path(path), target, True)
            yield local

    def put_file(self, local: str, path: str, overwrite: bool) -> None:
        temporary = os.path.join(self.parent(path), os.path.basename(local))
        try:
            with _translated(path):
                self._system(path).copyFromLocalFile(
                    True, True, self._path(f'file://{local}'), self._path(temporary)
                )
            self._rename(temporary, path, overwrite=overwrite)
        finally:
            self.remove(temporary)

    def staging_name(self, temporary: str) -> str:
        return os.path.join(tempfile.gettempdir(), os.path.basename(temporary))
