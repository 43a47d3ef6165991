"""A ResourceManager of YARN that starts nothing, and keeps what it was asked to start.

It stands on the jars inside pyspark, which hold the client of YARN and so its protocol; a JVM
serves that, and asks this process by py4j's callbacks what to answer.
"""

import contextlib
import dataclasses
import os
import pathlib
import sys
import zipfile
from collections.abc import Iterator
from unittest import mock

import pyspark
from py4j import java_gateway

from common import java

_API = 'org.apache.hadoop.yarn.api'
# What is said of every application in the end.
DIAGNOSTICS = 'nothing is started here'
_MAX_MEMORY_MB, _MAX_CORES = 16384, 8


@dataclasses.dataclass(frozen=True)
class LocalFile:
    """A file that YARN would put into the folder of a container.

    Attributes:
        path: where the client left it.
        kind: FILE, or ARCHIVE when YARN unpacks it.
    """

    path: pathlib.Path
    kind: str


@dataclasses.dataclass(frozen=True)
class Submission:
    """What a client asked for: the container that the application starts with.

    Attributes:
        command: its words.
        environment: variables.
        files: by name in the container's folder.
        memory_mb: of the container.
        cores: of the container.
        properties: Spark's, which driver and executors start with.
    """

    command: list[str]
    environment: dict[str, str]
    files: dict[str, LocalFile]
    memory_mb: int
    cores: int
    properties: dict[str, str]


class RecordingResourceManager:
    """The side of ApplicationClientProtocol that Spark's client calls.

    Attributes:
        submissions: in order.
    """

    def __init__(self, jvm: java_gateway.JVMView, shared: pathlib.Path) -> None:
        self.submissions: list[Submission] = []
        self._jvm = jvm
        self._shared = shared
        self._records = getattr(jvm, f'{_API}.records')

    def _new(self, name: str) -> java_gateway.JavaObject:
        kind = self._jvm.java.lang.Class.forName(f'{_API}.{name}')
        return self._jvm.org.apache.hadoop.yarn.util.Records.newRecord(kind)

    # The names below are the protocol's.

    def getNewApplication(self, request: java_gateway.JavaObject) -> java_gateway.JavaObject:
        """Numbers the next application, and says how large a container may be."""
        response = self._new('protocolrecords.GetNewApplicationResponse')
        number = len(self.submissions) + 1
        response.setApplicationId(self._records.ApplicationId.newInstance(1, number))
        response.setMaximumResourceCapability(
            self._records.Resource.newInstance(_MAX_MEMORY_MB, _MAX_CORES)
        )
        return response

    def getClusterMetrics(self, request: java_gateway.JavaObject) -> java_gateway.JavaObject:
        """Tells of one machine."""
        metrics = self._new('records.YarnClusterMetrics')
        metrics.setNumNodeManagers(1)
        response = self._new('protocolrecords.GetClusterMetricsResponse')
        response.setClusterMetrics(metrics)
        return response

    def submitApplication(self, request: java_gateway.JavaObject) -> java_gateway.JavaObject:
        """Keeps what is to be started; the client removes its files when it has ended."""
        context = request.getApplicationSubmissionContext()
        container = context.getAMContainerSpec()
        files = {
            entry.getKey(): self._local_file(entry.getValue())
            for entry in container.getLocalResources().entrySet()
        }
        self.submissions.append(
            Submission(
                command=list(container.getCommands()),
                environment=dict(container.getEnvironment()),
                files=files,
                memory_mb=context.getResource().getMemorySize(),
                cores=context.getResource().getVirtualCores(),
                properties=_read_properties(files['__spark_conf__'].path),
            )
        )
        return self._new('protocolrecords.SubmitApplicationResponse')

    def getApplicationReport(self, request: java_gateway.JavaObject) -> java_gateway.JavaObject:
        """Says that the application failed."""
        report = self._new('records.ApplicationReport')
        report.setApplicationId(request.getApplicationId())
        report.setYarnApplicationState(self._records.YarnApplicationState.FINISHED)
        report.setFinalApplicationStatus(self._records.FinalApplicationStatus.FAILED)
        report.setCurrentApplicationAttemptId(
            self._records.ApplicationAttemptId.newInstance(request.getApplicationId(), 1)
        )
        report.setDiagnostics(DIAGNOSTICS)
        for name in ('User', 'Queue', 'Host', 'Name'):
            getattr(report, f'set{name}')('')
        response = self._new('protocolrecords.GetApplicationReportResponse')
        response.setApplicationReport(report)
        return response

    def _local_file(self, resource: java_gateway.JavaObject) -> LocalFile:
        url = resource.getResource()
        path = pathlib.Path(url.getFile())
        # Spark's client follows links of viewfs for some files and not for others.
        if url.getScheme() == 'viewfs':
            path = self._shared / path.relative_to('/user')
        return LocalFile(path, resource.getType().toString())

    class Java:
        """Tells py4j which interface this class stands for."""

        implements = [f'{_API}.ApplicationClientProtocol']


def _read_properties(archive: pathlib.Path) -> dict[str, str]:
    """Returns Spark's properties from what the client packed for the containers."""
    with zipfile.ZipFile(archive) as packed:
        text = packed.read('__spark_conf__.properties').decode()
    lines = (line.partition('=') for line in text.splitlines() if not line.startswith('#'))
    # The format writes these with a backslash.
    return {name: value.replace('\\:', ':').replace('\\=', '=') for name, _, value in lines}


@contextlib.contextmanager
def running(folder: pathlib.Path) -> Iterator[RecordingResourceManager]:
    """Yields a ResourceManager that answers, with a shared file system, while the block runs.

    Args:
        folder: becomes the HADOOP_CONF_DIR to find them by. The file system viewfs://cluster/user
            is its folder `shared`, which a client takes for a remote one.
    """
    shared = folder / 'shared'
    shared.mkdir()
    with mock.patch.dict(os.environ):
        java.prepare_environment()
        port = java_gateway.launch_gateway(
            classpath=os.path.join(os.path.dirname(pyspark.__file__), 'jars', '*'),
            java_path=os.path.join(os.environ['JAVA_HOME'], 'bin', 'java'),
            javaopts=['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
            redirect_stderr=sys.stderr,
            die_on_exit=True,
        )
    gateway = java_gateway.JavaGateway(
        gateway_parameters=java_gateway.GatewayParameters(port=port),
        callback_server_parameters=java_gateway.CallbackServerParameters(port=0),
    )
    gateway.java_gateway_server.resetCallbackClient(
        gateway.java_gateway_server.getCallbackClient().getAddress(),
        gateway.get_callback_server().get_listening_port(),
    )
    try:
        manager = RecordingResourceManager(gateway.jvm, shared)
        _write_settings(folder, shared, _serve(gateway.jvm, manager))
        yield manager
    finally:
        gateway.shutdown()


def _serve(jvm: java_gateway.JVMView, manager: RecordingResourceManager) -> str:
    """Serves the protocol on a free port; returns its address."""
    configuration = jvm.org.apache.hadoop.yarn.conf.YarnConfiguration()
    server = jvm.org.apache.hadoop.yarn.ipc.YarnRPC.create(configuration).getServer(
        jvm.java.lang.Class.forName(f'{_API}.ApplicationClientProtocol'),
        manager,
        jvm.java.net.InetSocketAddress('127.0.0.1', 0),
        configuration,
        None,
        1,
    )
    server.start()
    return f'127.0.0.1:{server.getListenerAddress().getPort()}'


def _write_settings(folder: pathlib.Path, shared: pathlib.Path, address: str) -> None:
    settings = {
        'yarn-site': {'yarn.resourcemanager.address': address},
        'core-site': {
            'fs.defaultFS': 'viewfs://cluster/',
            'fs.viewfs.mounttable.cluster.link./user': shared.as_uri(),
        },
    }
    for name, properties in settings.items():
        items = ''.join(
            f'<property><name>{key}</name><value>{value}</value></property>'
            for key, value in properties.items()
        )
        (folder / f'{name}.xml').write_text(f'<configuration>{items}</configuration>')
